"""From activations to beats: what the search is given to weigh."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.activations import Activations
from musicvid.analysis.bar_pointer import Evidence, Path, Prices, follow

Floats = NDArray[np.float64]

QUICK_HZ = 50
SLOWEST_BPM, FASTEST_BPM = 40.0, 240.0
LENGTHS = np.arange(round(60 * QUICK_HZ / FASTEST_BPM), round(60 * QUICK_HZ / SLOWEST_BPM) + 1)
"""Beat intervals in frames of 20 ms."""
METRES = (2, 3, 4, 5, 7)
_CLASSES = (2, 3, 4, 5, 6, 7)


@dataclass(frozen=True, slots=True)
class Weights:
    """How much the parts of the evidence count, fitted on the songs kept for development."""

    beat: float = 1.0
    downbeat: float = 1.0
    rest: float = 1.0
    tempo: float = 0.5
    metre: float = 0.3
    least: float = 0.005
    prices: Prices = Prices(change=200.0)


def decode(heard: Activations, weights: Weights | None = None, bpm: float | None = None) -> Path:
    weights = weights or Weights()
    return follow(evidence_of(heard, weights, bpm), LENGTHS, METRES, weights.prices)


def evidence_of(heard: Activations, weights: Weights, bpm: float | None = None) -> Evidence:
    beat = _peaks(np.clip(heard.beat.astype(np.float64), weights.least, 1 - weights.least))
    down = np.clip(_peaks(heard.downbeat.astype(np.float64)) / beat, 0.02, 0.98)
    n = len(beat)
    base = weights.beat * np.log(beat)
    tempo = np.log(heard.tempo.astype(np.float64) + 1e-3)
    at = 12 * np.log2(60 * QUICK_HZ / LENGTHS / 40.0)
    low = np.clip(np.floor(at).astype(int), 0, tempo.shape[1] - 2)
    share = np.clip(at - low, 0, 1)
    tempo = tempo[:, low] * (1 - share) + tempo[:, low + 1] * share
    if bpm is not None:
        far = np.abs(60 * QUICK_HZ / LENGTHS / bpm - 1) > np.maximum(0.06, 0.6 / LENGTHS)
        tempo = tempo + np.where(far, -1e4, 0.0)
    metre = np.log(heard.metre.astype(np.float64) + 1e-2)[:, [_CLASSES.index(m) for m in METRES]]
    up = np.minimum(np.arange(n) // 4, len(tempo) - 1)
    return Evidence(
        base + weights.downbeat * np.log(down),
        base + weights.downbeat * np.log(1 - down),
        weights.rest * np.log(1 - np.clip(heard.beat.astype(np.float64), weights.least, 1 - weights.least)),
        weights.tempo * tempo[up],
        weights.metre * metre[up],
    )


def _peaks(values: Floats) -> Floats:
    """The largest of each frame and its neighbours."""
    padded = np.pad(values, 1, mode="edge")
    return np.maximum(np.maximum(padded[:-2], padded[2:]), values)
