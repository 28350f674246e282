"""Beats and bar lines in one search: which chain of beats, in bars of which metre, explains what the network heard?

The bar-pointer model (Krebs, Böck & Widmer, ISMIR 2015): a pointer runs through bars of several metres at a tempo that
may change from beat to beat. Decoded interval by interval instead of frame by frame: nothing can be decided between
two beats, so a whole interval is scored at once from running sums, and a state is only a place in the bar and the
length of the interval. The best path is the same. Compiled by numba; imported only when a song is analysed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_NONE = 255


@dataclass(frozen=True, slots=True)
class Prices:
    """What a path pays, in nats. ``change``: per relative change of interval beyond ``slack`` frames; ``leap``: a
    sudden new tempo; ``turn``: a bar that ends early or in another metre; ``reach``: largest relative change. Paths
    that fall ``beam`` behind the best are given up."""

    change: float = 60.0
    slack: float = 0.6
    reach: float = 0.12
    leap: float = 30.0
    turn: float = 12.0
    beam: float = 80.0


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-likelihoods ``(n,)`` per frame: of a downbeat there, of another beat there, of neither; ``tempo`` (n, m) of
    each interval length (paid at every beat), ``metre`` (n, k) of each metre (paid at every downbeat)."""

    downbeat: Floats
    beat: Floats
    rest: Floats
    tempo: Floats
    metre: Floats


@dataclass(frozen=True, slots=True)
class Path:
    """``frames`` (k,) of beats, rising, and their ``positions`` (k,) in the bar from 1; ``score``: its log-likelihood."""

    frames: Ints
    positions: Ints
    score: float


def follow(evidence: Evidence, lengths: Ints, metres: tuple[int, ...], prices: Prices | None = None) -> Path:
    """The best path. ``lengths`` (m,), at most 254, are the beat intervals allowed in frames, rising.

    A beat explains its own frame and the one on either side of it, silence between beats the rest. The path may begin
    and end anywhere in a bar and in an interval.
    """
    prices = prices or Prices()
    n = len(evidence.rest)
    if n <= lengths[0]:
        return Path(np.zeros(0, np.int64), np.zeros(0, np.int64), 0.0)
    rest = np.concatenate([[0.0], np.cumsum(evidence.rest)])
    first = np.cumsum([0, *metres[:-1]])
    slots = int(sum(metres))
    metre_of = np.repeat(np.arange(len(metres)), metres)
    before = np.arange(slots) - 1
    before[first] = first + np.array(metres) - 1
    step = np.abs(lengths[None, :] - lengths[:, None]).astype(np.float64)
    move = -prices.change * np.maximum(step - prices.slack, 0.0) / lengths[:, None]
    low = np.searchsorted(lengths, lengths * (1 - prices.reach) - 1.0)
    high = np.searchsorted(lengths, lengths * (1 + prices.reach) + 1.0)
    is_first = np.isin(np.arange(slots), first)
    back, came, at, slot, which, score = _search(
        evidence.downbeat, evidence.beat, rest, evidence.tempo, evidence.metre, lengths, move, low, high,
        metre_of, before, is_first, prices.leap, prices.turn, prices.beam,
    )  # fmt: skip
    frames, places = [at], [slot]
    while back[at, slot, which] != _NONE:
        previous = came[at, metre_of[slot], which] if is_first[slot] else before[slot]
        which = int(back[at, slot, which])
        slot = int(previous)
        at -= int(lengths[which])
        frames.append(at)
        places.append(slot)
    positions = np.array(places[::-1]) - first[metre_of[places[::-1]]] + 1
    return Path(np.array(frames[::-1], np.int64), positions.astype(np.int64), float(score))


@njit(cache=True)
def _search(downbeat, beat, rest, tempo, metre, lengths, move, low, high, metre_of, before, is_first, leap, turn, beam):  # type: ignore[no-untyped-def]  # compiled
    n, m, slots = len(beat), len(lengths), len(metre_of)
    ring = lengths[m - 1] + 1
    back = np.full((n, slots, m), _NONE, np.uint8)
    came = np.full((n, metre.shape[1], m), _NONE, np.uint8)
    arrive = np.full((ring, slots, m), -np.inf)
    best_end, end_at, end_slot, end_which = -np.inf, 0, 0, 0
    tops = np.empty(m)
    vias = np.empty(m, np.uint8)
    froms = np.empty(m, np.uint8)
    whole = np.empty(m)
    whole_from = np.empty(m, np.uint8)
    bests = np.full(ring, -np.inf)
    for t in range(n):
        now = arrive[t % ring]
        starting = t <= lengths[m - 1]
        # The best way to any place in a bar, for bars that are broken off.
        for i in range(m):
            whole[i], whole_from[i] = -np.inf, _NONE
            for s in range(slots):
                if now[s, i] > whole[i]:
                    whole[i], whole_from[i] = now[s, i], s
        bests[t % ring] = whole.max()
        hopeless = bests.max() - beam
        if not starting and whole.max() < hopeless:
            now[:] = -np.inf
            continue
        for s in range(slots):
            prev = before[s]
            source = now[prev]
            if not starting and source.max() < hopeless and not (is_first[s] and whole.max() - turn > hopeless):
                continue
            top_any, via_any = -np.inf, _NONE
            for i in range(m):
                if source[i] > top_any:
                    top_any, via_any = source[i], i
            for j in range(m):
                top, via, origin = top_any - leap, via_any, prev
                for i in range(low[j], high[j]):
                    value = source[i] + move[i, j]
                    if value > top:
                        top, via = value, i
                if is_first[s]:
                    for i in range(low[j], high[j]):
                        value = whole[i] + move[i, j] - turn
                        if value > top:
                            top, via, origin = value, i, whole_from[i]
                if starting and t <= lengths[j] and rest[max(t - 1, 0)] > top:
                    top, via = rest[max(t - 1, 0)], _NONE
                tops[j], vias[j], froms[j] = top, via, origin
            heard = downbeat[t] + metre[t, metre_of[s]] if is_first[s] else beat[t]
            after = min(t + 2, n)
            for j in range(m):
                back[t, s, j] = vias[j]
                if is_first[s]:
                    came[t, metre_of[s], j] = froms[j]
                value = tops[j] + heard + tempo[t, j]
                stop = t + lengths[j]
                if stop < n:
                    arrive[stop % ring, s, j] = value + rest[max(stop - 1, after)] - rest[after]
                else:
                    value += rest[n] - rest[after]
                    if value > best_end:
                        best_end, end_at, end_slot, end_which = value, t, s, j
        now[:] = -np.inf
    return back, came, end_at, end_slot, end_which, best_end
