"""Ridges: everything below a crest line, from a far mountain chain to the grass before the lens."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, blend, clamp


@njit(fastmath=True, error_model="numpy", cache=True)
def ridge(y, u, v, crest, crest2, floor, floor2, stop, depth, soft, alpha, top, base, glow, glow2, light):
    """Fill from ``crest`` float32 (width,), in rows of the luma plane, down to row ``stop``.

    Colour runs from ``top`` at ``floor``, a smoothed crest, to ``base`` ``depth`` rows below it (mist in the valleys). ``soft`` is the
    crest's blur in rows, ``glow`` float32 (width,) how much of ``light`` each column takes (haze before the sun).
    ``crest2``, ``floor2`` and ``glow2`` are every other value, for the chroma planes.
    """
    start = np.int64(max(crest.min() - soft, F(0.0)))
    # Below this row nothing changes any more but by what lies beneath, and an opaque ridge hides that.
    even = np.int64(max(floor.max() + depth, crest.max() + soft)) + 2 if alpha >= F(1.0) else y.shape[0]
    fade, inv = F(1.0) / max(depth, F(1.0)), F(1.0) / max(soft, F(1.0))
    tl, bl, ll = top[0], base[0] - top[0], light[0]
    for j in range(start, min(stop, y.shape[0])):
        line, row = y[j], F(j) + F(0.5)
        if j > max(even, start):
            line[:] = y[j - 1]
            continue
        for i in range(line.size):
            below = row - crest[i]
            c = tl + bl * clamp((row - floor[i]) * fade)
            line[i] = blend(line[i], c + (ll - c) * glow[i], clamp(below * inv + F(0.5)) * alpha)
    inv = F(1.0) / max(soft, F(2.0))
    tu, tv, bu, bv, lu, lv = top[1], top[2], base[1] - top[1], base[2] - top[2], light[1], light[2]
    for j in range(start // 2, min((stop + 1) // 2, u.shape[0])):
        line, other, row = u[j], v[j], F(2 * j) + F(1.0)
        if 2 * j > max(even, start) + 2:
            line[:] = u[j - 1]
            other[:] = v[j - 1]
            continue
        for i in range(line.size):
            below, g = row - crest2[i], glow2[i]
            cover, t = clamp(below * inv + F(0.5)) * alpha, clamp((row - floor2[i]) * fade)
            c, d = tu + bu * t, tv + bv * t
            line[i] = blend(line[i], c + (lu - c) * g, cover)
            other[i] = blend(other[i], d + (lv - d) * g, cover)


@njit(fastmath=True, error_model="numpy", cache=True)
def crest_line(line, width, step, start, horizon, rise):
    """A crest float32 (width,) in rows: ``line`` float32 (n,), n a power of two, tiling, read from place ``start`` in
    steps of ``step`` values per column, standing ``rise`` rows high above row ``horizon``."""
    out, n = np.empty(width, np.float32), line.size
    for i in range(width):
        at = F(i) * step + start
        low = np.floor(at)
        a = np.int64(low) & (n - 1)
        v = line[a] + (line[(a + 1) & (n - 1)] - line[a]) * (at - low)
        out[i] = horizon - rise * v
    return out


@njit(fastmath=True, error_model="numpy", cache=True)
def glow_line(width, centre, reach, strength):
    """How much of a light at column ``centre`` each column takes, float32 (width,)."""
    out = np.empty(width, np.float32)
    for i in range(width):
        d = (F(i) + F(0.5) - centre) / reach
        out[i] = strength / (F(1.0) + d * d)
    return out
