"""``finish(frames)``: decoded pictures to what a video encoder takes, moved and graded on the way, in one pass."""

from __future__ import annotations

import torch

from musicvid_kernels.choice import on_triton, wish
from musicvid_kernels.finish.reference import finish_reference
from musicvid_kernels.finish.shapes import checked, size_of
from musicvid_kernels.finish.table import COLUMNS, FLASH, GAIN, LIFT, LUT, SATURATION, SHIFT_X, SHIFT_Y, ZOOM, neutral

__all__ = [
    "COLUMNS",
    "FLASH",
    "GAIN",
    "LIFT",
    "LUT",
    "SATURATION",
    "SHIFT_X",
    "SHIFT_Y",
    "ZOOM",
    "finish",
    "finish_reference",
    "neutral",
]


@torch.library.custom_op("musicvid::finish", mutates_args=())
def finish(
    frames: torch.Tensor,
    table: torch.Tensor | None = None,
    lut: torch.Tensor | None = None,
    *,
    height: int = 0,
    width: int = 0,
    low: float = 0.0,
    high: float = 1.0,
) -> torch.Tensor:
    """RGB ``(T, 3, H, W)`` to planar 4:2:0 uint8 ``(T, height * 3 // 2, width)``: Y, then Cb and Cr at half the sides.

    ``frames`` are floats with ``low`` for black and ``high`` for white, or uint8 (0 and 255); any strides. What lies
    outside is clamped when it is read, and NaN is black. ``height`` and ``width`` are even; 0: as the frames.
    ``table`` is float32 ``(T, 8)``, a row a frame, columns as :data:`COLUMNS`; None changes nothing. ``lut`` is float32
    ``(n, n, n, 3)`` over 0..1, indexed ``[blue][green][red]`` as the lines of a ``.cube`` file follow each other.

    In this order, on gamma-coded values: sample (resize to the output, zoom about its centre, shift; bilinear at the
    centres of pixels, edges repeated), gain, lift, saturation (about BT.709 luma), ``lut`` (tetrahedral, its input
    clamped, mixed by strength), flash, clamp, BT.709 in limited range, chroma sited left as MPEG-2 and H.264 have it.
    Nothing is clamped between. Below a zoom of about a half, pixels are left out.

    Triton's kernel, on processors the compiled twin, or the definition: see :mod:`musicvid_kernels.choice`; float64 is
    always the definition's. Raises ValueError for other shapes, types and devices.
    """
    checked(frames, table, lut, height=height, width=width, low=low, high=high)
    if any(one is not None and one.dtype == torch.float64 for one in (frames, table, lut)):
        run = finish_reference
    elif on_triton(frames):
        from musicvid_kernels.finish.kernel import finish_triton as run
    elif frames.device.type == "cpu" and wish() != "reference":
        from musicvid_kernels.finish.processor import finish_processor as run
    else:
        run = finish_reference
    return run(frames, table, lut, height=height, width=width, low=low, high=high)


@finish.register_fake
def _(
    frames: torch.Tensor,
    table: torch.Tensor | None = None,
    lut: torch.Tensor | None = None,
    *,
    height: int = 0,
    width: int = 0,
    low: float = 0.0,
    high: float = 1.0,
) -> torch.Tensor:
    size = size_of(frames, height, width)
    return frames.new_empty((frames.shape[0], size.height * 3 // 2, size.width), dtype=torch.uint8)
