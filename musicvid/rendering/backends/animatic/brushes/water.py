"""Water: a plane that mirrors what stands above it, ruffled, with the sun's or the lamps' glitter."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, clamp, ease, sine

WAVES = ("size_m", "time", "ruffle", "depth", "sun_x", "path", "glitter", "calm_m")
"""``size_m``: wave length; ``time``: how far the waves have run, in radians; ``ruffle``: how far a wave throws the
mirror image, in reference lengths; ``depth``: share of the water's own colour; ``path`` and ``glitter``: width and
strength of the light's path under ``sun_x``; beyond ``calm_m`` waves melt into a sheen."""


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _waves(a, b, t, fine):
    """Height of the water, about -1.6..1.6: long waves bend the short ones so that no grid shows."""
    c = b + F(0.7) * sine(a * F(0.35) - t * F(0.5)) + F(0.3) * sine(a * F(1.1) + b * F(0.4) + t * F(0.3))
    n = F(0.6) * sine(c + t) + F(0.45) * sine(c * F(1.9) + a * F(0.6) - t * F(0.7))
    d = a + F(0.8) * sine(c * F(0.8) - t * F(0.4))
    return n + fine * (
        F(0.4) * sine(c * F(3.7) + d * F(1.7) + t * F(1.6)) + F(0.3) * sine(c * F(5.9) - d * F(2.9) - t * F(1.3))
    )


@njit(fastmath=True, error_model="numpy", cache=True)
def water(y, u, v, lens, waves, mirror, own, light, scale):
    """Fill the rows below the horizon.

    ``mirror`` float32 (n, 3): what is mirrored, from the horizon up to one reference length above it. ``lens`` as in
    ``ground.LENS``, ``waves`` as in ``WAVES``, ``own`` and ``light`` colours.
    """
    steps = mirror.shape[0] - 1
    focal, horizon, unit, glitter = lens[0], lens[1], lens[6], waves[6]
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        w0, w1, w2 = own[0], own[1], own[2]
        l0, l1, l2 = light[0], light[1], light[2]
        for j in range(max(np.int64(np.floor(horizon * s)), 0), target.shape[0]):
            below = max((F(j) + F(0.5)) / s - horizon, F(0.5) / s)
            e, z = below / unit, focal * lens[3] / below
            k, t = F(6.2831853) / waves[0], waves[1]
            b, step = (z + lens[4]) * k, z / (focal * s) * k
            a0 = (F(0.5) - lens[2] * s) * step + lens[5] * k
            # Waves smaller than a row of pixels must not flicker: they melt into their mean.
            fine = F(1.0) / (F(1.0) + (z / waves[7]) * (z / waves[7]))
            calm = F(1.0) / (F(1.0) + F(0.35) * z / waves[7])
            deep = waves[3] * e / (e + F(0.3))
            # The mirror is read at the row's own height and a wave above and below it: a straight line between.
            reach = waves[2] * (F(0.1) + e) * calm
            mid = min(e * F(steps), F(steps - 1))
            high, low = min(mid + reach * F(steps), F(steps - 1)), max(mid - reach * F(steps), F(0.0))
            m, h, o = np.int64(mid), np.int64(high), np.int64(low)
            wide, centre = F(1.0) / (unit * s * waves[5] * (F(0.3) + F(1.6) * e)), waves[4] * s
            if plane == 0:
                line, mean, up, down = y[j], mirror[m, 0], mirror[h, 0] - mirror[m, 0], mirror[m, 0] - mirror[o, 0]
                for i in range(line.size):
                    n = _waves(F(i) * step + a0, b, t, fine)
                    dx = (F(i) - centre) * wide
                    core = F(1.0) / (F(1.0) + dx * dx)
                    spark = ease((n * (F(0.35) + F(0.65) * calm) + core * F(1.5) - F(1.1)) * F(0.9)) * core
                    glow = clamp((core * core * F(0.28) + spark) * glitter)
                    c = mean + (up if n > F(0.0) else down) * n
                    c = c + (w0 - c) * deep * (F(1.0) - F(0.45) * n * calm)
                    line[i] = np.uint8(min(max(c + (l0 - c) * glow, F(16.0)), F(235.0)) + F(0.5))
            else:
                line, mean, up, down = u[j], mirror[m, 1], mirror[h, 1] - mirror[m, 1], mirror[m, 1] - mirror[o, 1]
                other, mean2, up2, down2 = v[j], mirror[m, 2], mirror[h, 2] - mirror[m, 2], mirror[m, 2] - mirror[o, 2]
                for i in range(line.size):
                    n = _waves(F(i) * step + a0, b, t, fine)
                    dx = (F(i) - centre) * wide
                    core = F(1.0) / (F(1.0) + dx * dx)
                    spark = ease((n * (F(0.35) + F(0.65) * calm) + core * F(1.5) - F(1.1)) * F(0.9)) * core
                    glow, own_share = (
                        clamp((core * core * F(0.28) + spark) * glitter),
                        deep * (F(1.0) - F(0.45) * n * calm),
                    )
                    c, d = mean + (up if n > F(0.0) else down) * n, mean2 + (up2 if n > F(0.0) else down2) * n
                    c, d = c + (w1 - c) * own_share, d + (w2 - d) * own_share
                    line[i] = np.uint8(min(max(c + (l1 - c) * glow, F(16.0)), F(240.0)) + F(0.5))
                    other[i] = np.uint8(min(max(d + (l2 - d) * glow, F(16.0)), F(240.0)) + F(0.5))
