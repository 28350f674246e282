"""Where POP909's bar lines are, learned from the set's own flags.

The flags are wrong in some songs and right in most. So a logistic regression learns from all of them what a downbeat
looks like in the piano (bass, long notes, new harmony); a song's bar line is where that model puts it.
"""

from __future__ import annotations

import numpy as np

from musicvid.analysis.training.pop909 import PIANO, PopSong
from musicvid.analysis.training.scores import Floats

SURE = 0.3
"""Log-odds by which the best place of the bar line must beat the next."""
_EDGE = 4
"""Beats at both ends of a song from which nothing is learned."""


def bar_phases(songs: dict[str, PopSong]) -> dict[str, int]:
    """Index of the first downbeat, 0 to 3, of every song of 4/4 whose bar lines are sure."""
    found = {}
    for name, odds in _downbeat_odds(songs).items():
        by_phase = np.array([odds[phase::4].mean() for phase in range(4)])
        best, second = np.sort(by_phase)[::-1][:2]
        if best - second > SURE:
            found[name] = int(by_phase.argmax())
    return found


def _downbeat_odds(songs: dict[str, PopSong]) -> dict[str, Floats]:
    """Log-odds ``(beats,)`` of a downbeat on every beat of every song."""
    from sklearn.linear_model import LogisticRegression

    described = {name: _surroundings(_qualities(song)) for name, song in songs.items()}
    inside = slice(_EDGE, -_EDGE)
    rows = np.concatenate([described[name][inside] for name in songs])
    flags = np.concatenate([song.flags[inside] > 0 for song in songs.values()])
    model = LogisticRegression(C=0.1, max_iter=500).fit(rows, flags)
    return {name: model.decision_function(described[name]) for name in songs}


def _surroundings(rows: Floats) -> Floats:
    """Each beat with the two before and after it."""
    return np.concatenate([np.roll(rows, shift, axis=0) for shift in (-2, -1, 0, 1, 2)], axis=1)


def _qualities(song: PopSong) -> Floats:
    """``(beats, 6)``: notes begun, longest, depth, harmony change over two and over one beat, velocity; in deviations
    from the song's mean."""
    piano = song.played_by(PIANO)
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
