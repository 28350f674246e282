"""A still as a moving shot: a slow zoom and pan whose direction comes from the seed."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.media.colour import picture_of
from musicvid.media.pictures import planes_of
from musicvid.schema.frames import FrameRate, FrameSize

# Slow enough to be felt rather than seen: these are fractions of the picture.
_ZOOM_START, _ZOOM_PER_S, _ZOOM_MOST = 0.03, 0.02, 0.18
_PAN_PER_S = 0.03


@dataclass(frozen=True, slots=True)
class Window:
    """The part of the still that is shown: left, top, width in pixels of the still (not whole numbers). Its height
    follows from the aspect of what is shown."""

    left: float
    top: float
    width: float


def windows(
    still: tuple[int, int], size: FrameSize, frame_count: int, rate: FrameRate, seed: int, *, pan: bool
) -> list[Window]:
    """The window of every frame, inside a still of ``(width, height)`` pixels, with the aspect of ``size``.

    It goes from a wide window to a tight one, or back. The zoom is geometric (the same change of scale in every frame)
    and the middle moves with the width, which is how a camera moves that has its target: no start, no stop, no turn.
    """
    whole = min(float(still[0]), still[1] * size.width / size.height)
    if not pan:
        return [_window(still, size, whole, (0.0, 0.0))] * frame_count
    dice = random.Random(seed)
    seconds = float(frame_count / rate.fps)
    inward, angle = dice.random() < 0.5, dice.random() * math.tau
    way = (math.cos(angle), math.sin(angle))
    zoom = 1 + min(_ZOOM_START + _ZOOM_PER_S * seconds, _ZOOM_MOST)
    most = _PAN_PER_S * seconds * whole / 2
    wide = _window(still, size, whole, (-way[0] * most, -way[1] * most))
    tight = _window(still, size, whole / zoom, (way[0] * most, way[1] * most))
    return [
        _between(wide, tight, whole / zoom ** (along if inward else 1 - along))
        for along in ((k + 0.5) / frame_count for k in range(frame_count))
    ]


def _window(still: tuple[int, int], size: FrameSize, width: float, off: tuple[float, float]) -> Window:
    """The window of that ``width`` whose middle is ``off`` the still's middle, as far as there is room."""
    height = width * size.height / size.width
    room = ((still[0] - width) / 2, (still[1] - height) / 2)
    right, down = (min(max(wish, -free), free) for wish, free in zip(off, room, strict=True))
    return Window(room[0] + right, room[1] + down, width)


def _between(wide: Window, tight: Window, width: float) -> Window:
    """The window of that ``width`` on the straight way between both; inside the still, since they are."""
    part = (wide.width - width) / (wide.width - tight.width)
    return Window(wide.left + part * (tight.left - wide.left), wide.top + part * (tight.top - wide.top), width)


def still_frames(
    rgb: NDArray[np.uint8], size: FrameSize, frame_count: int, rate: FrameRate, seed: int, *, pan: bool
) -> Iterator[NDArray[np.uint8]]:
    """Yield the still's frames: uint8 yuv420p ``(height * 3 // 2, width)`` each.

    The still is brought near its final scale once, by area averaging; each frame is then one bicubic affine warp per
    plane with a matrix of floats, so it moves by fractions of a pixel.
    """
    import cv2

    height, width = rgb.shape[:2]
    path = windows((width, height), size, frame_count, rate, seed, pan=pan)
    # Never enlarge here: the warp does that. Two pixels of room keep both sides even.
    scale = min(1.0, size.width / min(window.width for window in path))
    near = (max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2))
    smaller = near[0] < width or near[1] < height
    picture = cv2.resize(rgb, near, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_CUBIC)
    planes = planes_of(picture_of(picture))
    across, down = near[0] / width, near[1] / height
    for window in path:
        warped = [
            _warp(plane, window, across * part, down * part, (int(size.width * part), int(size.height * part)))
            for plane, part in ((planes.y, 1.0), (planes.u, 0.5), (planes.v, 0.5))
        ]
        yield np.concatenate([plane.reshape(-1) for plane in warped]).reshape(-1, size.width)


def _warp(
    plane: NDArray[np.uint8], window: Window, across: float, down: float, size: tuple[int, int]
) -> NDArray[np.uint8]:
    """One plane seen through ``window``; pixel centres lie at halves."""
    import cv2

    width, height = size
    step_x = window.width * across / width
    step_y = window.width * down / width
    matrix = np.array(
        [
            [step_x, 0.0, window.left * across + step_x / 2 - 0.5],
            [0.0, step_y, window.top * down + step_y / 2 - 0.5],
        ]
    )
    return cv2.warpAffine(
        plane, matrix, (width, height), flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
