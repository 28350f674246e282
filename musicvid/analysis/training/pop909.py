"""POP909 as scores: bar lines and phrases put where the music says they are.

The set's own downbeat flags are wrong in some of its songs. They are right in most, so a logistic regression learns
from all of them what a downbeat looks like in the piano (bass, long notes, new harmony); each song's bar line is then
where that model puts it, and songs in which it is unsure are left out. The human phrase labels (Dai et al.) give
lengths in bars but no start: the start is where they fit best with where the melody sings and enters, with the repeats
of the same letter, and with where the harmony's texture changes. On fourteen songs with a known start all were found.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from musicvid.analysis.training.midi_files import read_midi
from musicvid.analysis.training.scores import (
    CLOSING,
    INSTRUMENTAL,
    OPENING,
    SUNG,
    Floats,
    Part,
    Score,
)

_SURE_BAR, _SURE_START = 0.3, 0.02


@dataclass(frozen=True, slots=True)
class Placing:
    """``phase``: index of the first downbeat, 0 to 3. ``start_bar``: where the phrases begin, -1 where unsure."""

    phase: int
    start_bar: int


@dataclass(frozen=True, slots=True)
class _Song:
    beats_s: Floats
    flags: Floats
    notes: Floats
    tracks: tuple[str, ...]
    tempo_bpm: float

    def of(self, *names: str) -> Floats:
        return self.notes[[track in names for track in self.tracks]]


def placings(folder: Path, keep: Path) -> dict[str, Placing]:
    """Every song whose bar lines are sure, by its number; worked out once and kept in ``keep``."""
    if keep.exists():
        return {name: Placing(**row) for name, row in json.loads(keep.read_text()).items()}
    songs = {path.stem: song for path in sorted(folder.glob("*.mid")) if (song := _song(path)) is not None}
    described = {name: _surroundings(_qualities(song)) for name, song in songs.items()}
    found = {}
    odds = _downbeat_odds(songs, described)
    for name, song in songs.items():
        by_phase = np.array([odds[name][phase::4].mean() for phase in range(4)])
        best, second = np.sort(by_phase)[::-1][:2]
        if best - second > _SURE_BAR:
            phase = int(by_phase.argmax())
            found[name] = Placing(phase, _start_bar(song, phase, phrases(folder, name)))
    keep.write_text(json.dumps({name: asdict(row) for name, row in found.items()}, indent=0))
    return found


def score_of(folder: Path, name: str, placing: Placing) -> Score:
    song = _song(folder / f"{name}.mid")
    assert song is not None
    bars = (len(song.beats_s) - placing.phase) // 4
    parts: list[Part] = []
    bar = placing.start_bar
    if bar >= 0:
        if bar > 0:
            parts.append(Part(0, "_before", OPENING))
        for letter, length in phrases(folder, name):
            if bar < bars:
                parts.append(Part(bar, letter, _function(letter)))
            bar += length
        if bar < bars:
            parts.append(Part(bar, "_after", CLOSING))
    last = placing.phase + 4 * bars
    notes = song.notes[song.notes[:, 0] < last].copy()
    channels = {track: k for k, track in enumerate(sorted(set(song.tracks)))}
    notes[:, 2] = [channels[song.tracks[k]] for k in np.flatnonzero(song.notes[:, 0] < last)]
    programs = dict.fromkeys(channels.values(), 0)
    return Score(notes, (4,) * bars, song.tempo_bpm, programs, parts=tuple(parts), first_beat=placing.phase)


def phrases(folder: Path, name: str) -> list[tuple[str, int]]:
    """(letter, bars) of the first annotator."""
    text = (folder / f"{name}.phrases1.txt").read_text()
    return [(letter, int(bars)) for letter, bars in re.findall(r"([A-Za-z])(\d+)", text)]


def _function(letter: str) -> int:
    return {"i": OPENING, "o": CLOSING}.get(letter, SUNG if letter.isupper() and letter != "X" else INSTRUMENTAL)


def _song(path: Path) -> _Song | None:
    """None for a file with several tempi or without the three tracks."""
    midi = read_midi(path)
    if not midi.steady or not {"MELODY", "PIANO"} <= set(midi.tracks):
        return None
    table = np.loadtxt(path.with_suffix(".beats.txt"))
    index = np.arange(len(table), dtype=float)
    notes = midi.notes.copy()
    seconds = notes[:, :2] * 60.0 / midi.tempo_bpm
    stops = np.interp(seconds.sum(axis=1), table[:, 0], index)
    notes[:, 0] = np.interp(seconds[:, 0], table[:, 0], index)
    notes[:, 1] = np.maximum(stops - notes[:, 0], 0.05)
    return _Song(table[:, 0], table[:, 2], notes, midi.tracks, 60.0 / float(np.median(np.diff(table[:, 0]))))


def _qualities(song: _Song) -> Floats:
    """``(beats, 6)``: notes begun, longest, depth, harmony change over two and over one beat, velocity; in deviations
    from the song's mean."""
    piano = song.of("PIANO")
    count = len(song.beats_s)
    nearest = np.round(piano[:, 0]).astype(int)
    on = np.abs(piano[:, 0] - nearest) < 0.15
    out = np.zeros((count, 6))
    for k in range(count):
        here = piano[on & (nearest == k)]
        if len(here):
            out[k, [0, 1, 2, 5]] = (len(here), np.log1p(here[:, 1].max()), (60 - here[:, 3].min()) / 12,
                                    here[:, 4].mean() / 64)  # fmt: skip
    chroma = np.zeros((count, 12))
    np.add.at(chroma, (np.clip(piano[:, 0].astype(int), 0, count - 1), piano[:, 3].astype(int) % 12), 1.0)
    for width, column in ((2, 3), (1, 4)):
        for k in range(width, count - width + 1):
            before, after = chroma[k - width : k].sum(axis=0), chroma[k : k + width].sum(axis=0)
            if before.any() and after.any():
                out[k, column] = 1 - before @ after / np.linalg.norm(before) / np.linalg.norm(after)
    return (out - out.mean(axis=0)) / (out.std(axis=0) + 1e-6)


def _surroundings(rows: Floats) -> Floats:
    """Each beat with the two before and after it."""
    return np.concatenate([np.roll(rows, shift, axis=0) for shift in (-2, -1, 0, 1, 2)], axis=1)


def _downbeat_odds(songs: dict[str, _Song], described: dict[str, Floats]) -> dict[str, Floats]:
    from sklearn.linear_model import LogisticRegression

    inside = slice(4, -4)
    rows = np.concatenate([described[name][inside] for name in songs])
    flags = np.concatenate([song.flags[inside] > 0 for song in songs.values()])
    model = LogisticRegression(C=0.1, max_iter=500).fit(rows, flags)
    return {name: model.decision_function(described[name]) for name in songs}


def _start_bar(song: _Song, phase: int, labels: list[tuple[str, int]]) -> int:
    """Bar (from the first downbeat) where the phrases begin; -1 where two places fit about as well."""
    bars = (len(song.beats_s) - phase) // 4
    places = song.of("MELODY")[:, 0] - phase
    # A melody that begins with an upbeat belongs to the bar that follows.
    melody = np.zeros(bars + 1, bool)
    melody[np.clip((places + 0.25) // 4, 0, bars).astype(int)] = True
    alike = _bar_likeness(song, phase, bars)
    change = _change(alike)
    capital = np.concatenate([[letter.isupper()] * length for letter, length in labels])
    starts = np.concatenate([[0], np.cumsum([length for _, length in labels])])
    sung = np.array([letter.isupper() for letter, _ in labels])
    worth = []
    for offset in range(max(0, bars - len(capital) + 1)):
        edges = starts + offset
        agree = float(np.mean(melody[offset : offset + len(capital)] == capital))
        outside = float(melody[:offset].mean()) if offset else 0.0
        inner = edges[1:-1][edges[1:-1] < bars]
        turns = float(change[inner].mean()) if len(inner) else 0.0
        repeats = _repeats(alike, labels, edges)
        entries = _entries(places, edges[:-1][sung & (edges[:-1] < bars)])
        worth.append(agree + repeats - 0.3 * outside + 0.3 * turns + 0.5 * entries)
    if not worth:
        return -1
    ranked = sorted(worth, reverse=True)
    sure = len(ranked) == 1 or ranked[0] - ranked[1] > _SURE_START
    return int(np.argmax(worth)) if sure else -1


def _entries(places: Floats, bars: Floats) -> float:
    """How much more is sung from the upbeat of the given bars on than just before, in notes per beat and a half."""
    after = [np.count_nonzero((places >= 4 * bar - 1) & (places < 4 * bar + 4)) for bar in bars]
    before = [np.count_nonzero((places >= 4 * bar - 4) & (places < 4 * bar - 1)) for bar in bars]
    return float(np.mean(np.subtract(after, before))) / 8 if len(bars) else 0.0


def _change(alike: Floats, reach: int = 4) -> Floats:
    """``(bars + 1,)``: how little the bars before each bar line have to do with those after it, in deviations."""
    count = len(alike)
    out = np.zeros(count + 1)
    for bar in range(1, count):
        old, new = slice(max(0, bar - reach), bar), slice(bar, min(count, bar + reach))
        out[bar] = (alike[old, old].mean() + alike[new, new].mean()) / 2 - alike[old, new].mean()
    return (out - out.mean()) / (out.std() + 1e-9)


def _bar_likeness(song: _Song, phase: int, bars: int) -> Floats:
    places = song.notes[:, 0] - phase + 0.1
    inside = (places >= 0) & (places < 4 * bars)
    rows = np.zeros((bars, 48))
    beat = places[inside].astype(int)
    np.add.at(rows, (beat // 4, beat % 4 * 12 + song.notes[inside, 3].astype(int) % 12), 1.0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9
    return rows @ rows.T


def _repeats(alike: Floats, labels: list[tuple[str, int]], starts: Floats) -> float:
    """Mean likeness of the bars of phrases that carry the same letter."""
    runs = []
    for i, (letter, length) in enumerate(labels):
        for j in range(i + 1, len(labels)):
            if labels[j][0] == letter:
                common = np.arange(min(length, labels[j][1]))
                first, second = (starts[i] + common).astype(int), (starts[j] + common).astype(int)
                inside = (first < len(alike)) & (second < len(alike))
                if inside.any():
                    runs.append(float(alike[first[inside], second[inside]].mean()))
    return float(np.mean(runs)) if runs else 0.0
