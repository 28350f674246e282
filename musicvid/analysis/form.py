"""The form of a song from its bars: where parts begin, and which parts are the same material.

How it was chosen, and against what: ``training/FORM.md``.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from musicvid.analysis.barwise import Array, Bars, Floats, Integers, bars_ahead

LONGEST = 32
"""Bars of a part at most."""
_SURER = 1.25
"""Log-odds added to every boundary: one too many costs less than one too few."""
_SIZE_WEIGHT = 0.5
_USUAL_SIZES = {
    8: 0.0,
    4: 0.6,
    16: 0.8,
    12: 1.0,
    6: 1.3,
    10: 1.6,
    9: 2.0,
    5: 2.2,
    7: 2.2,
    11: 2.2,
    2: 2.5,
    3: 3.0,
    1: 4.0,
}
_EVEN, _ODD = 1.5, 2.4
"""Prices of a part by its bars, in log-odds; of other multiples of four, and of the rest."""
_FAR = 512
"""Bars apart beyond which nothing is taken for a repeat: in a mix it would be another song."""
_SAME = -0.5
"""Log-odds above which two groups of parts are one material."""
_UNLIKE = -4.0
_JOINED, _WEAK = 16, 0.0
"""Bars of a joined part at most; log-odds below which a boundary within one material is dropped."""


def split_bars(odds: Floats) -> list[int]:
    """Bar numbers where parts begin, then the number of bars: ``[0, 8, 16, ..., n]``.

    ``odds`` (n,) are log-odds that a part begins with the bar. The best path over all ways to cut, sizes that are usual
    in songs being cheap (barwise dynamic programming, after Marmoret, Cohen & Bimbot 2022).
    """
    count = len(odds)
    begun = np.concatenate([[0.0], odds[1:] + _SURER])
    price = _SIZE_WEIGHT * np.array([0.0, *(_size_price(size) for size in range(1, LONGEST + 1))])
    best = np.full(count + 1, -np.inf)
    best[0] = 0.0
    came = np.zeros(count + 1, np.int64)
    for stop in range(1, count + 1):
        first = max(0, stop - LONGEST)
        values = best[first:stop] + begun[first:stop] - price[stop - first : 0 : -1]
        k = int(values.argmax())
        best[stop], came[stop] = values[k], first + k
    cuts = [count]
    while cuts[-1] > 0:
        cuts.append(int(came[cuts[-1]]))
    return cuts[::-1]


def _size_price(bars: int) -> float:
    return _USUAL_SIZES.get(bars, _EVEN if bars % 4 == 0 else _ODD)


def expected_score(odds: Floats, cuts: list[int]) -> float:
    """F measure that the boundaries would have if each were right as often as its odds say."""
    right = 1.0 / (1.0 + np.exp(-odds[1:]))
    chosen = np.array(cuts[1:-1], np.int64) - 1
    return float(2 * right[chosen].sum() / max(len(chosen) + right.sum(), 1e-9))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Pairs of parts ``first`` < ``second`` (p,), and what speaks for their being the same material, ``signs`` (p, 11).

    Signs: likeness of the bars side by side in harmony, timbre and voices, the shorter slid along the longer to where
    it fits best; the same in the song's standard deviations; how many times as long one is (log2); whether they are
    neighbours; how much levels differ: as such, in movement, in sum.
    """

    first: Integers
    second: Integers
    signs: Floats


def pairs_of(bars: Bars, cuts: list[int]) -> Pairs:
    starts, sizes = np.array(cuts[:-1]), np.diff(cuts)
    spread = np.array([_spread(vectors) for vectors in bars.qualities])
    levels = np.stack([bars.levels[a:b].mean(axis=0) for a, b in pairwise(cuts)]).astype(np.float64)
    firsts, seconds, signs = [], [], []
    for i in range(len(starts)):
        last = int(np.searchsorted(starts, starts[i] + _FAR))
        others = np.arange(i + 1, last)
        if not len(others):
            continue
        runs = _best_runs(bars, int(starts[i]), int(sizes[i]), starts[others], sizes[others])
        ratio = np.abs(np.log2(sizes[others] / sizes[i]))
        step = levels[others] - levels[i]
        rows = [*runs.T, *(runs / spread).T, ratio, others == i + 1, np.abs(step[:, :5]).mean(axis=1),
                np.abs(step[:, 5:]).mean(axis=1), np.abs(step[:, :5].mean(axis=1))]  # fmt: skip
        firsts.append(np.full(len(others), i))
        seconds.append(others)
        signs.append(np.stack(rows, axis=1).astype(np.float64))
    if not signs:
        return Pairs(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros((0, 11)))
    return Pairs(np.concatenate(firsts), np.concatenate(seconds), np.concatenate(signs))


def _best_runs(bars: Bars, start: int, size: int, starts: Integers, sizes: Integers) -> Floats:
    """``(k, 3)``: mean likeness of the part at ``start`` and each of ``k`` later ones, where they fit best in sum.

    The shorter lies within the longer or sticks out by one bar; at least three fifths of it, and two bars, must meet.
    """
    ahead = bars_ahead(bars, start, start + size, int(starts[-1] + sizes[-1]) - start)
    sums = np.concatenate([np.zeros((3, 1, ahead.shape[2])), np.cumsum(ahead, axis=1, dtype=np.float64)], axis=1)
    longer = sizes - size
    low, high = np.minimum(0, longer) - 1, np.maximum(0, longer) + 1
    tries = high - low + 1
    which = np.repeat(np.arange(len(starts)), tries)
    shift = np.arange(len(which)) - np.repeat(np.cumsum(tries) - tries, tries) + low[which]
    # Bars of the first part, counted from its start, that meet bars of the second.
    lowest = np.maximum(0, -shift)
    highest = np.minimum(size, sizes[which] - shift)
    meet = highest - lowest
    shorter = np.minimum(size, sizes[which])
    enough = (meet >= np.minimum(np.maximum(2, np.ceil(0.6 * shorter)), shorter)) & (meet > 0)
    which, shift, lowest, highest = which[enough], shift[enough], lowest[enough], highest[enough]
    apart = starts[which] - start + shift
    runs = (sums[:, highest, apart] - sums[:, lowest, apart]) / (highest - lowest)
    total = runs.sum(axis=0)
    order = np.lexsort((-total, which))
    best = order[np.searchsorted(which[order], np.arange(len(starts)))]
    found: Floats = runs[:, best].T
    return found


def _spread(vectors: Array) -> float:
    """Standard deviation of the likeness of all pairs of bars, without holding them all."""
    count = len(vectors)
    mean = float((vectors.sum(axis=0, dtype=np.float64) ** 2).sum()) / count**2
    gram = vectors.T @ vectors if count > vectors.shape[1] else vectors @ vectors.T
    return float(np.sqrt(max(float((gram.astype(np.float64) ** 2).sum()) / count**2 - mean**2, 0.0))) + 1e-6


def group_parts(pairs: Pairs, odds: Floats, sizes: Integers) -> list[int]:
    """A number per part; parts of the same material share it.

    ``odds`` (p,) are log-odds that the two parts of each pair are the same material, ``sizes`` (k,) bars. The two
    groups that are most alike on average join, as long as they are more alike than not.
    """
    count = len(sizes)
    alike = np.full((count, count), _UNLIKE)
    alike[pairs.first, pairs.second] = alike[pairs.second, pairs.first] = odds
    np.fill_diagonal(alike, -np.inf)
    weight = sizes.astype(np.float64)
    group = np.arange(count)
    while count > 1:
        one, two = sorted(divmod(int(alike.argmax()), count))
        if not alike[one, two] > _SAME:
            break
        joined = (alike[one] * weight[one] + alike[two] * weight[two]) / (weight[one] + weight[two])
        alike[one] = alike[:, one] = joined
        alike[two] = alike[:, two] = -np.inf
        alike[one, one] = -np.inf
        weight[one] += weight[two]
        group[group == two] = one
    return [int(g) for g in group]


def join_repeats(cuts: list[int], groups: list[int], odds: Floats) -> tuple[list[int], list[int]]:
    """Join neighbours of the same material where nothing much says that a part begins, up to 16 bars."""
    joined, kept = [cuts[0]], []
    for stop, group in zip(cuts[1:], groups, strict=True):
        if kept and kept[-1] == group and stop - joined[-2] <= _JOINED and odds[joined[-1]] < _WEAK:
            joined[-1] = stop
        else:
            joined.append(stop)
            kept.append(group)
    return joined, kept
