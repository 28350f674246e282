"""The curves that come from the sound alone, by name."""

from __future__ import annotations

import numpy as np

from musicvid.analysis.curves.levels import level_curves
from musicvid.analysis.curves.shaping import CURVE_HZ, PER_SLOW, SLOW_CURVE_HZ, Floats, smooth
from musicvid.analysis.curves.strokes import stroke_curves
from musicvid.analysis.curves.voice import vocal_presence
from musicvid.analysis.spectrum import Features
from musicvid.schema.song import Curve

CURVES = ("loudness", "bass", "brightness", "onset", "kick", "snare", "hihat", "vocals", "energy")

_SLOW = {"vocals": "probability", "energy": "relative"}


def measure_curves(features: Features) -> tuple[Curve, ...]:
    """The curves :data:`CURVES`, as the table of this package describes them, from 0 to the end of the song."""
    values = {**level_curves(features), **stroke_curves(features), "vocals": vocal_presence(features)}
    values["energy"] = smooth(_energy(values["loudness"], values["onset"], values["brightness"]), 0.05)[::PER_SLOW]
    return tuple(_curve(name, values[name]) for name in CURVES)


def energy_of(curves: tuple[Curve, ...]) -> Floats:
    """``(k,)`` at 50 Hz, 0 to 1: how much is going on, without the smoothing of the curve of that name."""
    by_name = {curve.name: np.asarray(curve.values, np.float64) for curve in curves}
    return _energy(by_name["loudness"], by_name["onset"], by_name["brightness"])


def _energy(loudness: Floats, onset: Floats, brightness: Floats) -> Floats:
    """Mostly loudness, then onsets and brightness."""
    return 0.6 * loudness + 0.25 * smooth(onset, 0.5) + 0.15 * brightness


def _curve(name: str, values: Floats) -> Curve:
    slow = name in _SLOW
    data = np.clip(values, 0.0, 1.0).astype("<f4").tobytes()
    return Curve(name, _SLOW.get(name, "relative"), SLOW_CURVE_HZ if slow else CURVE_HZ, data)
