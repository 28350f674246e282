"""What the ops of this folder take."""

from __future__ import annotations

import torch

MOST_BLOCK_PX, MOST_RADIUS_PX = 64, 32


def check_frames(frames: torch.Tensor) -> None:
    """Raises ValueError unless ``frames`` is ``(F, ...)`` uint8 with at least one frame."""
    if frames.ndim < 1 or not frames.shape[0]:
        raise ValueError(f"frames are {tuple(frames.shape)}: (F, ...) with at least one frame is needed")
    if frames.dtype != torch.uint8:
        raise ValueError(f"frames are {frames.dtype}: uint8 is needed, sums are of whole levels")


def check_luma(frames: torch.Tensor, block: int, radius: int) -> None:
    """Raises ValueError unless all are as :func:`musicvid_kernels.motion_energy.block_motion` says."""
    check_frames(frames)
    if frames.ndim != 3 or 0 in frames.shape:
        raise ValueError(
            f"frames are {tuple(frames.shape)}: luma (F, H, W), at least a sample high and wide, is needed"
        )
    if not 1 <= block <= MOST_BLOCK_PX:
        raise ValueError(f"block is {block}: 1 to {MOST_BLOCK_PX} px is needed")
    if not 0 <= radius <= MOST_RADIUS_PX:
        raise ValueError(f"radius is {radius}: 0 to {MOST_RADIUS_PX} px is needed")


def grid(frames: torch.Tensor, block: int) -> tuple[int, int, int]:
    """Pairs of frames, rows and columns of blocks."""
    count, height, width = frames.shape
    return count - 1, -(-height // block), -(-width // block)
