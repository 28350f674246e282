"""Decoded frames → what a video encoder takes, on the card: an eighth of the bytes cross to the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CHUNK_FRAMES = 8


def to_planes(frames: Any) -> tuple[bool, NDArray[np.uint8]]:
    """Whether every number was finite, and uint8 ``(frames, height * 3 // 2, width)`` from floats in 0 to 1."""
    import torch
    from musicvid_kernels.yuv420 import yuv420

    finite, parts = True, []
    with torch.no_grad():
        for chunk in frames.split(_CHUNK_FRAMES):
            finite = finite and bool(torch.isfinite(chunk).all())
            parts.append(yuv420(torch.nan_to_num(chunk.float())).cpu())
    return finite, torch.cat(parts).numpy()
