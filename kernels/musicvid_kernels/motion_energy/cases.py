"""Calls that both ops are tested and measured with."""

from __future__ import annotations

from collections.abc import Callable

import torch

from musicvid_kernels.case import Arguments, Case, Maker, Op, Real, Wide
from musicvid_kernels.motion_energy import (
    block_motion,
    block_motion_reference,
    frame_difference,
    frame_difference_reference,
)

_LEVELS = ("uint8",)


def _differences(name: str, build: Callable[[Maker], torch.Tensor]) -> Case:
    return Case(name, lambda maker: {"frames": build(maker)}, _LEVELS)


def _few_levels(maker: Maker, *shape: int) -> torch.Tensor:
    """So few that many candidates tie."""
    return maker.levels(*shape) // 128


def _matches(name: str, build: Callable[[Maker], torch.Tensor], **how: int) -> Case:
    return Case(name, lambda maker: {"frames": build(maker), **how}, _LEVELS)


def _planar(count: int, height: int, width: int) -> Callable[[Maker, bool], Arguments]:
    return lambda maker, full: {"frames": maker.levels(count if full else 3, height * 3 // 2, width)}


def _luma(count: int, height: int, width: int) -> Callable[[Maker, bool], Arguments]:
    return lambda maker, full: {"frames": maker.levels(count if full else 2, height * 3 // 2, width)[:, :height]}


_SUMS = Wide(stores=0.0)
"""A program stores one sum."""

OPS = (
    Op(
        name="frame_difference",
        registered=frame_difference,
        reference=frame_difference_reference,
        kernel="musicvid_kernels.motion_energy.kernel:frame_difference_triton",
        cases=(
            _differences("pictures", lambda m: m.levels(4, 30, 17)),
            _differences("more_than_a_block_and_a_run", lambda m: m.levels(19, 4099)),
            _differences("luma_of_planar", lambda m: m.levels(5, 24, 10)[1:, :16]),
            _differences("every_other_sample", lambda m: m.levels(3, 12, 14)[:, ::2, 1::3]),
            _differences("black_and_white", lambda m: m.levels(2, 4096) // 128 * 255),
            _differences("one_sample_each", lambda m: m.levels(3)),
            _differences("one_frame", lambda m: m.levels(1, 5)),
            _differences("nothing_in_them", lambda m: m.levels(3, 0)),
        ),
        reals=(
            Real("81x480x832", _planar(81, 480, 832), "uint8", wide=_SUMS),
            Real("121x704x1280", _planar(121, 704, 1280), "uint8", wide=_SUMS),
        ),
    ),
    Op(
        name="block_motion",
        registered=block_motion,
        reference=block_motion_reference,
        kernel="musicvid_kernels.motion_energy.kernel:block_motion_triton",
        cases=(
            _matches("whole_blocks", lambda m: m.levels(2, 16, 24), block=8, radius=3),
            _matches("blocks_cut_off", lambda m: m.levels(3, 19, 23), block=8, radius=2),
            _matches("ties", lambda m: _few_levels(m, 3, 8, 10), block=3, radius=3),
            _matches("as_it_comes", lambda m: m.levels(2, 20, 33)),
            _matches("larger_than_the_picture", lambda m: m.levels(2, 5, 7), block=64, radius=32),
            _matches("not_moved", lambda m: m.levels(2, 9, 9), block=4, radius=0),
            _matches("single_samples", lambda m: m.levels(2, 3, 4), block=1, radius=2),
            _matches("all_alike", lambda m: m.levels(1, 8, 8).expand(3, 8, 8), block=4, radius=2),
            _matches("turned_views", lambda m: m.levels(2, 30, 44)[:, 3:, ::2].transpose(1, 2), block=8, radius=3),
            _matches("one_frame", lambda m: m.levels(1, 8, 8), block=8, radius=1),
        ),
        reals=(
            Real("luma-81x480x832", _luma(81, 480, 832), "uint8", wide=None),
            Real("luma-121x704x1280", _luma(121, 704, 1280), "uint8", wide=None),
        ),
    ),
)
