"""Bars compared with bars: what a song's form is read from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import SLOW_HZ, Features

Array = NDArray[np.float32]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_STEPS = 12
"""Places of a bar that are compared: thirds and quarters of a bar of four both fall on one."""
_BLOCK = 256
REACH = 64
"""Bars before and after each bar with which it is compared: a verse and a chorus, there and back."""


@dataclass(frozen=True, slots=True)
class Bars:
    """``n`` bars. ``edges_s`` (n + 1,). ``harmony`` (n, 144), ``timbre`` (n, 240), ``voices`` (n, 288): unit vectors,
    what sounds at twelve places of the bar less the song's mean: chroma; log-mel; chroma of the bass and of the voice's
    range. ``levels`` (n, 10): log-mel of five bands and how much each moves, less the song's mean, in deviations."""

    edges_s: Floats
    harmony: Array
    timbre: Array
    voices: Array
    levels: Array

    def __len__(self) -> int:
        return len(self.edges_s) - 1

    @property
    def qualities(self) -> tuple[Array, Array, Array]:
        return self.harmony, self.timbre, self.voices


def bar_edges(times_s: Floats, positions: NDArray[np.int64], duration_s: float) -> Floats:
    """Seconds ``(bars + 1,)`` of bar lines, counted on to both ends of the song; empty without two downbeats."""
    downbeats = times_s[positions == 1]
    if len(downbeats) < 2:
        return np.zeros(0)
    usual = float(np.median(np.diff(downbeats)))
    before = downbeats[0] - usual * np.arange(int(downbeats[0] / usual), 0, -1)
    after = downbeats[-1] + usual * np.arange(1, int((duration_s - downbeats[-1]) / usual + 0.1) + 1)
    return np.concatenate([before, downbeats, after])


def bars_of(features: Features, edges_s: Floats) -> Bars:
    """What sounds in each of the bars between ``edges_s`` (n + 1,), seconds rising, ``n >= 1``."""
    chroma = np.sqrt(features.chroma)
    chroma /= np.linalg.norm(chroma, axis=1, keepdims=True) + 1e-6
    count = min(len(chroma), len(features.timbre), len(features.tones))
    timbre = _steps(features.timbre[:count], edges_s)
    voices = _steps(features.tones[:count].astype(np.float32), edges_s)
    bands = timbre.reshape(len(timbre), _STEPS, 5, -1).mean(axis=3)
    levels = np.concatenate([bands.mean(axis=1), _moving(timbre)], axis=1)
    levels = (levels - levels.mean(axis=0)) / (levels.std() + 1e-3)
    return Bars(edges_s, _units(_steps(chroma[:count], edges_s)), _units(timbre), _units(voices),
                levels.astype(np.float32))  # fmt: skip


def _moving(timbre: Floats) -> Floats:
    """``(n, 5)``: how far the bands of log-mel stray within each bar, four by four."""
    return timbre.std(axis=1).reshape(len(timbre), 5, -1).mean(axis=2)


def _steps(rows: Array, edges_s: Floats) -> Floats:
    """``(bars, 12, d)``: means of ``rows`` (m, d) at 25 Hz over the twelfths of each bar."""
    sums = np.concatenate([np.zeros((1, rows.shape[1])), np.cumsum(rows, axis=0, dtype=np.float64)])
    cuts = edges_s[:-1, None] + np.diff(edges_s)[:, None] * np.arange(_STEPS + 1) / _STEPS
    places = np.clip(np.round(cuts * SLOW_HZ).astype(np.int64), 0, len(rows))
    low = np.minimum(places[:, :-1], len(rows) - 1)
    high = np.maximum(places[:, 1:], low + 1)
    means: Floats = (sums[high] - sums[low]) / (high - low)[..., None]
    return means


def _units(steps: Floats) -> Array:
    rows = steps.reshape(len(steps), -1)
    rows = rows - rows.mean(axis=0)
    return (rows / (np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9)).astype(np.float32)


def lag_band(bars: Bars, reach: int = REACH) -> Array:
    """``(4, n, 2 reach)``: likeness of each bar with those ``-reach`` to ``reach - 1`` bars from it (harmony, timbre,
    voices), and 1 where there is such a bar. Only the band round the diagonal is ever held."""
    count = len(bars)
    out = np.zeros((4, count, 2 * reach), np.float32)
    for channel, vectors in enumerate(bars.qualities):
        padded = np.pad(vectors, ((reach, reach), (0, 0)))
        for first in range(0, count, _BLOCK):
            last = min(first + _BLOCK, count)
            out[channel, first:last] = _by_lag(vectors[first:last], padded[first : last + 2 * reach], 2 * reach)
    at = np.arange(count)[:, None] + np.arange(-reach, reach)
    out[3] = (at >= 0) & (at < count)
    return out


def bars_ahead(bars: Bars, first: int, last: int, lags: int) -> Array:
    """``(3, last - first, lags)``: likeness of the bars ``first`` to ``last`` with those 0 to ``lags - 1`` bars on; 0
    beyond the song's end."""
    stop = last + lags
    padded = (np.pad(v[first:stop], ((0, max(0, stop - len(bars))), (0, 0))) for v in bars.qualities)
    return np.stack([_by_lag(v[: last - first], v, lags) for v in padded])


def _by_lag(rows: Array, others: Array, lags: int) -> Array:
    """``(n, lags)``: row ``k`` of ``rows`` (n, d) with rows ``k`` to ``k + lags - 1`` of ``others`` (n + lags, d)."""
    near = np.ascontiguousarray(rows @ others.T)
    down, across = near.strides
    # Row k of the band begins k columns further on.
    return np.lib.stride_tricks.as_strided(near, (len(rows), lags), (down + across, across), writeable=False)
