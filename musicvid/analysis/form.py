"""The form of a song from its bars: where parts begin, and which parts are the same material."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Floats = NDArray[np.float64]

_LONGEST = 20
_BAND = 8
_SIZE_WEIGHT = 1.9
_NOVELTY_WEIGHT = 0.1
_ALIKE = (0.4, 0.45, 0.5, 0.55, 0.6)
_TOO_MUCH = 0.55
_USUAL_SIZES = {8: 0.0, 4: 0.12, 16: 0.15, 12: 0.15, 6: 0.25, 5: 0.35, 7: 0.35, 9: 0.35, 10: 0.3}


def split_bars(bars: Array) -> list[int]:
    """Bar numbers where parts begin, then the number of bars: ``[0, 8, 16, ..., n]``.

    Dynamic programming over parts of 1 to 20 bars: a part is good when each of its bars resembles its neighbours
    within eight bars (block matching on a band round the diagonal, after Marmoret, Cohen & Bimbot 2022), when
    something new begins with it, and when its size is usual in songs. ``bars`` (n, d) are unit vectors.
    """
    count = len(bars)
    band = [np.concatenate([[0.0], np.cumsum((bars[d:] * bars[:-d]).sum(axis=1))]) for d in range(1, _BAND + 1)]
    novelty = novelty_of(bars)
    novelty = novelty / (novelty.std() + 1e-9)
    spread = _spread(bars)
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    came = np.zeros(count + 1, np.int64)
    for stop in range(1, count + 1):
        for size in range(1, min(_LONGEST, stop) + 1):
            start = stop - size
            inside = 2 * sum(sums[stop - d] - sums[start] for d, sums in enumerate(band, 1) if size > d)
            value = inside / (size * spread * _BAND * 2) - _SIZE_WEIGHT * _size_price(size)
            value += best[start] + (_NOVELTY_WEIGHT * novelty[start] if start else 0.0)
            if value > best[stop]:
                best[stop], came[stop] = value, start
    cuts = [count]
    while cuts[-1] > 0:
        cuts.append(int(came[cuts[-1]]))
    return cuts[::-1]


def novelty_of(bars: Array) -> Floats:
    """``(n,)``: how much the four bars from here differ from the four before, against how alike each four are."""
    count = len(bars)
    novelty = np.zeros(count)
    for k in range(1, count):
        reach = min(4, k, count - k)
        near = (bars[k - reach : k + reach] @ bars[k - reach : k + reach].T).astype(np.float64)
        inside = (near[:reach, :reach].mean() + near[reach:, reach:].mean()) / 2
        novelty[k] = inside - near[:reach, reach:].mean()
    return novelty


def _spread(bars: Array) -> float:
    """Standard deviation of the similarity of all pairs of bars, without holding them all."""
    count = len(bars)
    mean = float((bars.sum(axis=0, dtype=np.float64) ** 2).sum()) / count**2
    gram = bars.T.astype(np.float64) @ bars
    return float(np.sqrt(max((gram**2).sum() / count**2 - mean**2, 0.0))) + 1e-9


def _size_price(bars: int) -> float:
    """Parts of 8 bars are usual, then 4, 16 and 12; odd sizes are rare."""
    even = 0.25 if bars % 4 == 0 else 0.35 if bars % 2 == 0 else 0.5
    return _USUAL_SIZES.get(bars, even)


def group_parts(bars: Array, cuts: list[int]) -> list[int]:
    """A number per part; parts of the same material share it.

    Parts are alike when they run alike bar by bar, possibly shifted by one. In a song of much the same chords more
    likeness is asked for, until no material takes up more than 55 % of the song.
    """
    parts = [bars[a:b] for a, b in pairwise(cuts)]
    count = len(parts)
    alike = np.eye(count)
    for i in range(count):
        for j in range(i + 1, count):
            alike[i, j] = alike[j, i] = _likeness(parts[i], parts[j])
    sizes = np.diff(cuts)
    for level in _ALIKE:
        group = _grown(alike, level)
        if np.bincount(group, weights=sizes).max() <= _TOO_MUCH * cuts[-1]:
            break
    return [int(g) for g in group]


def _grown(alike: Floats, level: float) -> NDArray[np.int64]:
    """Groups grown from the most alike pair downward, as long as their members are alike on average."""
    count = len(alike)
    group = np.arange(count)
    rows, columns = np.triu_indices(count, 1)
    order = np.argsort(-alike[rows, columns], kind="stable")
    for i, j in zip(rows[order], columns[order], strict=True):
        if alike[i, j] < level:
            break
        mine, theirs = group == group[i], group == group[j]
        if group[i] != group[j] and alike[np.ix_(mine, theirs)].mean() > 0.85 * level:
            group[theirs] = group[i]
    return group


def _likeness(a: Array, b: Array) -> float:
    """Mean similarity of bars side by side, best of no shift and one bar either way; 0 when sizes differ much."""
    similar = a @ b.T
    enough = max(2, 0.6 * min(len(a), len(b)))
    runs = [run.mean() for run in (np.diagonal(similar, d) for d in (-1, 0, 1)) if len(run) >= enough]
    return float(max(runs)) if runs else 0.0


def join_repeats(bars: Array, cuts: list[int], groups: list[int], longest: int = 16) -> tuple[list[int], list[int]]:
    """Join neighbours of the same material up to ``longest`` bars, where the sound goes on as it was: a verse of twice
    eight bars is one verse, but the drums come in with something new."""
    novelty = novelty_of(bars)
    usual = float(np.median(novelty))
    joined, kept = [cuts[0]], []
    for stop, group in zip(cuts[1:], groups, strict=True):
        if kept and kept[-1] == group and stop - joined[-2] <= longest and novelty[joined[-1]] < usual:
            joined[-1] = stop
        else:
            joined.append(stop)
            kept.append(group)
    return joined, kept
