"""Which level, which phase, which metre, which bar line: one choice, and how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.bars import MARKED, METRES, Hearing, score

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Choice:
    """The reading chosen, beats per bar, the first downbeat's index.

    ``octave`` is the probability of the tempo level, ``phase`` of the beats' place given the level, ``downbeats`` of
    metre and bar line given the beats; ``rival_bpm`` is the tempo of the next best level, None if there is none.
    """

    hearing: Hearing
    metre: int
    first: int
    octave: float
    phase: float
    downbeats: float
    rival_bpm: float | None


@dataclass(frozen=True, slots=True)
class _Candidate:
    hearing: Hearing
    metre: int
    first: int
    probability: float


def choose(hearings: Sequence[Hearing], metres: Sequence[int] = METRES) -> Choice:
    """The likeliest candidate of a song: tempo level first, then phase, then metre and bar line."""
    places = [(h, metre, first) for h in audible(hearings) for metre in metres for first in range(metre)]
    logs = np.array([score(*place) for place in places])
    odds = np.exp(logs - logs.max())
    everything = [_Candidate(*place, float(p)) for place, p in zip(places, odds / odds.sum(), strict=True)]

    level = _split(everything, lambda c: c.hearing.reading.speed)
    phase = _split(level.best, lambda c: c.hearing.reading.shift)
    bar = _split(phase.best, lambda c: (c.metre, c.first))
    chosen, *_ = bar.best
    rival = None if level.second is None else 6000.0 / level.second[0].hearing.reading.period
    return Choice(chosen.hearing, chosen.metre, chosen.first, level.share, phase.share, bar.share, rival)


def audible(hearings: Sequence[Hearing]) -> list[Hearing]:
    """Without the readings whose beats are far less marked by onsets than another phase's at the same level."""
    loudest: dict[Fraction, float] = {}
    for hearing in hearings:
        speed = hearing.reading.speed
        loudest[speed] = max(loudest.get(speed, 0.0), hearing.marked)
    return [h for h in hearings if h.marked >= MARKED * loudest[h.reading.speed]]


@dataclass(frozen=True, slots=True)
class _Split:
    best: list[_Candidate]
    second: list[_Candidate] | None
    share: float


def _split(candidates: Sequence[_Candidate], key: Callable[[_Candidate], object]) -> _Split:
    """Group candidates and take the group with the most probability."""
    groups: dict[object, list[_Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(key(candidate), []).append(candidate)
    masses = {name: sum(c.probability for c in group) for name, group in groups.items()}
    first, *others = sorted(groups, key=lambda name: -masses[name])
    second = groups[others[0]] if others else None
    return _Split(groups[first], second, masses[first] / max(sum(masses.values()), 1e-300))
