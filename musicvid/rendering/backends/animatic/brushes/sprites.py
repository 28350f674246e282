"""Sprites: cut-outs (trees, bushes) drawn once into a mask and laid at any size; panes: upright rectangles."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, blend, clamp, first, last

PANE = ("x0", "y0", "x1", "y1", "alpha", "y", "u", "v")


@njit(fastmath=True, error_model="numpy", cache=True)
def sprite(y, u, v, mask, spans, place, alpha, high, low, scale):
    """Lay ``mask`` uint8 (h, w) over the picture, read between its pixels.

    ``spans`` int32 (h, 2): first and one past the last column that is not empty, per row. ``place`` is (left, top,
    pixels per mask pixel) in the full picture. Colour runs from ``high`` at the top to ``low`` at the foot.
    """
    rows, columns = mask.shape
    mixed = np.zeros(columns + 3, np.float32)
    covers = np.empty(y.shape[1], np.float32)
    h0, h1, h2, d0, d1, d2 = high[0], high[1], high[2], low[0] - high[0], low[1] - high[1], low[2] - high[2]
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        height, width = target.shape
        left, top, size = place[0] * s, place[1] * s, place[2] * s
        step, weight = F(1.0) / size, alpha * F(1.0 / 255.0)
        for j in range(first(top, height), last(top + F(rows) * size, height)):
            at = min(max((F(j) + F(0.5) - top) * step - F(0.5), F(0.0)), F(rows) - F(1.001))
            row = np.int64(at)
            share = at - F(row)
            a, b = min(spans[row, 0], spans[row + 1, 0]), max(spans[row, 1], spans[row + 1, 1])
            if a >= b:
                continue
            upper, lower, span = mask[row, a:b], mask[row + 1, a:b], mixed[a + 1 : b + 1]
            for i in range(span.size):
                span[i] = (F(upper[i]) + (F(lower[i]) - F(upper[i])) * share) * weight
            mixed[a], mixed[b + 1], mixed[b + 2] = F(0.0), F(0.0), F(0.0)
            # Mask column k is at mixed[k + 1]; pixel i reads between the two columns about it.
            base = (F(0.5) - left) * step + F(0.5)
            i0 = np.int64(min(max(np.ceil((F(a) - base) * size), F(0.0)), F(width)))
            i1 = np.int64(min(max(np.ceil((F(b + 1) - base) * size), F(0.0)), F(width)))
            cover = covers[i0:i1]
            for i in range(cover.size):
                p = F(i + i0) * step + base
                k = np.uint32(np.int32(p))
                cover[i] = mixed[k] + (mixed[k + 1] - mixed[k]) * (p - F(k))
            t = at / F(rows)
            if plane == 0:
                line, c = y[j, i0:i1], h0 + d0 * t
                for i in range(line.size):
                    line[i] = blend(line[i], c, cover[i])
            else:
                line, other, c, d = u[j, i0:i1], v[j, i0:i1], h1 + d1 * t, h2 + d2 * t
                for i in range(line.size):
                    line[i] = blend(line[i], c, cover[i])
                    other[i] = blend(other[i], d, cover[i])


@njit(fastmath=True, error_model="numpy", cache=True)
def panes(y, u, v, table, scale):
    """Upright rectangles, exact to a fraction of a pixel. Columns as in ``PANE``."""
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        height, width = target.shape
        for n in range(table.shape[0]):
            row = table[n]
            x0, x1 = max(row[0] * s, F(0.0)), min(row[2] * s, F(width))
            y0, y1 = max(row[1] * s, F(0.0)), min(row[3] * s, F(height))
            if x1 <= x0 or y1 <= y0:
                continue
            i0, i1, alpha, cl, cu, cv = np.int64(x0), last(x1, width), row[4], row[5], row[6], row[7]
            for j in range(first(y0, height), last(y1, height)):
                down = max(min(F(j + 1), y1) - max(F(j), y0), F(0.0)) * alpha
                if plane == 0:
                    line = y[j, i0:i1]
                    for i in range(line.size):
                        cover = clamp(min(F(i + i0 + 1), x1) - max(F(i + i0), x0)) * down
                        line[i] = blend(line[i], cl, cover)
                else:
                    line, other = u[j, i0:i1], v[j, i0:i1]
                    for i in range(line.size):
                        cover = clamp(min(F(i + i0 + 1), x1) - max(F(i + i0), x0)) * down
                        line[i] = blend(line[i], cu, cover)
                        other[i] = blend(other[i], cv, cover)
