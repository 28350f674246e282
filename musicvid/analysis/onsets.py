"""Moments where something begins to sound."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.refine import ONSET_LAG_S
from musicvid.analysis.spectrum import FRAME_HZ, Features
from musicvid.schema.song import Onset

_WAIT_FRAMES = 3
_AVERAGE_FRAMES = 10
_ABOVE = 0.08


def find_onsets(features: Features) -> tuple[Onset, ...]:
    """Peaks of the onset strength over all bands (librosa's peak picking: a local maximum, above the local mean by
    8 % of the strong onsets of the song, 30 ms after the last one), placed to a fraction of a frame."""
    strength = features.rise.sum(axis=1, dtype=np.float64)
    strong = max(float(np.percentile(strength, 99.0)), 0.1)
    level = strength / strong
    peaks = _peaks(level)
    padded = np.pad(level, 1)
    left, top, right = padded[peaks], padded[peaks + 1], padded[peaks + 2]
    bend = np.minimum(left - 2 * top + right, -1e-9)
    times = np.maximum((peaks + np.clip(0.5 * (left - right) / bend, -0.5, 0.5)) / FRAME_HZ - ONSET_LAG_S, 0.0)
    highest = max(float(top.max(initial=0.0)), 1e-9)
    return tuple(Onset(float(t), float(v / highest)) for t, v in zip(times, top, strict=True))


def _peaks(level: NDArray[np.float64]) -> NDArray[np.int64]:
    """What librosa's ``peak_pick`` gives, which would have its module compiled by numba in every fresh process."""
    from scipy.ndimage import maximum_filter1d

    places = np.arange(len(level))
    sums = np.concatenate([[0.0], np.cumsum(level)])
    low, high = np.maximum(places - _AVERAGE_FRAMES, 0), np.minimum(places + _AVERAGE_FRAMES + 1, len(level))
    mean = (sums[high] - sums[low]) / (high - low)
    tops = np.flatnonzero((level == maximum_filter1d(level, 2 * _WAIT_FRAMES + 1)) & (level >= mean + _ABOVE))
    peaks: list[int] = []
    for top in tops.tolist():
        if not peaks or top > peaks[-1] + _WAIT_FRAMES:
            peaks.append(top)
    return np.array(peaks, np.int64)
