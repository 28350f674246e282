"""Shapes for tests, and the sites of the published decoders to measure.

Bytes an element that cross a card's memory, bfloat16, four frames and two cached ones. Stock: to float32 (6), norm (4),
division (8), back (6), scale, gamma, bias and SiLU (4 each), joining with the cache (6), padding (6): 52. Here 6: four
frames and two cached ones read, six written. In float32 stock moves 68, this 12. Where no frames come before and
nothing is padded, 40 and 4, in float32 44 and 8.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

from musicvid_kernels.case import Arguments, Case, Maker, Op, Real, Wide
from musicvid_kernels.vae_norm_silu import vae_norm_silu, vae_norm_silu_reference

_LAST = torch.channels_last_3d


def _call(
    *shape: int, cached: int = 0, front: int = 0, border: int = 0, silu: bool = True, last: bool = False
) -> Callable[[Maker], Arguments]:
    def build(make: Maker) -> Arguments:
        batch, channels, _, height, width = shape
        order = {"memory_format": _LAST} if last else {}
        return {
            "x": make.normal(*shape).contiguous(**order),
            "gamma": make.uniform(channels, 1, 1, 1, low=0.5, high=1.5),
            "cache": make.normal(batch, channels, cached, height, width).contiguous(**order) if cached else None,
            "front": front,
            "border": border,
            "silu": silu,
        }

    return build


def _upsampled(make: Maker) -> Arguments:
    """Frames before channels in memory, as ``WanResample`` gives them; the cache is the end of a longer buffer."""
    return {
        "x": make.normal(2, 3, 6, 5, 4).transpose(1, 2),
        "gamma": make.uniform(6, dtype=torch.float32),
        "cache": make.normal(2, 6, 4, 5, 4)[:, :, -2:],
        "front": 2,
    }


def _cropped(make: Maker) -> Arguments:
    """A tile: rows that do not follow each other, from an odd place in memory; a transposed cache."""
    return {
        "x": make.normal(1, 3, 3, 6, 11)[:, :, 1:, 1:5, 3:10],
        "gamma": make.uniform(3, 2, 1, 1, 1)[:, :1],
        "cache": make.normal(1, 3, 1, 7, 4).transpose(3, 4),
        "front": 2,
    }


def _black(make: Maker) -> Arguments:
    """Pixels of which no channel is anything, and some of nearly nothing."""
    x = make.normal(1, 5, 1, 4, 6)
    x[..., :2, :] = 0.0
    x[..., 2, :] *= 1e-6
    return {"x": x, "gamma": make.uniform(5)}


CASES = (
    Case("first chunk", _call(1, 6, 1, 3, 5, front=2)),
    Case("two cached frames", _call(2, 6, 3, 4, 5, cached=2, front=2)),
    Case("one cached frame", _call(1, 5, 2, 3, 4, cached=1, front=2)),
    Case("bordered", _call(1, 7, 2, 3, 5, cached=1, front=2, border=1)),
    Case("wide border", _call(1, 2, 1, 2, 3, border=2, silu=False)),
    Case("bordered, channels in two parts", _call(1, 96, 1, 2, 5, cached=1, front=1, border=1)),
    Case("norm alone", _call(1, 16, 2, 3, 3, silu=False)),
    Case("one element", _call(1, 1, 1, 1, 1)),
    Case("one pixel wide", _call(3, 4, 1, 5, 1, border=1)),
    Case("rows of several programs", _call(1, 96, 1, 2, 149, cached=1, front=1)),
    Case("many channels", _call(1, 1031, 1, 1, 37)),
    Case("channels last", _call(2, 12, 2, 3, 7, cached=2, front=2, last=True)),
    Case("channels last, bordered", _call(1, 5, 1, 2, 3, cached=1, front=1, border=1, last=True)),
    Case("channels last, several programs", _call(1, 384, 1, 2, 21, last=True)),
    Case("frames before channels", _upsampled),
    Case("cropped", _cropped),
    Case("black", _black),
)


def _site(
    channels: int, frames: int, height: int, width: int, *, border: int = 0, last: bool = False, first: bool = False
) -> Callable[[Maker, bool], Arguments]:
    """A norm of a decoder as the convolution after it wants it: two frames in front, cached or (``first``) zero."""

    def build(make: Maker, full: bool) -> Arguments:
        shape = (1, channels, frames, height if full else 2, width)
        return _call(*shape, cached=0 if first else 2, front=2, border=border, last=last)(make)

    return build


def _after_upsampling(make: Maker, full: bool) -> Arguments:
    arguments = _site(96, 4, 480, 832)(make, full)
    arguments["x"] = arguments["x"].transpose(1, 2).contiguous().transpose(1, 2)
    return arguments


_GAMMA = Wide(loads=0.85)
"""Gamma is loaded singly, and weighs more beside few pixels, or where no cache is loaded."""
_REST = Wide(0.7, 0.75)
"""The 32 channels beyond 128 are 8 bytes a thread."""

REALS = (
    Real("wan2.1 480p 96 channels", _site(96, 4, 480, 832)),
    Real("wan2.1 480p 192 channels", _site(192, 4, 240, 416)),
    Real("wan2.1 480p 384 channels", _site(384, 2, 120, 208)),
    Real("wan2.1 480p middle", _site(384, 1, 60, 104)),
    Real("wan2.1 480p after upsampling", _after_upsampling),
    Real("wan2.1 480p first frame", _site(96, 1, 480, 832, first=True), wide=_GAMMA),
    Real("wan2.1 480p 96 channels fp32", _site(96, 4, 480, 832), dtype="float32", wide=_GAMMA),
    Real("wan2.1 480p 384 channels fp32", _site(384, 2, 120, 208), dtype="float32"),
    Real("wan2.1 480p 96 channels padded", _site(96, 4, 480, 832, border=1), wide=None),
    Real("wan2.1 480p 96 channels last", _site(96, 4, 480, 832, last=True)),
    Real("wan2.1 480p 384 channels last", _site(384, 2, 120, 208, last=True)),
    Real("wan2.2 720p 256 channels", _site(256, 4, 352, 640)),
    Real("wan2.2 720p 512 channels", _site(512, 4, 352, 640)),
    Real("wan2.2 720p 1024 channels", _site(1024, 4, 176, 320)),
    Real("wan2.2 720p 1024 channels fp32", _site(1024, 4, 176, 320), dtype="float32"),
    Real("wan2.2 720p encoding 160 channels", _site(160, 4, 352, 640), wide=_REST),
    Real("wan2.2 720p 256 channels last", _site(256, 4, 352, 640, last=True)),
    Real("wan2.2 720p 1024 channels last", _site(1024, 4, 176, 320, last=True)),
)

OPS = (
    Op(
        "vae_norm_silu",
        vae_norm_silu,
        vae_norm_silu_reference,
        "musicvid_kernels.vae_norm_silu.kernel:vae_norm_silu_triton",
        CASES,
        REALS,
    ),
)
