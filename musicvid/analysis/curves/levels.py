"""Loudness, bass and brightness, relative to the song."""

from __future__ import annotations

import numpy as np

from musicvid.analysis.curves.shaping import Floats, decibels, smooth, thinned
from musicvid.analysis.spectrum import Features

_QUIET_DB, _NARROW_DB, _SILENT_DB = 40.0, 6.0, -115.0


def level_curves(features: Features) -> dict[str, Floats]:
    """``loudness`` and ``bass`` (below 150 Hz): A-weighted and plain level in dB, from 40 dB below loud to loud.
    ``brightness``: centre of mass of the spectrum on an octave scale. Loud and bright are the song's own percentiles.
    """
    heard, bass = thinned(features.level[:, 0]), thinned(features.level[:, 1])
    loudness = decibels(smooth(heard, 0.06))
    lowest_db = max(float(np.percentile(loudness, 98.0)) - _QUIET_DB, _SILENT_DB)
    return {
        "loudness": _relative(loudness, _SILENT_DB),
        "bass": _relative(decibels(smooth(bass, 0.04)), lowest_db),
        "brightness": _brightness(heard, thinned(features.level[:, 2] * features.level[:, 0])),
    }


def _relative(levels_db: Floats, lowest_db: float) -> Floats:
    """From the song's low (5th percentile, 6 to 40 dB below) to its high (98th) onto 0 to 1, clipped. What never rises
    above ``lowest_db`` does not count as sound."""
    low, high = np.percentile(levels_db, [5.0, 98.0])
    high = max(high, lowest_db + _QUIET_DB)
    low = min(max(low, high - _QUIET_DB), high - _NARROW_DB)
    return np.clip((levels_db - low) / (high - low), 0.0, 1.0)


def _brightness(heard: Floats, moment: Floats) -> Floats:
    """Weighted by power while smoothing, so that silence between notes does not flicker."""
    power = smooth(heard, 0.12)
    centre = smooth(moment, 0.12) / np.maximum(power, 1e-12)
    sounding = power > 1e-6 * power.max(initial=0.0)
    if not sounding.any():
        return np.zeros(len(heard))
    low, high = np.percentile(centre[sounding], [5.0, 95.0])
    middle, half = (low + high) / 2, max((high - low) / 2, 0.25)
    return np.where(sounding, np.clip((centre - middle) / (2 * half) + 0.5, 0.0, 1.0), 0.0)
