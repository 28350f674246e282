"""What the curves have in common: their rate, smoothing, decibels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import FRAME_HZ

Floats = NDArray[np.float64]

CURVE_HZ = 50.0
SLOW_CURVE_HZ = 10.0
"""For what changes over tenths of a second; two hours of music stay small."""

PER_FRAME = round(FRAME_HZ / CURVE_HZ)
PER_SLOW = round(CURVE_HZ / SLOW_CURVE_HZ)


def thinned(frames: NDArray[np.floating]) -> Floats:
    """100 Hz to 50 Hz: the mean of a frame (twice) and its neighbours."""
    padded = np.pad(frames.astype(np.float64), 1, mode="edge")
    return ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)[::PER_FRAME]


def smooth(values: Floats, width_s: float, *, held: bool = True) -> Floats:
    """A Gaussian of that standard deviation at 50 Hz; beyond the ends the last value is held, or there is nothing."""
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(values, width_s * CURVE_HZ, mode="nearest" if held else "constant")


def decibels(power: Floats) -> Floats:
    return 10.0 * np.log10(np.maximum(power, 1e-12))
