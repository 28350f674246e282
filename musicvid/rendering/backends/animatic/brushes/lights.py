"""Lights: round glows and bokeh, and beams. Tables as in ``shapes``: full-picture pixels, one light per row."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, blend, clamp, first, last, sine

GLOW = ("x", "y", "rx", "ry", "soft", "alpha", "y", "u", "v")
BEAM = ("x", "y", "dx", "dy", "length", "spread", "alpha", "y", "u", "v")


@njit(fastmath=True, error_model="numpy", cache=True)
def glows(y, u, v, table, scale):
    """Ellipses of light. ``soft`` 1 is a glow that fades from its heart, near 0 a disc with a clean edge."""
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        height, width = target.shape
        for n in range(table.shape[0]):
            row = table[n]
            cx, cy, rx, ry = row[0] * s, row[1] * s, max(row[2] * s, F(0.2)), max(row[3] * s, F(0.2))
            alpha = row[5] * min(rx, F(1.0)) * min(ry, F(1.0))
            rx, ry = max(rx, F(1.0)), max(ry, F(1.0))
            soft = min(max(row[4], F(1.5) / min(rx, ry)), F(1.0))
            edge = F(1.0) / (F(1.0) - (F(1.0) - soft) * (F(1.0) - soft))
            ix, iy = F(1.0) / rx, F(1.0) / ry
            cl, cu, cv = row[6], row[7], row[8]
            for j in range(first(cy - ry, height), last(cy + ry, height)):
                dy = (F(j) + F(0.5) - cy) * iy
                span = F(1.0) - dy * dy
                if span <= F(0.0):
                    continue
                half = np.sqrt(span) * rx
                i0, i1 = first(cx - half, width), last(cx + half, width)
                at = F(i0) + F(0.5) - cx
                if plane == 0:
                    line = y[j, i0:i1]
                    for i in range(line.size):
                        dx = (F(i) + at) * ix
                        e = clamp((span - dx * dx) * edge)
                        line[i] = blend(line[i], cl, e * e * alpha)
                else:
                    line, other = u[j, i0:i1], v[j, i0:i1]
                    for i in range(line.size):
                        dx = (F(i) + at) * ix
                        e = clamp((span - dx * dx) * edge)
                        line[i] = blend(line[i], cu, e * e * alpha)
                        other[i] = blend(other[i], cv, e * e * alpha)


@njit(fastmath=True, error_model="numpy", cache=True)
def beams(y, u, v, table, scale):
    """Cones of light from (x, y) along the unit vector (dx, dy): soft across, fading with length.

    ``spread`` is the half width gained per length.
    """
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        height, width = target.shape
        for n in range(table.shape[0]):
            row = table[n]
            ox, oy, dx, dy, length, spread = row[0] * s, row[1] * s, row[2], row[3], max(row[4] * s, F(1.0)), row[5]
            ex, ey, far = ox + dx * length, oy + dy * length, spread * length + F(2.0)
            i0 = first(min(ox, ex - abs(dy) * far) - F(2.0), width)
            i1 = last(max(ox, ex + abs(dy) * far) + F(2.0), width)
            fade, root, alpha = F(1.0) / length, F(1.5) * s, row[6]
            cl, cu, cv = row[7], row[8], row[9]
            at = F(i0) + F(0.5) - ox
            top = first(min(oy, ey - abs(dx) * far) - F(2.0), height)
            for j in range(top, last(max(oy, ey + abs(dx) * far) + F(2.0), height)):
                py = F(j) + F(0.5) - oy
                line = y[j, i0:i1] if plane == 0 else u[j, i0:i1]
                other = v[j // 2, i0 // 2 : i1 // 2] if plane == 0 else v[j, i0:i1]
                for i in range(line.size):
                    px = F(i) + at
                    along = px * dx + py * dy
                    across = (px * dy - py * dx) / (spread * max(along, F(0.0)) + root)
                    e = max(F(1.0) - across * across, F(0.0))
                    cover = e * e * clamp(F(1.0) - along * fade) * clamp(along + F(0.5)) * alpha
                    if plane == 0:
                        line[i] = blend(line[i], cl, cover)
                    else:
                        line[i] = blend(line[i], cu, cover)
                        other[i] = blend(other[i], cv, cover)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _ball(dx, dy, lx, ly, lz, belts):
    """(light 0..1, belt -1..1) on a unit ball at (dx, dy) off its middle."""
    nz = np.sqrt(max(F(1.0) - dx * dx - dy * dy, F(0.0)))
    light = clamp((dx * lx + dy * ly + nz * lz) * F(1.15) + F(0.06))
    tilt = dy + F(0.18) * dx
    return light, belts * (sine(tilt * F(9.0)) + F(0.5) * sine(tilt * F(23.0) + F(1.0)))


@njit(fastmath=True, error_model="numpy", cache=True)
def globe(y, u, v, place, toward, belts, day, night, scale):
    """A planet or a moon: ``place`` (column, row, radius), lit from the unit vector ``toward`` (x, y, towards us)."""
    lx, ly, lz = toward[0], toward[1], toward[2]
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        height, width = target.shape
        cx, cy, r = place[0] * s, place[1] * s, max(place[2] * s, F(1.0))
        inv = F(1.0) / r
        d0, d1, d2, n0, n1, n2 = day[0], day[1], day[2], night[0], night[1], night[2]
        i0, i1 = first(cx - r - F(1.0), width), last(cx + r + F(1.0), width)
        for j in range(first(cy - r - F(1.0), height), last(cy + r + F(1.0), height)):
            dy, at = (F(j) + F(0.5) - cy) * inv, F(i0) + F(0.5) - cx
            if plane == 0:
                line = y[j, i0:i1]
                for i in range(line.size):
                    dx = (F(i) + at) * inv
                    light, belt = _ball(dx, dy, lx, ly, lz, belts)
                    cover = clamp((F(1.0) - np.sqrt(dx * dx + dy * dy)) * r + F(0.5))
                    c = n0 + (d0 * (F(1.0) + belt) - n0) * light
                    line[i] = blend(line[i], min(max(c, F(16.0)), F(235.0)), cover)
            else:
                line, other = u[j, i0:i1], v[j, i0:i1]
                for i in range(line.size):
                    dx = (F(i) + at) * inv
                    light, _ = _ball(dx, dy, lx, ly, lz, belts)
                    cover = clamp((F(1.0) - np.sqrt(dx * dx + dy * dy)) * r + F(0.5))
                    line[i] = blend(line[i], n1 + (d1 - n1) * light, cover)
                    other[i] = blend(other[i], n2 + (d2 - n2) * light, cover)
