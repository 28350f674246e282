"""Curves that flash when something is struck: everything, and strokes like those of the three drums of a kit."""

from __future__ import annotations

import numpy as np

from musicvid.analysis.curves.mel import BLOCK_FRAMES, bands
from musicvid.analysis.curves.shaping import CURVE_HZ, PER_FRAME, Floats
from musicvid.analysis.spectrum import Features

_DECAY_S = 0.18
_KICK_HZ, _BODY_HZ, _NOISE_HZ, _CYMBAL_HZ = (0.0, 120.0), (150.0, 500.0), (1500.0, 8000.0), (9000.0, 12_000.0)
_LAG, _KICK_LAG = 2, 4
"""Frames over which a rise is measured; a bass drum takes 40 ms to sound."""
_KICK_IN_SNARE = 0.3
_FAINT, _FAINT_BAND = 0.1, 0.05
"""Rises that count as nothing: of all four bands of ``Features.rise`` together, in decades of one mel band."""


def stroke_curves(features: Features) -> dict[str, Floats]:
    """``onset`` from the onset strength of all bands; ``kick``, ``snare``, ``hihat`` from the rise of the log-mel
    spectrum where those drums sound. A snare rises in its body and in its noise together, which neither a bass drum's
    click nor a singer's consonant does."""
    kick = _rise(features, _KICK_HZ, _KICK_LAG)
    body, noise = _rise(features, _BODY_HZ, _LAG), _rise(features, _NOISE_HZ, _LAG)
    snare = np.maximum(np.sqrt(body * noise) - _KICK_IN_SNARE * kick, 0.0)
    return {
        "onset": _flashes(features.rise.sum(axis=1, dtype=np.float64), _FAINT),
        "kick": _flashes(kick, _FAINT_BAND),
        "snare": _flashes(snare, _FAINT_BAND),
        "hihat": _flashes(_rise(features, _CYMBAL_HZ, _LAG), _FAINT_BAND),
    }


def _rise(features: Features, band_hz: tuple[float, float], lag: int) -> Floats:
    """``(n,)``: how much louder than ``lag`` frames before, the mean over the bands; silence came before."""
    rise = np.empty(features.frame_count)
    rise[:lag] = bands(features, *band_hz, slice(0, lag)).mean(axis=1)
    for start in range(lag, len(rise), BLOCK_FRAMES):
        mel = bands(features, *band_hz, slice(start - lag, start + BLOCK_FRAMES))
        change = mel[lag:] - mel[:-lag]
        rise[start : start + BLOCK_FRAMES] = np.maximum(change, 0.0, out=change).mean(axis=1)
    return rise


def _flashes(rise: Floats, faint: float) -> Floats:
    """100 Hz to 50 Hz, relative to the song's strong strokes: peak hold with an exponential fall of 0.18 s."""
    padded = np.pad(rise, (0, 1), mode="edge")
    peaks = np.maximum(padded[:-1], padded[1:])[::PER_FRAME]
    scale = max(float(np.percentile(rise, 98.0)), faint)
    levels = np.log(np.clip(peaks / scale, 1e-6, 1.0))
    fall = np.arange(len(levels)) / (_DECAY_S * CURVE_HZ)
    held = np.exp(np.maximum.accumulate(levels + fall) - fall)
    return np.where(held > 1e-3, held, 0.0)
