"""From how clear the beats are and how far their rivals are behind, to probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass

from musicvid.analysis.rivals import Margins


@dataclass(frozen=True, slots=True)
class Sureness:
    """Probabilities, 0 to 1, that there is a pulse, and that its level, its phase and its bar lines are the right ones;
    see :class:`musicvid.schema.song.Confidence`."""

    pulse: float
    octave: float
    phase: float
    downbeats: float


def how_sure(behind: Margins, clarity: float, in_step: float, *, told_bpm: bool) -> Sureness:
    """``clarity``: mean activation at the beats; ``in_step``: see :class:`musicvid.analysis.refine.Placed`."""
    pulse = _logistic(0.0 + 20.0 * (in_step - 0.5) + 4.0 * (clarity - 0.4))
    octave = 1.0 if told_bpm else _logistic(0.0 + 4.0 * behind.octave)
    phase = _logistic(0.0 + 4.0 * behind.phase)
    downbeats = _logistic(0.0 + 8.0 * behind.downbeat)
    return Sureness(pulse, pulse * octave, pulse * phase, pulse * downbeats)


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(x, -40.0), 40.0)))
