"""POP909 as scores: bar lines and phrases put where the music says they are; unsure songs are left out."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from musicvid.analysis.training.bar_lines import bar_phases
from musicvid.analysis.training.phrase_starts import start_bar
from musicvid.analysis.training.pop909 import Phrase, PopSong, read_phrases, read_pop_song
from musicvid.analysis.training.scores import CLOSING, OPENING, Part, Score

RULES = 2
"""To be raised whenever a song may be placed elsewhere: what was worked out by older rules is not used."""
BEFORE, AFTER = "_before", "_after"
"""Materials of what no phrase covers."""


@dataclass(frozen=True, slots=True)
class Placing:
    """``phase``: index of the first downbeat, 0 to 3. ``start_bar``: where the phrases begin, -1 where unsure."""

    phase: int
    start_bar: int


def placings(folder: Path, keep: Path) -> dict[str, Placing]:
    """Every song of ``folder`` whose bar lines are sure, by its number; worked out once and kept in folder ``keep``."""
    kept = keep / f"pop909-{RULES}.json"
    if kept.exists():
        return {name: Placing(**row) for name, row in json.loads(kept.read_text()).items()}
    read = {path.stem: read_pop_song(path) for path in sorted(folder.glob("*.mid"))}
    songs = {name: song for name, song in read.items() if song is not None}
    found = {}
    for name, phase in bar_phases(songs).items():
        phrases = read_phrases(folder / f"{name}.mid")
        found[name] = Placing(phase, start_bar(songs[name], phase, phrases))
    part = kept.with_suffix(".part")
    part.write_text(json.dumps({name: asdict(row) for name, row in found.items()}, indent=0))
    os.replace(part, kept)
    return found


def placed_score(song: PopSong, phrases: list[Phrase], placing: Placing) -> Score:
    """The song from its first beat to the end of its last whole bar; all tracks are pianos, each on its own channel."""
    bars = (len(song.beats_s) - placing.phase) // 4
    inside = song.notes[:, 0] < placing.phase + 4 * bars
    notes = song.notes[inside].copy()
    channels = {track: k for k, track in enumerate(sorted(set(song.tracks)))}
    notes[:, 2] = np.array([channels[track] for track in song.tracks])[inside]
    programs = dict.fromkeys(channels.values(), 0)
    return Score(notes, (4,) * bars, song.tempo_bpm, programs, parts=_parts(phrases, placing.start_bar, bars),
                 first_beat=placing.phase)  # fmt: skip


def _parts(phrases: list[Phrase], start: int, bars: int) -> tuple[Part, ...]:
    """The phrases from bar ``start`` on, and what is before and after them; nothing where the start is not known."""
    if start < 0:
        return ()
    parts = [Part(0, BEFORE, OPENING)] if start > 0 else []
    bar = start
    for phrase in phrases:
        if bar < bars:
            parts.append(Part(bar, phrase.letter, phrase.function))
        bar += phrase.bars
    if bar < bars:
        parts.append(Part(bar, AFTER, CLOSING))
    return tuple(parts)
