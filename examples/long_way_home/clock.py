"""From beats to samples: where every bar of the score begins, exactly.

Beats are counted over the whole song from 0 at the downbeat of bar 1. A tempo step takes effect on a bar line.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from .score import LEAD_IN_SAMPLES, SAMPLE_RATE_HZ, SECTIONS, TAIL_SAMPLES, Section


@dataclass(frozen=True, slots=True)
class BarTime:
    """A bar of the score: its section, number from 1 over the song, first beat, length in beats and first sample."""

    section: int
    number: int
    beat: int
    beats: int
    sample: int
    samples_per_beat: int


class Clock:
    """The time line of a score. Raises ValueError when a tempo does not make a beat a whole number of samples."""

    def __init__(self, sections: Sequence[Section] = SECTIONS) -> None:
        self.sections = tuple(sections)
        bars: list[BarTime] = []
        beat, sample = 0, LEAD_IN_SAMPLES
        for index, section in enumerate(self.sections):
            samples_per_beat, rest = divmod(SAMPLE_RATE_HZ * 60, section.bpm)
            if rest:
                raise ValueError(f"{section.name}: a beat at {section.bpm} bpm is no whole number of samples")
            for beats in section.beats_per_bar:
                bars.append(BarTime(index, len(bars) + 1, beat, beats, sample, samples_per_beat))
                beat += beats
                sample += beats * samples_per_beat
        self.bars = tuple(bars)
        self.end_beat = beat
        self.end_sample = sample
        self.sample_count = sample + TAIL_SAMPLES
        self._first_beats = [bar.beat for bar in bars]

    def sample_at(self, beat: float) -> int:
        """The sample nearest to a place in beats. Before bar 1 and after the last bar their tempo goes on."""
        bar = self.bars[max(bisect_right(self._first_beats, beat) - 1, 0)]
        return round(bar.sample + (beat - bar.beat) * bar.samples_per_beat)

    def section_at(self, beat: float) -> int:
        """Index of the section in which a beat lies."""
        return self.bars[max(bisect_right(self._first_beats, beat) - 1, 0)].section

    def bars_of(self, section: int) -> tuple[BarTime, ...]:
        """The bars of the section with that index."""
        return tuple(bar for bar in self.bars if bar.section == section)

    def first_beat(self, section: int) -> int:
        """The beat on which the section begins."""
        return sum(s.beat_count for s in self.sections[:section])

    def start_sample(self, section: int) -> int:
        """First sample of a section; the first one includes the lead-in."""
        return 0 if section == 0 else self.bars_of(section)[0].sample

    def stop_sample(self, section: int) -> int:
        """One past the last sample of a section; the last one includes the tail."""
        return self.sample_count if section + 1 == len(self.sections) else self.start_sample(section + 1)
