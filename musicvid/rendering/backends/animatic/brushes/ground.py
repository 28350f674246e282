"""Ground: a plane in perspective that slides towards the viewer, with a winding road or rows of a field on it."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, clamp, sine

LENS = ("focal", "horizon", "centre", "eye", "travel", "across", "unit")
"""How a plane is seen: focal length, horizon row, vanishing column and reference length in pixels of the full picture;
the eye's height, its way forward and to the right in metres."""

SURFACE = (
    *("haze_m", "grain", "grain_m", "furrow", "furrow_m", "road_half_m", "road_x_m", "bend_m", "bend_rate", "dash"),
    *("sheen", "sun_x", "pivot_m"),
)
"""``haze_m``: distance at which half the colour is haze. ``grain`` and ``furrow``: how strong patches and rows show,
``*_m``: their size. ``road_half_m`` 0 is no road; it winds by ``bend_m`` and passes ``road_x_m`` at the distance
``pivot_m``. ``sheen``: light along the sun's column."""


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _patches(x, z, size, strength):
    """Irregular patches, about -1..1 times ``strength``: crossed waves, each bent by another."""
    a, b = x * size, z * size
    a = a + F(0.8) * sine(b * F(0.7) + F(1.3))
    b = b + F(0.9) * sine(a * F(0.9))
    return (
        sine(a * F(1.3) + b * F(0.4)) * sine(b * F(1.1) - a * F(0.3)) + F(0.5) * sine(a * F(3.1) + b * F(2.3))
    ) * strength


@njit(fastmath=True, error_model="numpy", cache=True)
def ground(y, u, v, lens, surface, near, far, road, line, light, scale):
    """Fill the rows below the horizon. ``lens`` as in ``LENS``, ``surface`` as in ``SURFACE``; the rest are colours."""
    focal, horizon, travel, unit = lens[0], lens[1], lens[4], lens[6]
    half, has_road = surface[5], clamp(surface[5] * F(50.0))
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        for j in range(max(np.int64(np.floor(horizon * s)), 0), target.shape[0]):
            z = focal * lens[3] / max((F(j) + F(0.5)) / s - horizon, F(0.5) / s)
            fog, place = z / (z + surface[0]), z + travel
            metre, step = focal / z * s, z / (focal * s)
            x0 = (F(0.5) - lens[2] * s) * step + lens[5]
            grain, size = surface[1] / (F(1.0) + z * F(0.06)), F(6.0) / surface[2]
            furrow, rate = surface[3] / (F(1.0) + z * z * F(0.0016)), F(6.2831853) / surface[4]
            centre = surface[6] + surface[7] * (sine(surface[8] * place) - sine(surface[8] * (travel + surface[12])))
            turn = place * F(0.11)
            on = clamp((F(0.24) - abs(turn - np.floor(turn) - F(0.5))) * F(4.0) * unit / (z + F(4.0)) * F(0.1) + F(0.5))
            dash = surface[9] * on / (F(1.0) + z * F(0.02))
            beyond, width, sun_x = surface[10] * (F(0.25) + F(0.75) * fog), F(1.0) / (unit * s), surface[11] * s
            if plane == 0:
                n0, r0, d0, f0, l0, row = near[0], road[0], line[0], far[0], light[0], y[j]
                for i in range(row.size):
                    x = F(i) * step + x0
                    shade = _patches(x, place, size, grain) + sine(x * rate) * furrow
                    off = abs(x - centre)
                    c = n0 + (n0 - F(16.0)) * shade
                    c = c + (r0 + (r0 - F(16.0)) * F(0.3) * shade - c) * clamp((half - off) * metre + F(0.5)) * has_road
                    c = c + (d0 - c) * clamp((F(0.08) - off) * metre + F(0.5)) * dash
                    c = c + (f0 - c) * fog
                    dx = (F(i) - sun_x) * width
                    c = c + (l0 - c) * beyond / (F(1.0) + F(9.0) * dx * dx)
                    row[i] = np.uint8(min(max(c, F(16.0)), F(235.0)) + F(0.5))
            else:
                n1, r1, d1, f1, l1, row = near[1], road[1], line[1], far[1], light[1], u[j]
                n2, r2, d2, f2, l2, other = near[2], road[2], line[2], far[2], light[2], v[j]
                for i in range(row.size):
                    off = abs(F(i) * step + x0 - centre)
                    on_road = clamp((half - off) * metre + F(0.5)) * has_road
                    on_line = clamp((F(0.08) - off) * metre + F(0.5)) * dash
                    dx = (F(i) - sun_x) * width
                    glow = beyond / (F(1.0) + F(9.0) * dx * dx)
                    c, d = n1 + (r1 - n1) * on_road, n2 + (r2 - n2) * on_road
                    c, d = c + (d1 - c) * on_line, d + (d2 - d) * on_line
                    c, d = c + (f1 - c) * fog, d + (f2 - d) * fog
                    row[i] = np.uint8(c + (l1 - c) * glow + F(0.5))
                    other[i] = np.uint8(d + (l2 - d) * glow + F(0.5))
