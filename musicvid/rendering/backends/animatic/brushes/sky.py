"""Sky: a vertical gradient with the sun's (or the moon's) halo and disc, and a deck of clouds seen in perspective."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, blend, clamp, ease


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _halo(dx, dy, wide, tight):
    across, up = dx * dx, dy * dy
    a = F(1.0) / (F(1.0) + F(3.2) * (across * F(0.55) + up * F(1.5)))
    b = F(1.0) / (F(1.0) + F(70.0) * (across + up))
    return clamp(wide * a * a + tight * b)


@njit(fastmath=True, error_model="numpy", cache=True)
def sky(y, u, v, rows, unit, sun, halo, disc, stop):
    """Fill rows ``[0, stop)`` of the luma plane (and half as many of U, V).

    ``rows`` float32 (height, 3) is the gradient per luma row. ``unit`` is the reference length in pixels. ``sun`` is
    (x, y, radius, wide halo, tight halo) in pixels of this plane; ``halo`` and ``disc`` are colours.
    """
    inv, radius, wide, tight = F(1.0) / unit, sun[2], sun[3], sun[4]
    hl, hu, hv, dl, du, dv = halo[0], halo[1], halo[2], disc[0], disc[1], disc[2]
    x0, y0 = F(0.5) - sun[0], F(0.5) - sun[1]
    for j in range(min(stop, y.shape[0])):
        dy, base, line = (F(j) + y0) * inv, rows[j, 0], y[j]
        for i in range(line.size):
            dx = (F(i) + x0) * inv
            c = base + (hl - base) * _halo(dx, dy, wide, tight)
            cover = clamp(radius - np.sqrt(dx * dx + dy * dy) * unit + F(0.5))
            line[i] = np.uint8(c + (dl - c) * cover + F(0.5))
    x0, y0 = F(1.0) - sun[0], F(1.0) - sun[1]
    for j in range(min((stop + 1) // 2, u.shape[0])):
        row = min(2 * j, rows.shape[0] - 1)
        dy, base, other, line, second = (F(2 * j) + y0) * inv, rows[row, 1], rows[row, 2], u[j], v[j]
        for i in range(line.size):
            dx = (F(2 * i) + x0) * inv
            m = _halo(dx, dy, wide, tight)
            cover = clamp((radius - np.sqrt(dx * dx + dy * dy) * unit) * F(0.5) + F(0.5))
            c, d = base + (hu - base) * m, other + (hv - other) * m
            line[i] = np.uint8(c + (du - c) * cover + F(0.5))
            second[i] = np.uint8(d + (dv - d) * cover + F(0.5))


@njit(fastmath=True, error_model="numpy", cache=True)
def deck(density, noise, unit, horizon, centre, size, across, ahead):
    """Density float32 (h, w) of a flat deck of clouds, from a plane above ``horizon`` (pixels of ``density``).

    ``noise`` float32 (n, n), n a power of two, tiling. ``across`` and ``ahead`` move the deck in its own lengths.
    A table look-up per sample does not vectorise, hence coarse samples here and enlargement by the caller.
    """
    n, inv = noise.shape[0], F(1.0) / unit
    for j in range(density.shape[0]):
        z = size / (max((horizon - F(j) - F(0.5)) * inv, F(0.0)) + F(0.16))
        place = (z + ahead) * F(44.0)
        low = np.floor(place)
        share = place - low
        row0, row1, line = noise[np.int64(low) & (n - 1)], noise[(np.int64(low) + 1) & (n - 1)], density[j]
        step, at = z * F(44.0) * inv, (across - (centre - F(0.5)) * z * inv) * F(44.0)
        for i in range(line.size):
            x = F(i) * step + at
            left = np.floor(x)
            t = x - left
            a = np.int64(left) & (n - 1)
            b = (a + 1) & (n - 1)
            p = row0[a] + (row0[b] - row0[a]) * t
            q = row1[a] + (row1[b] - row1[a]) * t
            line[i] = p + (q - p) * share


@njit(fastmath=True, error_model="numpy", cache=True)
def clouds(y, u, v, density, unit, horizon, sun, edge, soft, alpha, lit, shade):
    """Lay clouds over the first rows: cover where ``density`` float32 (rows, width) passes ``edge``.

    Thin clouds and those near ``sun`` (x, y) take the colour ``lit``, thick ones ``shade``.
    """
    inv, sharp = F(1.0) / unit, F(1.0) / soft
    ll, lu, lv, sl, su, sv = lit[0], lit[1], lit[2], shade[0], shade[1], shade[2]
    for j in range(density.shape[0]):
        fade = ease((horizon - F(j) - F(0.5)) * inv * F(5.0)) * alpha
        dy, x0, line, thick = (F(j) + F(0.5) - sun[1]) * inv, F(0.5) - sun[0], y[j], density[j]
        for i in range(line.size):
            dx, n = (F(i) + x0) * inv, thick[i] - edge
            near = max(F(1.0) - F(0.75) * (dx * dx + dy * dy), F(0.0))
            near = near * near
            light = clamp(near * F(0.9) + F(0.75) - n * F(0.9))
            line[i] = blend(line[i], sl + (ll - sl) * light, ease(n * sharp) * fade)
    for j in range(density.shape[0] // 2):
        fade = ease((horizon - F(2 * j) - F(1.0)) * inv * F(5.0)) * alpha
        dy, x0, line, other, thick = (F(2 * j) + F(1.0) - sun[1]) * inv, F(1.0) - sun[0], u[j], v[j], density[2 * j]
        for i in range(line.size):
            dx, n = (F(2 * i) + x0) * inv, thick[min(2 * i, thick.size - 1)] - edge
            near = max(F(1.0) - F(0.75) * (dx * dx + dy * dy), F(0.0))
            near = near * near
            light = clamp(near * F(0.9) + F(0.75) - n * F(0.9))
            cover = ease(n * sharp) * fade
            line[i] = blend(line[i], su + (lu - su) * light, cover)
            other[i] = blend(other[i], sv + (lv - sv) * light, cover)
