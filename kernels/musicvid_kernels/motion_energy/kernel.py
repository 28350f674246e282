"""``frame_difference`` and ``block_motion`` in Triton. Sums of whole numbers in two stages, without atomics.

Within a program the whole numbers are held as float32, which is exact below 2^24: no block's differences sum to 2^21,
and a card adds twice as many floats as integers, the absolute value for nothing.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from musicvid_kernels.launch import MULTIPLY_ADD, on_its_card
from musicvid_kernels.motion_energy.shapes import grid

_SAMPLES = 4096
"""In one program: 128 lanes, twice 16 bytes each."""
_RUN = 16
"""Pairs of frames in one program: of 17 frames read, one is read by a neighbour too."""
_TRIED = 4096
"""Differences in registers at once, over 128 lanes."""
_ORDERS, _LENGTHS = 2**13, 2**12
"""More than there are candidates, and more than the square of the longest. Both times the largest sum of a block stay
below 2^62: see ``MOST_RADIUS_PX`` and ``MOST_BLOCK_PX``."""


@on_its_card
def frame_difference_triton(frames: torch.Tensor) -> torch.Tensor:
    """See :func:`musicvid_kernels.motion_energy.frame_difference`."""
    pairs = len(frames) - 1
    count = frames[0].numel()
    if not pairs or not count:
        return frames.new_zeros(pairs, dtype=torch.int64)
    if not frames[0].is_contiguous():
        frames = frames.contiguous()
    blocks = triton.cdiv(count, _SAMPLES)
    parts = torch.empty((pairs, blocks), dtype=torch.int32, device=frames.device)
    _differences[(blocks * triton.cdiv(pairs, _RUN),)](
        frames, parts, count, frames.stride(0), pairs, blocks, run=_RUN, samples=_SAMPLES, num_warps=4, **MULTIPLY_ADD
    )
    return parts.sum(1, dtype=torch.int64)


@triton.jit
def _raised(levels):
    """2^23 + level as float32, by its bits: a conversion costs more than all else. Differences are those of levels."""
    return (levels.to(tl.int32) | 0x4B000000).to(tl.float32, bitcast=True)


@triton.jit
def _differences(frames, parts, count, stride, pairs, blocks, run: tl.constexpr, samples: tl.constexpr):
    block = tl.program_id(0) % blocks
    start = tl.program_id(0) // blocks * run
    first = block.to(tl.int64) * samples
    lane = tl.arange(0, samples)
    there = lane < count - first
    frames += start.to(tl.int64) * stride + first
    parts += start.to(tl.int64) * blocks + block
    before = _raised(tl.load(frames + lane, mask=there, other=0))
    for _ in range(start, tl.minimum(start + run, pairs)):
        frames += stride
        after = _raised(tl.load(frames + lane, mask=there, other=0))
        tl.store(parts, tl.sum(tl.abs(after - before), 0).to(tl.int32))
        parts += blocks
        before = after


@on_its_card
def block_motion_triton(
    frames: torch.Tensor, *, block: int = 16, radius: int = 7
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """See :func:`musicvid_kernels.motion_energy.block_motion`."""
    pairs, rows, columns = grid(frames, block)
    vectors = frames.new_empty((pairs, rows, columns, 2), dtype=torch.int32)
    sads, still = (frames.new_empty((pairs, rows, columns), dtype=torch.int32) for _ in range(2))
    if not pairs:
        return vectors, sads, still
    across = triton.next_power_of_2(block)
    tried = triton.next_power_of_2(2 * radius + 1)
    ragged = across != block or frames.shape[1] % block != 0 or frames.shape[2] % block != 0
    lanes = max(across, min(across * across, triton.next_power_of_2(_TRIED // tried)))
    _match[(pairs * rows * columns,)](
        frames, vectors, sads, still, *frames.shape[1:], rows, columns, *frames.stride(),
        side=block, ragged=ragged, radius=radius, across=across, tried=tried, lanes=lanes, orders=_ORDERS,
        lengths=_LENGTHS, num_warps=4, **MULTIPLY_ADD,
    )  # fmt: skip
    return vectors, sads, still


@triton.jit
def _match(
    frames, vectors, sads, still_sums, height, width, rows, columns, x_frame, x_row, x_column,
    side: tl.constexpr, ragged: tl.constexpr, radius: tl.constexpr, across: tl.constexpr, tried: tl.constexpr,
    lanes: tl.constexpr, orders: tl.constexpr, lengths: tl.constexpr,
):  # fmt: skip
    """One block: a row of candidates at once. A candidate is one number, its sum of differences before its length
    before its place in the order, and the least of all wins."""
    place = tl.program_id(0)
    top = place // columns % rows * side
    left = place % columns * side
    bottom = tl.minimum(top + side, height)
    right = tl.minimum(left + side, width)
    frames += (place // columns // rows).to(tl.int64) * x_frame
    dx = tl.arange(0, tried) - radius
    fits = (dx <= radius) & (left + dx >= 0) & (right + dx <= width)
    lane = tl.arange(0, lanes)
    x = left + lane % across
    best = tl.full((), 1 << 62, tl.int64)
    still = tl.full((), 0.0, tl.float32)
    for dy in range(tl.maximum(-radius, -top), tl.minimum(radius, height - bottom) + 1):
        sums = tl.zeros((tried,), tl.float32)
        for part in range(0, across * across, lanes):
            y = top + (part + lane) // across
            here = y.to(tl.int64) * x_row + x.to(tl.int64) * x_column
            there = (y + dy).to(tl.int64) * x_row + x.to(tl.int64) * x_column
            moved = (x_frame + there)[:, None] + dx.to(tl.int64)[None, :] * x_column
            if ragged:
                inside = (y < bottom) & (x < right)
                before = tl.load(frames + here, mask=inside, other=0)
                after = tl.load(frames + moved, mask=inside[:, None] & fits[None, :], other=0)
            else:
                before = tl.load(frames + here)
                after = tl.load(frames + moved, mask=fits[None, :], other=0)
            sums += tl.sum(tl.abs(_raised(after) - _raised(before)[:, None]), 0)  # a lane a candidate
        length = dx * dx + dy * dy
        still += tl.sum(tl.where(length == 0, sums, 0.0), 0)
        order = (dy + radius) * (2 * radius + 1) + dx + radius
        key = (sums.to(tl.int64) * lengths + length) * orders + order
        best = tl.minimum(best, tl.min(tl.where(fits, key, 1 << 62), 0))
    order = (best % orders).to(tl.int32)
    place = place.to(tl.int64)
    tl.store(vectors + 2 * place, order % (2 * radius + 1) - radius)
    tl.store(vectors + 2 * place + 1, order // (2 * radius + 1) - radius)
    tl.store(sads + place, (best // (lengths * orders)).to(tl.int32))
    tl.store(still_sums + place, still.to(tl.int32))
