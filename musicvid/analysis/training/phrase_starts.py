"""Where POP909's phrases begin: their labels give lengths in bars, but no start.

The start is where they fit best with where the melody sings and enters, with the repeats of the same letter, and with
where the harmony's texture changes. On fourteen songs with a known start all were found.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.training.pop909 import MELODY, Phrase, PopSong
from musicvid.analysis.training.scores import Floats

SURE = 0.02
"""How much better than the next the best place must fit, in shares of the bars."""


def start_bar(song: PopSong, phase: int, phrases: list[Phrase]) -> int:
    """Bar (from the first downbeat, beat ``phase``) where the phrases begin; -1 where two places fit about as well."""
    bars = (len(song.beats_s) - phase) // 4
    places = song.played_by(MELODY)[:, 0] - phase
    # A melody that begins with an upbeat belongs to the bar that follows.
    melody = np.zeros(bars + 1, bool)
    melody[np.clip((places + 0.25) // 4, 0, bars).astype(int)] = True
    alike = _bar_likeness(song, phase, bars)
    change = _change(alike)
    melodic = np.array([phrase.melodic for phrase in phrases])
    lengths = [phrase.bars for phrase in phrases]
    wanted = np.repeat(melodic, lengths)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    worth = []
    for offset in range(max(0, bars - len(wanted) + 1)):
        edges = starts + offset
        agree = float(np.mean(melody[offset : offset + len(wanted)] == wanted))
        outside = float(melody[:offset].mean()) if offset else 0.0
        inner = edges[1:-1][edges[1:-1] < bars]
        turns = float(change[inner].mean()) if len(inner) else 0.0
        repeats = _repeats(alike, phrases, edges)
        entries = _entries(places, edges[:-1][melodic & (edges[:-1] < bars)])
        worth.append(agree + repeats - 0.3 * outside + 0.3 * turns + 0.5 * entries)
    if not worth:
        return -1
    ranked = sorted(worth, reverse=True)
    sure = len(ranked) == 1 or ranked[0] - ranked[1] > SURE
    return int(np.argmax(worth)) if sure else -1


def _entries(places: Floats, bars: NDArray[np.int64]) -> float:
    """How many more notes the melody has in the five beats from the upbeat of these bars on than in the three before,
    in eighths of a note."""
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


def _bar_likeness(song: PopSong, phase: int, bars: int) -> Floats:
    """``(bars, bars)``: cosines of the pitch classes of each beat of the bars."""
    places = song.notes[:, 0] - phase + 0.1
    inside = (places >= 0) & (places < 4 * bars)
    rows = np.zeros((bars, 48))
    beat = places[inside].astype(int)
    np.add.at(rows, (beat // 4, beat % 4 * 12 + song.notes[inside, 3].astype(int) % 12), 1.0)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9
    return rows @ rows.T


def _repeats(alike: Floats, phrases: list[Phrase], starts: NDArray[np.int64]) -> float:
    """Mean likeness of the bars of phrases that carry the same letter."""
    runs = []
    for i, first in enumerate(phrases):
        for j in range(i + 1, len(phrases)):
            if phrases[j].letter == first.letter:
                common = np.arange(min(first.bars, phrases[j].bars))
                here, there = starts[i] + common, starts[j] + common
                inside = (here < len(alike)) & (there < len(alike))
                if inside.any():
                    runs.append(float(alike[here[inside], there[inside]].mean()))
    return float(np.mean(runs)) if runs else 0.0
