"""Ridges: everything below a crest line, from a far mountain chain to the grass before the lens."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, blend, clamp

CREST, FLOOR, GLOW = range(3)
"""Rows of a crest table: where the ridge begins, the same smoothed, and how much of a light each column takes."""


@njit(fastmath=True, error_model="numpy", cache=True)
def crest(line, width, step, start, foot, rise, smooth, sun, reach, strength):
    """A crest table float32 (3, width + 2), in rows of the layer.

    ``line`` float32 (n,), n a power of two, tiling, is read from ``start`` on in steps of ``step`` values per column;
    it stands ``rise`` rows high above row ``foot``. The floor is its mean over ``smooth`` columns to both sides. The
    glow of a light at column ``sun`` falls to half within ``reach`` columns.
    """
    out, n = np.empty((3, width + 2), np.float32), line.size
    total = np.empty(width + 3, np.float32)
    total[0] = F(0.0)
    for i in range(width + 2):
        at = F(i) * step + start
        low = np.floor(at)
        a = np.int64(low) & (n - 1)
        out[CREST, i] = foot - rise * (line[a] + (line[(a + 1) & (n - 1)] - line[a]) * (at - low))
        d = (F(i) + F(0.5) - sun) / reach
        out[GLOW, i] = strength / (F(1.0) + d * d)
        total[i + 1] = total[i] + out[CREST, i] - foot
    for i in range(width + 2):
        a, b = max(i - smooth, 0), min(i + smooth + 1, width + 2)
        out[FLOOR, i] = foot + (total[b] - total[a]) / F(b - a)
    return out


@njit(fastmath=True, error_model="numpy", cache=True)
def ridge(y, u, v, table, stop, depth, soft, alpha, top, base, light):
    """Fill from the crest of ``table`` (see :func:`crest`) down to row ``stop``.

    Colour runs from ``top`` at the floor to ``base`` ``depth`` rows below it (mist in the valleys). ``soft`` is the
    crest's blur in rows; the glow is of the colour ``light``.
    """
    line, floor, glow = table[CREST], table[FLOOR], table[GLOW]
    start = np.int64(max(line.min() - soft, F(0.0)))
    # Below this row nothing changes any more but by what lies beneath, and an opaque ridge hides that.
    even = np.int64(max(floor.max() + depth, line.max() + soft)) + 2 if alpha >= F(1.0) else y.shape[0]
    fade, inv = F(1.0) / max(depth, F(1.0)), F(1.0) / max(soft, F(1.0))
    tl, bl, ll = top[0], base[0] - top[0], light[0]
    for j in range(start, min(stop, y.shape[0])):
        part, row = y[j], F(j) + F(0.5)
        if j > max(even, start):
            part[:] = y[j - 1]
            continue
        for i in range(part.size):
            c = tl + bl * clamp((row - floor[i]) * fade)
            part[i] = blend(part[i], c + (ll - c) * glow[i], clamp((row - line[i]) * inv + F(0.5)) * alpha)
    inv = F(1.0) / max(soft, F(2.0))
    tu, tv, bu, bv, lu, lv = top[1], top[2], base[1] - top[1], base[2] - top[2], light[1], light[2]
    for j in range(start // 2, min((stop + 1) // 2, u.shape[0])):
        part, other, row = u[j], v[j], F(2 * j) + F(1.0)
        if 2 * j > max(even, start) + 2:
            part[:] = u[j - 1]
            other[:] = v[j - 1]
            continue
        for i in range(part.size):
            cover, t = clamp((row - line[2 * i]) * inv + F(0.5)) * alpha, clamp((row - floor[2 * i]) * fade)
            c, d, g = tu + bu * t, tv + bv * t, glow[2 * i]
            part[i] = blend(part[i], c + (lu - c) * g, cover)
            other[i] = blend(other[i], d + (lv - d) * g, cover)
