"""Shapes for tests, and the sites of LTX-Video's published decoder to measure."""

from __future__ import annotations

from collections.abc import Callable

import torch

from musicvid_kernels.case import Arguments, Case, Maker, Op, Real, Wide
from musicvid_kernels.vae_rms_silu import vae_rms_silu, vae_rms_silu_reference


def _call(*shape: int, modulated: bool = False, last: bool = False, **more: object) -> Callable[[Maker], Arguments]:
    def build(make: Maker) -> Arguments:
        x = make.normal(*shape)
        rows = {name: make.normal(*shape[:2]) if modulated else None for name in ("scale", "shift")}
        return {"x": x.contiguous(memory_format=torch.channels_last_3d) if last else x, **rows, **more}

    return build


def _embedded(make: Maker) -> Arguments:
    """Scale and shift as views of one embedding, of another type; a cropped picture from an odd place in memory."""
    embedding = make.normal(2, 4, 6, dtype=torch.float32)
    return {"x": make.normal(2, 6, 4, 5, 9)[:, :, 1:, 1:4, 2:7], "scale": embedding[:, 1], "shift": embedding[:, 0],
            "front": 1, "back": 1}  # fmt: skip


def _dark(make: Maker) -> Arguments:
    x = make.normal(1, 5, 1, 4, 6)
    x[..., :2, :] = 0.0
    x[..., 2, :] *= 1e-4
    return {"x": x, "shift": make.normal(1, 5)}


CASES = (
    Case("plain", _call(1, 6, 2, 3, 5, front=1, back=1)),
    Case("causal", _call(2, 5, 1, 2, 3, front=2)),
    Case("modulated", _call(2, 7, 3, 3, 5, modulated=True, front=1, back=1)),
    Case("norm alone", _call(1, 16, 2, 3, 3, silu=False)),
    Case("one element", _call(1, 1, 1, 1, 1, eps=0.5)),
    Case("several programs", _call(1, 96, 1, 1, 149, modulated=True)),
    Case("many channels", _call(1, 1031, 1, 1, 5)),
    Case("channels last", _call(2, 12, 2, 3, 7, modulated=True, last=True, front=1, back=1)),
    Case("frames before channels", lambda make: {"x": make.normal(2, 3, 6, 5, 4).transpose(1, 2), "back": 1}),
    Case("embedded", _embedded),
    Case("dark", _dark),
)


def _site(channels: int, frames: int, height: int, width: int) -> Callable[[Maker, bool], Arguments]:
    """Decoding 1216x704, 121 frames; the published decoder is not causal and knows the noise level."""

    def build(make: Maker, full: bool) -> Arguments:
        shape = (1, channels, frames if full else 1, height if full else 4, width)
        return _call(*shape, modulated=True, front=1, back=1)(make)

    return build


_ROWS = Wide(loads=0.65)
"""Scale and shift are loaded singly, and weigh more beside the pixels of few channels."""

REALS = (
    Real("ltx 704p 128 channels", _site(128, 121, 176, 304), wide=_ROWS),
    Real("ltx 704p 256 channels", _site(256, 61, 88, 152)),
    Real("ltx 704p 512 channels", _site(512, 31, 44, 76)),
    Real("ltx 704p 128 channels fp32", _site(128, 121, 176, 304), dtype="float32", wide=_ROWS),
)

OPS = (
    Op("vae_rms_silu", vae_rms_silu, vae_rms_silu_reference,
       "musicvid_kernels.vae_rms_silu.kernel:vae_rms_silu_triton", CASES, REALS),
)  # fmt: skip
