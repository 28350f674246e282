"""Nouns of the search for beats and bars (:mod:`musicvid.analysis.bar_pointer`): evidence, prices, the path."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Prices:
    """What a path pays, in nats. ``change``: per relative change of interval beyond ``slack`` frames; ``leap``: a
    sudden new tempo; ``turn``: a bar that ends early or in another metre; ``reach``: largest relative change. Paths
    that fall ``beam`` behind the best are given up."""

    change: float = 120.0
    slack: float = 0.6
    reach: float = 0.12
    leap: float = 40.0
    turn: float = 25.0
    beam: float = 60.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-likelihoods ``(n,)`` per frame: of a downbeat there, of another beat there, of neither; ``tempo`` (r, m) of
    each interval length (paid at every beat), ``metre`` (r, k) of each metre (paid at every downbeat). A row of these
    two holds for ``row_frames`` frames: they change slowly, and two hours of them must fit."""

    downbeat: Floats
    beat: Floats
    rest: Floats
    tempo: Floats
    metre: Floats

    row_frames: int = 1

    def between(self, start: int, stop: int) -> Evidence:
        """That of the frames ``[start, stop)``; ``start`` is a multiple of ``row_frames``."""
        rows = slice(start // self.row_frames, -(-stop // self.row_frames))
        frames = slice(start, stop)
        return Evidence(
            self.downbeat[frames],
            self.beat[frames],
            self.rest[frames],
            self.tempo[rows],
            self.metre[rows],
            self.row_frames,
        )


@dataclass(frozen=True, slots=True)
class Path:
    """``frames`` (k,) of beats, rising; their ``positions`` (k,) in the bar from 1; ``score``: the log-likelihood."""

    frames: Ints
    positions: Ints
    score: float
