"""Silk: colour that folds into itself, a field bent by itself four times."""

from __future__ import annotations

import numpy as np
from numba import njit

from musicvid.rendering.backends.animatic.brushes.maths import F, ease, sine


@njit(fastmath=True, error_model="numpy", forceinline=True)
def _folds(x, y, t, zoom, fold):
    """(height of the fold about 0..1, share of the second colour, of the third) at a place of the cloth."""
    a, b = x * zoom, y * zoom
    a = a + fold * F(0.42) * sine(F(1.9) * b + t)
    b = b + fold * F(0.42) * sine(F(2.3) * a - F(0.7) * t)
    a = a + fold * F(0.24) * sine(F(4.1) * b - F(0.9) * t)
    b = b + fold * F(0.24) * sine(F(4.7) * a + F(0.6) * t)
    a = a + fold * F(0.10) * sine(F(8.3) * b + F(1.1) * t)
    b = b + fold * F(0.10) * sine(F(7.9) * a - F(0.8) * t)
    n = sine(F(2.2) * a + F(0.5) * t) + sine(F(2.9) * b - F(0.4) * t) + F(0.55) * sine(F(5.2) * (a + b))
    return (
        F(0.5) + F(0.20) * n,
        F(0.5) + F(0.5) * sine(F(1.3) * (a + b) + F(0.3) * t),
        F(0.5) + F(0.5) * sine(F(1.7) * (a - b) - F(0.2) * t),
    )


@njit(fastmath=True, error_model="numpy", cache=True)
def silk(y, u, v, unit, centre, middle, t, zoom, fold, first, second, third, deep, scale):
    """Fill the picture. ``t`` moves the folds; ``first`` to ``third`` are the cloth's colours, ``deep`` its shadows."""
    for plane in range(2):
        target = y if plane == 0 else u
        s = scale if plane == 0 else scale * F(0.5)
        inv = F(1.0) / (unit * s)
        x0 = (F(0.5) - centre * s) * inv
        a0, a1, a2 = first[0], first[1], first[2]
        b0, b1, b2 = second[0], second[1], second[2]
        c0, c1, c2 = third[0], third[1], third[2]
        d0, d1, d2 = deep[0], deep[1], deep[2]
        for j in range(target.shape[0]):
            py = (F(j) + F(0.5) - middle * s) * inv
            if plane == 0:
                line = y[j]
                for i in range(line.size):
                    n, m, k = _folds(F(i) * inv + x0, py, t, zoom, fold)
                    n = ease(n)
                    c = a0 + (b0 - a0) * m
                    c = c + (c0 - c) * k * F(0.6)
                    c = d0 + (c - d0) * (F(0.10) + F(0.90) * n)
                    line[i] = np.uint8(min(max(c + F(26.0) * n * n * n, F(16.0)), F(235.0)) + F(0.5))
            else:
                line, other = u[j], v[j]
                for i in range(line.size):
                    n, m, k = _folds(F(i) * inv + x0, py, t, zoom, fold)
                    n = F(0.25) + F(0.75) * ease(n)
                    c, d = a1 + (b1 - a1) * m, a2 + (b2 - a2) * m
                    c, d = c + (c1 - c) * k * F(0.6), d + (c2 - d) * k * F(0.6)
                    line[i] = np.uint8(min(max(d1 + (c - d1) * n, F(16.0)), F(240.0)) + F(0.5))
                    other[i] = np.uint8(min(max(d2 + (d - d2) * n, F(16.0)), F(240.0)) + F(0.5))
