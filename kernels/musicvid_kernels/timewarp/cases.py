"""Calls that both ops are tested and measured with."""

from __future__ import annotations

from collections.abc import Callable

import torch

from musicvid_kernels.case import Arguments, Case, Maker, Op, Real, Wide
from musicvid_kernels.timewarp import timewarp, timewarp_flow, timewarp_flow_reference, timewarp_reference

_ALL = ("uint8", "float32", "bfloat16", "float16")
_NEAR_A_HALF = 1
"""uint8 moved in float32 may fall to the other side of a half than in float64."""


def _frames(maker: Maker, *shape: int) -> torch.Tensor:
    return maker.levels(*shape) if maker.dtype == torch.uint8 else maker.normal(*shape)


def _positions(*places: float, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.tensor(places, dtype=dtype)


def _mixed(maker: Maker) -> Arguments:
    return {"frames": _frames(maker, 5, 3, 7, 11), "positions": _positions(0, 1 / 3, 0.5, 1, 1, 2.75, 3.999, 4)}


def _long_rows(maker: Maker) -> Arguments:
    """More than one block of every type, and the last not full."""
    return {"frames": _frames(maker, 2, 4111), "positions": _positions(0.25, 0.5, 1)}


def _luma_of_planar(maker: Maker) -> Arguments:
    return {"frames": _frames(maker, 4, 24, 10)[1:, :16], "positions": _positions(0.1, 1.9, dtype=torch.float32)}


def _every_other_sample(maker: Maker) -> Arguments:
    return {"frames": _frames(maker, 3, 12, 14)[:, ::2, 1::3], "positions": _positions(0.5, 1.5)}


def _moving(
    maker: Maker, shape: tuple[int, int, int, int], *places: float, reach_px: float = 3, smooth: bool = False
) -> Arguments:
    count, _, height, width = shape
    draw = maker.smooth if smooth else maker.normal
    flows = [draw(count - 1, 2, height, width, dtype=torch.float32) * reach_px for _ in range(2)]
    return {
        "frames": _frames(maker, *shape),
        "positions": _positions(*places),
        "forward": flows[0],
        "backward": flows[1],
    }


def _opencvs_flows(maker: Maker) -> Arguments:
    """As OpenCV has them, ``(H, W, 2)``, and frames whose colours come last."""
    given = _moving(maker, (3, 3, 9, 13), 0.25, 1.5)
    given["frames"] = _frames(maker, 3, 9, 26, 3)[:, :, ::2].permute(0, 3, 1, 2)
    for name in ("forward", "backward"):
        given[name] = given[name].permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    return given


def _half_flows(maker: Maker) -> Arguments:
    given = _moving(maker, (2, 1, 8, 8), 0.5)
    return {**given, "forward": given["forward"].half(), "backward": given["backward"].bfloat16()}


def _one_pixel(maker: Maker) -> Arguments:
    return _moving(maker, (2, 2, 1, 1), 0.5, 1, reach_px=50)


def _alone(maker: Maker) -> Arguments:
    return _moving(maker, (1, 2, 3, 5), 0, 0)


def _planar(count: int, height: int, width: int) -> Callable[[Maker, bool], Arguments]:
    """Half as fast again: what a song's ramp asks of a clip."""

    def build(maker: Maker, full: bool) -> Arguments:
        frames = count if full else 3
        positions = torch.linspace(0, frames - 1, frames * 3 // 2, dtype=torch.float64)
        return {"frames": _frames(maker, frames, height * 3 // 2, width), "positions": positions}

    return build


def _moving_luma(count: int, height: int, width: int) -> Callable[[Maker, bool], Arguments]:
    def build(maker: Maker, full: bool) -> Arguments:
        frames = count if full else 2
        places = torch.linspace(0, frames - 1, frames * 3 // 2, dtype=torch.float64).tolist()
        return _moving(maker, (frames, 1, height, width), *places, smooth=True)

    return build


_PLACED = Wide(loads=0.8)
"""A program loads one frame's number and one weight."""

OPS = (
    Op(
        name="timewarp",
        registered=timewarp,
        reference=timewarp_reference,
        kernel="musicvid_kernels.timewarp.kernel:timewarp_triton",
        cases=(
            Case("mixed", _mixed, _ALL),
            Case("long_rows", _long_rows, _ALL),
            Case("luma_of_planar", _luma_of_planar, _ALL),
            Case("every_other_sample", _every_other_sample, _ALL),
            Case("one_frame", lambda m: {"frames": _frames(m, 1, 5), "positions": _positions(0, 0)}, _ALL),
            Case("one_sample_each", lambda m: {"frames": _frames(m, 3), "positions": _positions(0.3, 2)}, _ALL),
            Case("no_position", lambda m: {"frames": _frames(m, 2, 3), "positions": _positions()}, ("uint8",)),
        ),
        reals=(
            Real("81x480x832", _planar(81, 480, 832), "uint8", _PLACED),
            Real("121x704x1280", _planar(121, 704, 1280), "uint8", _PLACED),
            Real("81x480x832-bf16", _planar(81, 480, 832), "bfloat16", _PLACED),
        ),
    ),
    Op(
        name="timewarp_flow",
        registered=timewarp_flow,
        reference=timewarp_flow_reference,
        kernel="musicvid_kernels.timewarp.kernel:timewarp_flow_triton",
        cases=(
            Case("moving", lambda m: _moving(m, (3, 2, 13, 17), 0, 0.3, 1, 1.5, 2), _ALL, levels=_NEAR_A_HALF),
            Case("far_out", lambda m: _moving(m, (2, 1, 16, 37), 0.625, reach_px=20), _ALL, levels=_NEAR_A_HALF),
            Case("opencvs_flows", _opencvs_flows, _ALL, levels=_NEAR_A_HALF),
            Case("half_flows", _half_flows, ("uint8", "float32"), levels=_NEAR_A_HALF),
            Case("one_pixel", _one_pixel, _ALL, levels=_NEAR_A_HALF),
            Case("one_frame", _alone, _ALL),
        ),
        reals=(
            Real("luma-81x480x832", _moving_luma(81, 480, 832), "uint8", wide=None),
            Real("luma-121x704x1280", _moving_luma(121, 704, 1280), "uint8", wide=None),
        ),
    ),
)
