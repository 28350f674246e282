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
    still = _sums(frames, 0, 0, block)
    sads = still.clone()
    for dx, dy in candidates(radius):
        sums = _sums(frames, dx, dy, block)
        better = sums < sads  # not as good as: candidates come in the order in which ties go
        sads = torch.where(better, sums, sads)
        vectors[better] = vectors.new_tensor((dx, dy))
    return vectors, sads, still


def candidates(radius: int) -> Iterator[tuple[int, int]]:
    """All ``(dx, dy)``: the shortest first, of those the highest up, of those the furthest left."""
    reach = range(-radius, radius + 1)
    yield from sorted(((dx, dy) for dy in reach for dx in reach), key=lambda v: (v[0] ** 2 + v[1] ** 2, v[1], v[0]))


def _sums(frames: torch.Tensor, dx: int, dy: int, block: int) -> torch.Tensor:
    """For every block the sum of differences when it moves by ``(dx, dy)``, int32; ``FAR`` where that leaves the
    picture."""
    pairs, rows, columns = grid(frames, block)
    height, width = frames.shape[1:]
    up, down, left, right = max(0, -dy), min(height, height - dy), max(0, -dx), min(width, width - dx)
    if up >= down or left >= right:
        return torch.full((pairs, rows, columns), FAR, dtype=torch.int32, device=frames.device)
    apart = frames.new_zeros((pairs, rows * block, columns * block))
    apart[:, up:down, left:right] = _apart(
        frames[:-1, up:down, left:right], frames[1:, up + dy : down + dy, left + dx : right + dx]
    )
    down_rows = apart.reshape(pairs, rows, block, columns * block).sum(2, dtype=torch.int32)
    sums = down_rows.reshape(pairs, rows, columns, block).sum(3, dtype=torch.int32)
    sums[:, : -(-up // block)] = sums[:, :, : -(-left // block)] = FAR
    sums[:, rows if down == height else down // block :] = FAR
    sums[:, :, columns if right == width else right // block :] = FAR
    return sums


def _apart(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """``|a - b|`` of uint8, without leaving uint8."""
    return torch.maximum(a, b) - torch.minimum(a, b)
