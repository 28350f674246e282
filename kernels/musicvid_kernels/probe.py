"""The smallest kernel there is, to see whether Triton works on a card before anything depends on it."""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from musicvid_kernels.launch import MULTIPLY_ADD, on_its_card


@triton.jit
def _copy(source, target, count, block: tl.constexpr):
    at = tl.program_id(0) * block + tl.arange(0, block)
    tl.store(target + at, tl.load(source + at, mask=at < count), mask=at < count)


@on_its_card
def copied(source: torch.Tensor) -> torch.Tensor:
    """A copy of a contiguous tensor."""
    target = torch.empty_like(source)
    _copy[(triton.cdiv(source.numel(), 128),)](source, target, source.numel(), block=128, **MULTIPLY_ADD)
    return target
