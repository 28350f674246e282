"""Which level, which phase, which metre, which bar line: one choice over the whole song, and how sure it is.

The search (:mod:`musicvid.analysis.bar_pointer`) follows the music from beat to beat, but half and double time, the
beat and the off-beat, one bar line and another explain what the network hears about as well. Every way of counting its
path is a candidate; what the network says of it and how its bar sounds are weighed against each other by a conditional
logit, whose probabilities are how sure the choice is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis import weights
from musicvid.analysis.activations import QUICK_HZ
from musicvid.analysis.bar_template import fit, listen
from musicvid.analysis.decoding import LENGTHS, METRES, usual_metre
from musicvid.analysis.paths import Evidence, Path
from musicvid.analysis.qualities import Qualities
from musicvid.analysis.readings import Reading, readings_of
from musicvid.analysis.spectrum import FRAME_HZ

Floats = NDArray[np.float64]

_PER_FRAME = FRAME_HZ // QUICK_HZ


@dataclass(frozen=True, slots=True)
class Candidate:
    """A reading of the path, with ``metre`` beats to the bar of which beat ``first`` begins one; ``facts``: the numbers
    of :data:`musicvid.analysis.weights.CHOICE`."""

    reading: Reading
    metre: int
    first: int
    facts: Floats

    @property
    def bpm(self) -> float:
        return 60.0 * FRAME_HZ / self.reading.period

    @property
    def as_searched(self) -> bool:
        """The search counts this way by itself."""
        return bool(self.facts[list(weights.CHOICE).index("bars as the search has them")])


@dataclass(frozen=True, slots=True)
class Choice:
    """The likeliest candidate. ``octave`` is the probability of its tempo level, ``phase`` of the beats' place given
    the level, ``downbeats`` of metre and bar line given the beats; ``rival_bpm``: tempo of the next best level, or
    None."""

    best: Candidate
    octave: float
    phase: float
    downbeats: float
    rival_bpm: float | None


def choose(candidates: Sequence[Candidate], by: Mapping[str, float] = weights.CHOICE) -> Choice:
    """Tempo level first, then phase, then metre and bar line; ``by``: the weight of each fact."""
    logs = np.array([candidate.facts for candidate in candidates]) @ np.array(list(by.values()))
    odds = np.exp(logs - logs.max())
    everything = list(zip(candidates, (odds / odds.sum()).tolist(), strict=True))
    level = _split(everything, lambda c: c.reading.speed)
    phase = _split(level.best, lambda c: c.reading.shift)
    bar = _split(phase.best, lambda c: (c.metre, c.first))
    return Choice(bar.best[0][0], level.share, phase.share, bar.share, level.second[0][0].bpm if level.second else None)


def candidates_of(path: Path, evidence: Evidence, qualities: Qualities, *, same_speed: bool = False) -> list[Candidate]:
    """All ways to count ``path``, of three beats or more: readings, metres, first downbeats."""
    metre = usual_metre(path.positions)
    counted = (np.arange(len(path.frames)) - path.positions + 1) % metre
    as_heard = (metre, int(np.bincount(counted, minlength=metre).argmax()))
    pulse = path.frames.astype(np.float64) * _PER_FRAME
    out: list[Candidate] = []
    for reading in readings_of(pulse, same_speed=same_speed):
        out += _counts(reading, evidence, qualities, as_heard)
    return out


def _counts(reading: Reading, evidence: Evidence, qualities: Qualities, as_heard: tuple[int, int]) -> list[Candidate]:
    """The candidates of one reading. Facts of the network are per second of the song."""
    seconds = len(evidence.rest) / QUICK_HZ
    at = np.clip(np.round(reading.beats / _PER_FRAME).astype(np.int64), 0, len(evidence.rest) - 1)
    steps = np.append(np.diff(at), round(reading.period / _PER_FRAME))
    which = np.clip(np.searchsorted(LENGTHS, steps), 0, len(LENGTHS) - 1)
    either = np.logaddexp(evidence.downbeat[at], evidence.beat[at])
    other, gain = evidence.beat[at] - either, evidence.downbeat[at] - evidence.beat[at]
    tempo = evidence.tempo[at // evidence.row_frames, which].sum() / seconds
    onsets = np.log(np.clip(qualities.activation_at(reading.beats), 0.01, 0.95)).sum() / seconds
    octaves = float(np.log2(60.0 * FRAME_HZ / reading.period / 120.0))
    heard = listen(qualities, reading)
    same = float(reading.speed == 1 and reading.shift == 0)
    places = [(metre, first) for metre in METRES for first in range(metre)]
    fits = {place: fit(heard, *place) for place in places if place[0] in weights.TEMPLATE}
    usual_fit = float(np.mean(list(fits.values())))
    return [
        Candidate(reading, metre, first, np.array([
            (other.sum() + gain[first::metre].sum()) / seconds,
            tempo,
            evidence.metre[at[first::metre] // evidence.row_frames, METRES.index(metre)].sum() / seconds,
            octaves,
            octaves**2,
            fits.get((metre, first), usual_fit),
            onsets,
            same,
            same * ((metre, first) == as_heard),
            metre == 3,
            metre not in weights.TEMPLATE,
        ], np.float64))
        for metre, first in places
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Split:
    best: list[tuple[Candidate, float]]
    second: list[tuple[Candidate, float]] | None
    share: float


def _split(candidates: Sequence[tuple[Candidate, float]], key: Callable[[Candidate], object]) -> _Split:
    """Group candidates and take the group with the most probability; the likeliest of each group first."""
    groups: dict[object, list[tuple[Candidate, float]]] = {}
    for pair in sorted(candidates, key=lambda pair: -pair[1]):
        groups.setdefault(key(pair[0]), []).append(pair)
    masses = {name: sum(p for _, p in group) for name, group in groups.items()}
    first, *others = sorted(groups, key=lambda name: -masses[name])
    second = groups[others[0]] if others else None
    return _Split(groups[first], second, masses[first] / max(sum(masses.values()), 1e-300))
