"""A song as it is kept: the features that a network hears, and what is true of them. One file each."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import RATE_HZ, measure_features
from musicvid.analysis.training.scores import Floats, Performance, Score

_BLOCK = 10 * RATE_HZ


@dataclass(frozen=True, slots=True)
class Song:
    """What training reads of a file. ``mel`` (n, 80) and ``tones`` (m, 24) as in :class:`Features`.

    ``beats_s`` (b,); ``positions`` (b,) in the bar, from 1, all 0 where bars are not known; ``bar_beats`` (b,): beats
    of the bar of each. ``edges_s`` (k,) and ``functions`` (k,) of the parts, both empty where form is not known.
    """

    mel: NDArray[np.float16]
    tones: NDArray[np.float16]
    beats_s: NDArray[np.float64]
    positions: NDArray[np.int64]
    bar_beats: NDArray[np.float64]
    edges_s: NDArray[np.float64]
    functions: NDArray[np.int64]


def read_song(path: Path) -> Song:
    """Read what :func:`write_song` wrote."""
    with np.load(path) as kept:
        return Song(*(kept[name] for name in Song.__slots__))


def write_song(path: Path, performance: Performance, sound: NDArray[np.float32]) -> None:
    """Measure ``sound`` (mono, at ``RATE_HZ``) and keep it with the labels of its performance."""
    heard = measure_features(sound[k : k + _BLOCK] for k in range(0, len(sound), _BLOCK))
    parts = {
        "mel": heard.mel,
        "tones": heard.tones,
        "timbre": heard.timbre.astype(np.float16),
        "chroma": np.sqrt(heard.chroma).astype(np.float16),
        "beats_s": performance.beats_s,
        "positions": performance.positions,
        "bar_beats": _bar_of_each_beat(performance.score),
        "edges_s": performance.edges_s,
        "functions": performance.functions,
        "materials": np.array([part.material for part in performance.score.parts]),
        "level": heard.level,
    }
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.savez(file, **parts)
    os.replace(part, path)


def _bar_of_each_beat(score: Score) -> Floats:
    """How many beats the bar of each beat has."""
    return np.array([score.bars[0]] * score.first_beat + [bar for bar in score.bars for _ in range(bar)])
