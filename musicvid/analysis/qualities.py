"""What can be heard at a moment: the six qualities that tell a beat and a downbeat from other places."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import BAND_EDGES_HZ, FRAME_HZ, SLOW_HZ, Features

Floats = NDArray[np.float64]

BANDS = len(BAND_EDGES_HZ) - 1
QUALITIES = ("bass onset", "low-mid onset", "mid onset", "high onset", "harmony change", "timbre change")
_CONTEXT_S = 4.0
_LOUDEST = 6.0
_FAINT = 0.01
"""Onset strength (decades of magnitude per 20 ms) below which nothing has begun to sound: a drone's ripple."""
_QUIET = 0.05
_MARKED = 0.3
"""Activation, as a mean over the song, of a place that is played regularly; beats have 0.6 to 0.95."""
_FRAME_RATIO = FRAME_HZ // SLOW_HZ


class Qualities:
    """Onset strength relative to its surroundings, and how much harmony and timbre change, at any moment.

    ``bands`` (4, n): onset strength per band over its average within some seconds, 0 to 6. ``activation`` (n,): the
    likeness of a beat, 0.005 to 0.95, from all bands. Times are in frames of 1/100 s, fractions allowed.
    """

    def __init__(self, features: Features) -> None:
        bands = np.stack([_relative(features.rise[:, k]) for k in range(BANDS)])
        total = bands[0] + bands[1] + bands[2] + 0.8 * bands[3]
        loud = np.percentile(total, 98.0) if len(total) else 0.0
        self.bands = bands
        self.activation: Floats = np.clip(total / (loud + 1e-9), 0.005, 0.95)
        self._band_peaks = np.stack([_peak_near(band) for band in bands])
        self._activation_peaks = _peak_near(self.activation)
        self._chroma = _running_sum(np.sqrt(features.chroma.astype(np.float64)))
        self._timbre = _running_sum(features.timbre.astype(np.float64))

    def at(self, frames: Floats, period: float) -> Floats:
        """``(k, 6)`` of :data:`QUALITIES` at ``(k,)`` moments; changes are between the period before and after."""
        onsets = self._band_peaks[:, self._index(frames)]
        harmony = 10.0 * self._change(self._chroma, frames, period, by_angle=True)
        timbre = 10.0 * self._change(self._timbre, frames, period, by_angle=False)
        return np.concatenate([onsets.T, harmony[:, None], timbre[:, None]], axis=1)

    def activation_at(self, frames: Floats) -> Floats:
        """The activation's peak within -20 to +30 ms of each moment."""
        return self._activation_peaks[self._index(frames)]

    def in_three(self, beats: Floats) -> bool:
        """The beats (k,), in frames, are divided in three, as in six-eight: thirds are marked, halves are not."""
        steps = np.diff(beats)
        thirds = np.mean([self.activation_at(beats[:-1] + steps * part).mean() for part in (1 / 3, 2 / 3)])
        return bool(thirds > _MARKED and thirds > 2 * self.activation_at(beats[:-1] + steps / 2).mean())

    def _index(self, frames: Floats) -> NDArray[np.int64]:
        return np.clip(np.round(frames).astype(np.int64), 0, len(self.activation) - 1)

    @staticmethod
    def _change(sums: Floats, frames: Floats, period: float, *, by_angle: bool) -> Floats:
        """Difference of the means before and after each moment: 1 - cosine, or mean absolute difference."""
        last = len(sums) - 1
        gap = max(1, round(period / _FRAME_RATIO))
        here = np.round(frames / _FRAME_RATIO).astype(np.int64)
        low, high, here = np.clip(here - gap, 0, last), np.clip(here + gap, 0, last), np.clip(here, 0, last)
        before = (sums[here] - sums[low]) / np.maximum(here - low, 1)[:, None]
        after = (sums[high] - sums[here]) / np.maximum(high - here, 1)[:, None]
        if by_angle:
            norms = np.linalg.norm(before, axis=1) * np.linalg.norm(after, axis=1)
            # Silence has no harmony to change from or to.
            quiet = (_QUIET * np.linalg.norm(sums[-1] / max(last, 1))) ** 2
            change = (norms - (before * after).sum(axis=1)) / (norms + quiet + 1e-12)
        else:
            change = np.abs(after - before).mean(axis=1)
        return np.where((here == low) | (here == high), 0.0, change)


def _relative(rise: NDArray[np.float32]) -> Floats:
    """Onset strength over its surroundings, so that quiet passages count as much as loud ones."""
    from scipy.ndimage import convolve1d, uniform_filter1d

    bump = np.hanning(7)[1:-1]
    curve = convolve1d(rise.astype(np.float64), bump / bump.sum(), mode="constant")
    half = round(_CONTEXT_S * FRAME_HZ / 2)
    around = uniform_filter1d(uniform_filter1d(curve, half, mode="nearest"), half, mode="nearest")
    mean = float(curve.mean()) if len(curve) else 0.0
    return np.minimum(curve / (around + 0.25 * mean + _FAINT), _LOUDEST)


def _peak_near(curve: Floats) -> Floats:
    """The largest value from two frames before to three after."""
    padded = np.pad(curve, (2, 3), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 6).max(axis=1)


def _running_sum(rows: Floats) -> Floats:
    return np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
