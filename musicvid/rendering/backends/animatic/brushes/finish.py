"""The last touch on a finished picture: corners a little darker, as a lens draws them; and strips of type."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, blend


@njit(cache=True)
def double(small, large):
    """Enlarge ``small`` uint8 (h, w) twice in both directions, linearly between samples; ``large`` may be one short."""
    rows, columns = small.shape
    mixed = np.empty(columns, np.uint16)
    for j in range(large.shape[0]):
        near = j // 2
        far = min(max(near + (1 if j % 2 else -1), 0), rows - 1)
        a, b, line = small[near], small[far], large[j]
        for i in range(columns):
            mixed[i] = np.uint16(a[i]) * np.uint16(3) + np.uint16(b[i])
        line[0] = np.uint8((mixed[0] + 2) >> 2)
        for i in range(columns - 1):
            p, q = np.int32(mixed[i]), np.int32(mixed[i + 1])
            line[2 * i + 1] = np.uint8((3 * p + q + 8) >> 4)
            line[2 * i + 2] = np.uint8((p + 3 * q + 8) >> 4)
        if line.size == 2 * columns:
            line[2 * columns - 1] = np.uint8((mixed[columns - 1] + 2) >> 2)


@njit(fastmath=True, error_model="numpy", cache=True)
def expose(y, across, down, gain):
    """Scale luma around black by ``gain`` and by the fall of light, float32 (width,) times (height,)."""
    for j in range(y.shape[0]):
        line, share = y[j], down[j] * gain
        for i in range(line.size):
            line[i] = np.uint8(min(F(16.5) + (F(line[i]) - F(16.0)) * (across[i] * share), F(235.0)))


@njit(fastmath=True, error_model="numpy", cache=True)
def stamp(y, u, v, ink, left, top, strength, colour):
    """Lay type over the picture: ``ink`` uint8 (h, w) is its cover; ``left`` and ``top`` must be even."""
    rows, columns = min(ink.shape[0], y.shape[0] - top), min(ink.shape[1], y.shape[1] - left)
    for j in range(rows):
        for i in range(columns):
            y[top + j, left + i] = blend(y[top + j, left + i], colour[0], F(ink[j, i]) * strength)
    for j in range(rows // 2):
        for i in range(columns // 2):
            ink4 = (
                F(ink[2 * j, 2 * i])
                + F(ink[2 * j, 2 * i + 1])
                + F(ink[2 * j + 1, 2 * i])
                + F(ink[2 * j + 1, 2 * i + 1])
            )
            cover = ink4 * F(0.25) * strength
            u[top // 2 + j, left // 2 + i] = blend(u[top // 2 + j, left // 2 + i], colour[1], cover)
            v[top // 2 + j, left // 2 + i] = blend(v[top // 2 + j, left // 2 + i], colour[2], cover)
