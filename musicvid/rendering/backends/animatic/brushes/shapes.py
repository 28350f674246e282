"""Shapes with clean edges: round cones (limbs, trunks, posts) and convex quadrilaterals (walls, roofs, doors).

A table holds one shape per row, float32, painted from first to last. Coordinates are pixels of the full picture;
``scale`` maps them to the plane at hand. Loops run over slices of local scalars only: that is what vectorises.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, blend, clamp, first, last

BLOCK = 16
CONE = ("x0", "y0", "r0", "x1", "y1", "r1", "soft", "alpha", "y", "u", "v")
QUAD = (
    *("x0", "y0", "x1", "y1", "x2", "y2", "x3", "y3", "alpha", "soft", "g0", "gx", "gy"),
    *("ya", "ua", "va", "yb", "ub", "vb"),
)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _cone(ax, ay, bx, by, inv, r0, grow):
    h = clamp((ax * bx + ay * by) * inv)
    dx, dy = ax - bx * h, ay - by * h
    return np.sqrt(dx * dx + dy * dy) - r0 - grow * h


@njit(fastmath=True, error_model="numpy", cache=True)
def cones(y, u, v, table, scale):
    """Round cones: two circles and their hull. Columns as in ``CONE``; ``soft`` is the width of the edge in pixels."""
    for plane in range(2):
        s = scale if plane == 0 else scale * F(0.5)
        height, width = y.shape if plane == 0 else u.shape
        for n in range(table.shape[0]):
            row = table[n]
            x0, y0, r0, x1, y1, r1 = row[0] * s, row[1] * s, row[2] * s, row[3] * s, row[4] * s, row[5] * s
            soft = max(row[6] * s, F(1.0))
            edge, c0, c1, c2 = F(1.0) / soft, row[8], row[9], row[10]
            bx, by = x1 - x0, y1 - y0
            inv = F(1.0) / max(bx * bx + by * by, F(1e-6))
            # A shape thinner than a pixel keeps its light by losing cover, not by vanishing.
            thin = min(max(r0, r1) * F(2.0), F(1.0)) * row[7]
            r0, r1 = max(r0, F(0.5)), max(r1, F(0.5))
            grow, solid = r1 - r0, thin >= F(1.0)
            left, right = min(x0 - r0, x1 - r1) - soft, max(x0 + r0, x1 + r1) + soft
            slope = bx / (by if abs(by) > F(0.5) else F(0.5))
            reach, rise = (max(r0, r1) + soft) * (F(1.0) + abs(slope)), F(1.0) / (by if abs(by) > F(0.5) else F(0.5))
            if abs(by) <= F(0.5):
                reach = right - left
            taper = F(1.0) / (F(1.0) + abs(grow * bx) * inv)
            for j in range(first(min(y0 - r0, y1 - r1) - soft, height), last(max(y0 + r0, y1 + r1) + soft, height)):
                ay = F(j) + F(0.5) - y0
                h = clamp(ay * rise)
                mid, off, core = x0 + bx * h, ay - by * h, (r0 + grow * h - F(0.5) * soft - F(0.5)) * taper
                i0, i1 = first(max(left, mid - reach), width), last(min(right, mid + reach), width)
                # The chord of a circle about the axis in this row is full: no distances are needed there. Where the
                # radius changes along the row, the circle is smaller.
                k0, k1, room = np.int64(0), np.int64(0), core * core - off * off
                if solid and core > F(8.0) and room > F(64.0):
                    half = np.sqrt(room)
                    k0 = np.int64(np.ceil(max(mid - half - F(0.5), F(0.0))))
                    k1 = last(mid + half - F(1.5), width)
                # Whole blocks: short runs would miss the vector code. Outside the shape, cover is nothing anyway.
                k = max(min(i0, width - BLOCK), 0)
                while k < i1:
                    at, many = F(k) + F(0.5) - x0, min(BLOCK, width - k)
                    if k >= k0 and k + BLOCK <= k1:
                        if plane == 0:
                            y[j, k : k + BLOCK] = np.uint8(c0 + F(0.5))
                        else:
                            u[j, k : k + BLOCK] = np.uint8(c1 + F(0.5))
                            v[j, k : k + BLOCK] = np.uint8(c2 + F(0.5))
                    elif plane == 0 and many == BLOCK:
                        part = y[j, k : k + BLOCK]
                        for i in range(BLOCK):
                            d = _cone(F(i) + at, ay, bx, by, inv, r0, grow)
                            part[i] = blend(part[i], c0, clamp(F(0.5) - d * edge) * thin)
                    elif many == BLOCK:
                        part, other = u[j, k : k + BLOCK], v[j, k : k + BLOCK]
                        for i in range(BLOCK):
                            d = _cone(F(i) + at, ay, bx, by, inv, r0, grow)
                            cover = clamp(F(0.5) - d * edge) * thin
                            part[i] = blend(part[i], c1, cover)
                            other[i] = blend(other[i], c2, cover)
                    else:
                        for i in range(many):
                            d = _cone(F(i) + at, ay, bx, by, inv, r0, grow)
                            cover = clamp(F(0.5) - d * edge) * thin
                            if plane == 0:
                                y[j, k + i] = blend(y[j, k + i], c0, cover)
                            else:
                                u[j, k + i] = blend(u[j, k + i], c1, cover)
                                v[j, k + i] = blend(v[j, k + i], c2, cover)
                    k += BLOCK


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _edges(row, s, edges, box):
    """Fill ``edges`` (4, 3) with inward half planes per pixel of blur and ``box`` with left, right, top, bottom."""
    cx = (row[0] + row[2] + row[4] + row[6]) * F(0.25) * s
    cy = (row[1] + row[3] + row[5] + row[7]) * F(0.25) * s
    box[0], box[1], box[2], box[3] = cx, cx, cy, cy
    soft = max(row[9] * s, F(1.0))
    for k in range(4):
        x0, y0, m = row[2 * k] * s, row[2 * k + 1] * s, (k + 1) % 4
        dx, dy = row[2 * m] * s - x0, row[2 * m + 1] * s - y0
        length = np.sqrt(dx * dx + dy * dy)
        inv = F(1.0) / max(length, F(1e-4))
        nx, ny = dy * inv, -dx * inv
        if nx * (cx - x0) + ny * (cy - y0) < F(0.0):
            nx, ny = -nx, -ny
        edges[k, 0], edges[k, 1], edges[k, 2] = nx / soft, ny / soft, F(0.5) - (nx * x0 + ny * y0) / soft
        if length < F(1e-3):  # a triangle's fourth edge must not cut anything
            edges[k, 0], edges[k, 1], edges[k, 2] = F(0.0), F(0.0), F(1e6)
        box[0], box[1], box[2], box[3] = min(box[0], x0), max(box[1], x0), min(box[2], y0), max(box[3], y0)
    box[0], box[1], box[2], box[3] = box[0] - soft, box[1] + soft, box[2] - soft, box[3] + soft


@njit(fastmath=True, error_model="numpy", cache=True)
def quads(y, u, v, table, scale):
    """Convex quadrilaterals. Columns as in ``QUAD``: colour a to b along ``g0 + gx x + gy y`` clamped to 0..1."""
    edges, box = np.empty((4, 3), np.float32), np.empty(4, np.float32)
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        height, width = target.shape
        for n in range(table.shape[0]):
            row = table[n]
            _edges(row, s, edges, box)
            g0, gx, gy, alpha = row[10], row[11] / s, row[12] / s, row[8]
            a0, a1, a2, b0, b1, b2 = row[13], row[14], row[15], row[16] - row[13], row[17] - row[14], row[18] - row[15]
            e0, e1, e2, e3 = edges[0, 0], edges[1, 0], edges[2, 0], edges[3, 0]
            for j in range(first(box[2], height), last(box[3], height)):
                py = F(j) + F(0.5)
                c0, c1 = edges[0, 1] * py + edges[0, 2], edges[1, 1] * py + edges[1, 2]
                c2, c3 = edges[2, 1] * py + edges[2, 2], edges[3, 1] * py + edges[3, 2]
                g = g0 + gy * py
                # Where the row enters and leaves the shape: each edge bounds it from the left or from the right.
                left, right = box[0], box[1]
                for k in range(4):
                    e, c = edges[k, 0], edges[k, 1] * py + edges[k, 2]
                    if e > F(1e-6):
                        left = max(left, -c / e)
                    elif e < F(-1e-6):
                        right = min(right, -c / e)
                i0, i1 = first(left - F(1.0), width), last(right, width)
                if i1 <= i0:
                    continue
                at = F(i0) + F(0.5)
                if plane == 0:
                    line = y[j, i0:i1]
                    for i in range(line.size):
                        px = F(i) + at
                        d = min(min(e0 * px + c0, e1 * px + c1), min(e2 * px + c2, e3 * px + c3))
                        line[i] = blend(line[i], a0 + b0 * clamp(g + gx * px), clamp(d) * alpha)
                else:
                    line, other = u[j, i0:i1], v[j, i0:i1]
                    for i in range(line.size):
                        px = F(i) + at
                        d = min(min(e0 * px + c0, e1 * px + c1), min(e2 * px + c2, e3 * px + c3))
                        cover, t = clamp(d) * alpha, clamp(g + gx * px)
                        line[i] = blend(line[i], a1 + b1 * t, cover)
                        other[i] = blend(other[i], a2 + b2 * t, cover)
