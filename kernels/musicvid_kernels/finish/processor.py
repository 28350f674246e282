"""The same as the reference on the processor, in one thread: each picture two rows at a time. Imported lazily.

Zoom and shift keep rows and columns apart, so a row of the source is stretched once, kept while two rows of the output
lie between it and its neighbour, and mixed with that in vector code. Results differ from the reference by rounding.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from musicvid_kernels.finish.look import looked_up
from musicvid_kernels.finish.rows import (
    TO_CB,
    TO_CR,
    WORD,
    F,
    across_bytes,
    across_floats,
    between,
    clamp,
    compiled,
    graded,
    sited_left,
    unpack,
)
from musicvid_kernels.finish.shapes import Size, size_of
from musicvid_kernels.finish.table import FLASH, GAIN, LIFT, LUT, NEUTRAL, SATURATION, SHIFT_X, SHIFT_Y, ZOOM

_NO_LUT = np.zeros((0, 3), F)


class _Places(NamedTuple):
    """Where output pixels lie along one axis: the source pixel before, and the share of the next one. That one always
    exists."""

    first: NDArray[np.uint32]
    share: NDArray[np.float32]


_NOWHERE = _Places(np.zeros(0, np.uint32), np.zeros(0, F))


def finish_processor(
    frames: torch.Tensor,
    table: torch.Tensor | None = None,
    lut: torch.Tensor | None = None,
    *,
    height: int = 0,
    width: int = 0,
    low: float = 0.0,
    high: float = 1.0,
) -> torch.Tensor:
    """See :func:`musicvid_kernels.finish.finish`."""
    size = size_of(frames, height, width)
    low, high = (0.0, 255.0) if frames.dtype == torch.uint8 else (low, high)
    planes = torch.empty((len(frames), size.height * 3 // 2, size.width), dtype=torch.uint8)
    rows = np.tile(F(NEUTRAL), (len(frames), 1)) if table is None else table.detach().numpy()
    entries = _NO_LUT if lut is None else np.ascontiguousarray(lut.detach().numpy()).reshape(-1, 3)
    for frame, row, out in zip(frames.detach(), rows, planes.numpy(), strict=True):
        x = y = _NOWHERE
        moved = size != frame.shape[1:] or tuple(row[[ZOOM, SHIFT_X, SHIFT_Y]]) != (1.0, 0.0, 0.0)
        if moved:
            x = _places(size.width, frame.shape[2], row[ZOOM], row[SHIFT_X])
            y = _places(size.height, frame.shape[1], row[ZOOM], row[SHIFT_Y])
            frame = frame.expand(3, max(frame.shape[1], 2), max(frame.shape[2], 2))
        look = (*_affine(row, low, high, lut is not None), entries, row[LUT], row[FLASH])
        if frame.dtype == torch.uint8:
            lines = np.ascontiguousarray(frame.permute(1, 2, 0).numpy()).reshape(frame.shape[1], -1)
            _bytes(lines, moved, *x, *y, *look, *_split(out, size))
        else:
            channels = (channel.to(torch.float32).contiguous().numpy() for channel in frame)
            _floats(*channels, F(low), F(high), moved, *x, *y, *look, *_split(out, size))
    return planes


def _places(length: int, source: int, zoom: np.float32, shift: np.float32) -> _Places:
    with np.errstate(all="ignore"):
        out = np.arange(length, dtype=F) + F(0.5)
        place = (out - length * (F(0.5) + shift)) * (F(source) / (length * zoom)) + F(source * 0.5 - 0.5)
    place = np.clip(np.nan_to_num(place, nan=0.0), 0.0, source - 1.0).astype(F)
    first = np.floor(np.minimum(place, max(source - 2.0, 0.0)))
    return _Places(first.astype(np.uint32), (place - first).astype(F))


def _affine(row: NDArray[np.float32], low: float, high: float, looked: bool) -> tuple[np.float32, ...]:
    """Scale, gain, lift, saturation (and flash, where no table of colours comes between) as ``value * own + luma * grey
    + lift``."""
    gain, lift, saturation, flash = (float(row[k]) for k in (GAIN, LIFT, SATURATION, FLASH))
    scale = gain / (high - low)
    own, grey, base = scale * saturation, scale * (1.0 - saturation), lift - low * scale
    if not looked:
        own, grey, base = own * (1.0 - flash), grey * (1.0 - flash), base + (1.0 - base) * flash
    return F(own), F(grey), F(base)


def _split(out: NDArray[np.uint8], size: Size) -> tuple[NDArray[np.uint8], ...]:
    luma, half = size.height * size.width, (size.height // 2, size.width // 2)
    flat = out.reshape(-1)
    return (
        flat[:luma].reshape(size),
        flat[luma : luma + luma // 4].reshape(half),
        flat[luma + luma // 4 :].reshape(half),
    )


@compiled
def _bytes(
    source, moved, first_x, share_x, first_y, share_y, own, grey, lift, lut, strength, flash, y, u, v
):  # fmt: skip
    """One picture ``(height, 3 * width)`` of bytes RGBRGB…."""
    width = y.shape[1]
    rgb, held, holds, sums, levels = _room(width)
    near, far = np.empty(width, WORD), np.empty(width, WORD)
    for j in range(y.shape[0]):
        if moved:
            upper = np.int64(first_y[j])
            for k in range(upper, upper + 2):
                if holds[k & 1] != k:
                    holds[k & 1] = k
                    kept = held[k & 1]
                    across_bytes(source[k], first_x, share_x, near, far, kept[0], kept[1], kept[2])
            _meet(held, upper, share_y[j], rgb)
        else:
            unpack(source[j], rgb[0], rgb[1], rgb[2])
        _put(j, rgb, own, grey, lift, lut, strength, flash, sums, levels, y, u, v)


@compiled
def _floats(
    red, green, blue, low, high, moved, first_x, share_x, first_y, share_y, own, grey, lift, lut, strength, flash,
    y, u, v,
):  # fmt: skip
    """One picture, a plane ``(height, width)`` a channel."""
    width = y.shape[1]
    rgb, held, holds, sums, levels = _room(width)
    near, far = np.empty(width, F), np.empty(width, F)
    for j in range(y.shape[0]):
        if moved:
            upper = np.int64(first_y[j])
            for k in range(upper, upper + 2):
                if holds[k & 1] != k:
                    holds[k & 1] = k
                    kept = held[k & 1]
                    across_floats(red[k], low, high, first_x, share_x, near, far, kept[0])
                    across_floats(green[k], low, high, first_x, share_x, near, far, kept[1])
                    across_floats(blue[k], low, high, first_x, share_x, near, far, kept[2])
            _meet(held, upper, share_y[j], rgb)
        else:
            clamp(red[j], low, high, rgb[0])
            clamp(green[j], low, high, rgb[1])
            clamp(blue[j], low, high, rgb[2])
        _put(j, rgb, own, grey, lift, lut, strength, flash, sums, levels, y, u, v)


@compiled
def _room(width):
    """Rows for a picture of ``width``: pixels; source rows, the even and the odd one, and which these are; sums for
    chroma and their levels."""
    held, holds = np.empty((2, 3, width), F), np.full(2, -1)
    return np.empty((3, width), F), held, holds, np.zeros((2, width + 2), F), np.empty(width, np.uint8)


@compiled
def _meet(held, upper, share, rgb):
    for c in range(3):
        between(held[upper & 1, c], held[(upper + 1) & 1, c], share, rgb[c])


@compiled
def _put(j, rgb, own, grey, lift, lut, strength, flash, sums, levels, y, u, v):
    """Row ``j`` of luma, and after every second one a row of chroma."""
    if lut.shape[0]:
        looked_up(rgb[0], rgb[1], rgb[2], own, grey, lift, lut, strength, flash)
        own, grey, lift = F(1.0), F(0.0), F(0.0)
    graded(rgb[0], rgb[1], rgb[2], own, grey, lift, y[j], F(j & 1), sums[0], sums[1])
    if j & 1:
        sited_left(sums[0], TO_CR, levels, v[j // 2])
        sited_left(sums[1], TO_CB, levels, u[j // 2])
