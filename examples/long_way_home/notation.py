"""How the score is written down: note names, chord symbols, sung phrases.

A sung phrase is one string of tokens ``text/pitch/beats``::

    "There/F#4/.5 was/F#4/.5 pa-/A4/1 per/F#4/.5 ~/E4/.5 -/1 sea,/D4/2"

A text that ends in ``-`` goes on in the next token (one word, two syllables), ``~`` holds the syllable on another
pitch, ``-/beats`` is a rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

_STEPS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_QUALITIES = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "m7": (0, 3, 7, 10),
    "maj7": (0, 4, 7, 11),
    "add9": (0, 2, 4, 7),
    "sus4": (0, 5, 7),
    "sus2": (0, 2, 7),
    "m6": (0, 3, 7, 9),
}


def pitch_class(name: str) -> int:
    """0 to 11 for a letter with an optional ``#`` or ``b``."""
    return (_STEPS[name[0]] + name.count("#") - name[1:].count("b")) % 12


@cache
def midi(name: str) -> int:
    """MIDI number of a note name with its octave: ``A4`` is 69."""
    return _STEPS[name[0]] + name.count("#") - name[1:].count("b") + 12 * (int(name[-1]) + 1)


def hertz(pitch: float) -> float:
    """Frequency of a MIDI pitch, equal temperament, A4 = 440 Hz."""
    return float(440.0 * 2.0 ** ((pitch - 69.0) / 12.0))


@dataclass(frozen=True, slots=True)
class Chord:
    """``tones`` are pitch classes, root first; ``bass`` is the pitch class of the lowest note."""

    symbol: str
    tones: tuple[int, ...]
    bass: int


@cache
def chord(symbol: str) -> Chord:
    """``A/C#`` is A major over C sharp."""
    body, _, bass = symbol.partition("/")
    match = re.fullmatch(r"([A-G][#b]?)(.*)", body)
    if match is None or match[2] not in _QUALITIES:
        raise ValueError(f"unknown chord {symbol!r}")
    root = pitch_class(match[1])
    tones = tuple((root + step) % 12 for step in _QUALITIES[match[2]])
    return Chord(symbol, tones, pitch_class(bass) if bass else root)


@dataclass(frozen=True, slots=True)
class Note:
    """``beat`` counts from the start of the song (of the phrase in a phrase); ``velocity`` is 0 to 1."""

    beat: float
    beats: float
    pitch: int
    velocity: float = 0.8


@dataclass(frozen=True, slots=True)
class Syllable:
    """A sung syllable: its word, which syllable of the word it is, and one note or more (a melisma)."""

    word: str
    number: int
    notes: tuple[Note, ...]

    @property
    def beat(self) -> float:
        return self.notes[0].beat

    @property
    def end_beat(self) -> float:
        return self.notes[-1].beat + self.notes[-1].beats


def phrase(text: str, start_beat: float = 0.0) -> tuple[Syllable, ...]:
    """Read a sung phrase. Raises ValueError for a token that is no ``text/pitch/beats``."""
    syllables: list[Syllable] = []
    pieces: list[str] = []
    beat = start_beat
    for token in text.split():
        parts = token.split("/")
        if len(parts) == 2 and parts[0] == "-":
            beat += float(parts[1])
            continue
        if len(parts) != 3:
            raise ValueError(f"{token!r} is not text/pitch/beats")
        note = Note(beat, float(parts[2]), midi(parts[1]))
        beat += note.beats
        if parts[0] == "~":
            last = syllables[-1]
            syllables[-1] = Syllable(last.word, last.number, (*last.notes, note))
            continue
        pieces.append(parts[0].rstrip("-"))
        syllables.append(Syllable("", len(pieces) - 1, (note,)))
        if not parts[0].endswith("-"):
            _name_word(syllables, "".join(pieces), len(pieces))
            pieces.clear()
    return tuple(syllables)


def _name_word(syllables: list[Syllable], word: str, count: int) -> None:
    for k in range(len(syllables) - count, len(syllables)):
        syllables[k] = Syllable(word, syllables[k].number, syllables[k].notes)


def tune(text: str, start_beat: float = 0.0) -> tuple[Note, ...]:
    """Read a wordless melody of ``pitch/beats`` tokens; ``-/beats`` is a rest."""
    notes, beat = [], start_beat
    for token in text.split():
        name, _, beats = token.partition("/")
        if name != "-":
            notes.append(Note(beat, float(beats), midi(name)))
        beat += float(beats)
    return tuple(notes)
