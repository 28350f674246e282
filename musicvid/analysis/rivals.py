"""Other ways to count the same song, and how far behind they are: half and double time, off beats, other bar lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.bar_pointer import Evidence, Path
from musicvid.analysis.decoding import LENGTHS, METRES

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Margins:
    """By how much the path explains the song better than the best rival of each kind, in nats per beat of the path;
    negative where a rival is better. ``rival_bpm``: the tempo of the best rival at another level."""

    octave: float
    phase: float
    downbeat: float
    rival_bpm: float


def margins(evidence: Evidence, path: Path) -> Margins:
    """Compare ``path``, of at least four beats, with its rivals."""
    metre = usual_metre(path.positions)
    ours = worth(evidence, path.frames, path.positions, metre)
    beats = path.frames.astype(np.float64)
    by_level = {bpm: _best_count(evidence, frames, metre) for bpm, frames in _other_levels(beats)}
    rival_bpm = max(by_level, key=lambda bpm: by_level[bpm])
    shifted = (beats[:-1] + beats[1:]) / 2
    off = _best_count(evidence, shifted, metre)
    turned = [worth(evidence, path.frames, (path.positions - 1 + k) % metre + 1, metre) for k in range(1, metre)]
    count = len(beats)
    return Margins(
        (ours - by_level[rival_bpm]) / count,
        (ours - off) / count,
        (ours - max(turned)) / count,
        rival_bpm,
    )


def usual_metre(positions: Ints) -> int:
    """The commonest distance of downbeats, in beats, that the search knows; 4 without two downbeats."""
    apart = np.diff(np.flatnonzero(positions == 1))
    apart = apart[np.isin(apart, METRES)]
    return int(np.bincount(apart).argmax()) if len(apart) else 4


def worth(evidence: Evidence, frames: Ints, positions: Ints, metre: int) -> float:
    """Log-likelihood of beats as :func:`musicvid.analysis.bar_pointer.follow` counts it, without prices of change."""
    n = len(evidence.rest)
    at = np.clip(frames, 0, n - 1)
    down = positions == 1
    rest = np.concatenate([[0.0], np.cumsum(evidence.rest)])
    steps = np.append(np.diff(at), np.median(np.diff(at)) if len(at) > 1 else LENGTHS[0])
    which = np.clip(np.searchsorted(LENGTHS, steps), 0, len(LENGTHS) - 1)
    silent = rest[n] - (rest[np.minimum(at + 2, n)] - rest[np.maximum(at - 1, 0)]).sum()
    total = np.where(down, evidence.downbeat[at], evidence.beat[at]).sum() + silent
    total += evidence.tempo[at, which].sum() + evidence.metre[at[down], METRES.index(metre)].sum()
    return float(total)


def _other_levels(beats: Floats) -> Iterator[tuple[float, Floats]]:
    """(beats per minute, frames): double, half on either beat, three for two, two for three."""
    bpm = 3000.0 / float(np.median(np.diff(beats)))
    sixths = np.interp(np.arange((len(beats) - 1) * 6 + 1) / 6, np.arange(len(beats)), beats)
    for step, starts in ((3, (0,)), (12, (0, 6)), (4, (0, 2)), (9, (0, 3, 6))):
        for start in starts:
            if len(sixths) > start + 2 * step:
                # Rivals of the same tempo are told apart by a hair.
                yield bpm * 6 / step + 1e-6 * start, sixths[start::step]


def _best_count(evidence: Evidence, frames: Floats, metre: int) -> float:
    """The worth of these beats with the best of the possible first downbeats."""
    at = np.round(frames).astype(np.int64)
    return max(worth(evidence, at, (np.arange(len(at)) + k) % metre + 1, metre) for k in range(metre))
