"""What the ops of this folder take, and where positions lie between frames."""

from __future__ import annotations

from dataclasses import dataclass

import torch

KINDS = (torch.uint8, torch.float16, torch.bfloat16, torch.float32)
FLOWS = (torch.float16, torch.bfloat16, torch.float32)
EXACT = torch.float64
"""For definitions that tests compare with: no kernel computes in it."""


@dataclass(frozen=True, slots=True)
class Places:
    """For every position the frame that it is on or past, int64 ``(K,)``, and how far past, float64 ``(K,)`` in
    ``[0, 1)``: 0 on a frame. Both on the processor."""

    frame: torch.Tensor
    weight: torch.Tensor


def check_frames(frames: torch.Tensor, positions: torch.Tensor) -> None:
    """Raises ValueError unless shapes, types and devices are as :func:`musicvid_kernels.timewarp.timewarp` says."""
    if frames.ndim < 1 or not frames.shape[0]:
        raise ValueError(f"frames are {tuple(frames.shape)}: (F, ...) with at least one frame is needed")
    if frames.dtype not in (*KINDS, EXACT):
        raise ValueError(f"frames are {frames.dtype}: uint8, float16, bfloat16 or float32 is needed")
    if positions.ndim != 1 or positions.dtype not in (torch.float32, torch.float64):
        raise ValueError(f"positions are {tuple(positions.shape)} {positions.dtype}: (K,) float64 or float32 is needed")
    if positions.device.type != "cpu":
        raise ValueError(f"positions are on {positions.device}: they are needed on the processor, which checks them")


def check_flows(frames: torch.Tensor, forward: torch.Tensor, backward: torch.Tensor) -> None:
    """Raises ValueError unless both flows fit the frames ``(F, C, H, W)``."""
    if frames.ndim != 4 or 0 in frames.shape[2:]:
        raise ValueError(
            f"frames are {tuple(frames.shape)}: (F, C, H, W), at least one sample high and wide, is needed"
        )
    count, _, height, width = frames.shape
    for name, flow in (("forward", forward), ("backward", backward)):
        if flow.shape != (count - 1, 2, height, width):
            raise ValueError(
                f"{name} is {tuple(flow.shape)}: {(count - 1, 2, height, width)}, dx and dy between each two frames, "
                "is needed"
            )
        if flow.dtype not in (*FLOWS, EXACT):
            raise ValueError(f"{name} is {flow.dtype}: float32, float16 or bfloat16 is needed")
        if flow.device != frames.device:
            raise ValueError(f"{name} is on {flow.device}, the frames are on {frames.device}")


def placed(positions: torch.Tensor, frame_count: int) -> Places:
    """Raises ValueError for a position that falls, lies outside the frames or is no number."""
    where = positions.double()
    outside = ~((where >= 0) & (where <= frame_count - 1))
    if outside.any():
        raise ValueError(
            f"position {int(outside.nonzero()[0])} is {float(where[outside][0])}: there are {frame_count} frames, "
            f"0 to {frame_count - 1} is needed"
        )
    falls = where[1:] < where[:-1]
    if falls.any():
        k = int(falls.nonzero()[0])
        raise ValueError(
            f"positions fall from {float(where[k])} to {float(where[k + 1])} at {k + 1}: they must not fall"
        )
    frame = where.floor()
    return Places(frame.long(), where - frame)
