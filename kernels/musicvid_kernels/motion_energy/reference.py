"""The definitions of ``frame_difference`` and ``block_motion`` in plain PyTorch. Whole numbers throughout."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from musicvid_kernels.motion_energy.shapes import grid

FAR = 2**30
"""More than any block's sum of differences: a candidate that leaves the picture."""


def frame_difference_reference(frames: torch.Tensor) -> torch.Tensor:
    """See :func:`musicvid_kernels.motion_energy.frame_difference`."""
    made = frames.new_zeros(len(frames) - 1, dtype=torch.int64)
    for t in range(len(frames) - 1):
        made[t] = _apart(frames[t], frames[t + 1]).sum(dtype=torch.int64)
    return made


def block_motion_reference(
    frames: torch.Tensor, *, block: int = 16, radius: int = 7
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """See :func:`musicvid_kernels.motion_energy.block_motion`."""
    pairs, rows, columns = grid(frames, block)
    vectors = frames.new_zeros((pairs, rows, columns, 2), dtype=torch.int32)
    sads, still = (frames.new_zeros((pairs, rows, columns), dtype=torch.int32) for _ in range(2))
    for t in range(pairs):
        for dx, dy in candidates(radius):
            sad = _sums(frames[t], frames[t + 1], dx, dy, block)
            if dx == dy == 0:
                still[t] = sads[t] = sad
                continue
            better = sad < sads[t]  # not as good as: candidates come in the order in which ties go
            sads[t] = torch.where(better, sad, sads[t])
            vectors[t] = torch.where(better[..., None], vectors.new_tensor((dx, dy)), vectors[t])
    return vectors, sads, still


def candidates(radius: int) -> Iterator[tuple[int, int]]:
    """All ``(dx, dy)``: the shortest first, of those the highest up, of those the furthest left."""
    reach = range(-radius, radius + 1)
    yield from sorted(((dx, dy) for dy in reach for dx in reach), key=lambda v: (v[0] ** 2 + v[1] ** 2, v[1], v[0]))


def _sums(before: torch.Tensor, after: torch.Tensor, dx: int, dy: int, block: int) -> torch.Tensor:
    """For every block the sum of differences when it moves by ``(dx, dy)``, int32; ``FAR`` where that leaves the
    picture."""
    height, width = before.shape
    up, down, left, right = max(0, -dy), min(height, height - dy), max(0, -dx), min(width, width - dx)
    rows, columns = -(-height // block), -(-width // block)
    if up >= down or left >= right:
        return torch.full((rows, columns), FAR, dtype=torch.int32, device=before.device)
    apart = before.new_zeros((rows * block, columns * block))
    apart[up:down, left:right] = _apart(before[up:down, left:right], after[up + dy : down + dy, left + dx : right + dx])
    sums = apart.reshape(rows, block, columns, block).sum((1, 3), dtype=torch.int32)
    for places, length, start, stop in ((sums, height, up, down), (sums.T, width, left, right)):
        first = torch.arange(len(places), device=before.device) * block
        last = (first + block).clamp(max=length)
        places[(first < start) | (last > stop)] = FAR
    return sums


def _apart(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """``|a - b|`` of uint8, without leaving uint8."""
    return torch.maximum(a, b) - torch.minimum(a, b)
