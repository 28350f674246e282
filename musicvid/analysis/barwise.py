"""Bars compared with bars: what a song's form is read from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import SLOW_HZ, Features

Array = NDArray[np.float32]
Floats = NDArray[np.float64]

_STEPS = 12
FOR_BOUNDARIES, FOR_MATERIAL = 2.0, 6.0
"""Weight of chroma beside timbre: a part begins where the sound changes; what returns is its harmony."""


def bar_edges(times_s: Floats, positions: NDArray[np.int64], duration_s: float) -> Floats:
    """Seconds ``(bars + 1,)`` of bar lines, counted on to both ends of the song; empty without two downbeats."""
    downbeats = times_s[positions == 1]
    if len(downbeats) < 2:
        return np.zeros(0)
    usual = float(np.median(np.diff(downbeats)))
    before = downbeats[0] - usual * np.arange(int(downbeats[0] / usual), 0, -1)
    after = downbeats[-1] + usual * np.arange(1, int((duration_s - downbeats[-1]) / usual + 0.1) + 1)
    return np.concatenate([before, downbeats, after])


def bar_features(features: Features, edges: Floats, chroma_weight: float) -> Array:
    """``(bars, d)`` unit vectors: timbre and chroma at twelve places of each bar, less the song's mean."""
    chroma = np.sqrt(features.chroma.astype(np.float64))
    chroma /= np.linalg.norm(chroma, axis=1, keepdims=True) + 1e-6
    length = min(len(chroma), len(features.timbre))
    rows = np.concatenate([features.timbre[:length], chroma_weight * chroma[:length]], axis=1)
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0)])
    cuts = edges[:-1, None] + np.diff(edges)[:, None] * np.arange(_STEPS + 1) / _STEPS
    places = np.clip(np.round(cuts * SLOW_HZ).astype(np.int64), 0, length)
    low = np.minimum(places[:, :-1], length - 1)
    high = np.maximum(places[:, 1:], low + 1)
    steps = (sums[high] - sums[low]) / (high - low)[..., None]
    bars = steps.reshape(len(steps), -1)
    bars = bars - bars.mean(axis=0)
    return (bars / (np.linalg.norm(bars, axis=1, keepdims=True) + 1e-9)).astype(np.float32)
