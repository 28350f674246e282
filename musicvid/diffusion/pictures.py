"""Decoded frames → what a video encoder takes, on the card: an eighth of the bytes cross to the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_CHUNK_FRAMES = 8
"""What the test for numbers, and plain PyTorch where that does the work, hold beside the frames themselves."""


def to_planes(frames: Any, black: float = 0.0) -> tuple[bool, NDArray[np.uint8]]:
    """Whether every number was one, and uint8 ``(frames, height * 3 // 2, width)`` from floats ``(frames, 3, height,
    width)`` between ``black`` and 1. What lies beyond, infinity too, counts as the nearer end, and what is no number as
    black. The host waits for the card once, at the end."""
    import torch
    from musicvid_kernels.finish import finish

    numbers, parts = [], []
    with torch.no_grad():
        for chunk in frames.split(_CHUNK_FRAMES):
            numbers.append(~torch.isnan(chunk).any())
            parts.append(finish(chunk, low=black))
        planes = torch.cat(parts).cpu().numpy()
        return bool(torch.stack(numbers).all()), planes
