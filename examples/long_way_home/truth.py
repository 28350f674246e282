"""What is true of the song, computed from the score alone: beats, bars, sections, tempo, words.

Made for tests of analysers: nothing here listens to the sound. Times are seconds from the first sample; every beat is a
whole number of samples.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass

from .clock import Clock
from .notation import Syllable
from .score import ARTIST, SAMPLE_RATE_HZ, SECTIONS, TITLE, Section


@dataclass(frozen=True, slots=True)
class TrueBeat:
    """``position`` counts within the bar from 1."""

    time_s: float
    position: int


@dataclass(frozen=True, slots=True)
class TrueBar:
    """``number`` counts from 1 over the song."""

    number: int
    start_s: float
    stop_s: float
    beat_count: int


@dataclass(frozen=True, slots=True)
class TrueSection:
    """``label`` is shared by repeats, ``name`` is unique."""

    start_s: float
    stop_s: float
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class TrueTempo:
    """``bpm`` holds from ``start_s`` on."""

    start_s: float
    bpm: float


@dataclass(frozen=True, slots=True)
class TrueWord:
    """``start_s`` is where the vowel of its first syllable sounds: the note's place in the score."""

    start_s: float
    stop_s: float
    text: str


@dataclass(frozen=True, slots=True)
class TrueLine:
    """``section`` is the unique name of the section in which the line is sung."""

    start_s: float
    stop_s: float
    text: str
    section: str
    words: tuple[TrueWord, ...]


@dataclass(frozen=True, slots=True)
class SongTruth:
    """Sections tile ``[0, sample_count / sample_rate_hz)``; bars lie end to end from the first downbeat."""

    title: str
    artist: str
    sample_rate_hz: int
    sample_count: int
    beats: tuple[TrueBeat, ...]
    bars: tuple[TrueBar, ...]
    sections: tuple[TrueSection, ...]
    tempo: tuple[TrueTempo, ...]
    lines: tuple[TrueLine, ...]

    @property
    def duration_s(self) -> float:
        return self.sample_count / self.sample_rate_hz

    @property
    def downbeats(self) -> tuple[TrueBeat, ...]:
        return tuple(beat for beat in self.beats if beat.position == 1)

    @property
    def words(self) -> tuple[TrueWord, ...]:
        return tuple(word for line in self.lines for word in line.words)

    def section(self, name: str) -> TrueSection:
        """The section of that name; raises KeyError."""
        for section in self.sections:
            if section.name == name:
                return section
        raise KeyError(f"no section {name!r} (there are: {', '.join(s.name for s in self.sections)})")


def truth(sections: Sequence[Section] = SECTIONS) -> SongTruth:
    """The truth of the whole song."""
    clock = Clock(sections)
    bars = []
    beats: list[TrueBeat] = []
    for bar in clock.bars:
        beats += [TrueBeat(_seconds(bar.sample + k * bar.samples_per_beat), k + 1) for k in range(bar.beats)]
        stop = bar.sample + bar.beats * bar.samples_per_beat
        bars.append(TrueBar(bar.number, _seconds(bar.sample), _seconds(stop), bar.beats))
    spans = tuple(
        TrueSection(_seconds(clock.start_sample(k)), _seconds(clock.stop_sample(k)), section.label, section.name)
        for k, section in enumerate(clock.sections)
    )
    steps = [
        TrueTempo(_seconds(clock.start_sample(k)), section.bpm)
        for k, section in enumerate(clock.sections)
        if k == 0 or section.bpm != clock.sections[k - 1].bpm
    ]
    lines = tuple(
        _line(clock, clock.first_beat(k), section.name, syllables)
        for k, section in enumerate(clock.sections)
        for syllables in section.sung()
    )
    return SongTruth(
        TITLE, ARTIST, SAMPLE_RATE_HZ, clock.sample_count, tuple(beats), tuple(bars), spans, tuple(steps), lines
    )


def _line(clock: Clock, first_beat: int, section: str, syllables: Sequence[Syllable]) -> TrueLine:
    words: list[TrueWord] = []
    for syllable in syllables:
        stop_s = _seconds(clock.sample_at(first_beat + syllable.end_beat))
        if syllable.number == 0:
            words.append(TrueWord(_seconds(clock.sample_at(first_beat + syllable.beat)), stop_s, syllable.word))
        else:
            words[-1] = TrueWord(words[-1].start_s, stop_s, syllable.word)
    text = " ".join(word.text for word in words)
    text = text[0].upper() + text[1:]
    return TrueLine(words[0].start_s, words[-1].stop_s, text, section, tuple(words))


def beats_text(song: SongTruth) -> str:
    """The beats as most annotation tools write them: one ``time<TAB>position`` per line, times in seconds."""
    return "".join(f"{beat.time_s:.6f}\t{beat.position}\n" for beat in song.beats)


def truth_json(song: SongTruth) -> str:
    """Beats, downbeats, sections and words with times in seconds, as one JSON object."""
    document = {
        "title": song.title,
        "duration_s": song.duration_s,
        "sample_rate_hz": song.sample_rate_hz,
        "tempo": [{"start_s": step.start_s, "bpm": step.bpm} for step in song.tempo],
        "beats": [{"time_s": beat.time_s, "position": beat.position} for beat in song.beats],
        "downbeats": [beat.time_s for beat in song.downbeats],
        "sections": [
            {"start_s": s.start_s, "stop_s": s.stop_s, "label": s.label, "name": s.name} for s in song.sections
        ],
        "words": [{"start_s": w.start_s, "stop_s": w.stop_s, "text": w.text} for w in song.words],
    }
    return json.dumps(document, indent=1) + "\n"


def lyrics_text(song: SongTruth) -> str:
    """The lyrics as enhanced LRC: a time for every line, every word and the end of each line, in hundredths."""
    minutes, seconds = divmod(song.duration_s, 60)
    rows = [f"[ti:{song.title}]", f"[ar:{song.artist}]", f"[length:{minutes:02.0f}:{seconds:05.2f}]"]
    for line in song.lines:
        words = list(line.words)
        first = words[0]
        words[0] = TrueWord(first.start_s, first.stop_s, line.text.split(" ", 1)[0])
        timed = " ".join(f"<{_stamp(word.start_s)}>{word.text}" for word in words)
        rows.append(f"[{_stamp(line.start_s)}]{timed} <{_stamp(line.stop_s)}>")
    return "\n".join(rows) + "\n"


def _stamp(time_s: float) -> str:
    # Rounded up: a line must not begin before the section it belongs to.
    hundredths = math.ceil(time_s * 100 - 1e-6)
    return f"{hundredths // 6000:02d}:{hundredths // 100 % 60:02d}.{hundredths % 100:02d}"


def _seconds(sample: int) -> float:
    return sample / SAMPLE_RATE_HZ
