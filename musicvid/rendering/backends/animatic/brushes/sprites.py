"""Sprites: cut-outs (trees, bushes) drawn once into a mask and laid at any size; panes: upright rectangles."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, blend, clamp, first, last

CUT = ("left", "top", "pixels per mask pixel", "alpha", "y high", "u high", "v high", "y low", "u low", "v low")
PANE = ("x0", "y0", "x1", "y1", "alpha", "y", "u", "v")


@njit(fastmath=True, error_model="numpy", cache=True)
def sprites(y, u, v, ink, spans, sheets, which, table, scale):
    """Lay cut-outs over the picture, from first to last, read between their pixels.

    ``sheets`` int64 (n, 4) says where each cut-out is: its first sample in ``ink`` uint8, rows, columns, and its first
    row in ``spans`` int32 (rows, 2), which holds the first and one past the last column that is not empty. ``which``
    int64 (k,) chooses, ``table`` float32 (k, 10) places: columns as in ``CUT``.
    """
    widest = 0
    for n in range(which.size):
        widest = max(widest, sheets[which[n], 2])
    mixed, covers = np.zeros(widest + 3, np.float32), np.empty(y.shape[1], np.float32)
    for n in range(which.size):
        start, rows, columns, first_span = sheets[which[n]]
        row = table[n]
        h0, h1, h2, d0, d1, d2 = row[4], row[5], row[6], row[7] - row[4], row[8] - row[5], row[9] - row[6]
        for plane in range(2):
            s = scale if plane == 0 else scale * F(0.5)
            height, width = y.shape if plane == 0 else u.shape
            left, top, size = row[0] * s, row[1] * s, row[2] * s
            step, weight = F(1.0) / size, row[3] * F(1.0 / 255.0)
            for j in range(first(top, height), last(top + F(rows) * size, height)):
                at = min(max((F(j) + F(0.5) - top) * step - F(0.5), F(0.0)), F(rows) - F(1.001))
                line = np.int64(at)
                share = at - F(line)
                near, far = spans[first_span + line], spans[first_span + line + 1]
                a, b = min(near[0], far[0]), max(near[1], far[1])
                if a >= b:
                    continue
                base = start + line * columns
                upper, lower = ink[base + a : base + b], ink[base + columns + a : base + columns + b]
                span = mixed[a + 1 : b + 1]
                for i in range(span.size):
                    span[i] = (F(upper[i]) + (F(lower[i]) - F(upper[i])) * share) * weight
                mixed[a], mixed[b + 1], mixed[b + 2] = F(0.0), F(0.0), F(0.0)
                # Mask column k is at mixed[k + 1]; pixel i reads between the two columns about it.
                zero = (F(0.5) - left) * step + F(0.5)
                i0 = np.int64(min(max(np.ceil((F(a) - zero) * size), F(0.0)), F(width)))
                i1 = np.int64(min(max(np.ceil((F(b + 1) - zero) * size), F(0.0)), F(width)))
                cover = covers[i0:i1]
                for i in range(cover.size):
                    p = F(i + i0) * step + zero
                    k = np.uint32(np.int32(p))
                    cover[i] = mixed[k] + (mixed[k + 1] - mixed[k]) * (p - F(k))
                t = at / F(rows)
                if plane == 0:
                    part, c = y[j, i0:i1], h0 + d0 * t
                    for i in range(part.size):
                        part[i] = blend(part[i], c, cover[i])
                else:
                    part, other, c, d = u[j, i0:i1], v[j, i0:i1], h1 + d1 * t, h2 + d2 * t
                    for i in range(part.size):
                        part[i] = blend(part[i], c, cover[i])
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
