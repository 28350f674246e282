"""POP909 (Wang et al., ISMIR 2020): songs as melody, bridge and piano, with beats and the phrases that people heard.

A folder holds for each song ``NNN.mid``, ``NNN.beats.txt`` (seconds, a flag for beats in two, a flag for downbeats) and
``NNN.phrases1.txt``, the first annotator's phrases (Dai, Zhang and Dannenberg, ISMIR 2020), such as ``i4A8B8o2``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from musicvid.analysis.training.midi_files import read_midi
from musicvid.analysis.training.scores import CLOSING, INSTRUMENTAL, OPENING, SUNG, Floats
from musicvid.errors import InputError

MELODY, PIANO = "MELODY", "PIANO"
"""Names of the tracks that every song must have."""


@dataclass(frozen=True, slots=True)
class PopSong:
    """``beats_s`` (b,) and ``flags`` (b,), the set's downbeats; ``notes`` (n, 5) as in :class:`Score`, in beats.

    ``tracks``: the name of each note's track. ``tempo_bpm``: the median.
    """

    beats_s: Floats
    flags: Floats
    notes: Floats
    tracks: tuple[str, ...]
    tempo_bpm: float

    def played_by(self, track: str) -> Floats:
        """Notes of one track."""
        return self.notes[[name == track for name in self.tracks]]


@dataclass(frozen=True, slots=True)
class Phrase:
    """``bars`` bars of the material ``letter``; capitals have a melody, which is sung in all but X."""

    letter: str
    bars: int

    @property
    def melodic(self) -> bool:
        """Whether the track of the melody plays."""
        return self.letter.isupper()

    @property
    def function(self) -> int:
        """One of those of :mod:`musicvid.analysis.training.scores`."""
        played = SUNG if self.melodic and self.letter != "X" else INSTRUMENTAL
        return {"i": OPENING, "o": CLOSING}.get(self.letter, played)


def read_pop_song(path: Path) -> PopSong | None:
    """The song of ``path`` (``NNN.mid``); None where it has several tempi or lacks one of the tracks."""
    midi = read_midi(path)
    if not midi.steady or not {MELODY, PIANO} <= set(midi.tracks):
        return None
    table = np.loadtxt(_beside(path, ".beats.txt"))
    index = np.arange(len(table), dtype=float)
    notes = midi.notes.copy()
    seconds = notes[:, :2] * 60.0 / midi.tempo_bpm
    stops = np.interp(seconds.sum(axis=1), table[:, 0], index)
    notes[:, 0] = np.interp(seconds[:, 0], table[:, 0], index)
    notes[:, 1] = np.maximum(stops - notes[:, 0], 0.05)
    return PopSong(table[:, 0], table[:, 2], notes, midi.tracks, 60.0 / float(np.median(np.diff(table[:, 0]))))


def read_phrases(path: Path) -> list[Phrase]:
    """The phrases beside ``path`` (``NNN.mid``), of the first annotator."""
    text = _beside(path, ".phrases1.txt").read_text()
    return [Phrase(letter, int(bars)) for letter, bars in re.findall(r"([A-Za-z])(\d+)", text)]


def _beside(path: Path, ending: str) -> Path:
    there = path.with_suffix(ending)
    if not there.exists():
        raise InputError("missing", where=str(there), hint=f"{path.name} needs it: see README.md")
    return there
