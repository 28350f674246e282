"""Rows of houses along a way: their fronts and windows on the screen, as rows for ``quads`` and ``panes``."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, clamp

HOUSE = ("start_m", "stop_m", "height_m", "y", "u", "v")
WINDOW = ("start_m", "stop_m", "low_m", "high_m", "alpha", "y", "u", "v")


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _fog(depth, far):
    return clamp(depth / (depth + F(0.42) * far) + max(depth / far - F(0.7), F(0.0)))


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _tinted(row, first, tone, haze, fog):
    for k in range(3):
        row[first + k] = tone[k] + (haze[k] - tone[k]) * fog


@njit(fastmath=True, error_model="numpy", cache=True)
def fronts(houses, period, x, middle, lens, far, gables, haze, near_tone):
    """The fronts of one side, at ``x`` metres, the farthest first: end wall, front and gable of each house.

    ``houses`` as in ``HOUSE``, sorted, repeating after ``period`` metres; ``lens`` as in ``ground.LENS``.
    """
    each = 3 if gables else 2
    out, count = np.zeros((2 * each * houses.shape[0], 19), np.float32), 0
    place = lens[4] % period
    for k in range(2 * houses.shape[0] - 1, -1, -1):
        n, lap = k % houses.shape[0], F(k // houses.shape[0]) * period
        za, zb = houses[n, 0] + lap - place, houses[n, 1] + lap - place
        if zb <= F(1.2) or za >= far:
            continue
        za = max(za, F(1.0))
        ma, mb, tall = lens[0] / za, lens[0] / zb, houses[n, 2]
        xa, xb = lens[2] + (x - lens[5]) * ma, lens[2] + (x - lens[5]) * mb
        ya, yb = lens[1] + (lens[3] - tall) * ma, lens[1] + (lens[3] - tall) * mb
        ga, gb = lens[1] + lens[3] * ma + F(1.0), lens[1] + lens[3] * mb + F(1.0)
        fa, fb = _fog(za, far), _fog(zb, far)
        span = xb - xa if abs(xb - xa) > F(0.5) else F(0.5)
        # The end wall shows only above the roof of the nearer neighbour.
        nearer = houses[n - 1, 2] if k > 0 and za > F(1.0) else F(0.0)
        if nearer < tall:
            out_x = lens[2] + (x + (F(9.0) if x > middle else F(-9.0)) - lens[5]) * ma
            low, row = lens[1] + (lens[3] - nearer) * ma + F(1.0), out[count]
            row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7] = xa, ya, out_x, ya, out_x, low, xa, low
            row[8], row[9] = F(1.0), F(1.0)
            for c in range(3):
                tone = houses[n, 3 + c] + (haze[c] - houses[n, 3 + c]) * fa
                row[13 + c] = row[16 + c] = tone + (near_tone[c] - tone) * F(0.30)
            count += 1
        row = out[count]
        row[0], row[1], row[2], row[3], row[4], row[5], row[6], row[7] = xa, ya, xb, yb, xb, gb, xa, ga
        row[8], row[9], row[10], row[11] = F(1.0), F(1.0), -xa / span, F(1.0) / span
        _tinted(row, 13, houses[n, 3:], haze, fa)
        _tinted(row, 16, houses[n, 3:], haze, fb)
        count += 1
        if gables:
            peak = F(0.5) * (za + zb)
            mp, top = lens[0] / peak, out[count]
            top[:] = row
            top[1], top[4], top[5], top[6], top[7] = ya + F(1.0), xb, yb + F(1.0), xb, yb + F(1.0)
            top[2], top[3] = lens[2] + (x - lens[5]) * mp, lens[1] + (lens[3] - tall - F(2.4)) * mp
            count += 1
    return out[:count]


@njit(fastmath=True, error_model="numpy", cache=True)
def windows(table, period, x, lens, nearest, farthest, far, haze, width):
    """The windows of one side between two distances. ``table`` as in ``WINDOW``; dark ones show only close by."""
    out, count, place = np.empty((2 * table.shape[0], 8), np.float32), 0, lens[4] % period
    for k in range(2 * table.shape[0]):
        row = table[k % table.shape[0]]
        lap = F(k // table.shape[0]) * period - place
        za, zb = row[0] + lap, row[1] + lap
        if za <= nearest or za > farthest:
            continue
        ma, mb = lens[0] / za, lens[0] / zb
        metre = F(0.5) * (ma + mb)
        if row[4] < F(1.0) and metre < F(7.0):
            continue
        xa, xb = lens[2] + (x - lens[5]) * ma, lens[2] + (x - lens[5]) * mb
        left, right, low = min(xa, xb), max(xa, xb), lens[1] + (lens[3] - row[2]) * metre
        if right <= F(0.0) or left >= width or low <= F(0.0) or right - left < F(0.3):
            continue
        pane = out[count]
        pane[0], pane[1], pane[2], pane[3] = left, lens[1] + (lens[3] - row[3]) * metre, right, low
        pane[4] = row[4] * clamp((za - F(1.2)) * F(0.45))  # right beside the lens they would loom, then pop away
        _tinted(pane, 5, row[5:], haze, F(0.85) * _fog(za, far))
        count += 1
    return out[:count]
