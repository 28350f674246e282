"""The definition of ``finish`` in plain PyTorch.

Sources: Recommendation ITU-R BT.709-6, items 3.2 to 3.5 (luma coefficients, quantisation to 8 bits); Kasson, Nin,
Plouffe, Hafner, "Performing color space conversions with three-dimensional linear interpolation", 1995 (tetrahedra).
"""

from __future__ import annotations

import torch

from musicvid_kernels.finish.shapes import Size, checked
from musicvid_kernels.finish.table import FLASH, GAIN, LIFT, LUT, SATURATION, SHIFT_X, SHIFT_Y, ZOOM

KR, KB = 0.2126, 0.0722
KG = 1.0 - KR - KB


def finish_reference(
    frames: torch.Tensor,
    table: torch.Tensor | None = None,
    lut: torch.Tensor | None = None,
    *,
    height: int = 0,
    width: int = 0,
    low: float = 0.0,
    high: float = 1.0,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.finish.finish`. Computes in float32, or in float64 where anything is float64."""
    size = checked(frames, table, lut, height=height, width=width, low=low, high=high)
    given = [one.dtype for one in (frames, table, lut) if one is not None]
    rgb = _unit(frames, low, high, torch.float64 if torch.float64 in given else torch.float32)
    column = None if table is None else table.to(rgb.dtype).reshape(*table.shape, 1, 1, 1).unbind(1)
    if table is not None or size != frames.shape[2:]:
        rgb = _sampled(rgb, table, size)
    if column is not None:
        rgb = rgb * column[GAIN] + column[LIFT]
        grey = _luma(rgb)
        rgb = grey + (rgb - grey) * column[SATURATION]
    if lut is not None:
        looked_up = _tetrahedral(rgb.clamp(0.0, 1.0), lut.to(rgb.dtype))
        rgb = looked_up if column is None else rgb + (looked_up - rgb) * column[LUT]
    if column is not None:
        rgb = rgb + (1.0 - rgb) * column[FLASH]
    return _planes(rgb.clamp(0.0, 1.0))


def _unit(frames: torch.Tensor, low: float, high: float, dtype: torch.dtype) -> torch.Tensor:
    """Black is 0 and white 1; what lies outside is clamped, and what is no number is black."""
    if frames.dtype == torch.uint8:
        return frames.to(dtype) / 255.0
    return (frames.to(dtype).nan_to_num(low, high, low).clamp(low, high) - low) / (high - low)


def _luma(rgb: torch.Tensor) -> torch.Tensor:
    r, g, b = rgb.unbind(1)
    return (KR * r + KG * g + KB * b).unsqueeze(1)


def _sampled(rgb: torch.Tensor, table: torch.Tensor | None, size: Size) -> torch.Tensor:
    """Resize, zoom about the centre, then shift: bilinear at the centres of pixels, the edge repeated."""
    one = torch.ones(len(rgb), dtype=rgb.dtype, device=rgb.device)
    zoom, right, down = (
        (one, 0 * one, 0 * one) if table is None else table.to(rgb.dtype)[:, [ZOOM, SHIFT_X, SHIFT_Y]].unbind(1)
    )
    rgb = _along(rgb, 2, zoom, down, size.height)
    return _along(rgb, 3, zoom, right, size.width)


def _along(rgb: torch.Tensor, axis: int, zoom: torch.Tensor, shift: torch.Tensor, length: int) -> torch.Tensor:
    source = rgb.shape[axis]
    out = torch.arange(length, dtype=rgb.dtype, device=rgb.device) + 0.5
    place = (out - length * (0.5 + shift[:, None])) * (source / length / zoom[:, None]) + (source * 0.5 - 0.5)
    place = place.nan_to_num(0.0).clamp(0.0, source - 1.0)
    first = place.floor()
    shape = (len(rgb), 1, length, 1) if axis == 2 else (len(rgb), 1, 1, length)
    share = (place - first).reshape(shape)
    index = first.long().reshape(shape)
    near = rgb.take_along_dim(index, axis)
    far = rgb.take_along_dim((index + 1).clamp(max=source - 1), axis)
    return near + (far - near) * share


def _tetrahedral(rgb: torch.Tensor, lut: torch.Tensor) -> torch.Tensor:
    """Between the corners of the tetrahedron that ``rgb`` ``(T, 3, H, W)`` within 0..1 lies in: from black's corner of
    the cell to white's, along the axis with the largest part first. ``lut`` is ``(blue, green, red, 3)``."""
    count = len(lut)
    place = rgb * (count - 1.0)
    cell = place.floor().clamp(max=count - 2.0)
    part, order = (place - cell).sort(1, descending=True)
    steps = torch.tensor([1, count, count * count], device=rgb.device)
    corner = (cell.long() * steps.reshape(1, 3, 1, 1)).sum(1)
    entries, walk = lut.reshape(-1, 3), steps[order]
    weights = (1.0 - part[:, 0], part[:, 0] - part[:, 1], part[:, 1] - part[:, 2], part[:, 2])
    mixed = torch.zeros_like(rgb.movedim(1, -1))
    for k, weight in enumerate(weights):
        mixed += entries[corner] * weight.unsqueeze(-1)
        if k < 3:
            corner = corner + walk[:, k]
    return mixed.movedim(-1, 1)


def _planes(rgb: torch.Tensor) -> torch.Tensor:
    """BT.709 in limited range, 4:2:0 with chroma sited left, planar."""
    r, _, b = rgb.unbind(1)
    luma = _luma(rgb).squeeze(1)
    y = (16.0 + 219.0 * luma).round()
    cb = _left_sited(128.0 + 224.0 * (b - luma) / (2.0 * (1.0 - KB))).round()
    cr = _left_sited(128.0 + 224.0 * (r - luma) / (2.0 * (1.0 - KR))).round()
    planes = torch.cat([y.flatten(1), cb.flatten(1), cr.flatten(1)], 1).to(torch.uint8)
    return planes.reshape(len(rgb), rgb.shape[2] * 3 // 2, rgb.shape[3])


def _left_sited(plane: torch.Tensor) -> torch.Tensor:
    """Halve both sides: columns weighted 1-2-1 around the even ones (edge repeated), rows in pairs."""
    rows = (plane[:, 0::2] + plane[:, 1::2]) * 0.5
    left = torch.cat([rows[..., :1], rows[..., 1:-1:2]], -1)
    return 0.25 * left + 0.5 * rows[..., 0::2] + 0.25 * rows[..., 1::2]
