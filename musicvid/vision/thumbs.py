"""Thumbnails small enough to keep for every frame of a film, big enough to tell shots apart.

A thumb is one row of ``THUMB_SIZE`` bytes: luma 32x18, then both chroma planes 16x9, each a mean over its area.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LUMA = (32, 18)
CHROMA = (16, 9)
THUMB_SIZE = LUMA[0] * LUMA[1] + 2 * CHROMA[0] * CHROMA[1]


def thumb(y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Planes of one 4:2:0 picture, ``(h, w)`` and twice ``(h/2, w/2)``, to ``(THUMB_SIZE,)`` uint8."""
    return np.concatenate([_small(y, LUMA), _small(u, CHROMA), _small(v, CHROMA)])


def _small(plane: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Area mean over a grid of samples, some five each way a cell: an eighth of the cost of reading every pixel."""
    import cv2

    step = max(1, min(plane.shape[0] // (5 * size[1]), plane.shape[1] // (5 * size[0])))
    grid = np.ascontiguousarray(plane[step // 2 :: step, step // 2 :: step])
    return cv2.resize(grid, size, interpolation=cv2.INTER_AREA).reshape(-1)


def distance(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean absolute difference in 8-bit levels between thumbs ``(..., THUMB_SIZE)``; luma and chroma weigh alike.

    Chroma has half as many values, so it counts double: a change of hue at equal brightness is a cut too.
    """
    gap = np.abs(a.astype(np.float32) - b.astype(np.float32))
    edge = LUMA[0] * LUMA[1]
    return 0.5 * gap[..., :edge].mean(-1) + 0.5 * gap[..., edge:].mean(-1)
