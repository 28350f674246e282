"""What is played: notes in beats, so that a score can be performed at any tempo, and labels that are known exactly."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

DRUMS = 9
"""The MIDI channel of percussion."""
SECTION, SUNG, INSTRUMENTAL, OPENING, CLOSING = range(5)
"""Functions of a part: not known, with a melody, without one, intro, outro."""


@dataclass(frozen=True, slots=True)
class Part:
    """A section from bar ``bar`` on (counted from 0); ``material`` is shared by repeats."""

    bar: int
    material: str
    function: int = SECTION


@dataclass(frozen=True, slots=True)
class Score:
    """``notes`` (n, 5): start and length in beats, MIDI channel, pitch, velocity.

    ``bars``: beats of each bar, tiling the piece from beat ``first_beat`` on. ``triple``: beats are dotted, divided by
    three. ``programs`` and ``volumes`` by channel, as in General MIDI. ``parts`` is empty where the form is unknown.
    """

    notes: Floats
    bars: tuple[int, ...]
    tempo_bpm: float
    programs: dict[int, int]
    volumes: dict[int, int] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    first_beat: int = 0
    triple: bool = False
    bars_known: bool = True

    @property
    def beat_count(self) -> int:
        return self.first_beat + sum(self.bars)

    @property
    def positions(self) -> NDArray[np.int64]:
        """Place in the bar of every beat, from 1; an upbeat counts towards the first downbeat."""
        lead = [self.bars[0] - (self.first_beat - 1 - k) % self.bars[0] for k in range(self.first_beat)]
        return np.array([*lead, *(k + 1 for bar in self.bars for k in range(bar))], np.int64)

    def transposed(self, semitones: int) -> Score:
        """All but the drums, moved; notes that leave the keyboard are folded back by octaves."""
        notes = self.notes.copy()
        pitched = notes[:, 2] != DRUMS
        notes[pitched, 3] += semitones
        notes[pitched & (notes[:, 3] > 108), 3] -= 12
        notes[pitched & (notes[:, 3] < 21), 3] += 12
        return replace(self, notes=notes)

    def excerpt(self, first_bar: int, bars: int) -> Score:
        """``bars`` bars from ``first_bar`` on, as a piece of its own."""
        starts = self.first_beat + np.concatenate([[0], np.cumsum(self.bars)])
        last = min(first_bar + bars, len(self.bars))
        low, high = starts[first_bar], starts[last]
        inside = (self.notes[:, 0] >= low - 0.1) & (self.notes[:, 0] < high - 0.1)
        notes = self.notes[inside].copy()
        notes[:, 0] -= low
        before = [p for p in self.parts if p.bar <= first_bar][-1:]
        within = [p for p in self.parts if first_bar < p.bar < last]
        parts = tuple(replace(p, bar=max(p.bar - first_bar, 0)) for p in (*before, *within))
        return replace(self, notes=notes, bars=self.bars[first_bar:last], parts=parts, first_beat=0)


@dataclass(frozen=True, slots=True)
class Performance:
    """``notes`` (n, 5) as in :class:`Score`, but in seconds; labels in seconds.

    ``positions`` are 0 where bar lines are unknown; ``edges_s`` (k,) and ``functions`` (k,) of the parts.
    """

    notes: Floats
    beats_s: Floats
    positions: NDArray[np.int64]
    edges_s: Floats
    functions: NDArray[np.int64]
    stop_s: float
    score: Score
