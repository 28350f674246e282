"""The few functions that every kernel is made of: branch-free, so that LLVM turns pixel loops into vector code.

All float32. Kernels take uint8 planes with pixel ``i`` covering ``[i, i + 1)``; a chroma plane is the same picture at
half the coordinates. No ``prange``: OpenMP threads spin when cores are busy, and shots already run side by side.
"""

from __future__ import annotations

import numpy as np
from numba import njit

F = np.float32


@njit(fastmath=True, error_model="numpy", forceinline=True)
def sine(x):
    """sin(x) by range reduction and a parabola with one correction; error below 0.0011 for |x| up to 1000."""
    turns = x * F(0.15915494309)
    turns = turns - np.floor(turns + F(0.5))
    y = turns * (F(8.0) - F(16.0) * abs(turns))
    return y * (F(0.775) + F(0.225) * abs(y))


@njit(fastmath=True, error_model="numpy", forceinline=True)
def clamp(x):
    return min(max(x, F(0.0)), F(1.0))


@njit(fastmath=True, error_model="numpy", forceinline=True)
def ease(x):
    """Smoothstep of ``x`` clamped to 0..1."""
    x = min(max(x, F(0.0)), F(1.0))
    return x * x * (F(3.0) - F(2.0) * x)


@njit(fastmath=True, error_model="numpy", forceinline=True)
def blend(under, colour, cover):
    """One uint8 sample with ``colour`` laid over by ``cover`` 0..1, rounded."""
    base = F(under)
    return np.uint8(base + (colour - base) * cover + F(0.5))


@njit(fastmath=True, error_model="numpy", forceinline=True)
def lit(colour, black, gain):
    """``colour`` under ``gain`` times the light, kept in what a limited-range sample may hold."""
    return min(max(black + (colour - black) * gain, F(16.0)), F(235.0))


@njit(fastmath=True, error_model="numpy", forceinline=True)
def first(edge, size):
    """The first pixel that a shape starting at ``edge`` touches, within 0..size."""
    return np.int64(min(max(edge, F(0.0)), F(size)))


@njit(fastmath=True, error_model="numpy", forceinline=True)
def last(edge, size):
    """One past the last pixel that a shape ending at ``edge`` touches, within 0..size."""
    return np.int64(min(max(edge + F(1.0), F(0.0)), F(size)))
