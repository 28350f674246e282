"""Tempo as a curve over the song."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.schema.song import TempoPoint

Floats = NDArray[np.float64]


def tempo_curve(times_s: Floats, positions: NDArray[np.int64]) -> tuple[TempoPoint, ...]:
    """Beats per minute at each downbeat (at every beat if there are fewer than two), over the bar on either side.

    ``times_s`` (k,) rising strictly, ``positions`` (k,) from 1. The slope of the time over the beat number is taken
    between means, so that one misplaced beat does not show; every value lies between the slowest and the fastest
    beat interval. Empty with fewer than two beats.
    """
    count = len(times_s)
    if count < 2:
        return ()
    at = np.flatnonzero(positions == 1)
    if len(at) < 2:
        at = np.arange(count)
    reach = max(1, int(np.median(np.diff(at)))) if len(at) > 1 else 1
    reach = max(reach, 2)
    points = []
    for k in at:
        low, high = max(0, k - reach), min(count - 1, k + reach)
        intervals = np.diff(times_s[low : high + 1])
        weights = _hill(np.arange(low, high) + 0.5 - k, reach)
        points.append(TempoPoint(float(times_s[k]), float(60.0 / np.average(intervals, weights=weights))))
    return tuple(points)


def _hill(distance: Floats, reach: int) -> Floats:
    return np.maximum(1.0 - np.abs(distance) / (reach + 0.5), 0.05)


def median_bpm(times_s: Floats, curve: tuple[TempoPoint, ...]) -> float:
    """One number: the median of the curve, each point weighted by how long it holds; 0 without a curve."""
    if not curve:
        return 0.0
    bpm = np.array([p.bpm for p in curve])
    until = np.append([p.time_s for p in curve[1:]], times_s[-1])
    held = np.maximum(until - [p.time_s for p in curve], 1e-3)
    order = np.argsort(bpm)
    share = np.cumsum(held[order])
    return float(bpm[order][np.searchsorted(share, share[-1] / 2)])
