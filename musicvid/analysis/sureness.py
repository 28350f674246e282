"""From how clear the beats are, and how much likelier one way of counting is than the others, to probabilities."""

from __future__ import annotations

import math
from dataclasses import dataclass

from musicvid.analysis.choosing import Choice


@dataclass(frozen=True, slots=True)
class Sureness:
    """Probabilities, 0 to 1, that there is a pulse, and that its level, its phase and its bar lines are the right ones;
    see :class:`musicvid.schema.song.Confidence`."""

    pulse: float
    octave: float
    phase: float
    downbeats: float


def how_sure(choice: Choice, clarity: float, in_step: float, *, told_bpm: bool) -> Sureness:
    """``clarity``: mean activation at the beats, 0 to 1; ``in_step``: see
    :class:`musicvid.analysis.refine.Placed`. A level that was told is beyond doubt."""
    pulse = _logistic(20.0 * (in_step - 0.5) + 6.0 * (clarity - 0.35))
    octave = 1.0 if told_bpm else choice.octave
    return Sureness(pulse, pulse * octave, pulse * choice.phase, pulse * choice.downbeats)


def _logistic(x: float) -> float:
    return 1.0 / (1.0 + math.exp(-min(max(x, -40.0), 40.0)))
