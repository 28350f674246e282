"""Curves that drive pictures: loudness, bass, brightness, onset; each 0 to 1 relative to the song, at 50 Hz."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import FRAME_HZ, Features
from musicvid.schema.song import Curve

Floats = NDArray[np.float64]

CURVE_HZ = 50.0
CURVES = ("loudness", "bass", "brightness", "onset")

_PER = round(FRAME_HZ / CURVE_HZ)
_QUIET_DB, _NARROW_DB, _SILENT_DB = 40.0, 6.0, -115.0
_DECAY_S = 0.18


def measure_curves(features: Features) -> tuple[Curve, ...]:
    """The curves by name, value ``k`` at ``k / 50`` s, from 0 to the end of the song.

    ``loudness`` and ``bass`` (below 150 Hz): A-weighted and plain level in dB, from 40 dB below loud to loud.
    ``brightness``: centre of mass of the spectrum on an octave scale. ``onset``: the strength of what begins to sound,
    held and let fall over 0.2 s, so that it can light up a picture. Loud and bright are the song's own percentiles.
    """
    heard, bass = _thinned(features.level[:, 0]), _thinned(features.level[:, 1])
    loudness = _decibels(_smooth(heard, 0.06))
    values = {
        "loudness": _relative(loudness, _SILENT_DB),
        "bass": _relative(
            _decibels(_smooth(bass, 0.04)), max(float(np.percentile(loudness, 98.0)) - _QUIET_DB, _SILENT_DB)
        ),
        "brightness": _brightness(heard, _thinned(features.level[:, 2] * features.level[:, 0])),
        "onset": _flashes(features),
    }
    return tuple(Curve.of(name, "relative", CURVE_HZ, values[name].astype(np.float32)) for name in CURVES)


def energy_of(curves: tuple[Curve, ...]) -> Floats:
    """``(k,)`` at 50 Hz, 0 to 1: how much is going on; mostly loudness, then onsets and brightness."""
    by_name = {curve.name: np.asarray(curve.values, np.float64) for curve in curves}
    return 0.6 * by_name["loudness"] + 0.25 * _smooth(by_name["onset"], 0.5) + 0.15 * by_name["brightness"]


def _thinned(frames: NDArray[np.floating]) -> Floats:
    """100 Hz to 50 Hz: the mean of a frame (twice) and its neighbours."""
    padded = np.pad(frames.astype(np.float64), 1, mode="edge")
    return ((padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4)[::_PER]


def _smooth(values: Floats, width_s: float) -> Floats:
    from scipy.ndimage import gaussian_filter1d

    return gaussian_filter1d(values, width_s * CURVE_HZ, mode="nearest")


def _decibels(power: Floats) -> Floats:
    return 10.0 * np.log10(np.maximum(power, 1e-12))


def _relative(levels_db: Floats, lowest_db: float) -> Floats:
    """From the song's low (5th percentile, 6 to 40 dB below) to its high (98th) onto 0 to 1, clipped. What never rises
    above ``lowest_db`` does not count as sound."""
    low, high = np.percentile(levels_db, [5.0, 98.0])
    high = max(high, lowest_db + _QUIET_DB)
    low = min(max(low, high - _QUIET_DB), high - _NARROW_DB)
    return np.clip((levels_db - low) / (high - low), 0.0, 1.0)


def _brightness(heard: Floats, moment: Floats) -> Floats:
    """Weighted by power while smoothing, so that silence between notes does not flicker."""
    power = _smooth(heard, 0.12)
    centre = _smooth(moment, 0.12) / np.maximum(power, 1e-12)
    sounding = power > 1e-6 * power.max(initial=0.0)
    if not sounding.any():
        return np.zeros(len(heard))
    low, high = np.percentile(centre[sounding], [5.0, 95.0])
    middle, half = (low + high) / 2, max((high - low) / 2, 0.25)
    return np.where(sounding, np.clip((centre - middle) / (2 * half) + 0.5, 0.0, 1.0), 0.0)


def _flashes(features: Features) -> Floats:
    """Peak hold with an exponential fall of 0.18 s."""
    rise = features.rise.sum(axis=1, dtype=np.float64)
    padded = np.pad(rise, (0, 1), mode="edge")
    peaks = np.maximum(padded[:-1], padded[1:])[::_PER]
    scale = max(float(np.percentile(rise, 98.0)), 0.1)
    levels = np.log(np.clip(peaks / scale, 1e-6, 1.0))
    fall = np.arange(len(levels)) / (_DECAY_S * CURVE_HZ)
    held = np.exp(np.maximum.accumulate(levels + fall) - fall)
    return np.where(held > 1e-3, held, 0.0)
