"""Bring a picture to the movie's size: cropped until it fills it, or whole with black bars."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from musicvid.media.pictures import conform, planes_of, size_of
from musicvid.schema.frames import FrameSize

_BLACK, _GREY = 16, 128  # BT.709 limited range


def inner_size(width: int, height: int, size: FrameSize, fit: Literal["fill", "fit"]) -> FrameSize:
    """What a picture of ``width`` by ``height`` takes up of ``size``: all of it, or as much as its aspect allows."""
    if fit == "fill":
        return size
    scale = min(size.width / width, size.height / height)
    return FrameSize(_even(width * scale, size.width), _even(height * scale, size.height))


def framed(picture: NDArray[np.uint8], size: FrameSize, inner: FrameSize | None = None) -> NDArray[np.uint8]:
    """A yuv420p picture scaled to fill ``inner`` (None: as it is) in the middle of a black one of ``size``."""
    if inner is not None:
        picture = conform(picture, inner)
    own = size_of(picture)
    if own == size:
        return picture
    canvas = np.full((size.height * 3 // 2, size.width), _GREY, np.uint8)
    canvas[: size.height] = _BLACK
    target, source = planes_of(canvas), planes_of(picture)
    left, top = (size.width - own.width) // 4 * 2, (size.height - own.height) // 4 * 2
    target.y[top : top + own.height, left : left + own.width] = source.y
    for plane, part in ((target.u, source.u), (target.v, source.v)):
        plane[top // 2 : (top + own.height) // 2, left // 2 : (left + own.width) // 2] = part
    return canvas


def _even(value: float, most: int) -> int:
    return min(max(16, 2 * round(value / 2)), most)
