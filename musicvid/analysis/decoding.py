"""From activations to beats: what the search is given to weigh, and long songs in windows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.activations import QUICK_HZ, SLOW_PER_QUICK, Activations
from musicvid.analysis.paths import Evidence, Path, Prices

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
LENGTHS: NDArray[np.int64] = np.arange(round(60 * QUICK_HZ / FASTEST_BPM), round(60 * QUICK_HZ / SLOWEST_BPM) + 1)
"""Beat intervals in frames of 20 ms."""
METRES = (2, 3, 4, 5, 7)
"""Beats per bar; 6/8 is two dotted beats."""
_TEMPO_LEEWAY = 0.06
_BESIDE = 0.8
ONSETS = 0.4
"""Weight of the onsets beside the network."""
_GUIDANCE = 5.0
_WINDOW, _OVERLAP = 900 * QUICK_HZ, 40 * QUICK_HZ
"""A search holds a byte per frame, place in the bar and interval: 60 MB for a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part of the evidence counts; ``least``: no activation is believed to be less. Chosen on the songs
    kept for development."""

    beat: float = 1.0
    downbeat: float = 1.0
    rest: float = 1.0
    tempo: float = 2.0
    metre: float = 0.08
    least: float = 0.005
    prices: Prices = Prices()


WEIGHTS = Weights()


def decode(evidence: Evidence, prices: Prices = WEIGHTS.prices) -> Path:
    """The likeliest beats and bars; long songs in windows, so that memory stays flat."""
    from musicvid.analysis.bar_pointer import follow

    count = len(evidence.rest)
    if count <= _WINDOW + _OVERLAP:
        return follow(evidence, LENGTHS, METRES, prices)
    joined: Path | None = None
    for start in range(0, count - _OVERLAP, _WINDOW):
        stop = min(start + _WINDOW + _OVERLAP, count)
        part = follow(evidence.between(start, stop), LENGTHS, METRES, prices)
        part = Path(part.frames + start, part.positions, part.score)
        joined = part if joined is None else _joined(joined, part, start, start + _OVERLAP)
    assert joined is not None
    return joined


def weigh(heard: Activations, bpm: float | None = None, weights: Weights = WEIGHTS) -> Evidence:
    """The activations as log-likelihoods at 50 Hz. With ``bpm`` intervals beyond 6 % of it (or a frame, if that is
    more) are ruled out."""
    plain = np.clip(heard.beat.astype(np.float64), weights.least, 1 - weights.least)
    beat = _peaks(plain)
    share = np.clip(_peaks(heard.downbeat.astype(np.float64)) / beat, 0.02, 0.98)
    log_beat = weights.beat * np.log(beat)
    # Tempo and metre are heard all the time: a beat pays for its interval and a downbeat for its bar, by their length,
    # or else few beats would always be cheaper than many.
    tempo = _of_lengths(np.log(heard.tempo.astype(np.float64) + 1e-3)) * LENGTHS / QUICK_HZ
    known = [heard.metres.index(metre) for metre in METRES]
    metre = np.log(heard.metre.astype(np.float64) + 1e-2)[:, known] * np.array(METRES)
    return Evidence(
        log_beat + weights.downbeat * np.log(share),
        log_beat + weights.downbeat * np.log(1 - share),
        weights.rest * np.log(1 - plain),
        weights.tempo * tempo + _near(bpm),
        weights.metre * metre,
        SLOW_PER_QUICK,
    )


def with_onsets(evidence: Evidence, activation: Floats, weight: float = ONSETS) -> Evidence:
    """What the network hears, and what anyone hears: ``activation`` (k,) at 100 Hz is the likeness of a beat from the
    onsets alone. It keeps the path on the beat where the music is of a kind that the network does not know."""
    count = len(evidence.rest)
    padded = np.pad(activation, (0, max(0, 2 * count - len(activation))), constant_values=0.005)[: 2 * count]
    plain = np.clip(padded.reshape(-1, 2).max(axis=1), 0.01, 0.95)
    on = weight * np.log(_peaks(plain))
    rest = evidence.rest + weight * np.log(1 - plain)
    return replace(evidence, downbeat=evidence.downbeat + on, beat=evidence.beat + on, rest=rest)


def guided(evidence: Evidence, frames: Ints, downbeats: NDArray[np.bool_]) -> Evidence:
    """Evidence that favours a way of counting: beats at ``frames`` (k,), some of them downbeats, within a frame; local
    doubts are settled by the whole, but a slip is still followed where the music is clear."""
    favour = np.full((2, len(evidence.rest)), -_GUIDANCE)
    for beats, row in ((frames[downbeats], 0), (frames[~downbeats], 1)):
        for shift in (-1, 0, 1):
            favour[row, np.clip(beats + shift, 0, len(evidence.rest) - 1)] = _GUIDANCE
    return replace(evidence, downbeat=evidence.downbeat + favour[0], beat=evidence.beat + favour[1])


def usual_metre(positions: Ints) -> int:
    """The commonest distance of downbeats, in beats, that the search knows; 4 without two downbeats."""
    apart = np.diff(np.flatnonzero(positions == 1))
    apart = apart[np.isin(apart, METRES)]
    return int(np.bincount(apart).argmax()) if len(apart) else 4


def _peaks(values: Floats) -> Floats:
    """The largest of each frame and, for a little less, its neighbours."""
    padded = _BESIDE * np.pad(values, 1, mode="edge")
    return np.maximum(np.maximum(padded[:-2], padded[2:]), values)


def _of_lengths(tempo: Floats) -> Floats:
    """``(m, classes)`` of tempo classes, twelve to the octave from 40 bpm, to ``(m, lengths)`` of intervals."""
    at = 12 * np.log2(60 * QUICK_HZ / LENGTHS / 40.0)
    low = np.clip(np.floor(at).astype(np.int64), 0, tempo.shape[1] - 2)
    share = np.clip(at - low, 0.0, 1.0)
    return tempo[:, low] * (1 - share) + tempo[:, low + 1] * share


def _near(bpm: float | None) -> Floats:
    """Rules out intervals that are not those of ``bpm``."""
    if bpm is None:
        return np.zeros(len(LENGTHS))
    wanted = np.clip(60 * QUICK_HZ / bpm, LENGTHS[0], LENGTHS[-1])
    return np.where(np.abs(LENGTHS - wanted) > np.maximum(_TEMPO_LEEWAY * wanted, 0.6), -1e4, 0.0)


def _joined(first: Path, second: Path, start: int, stop: int) -> Path:
    """Go over from one path to the other where both have the same beat, if possible with the same count, nearest to the
    middle of ``[start, stop)``."""
    middle = (start + stop) / 2
    ours = {int(f): int(p) for f, p in zip(first.frames, first.positions, strict=True) if start <= f < stop}
    theirs = {int(f): int(p) for f, p in zip(second.frames, second.positions, strict=True) if start <= f < stop}
    shared = sorted(set(ours) & set(theirs), key=lambda f: (ours[f] != theirs[f], abs(f - middle)))
    at = shared[0] if shared else middle
    before, after = first.frames < at, second.frames >= at
    if not shared and before.any() and after.any():
        # Nothing in common: no beat may follow another at once.
        after &= second.frames >= first.frames[before][-1] + LENGTHS[0]
    return Path(
        np.concatenate([first.frames[before], second.frames[after]]),
        np.concatenate([first.positions[before], second.positions[after]]),
        first.score + second.score,
    )
