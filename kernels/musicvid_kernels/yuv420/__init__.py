"""``yuv420(frames)``: decoded pictures to what a video encoder takes, in one call."""

from __future__ import annotations

import torch

from musicvid_kernels.yuv420.reference import yuv420_reference

__all__ = ["yuv420", "yuv420_reference"]


@torch.library.custom_op("musicvid::yuv420", mutates_args=())
def yuv420(frames: torch.Tensor) -> torch.Tensor:
    """RGB ``(..., 3, height, width)`` floats in 0 to 1 to planar 4:2:0 uint8 ``(..., height * 3 // 2, width)``.

    BT.709 matrix, limited range, chroma sited left as MPEG-2 and H.264 have it. Values outside 0 to 1 are clamped.
    ``height`` and ``width`` are even; any strides. Raises ValueError for other shapes or types.
    """
    return yuv420_reference(frames)


@yuv420.register_fake
def _(frames: torch.Tensor) -> torch.Tensor:
    *lead, _, height, width = frames.shape
    return frames.new_empty((*lead, height * 3 // 2, width), dtype=torch.uint8)
