"""Six-eight: quick bars of three that go in pairs, bass drum and snare in turn, are felt as two dotted beats."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.evidence import Evidence
from musicvid.analysis.pulse import tempo_of

Floats = NDArray[np.float64]

_QUICK_BPM = 130.0
_CLEAR = 0.6
"""Difference of onset strength between first and second half of the bar, in multiples of the song's average."""


@dataclass(frozen=True, slots=True)
class Count:
    """``frames`` (k,) of beats and their ``positions`` (k,) in the bar from 1."""

    frames: Floats
    positions: NDArray[np.int64]


def felt_in_two(evidence: Evidence, count: Count) -> Count | None:
    """The dotted beats, two to a bar, of a song counted in quick threes whose bars go low, high, low, high; else None.

    A fast waltz stays in three: its bars are alike.
    """
    downbeats = count.frames[count.positions == 1]
    if len(downbeats) < 8 or count.positions.max() != 3 or tempo_of(count.frames) < _QUICK_BPM:
        return None
    heard = evidence.qualities(downbeats, float(np.median(np.diff(downbeats))))
    low, high = heard[:, 0], heard[:, 2:4].mean(axis=1)
    leaning = [float((low[k::2] - high[k::2]).mean()) for k in (0, 1)]
    if abs(leaning[0] - leaning[1]) < 2 * _CLEAR:
        return None
    first = int(np.argmax(leaning))
    return Count(downbeats, (np.arange(len(downbeats)) - first) % 2 + 1)
