"""Beats and bar lines in one search: which chain of beats, in bars of which metre, explains what the network heard?

The bar-pointer model (Krebs, Böck & Widmer, ISMIR 2015): a pointer runs through bars of several metres at a tempo that
may change from beat to beat. Decoded interval by interval instead of frame by frame: nothing can be decided between
two beats, so a whole interval is scored at once from running sums, and a state is only a place in the bar and the
length of the interval. The best path is the same. Compiled by numba; imported only when a song is analysed.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from musicvid.analysis.paths import Evidence, Path, Prices

Ints = NDArray[np.int64]

_NONE = 255


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
    # Where all paths are bad for long, a beam can lose them all: then without.
    for beam in (prices.beam, np.inf):
        back = np.full((n, slots, len(lengths)), _NONE, np.uint8)
        came = np.full((n, len(metres), len(lengths)), _NONE, np.uint8)
        arrive = np.full((lengths[-1] + 1, slots, len(lengths)), -np.inf)
        tops_of = np.full((lengths[-1] + 1, slots), -np.inf)
        at, slot, which, score = _search(
            back, came, arrive, tops_of, np.full(lengths[-1] + 1, -np.inf), np.empty((2, len(lengths))),
            np.empty((3, len(lengths)), np.uint8), evidence.downbeat, evidence.beat, rest, evidence.tempo,
            evidence.metre, lengths, move, low, high, metre_of, before, is_first, prices.leap, prices.turn, beam,
            evidence.row_frames,
        )  # fmt: skip
        if score > -np.inf:
            break
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


@njit(error_model="numpy", cache=True)
def _search(
    back,
    came,
    arrive,
    tops_of,
    peaks,
    scratch,
    places,
    downbeat,
    beat,
    rest,
    tempo,
    metre,
    lengths,
    move,
    low,
    high,
    metre_of,
    before,
    is_first,
    leap,
    turn,
    beam,
    per,
):  # type: ignore[no-untyped-def]  # compiled
    # Plain loops over arrays made outside: they compile in half the time that array expressions take.
    n, m, slots = len(beat), len(lengths), len(metre_of)
    longest = lengths[m - 1]
    ring = longest + 1
    tops, whole = scratch[0], scratch[1]
    vias, froms, whole_from = places[0], places[1], places[2]
    best_end, end_at, end_slot, end_which = -np.inf, 0, 0, 0
    for t in range(n):
        row = t % ring
        peak = -np.inf
        for s in range(slots):
            peak = max(peak, tops_of[row, s])
        peaks[row] = peak
        hopeless = -np.inf
        for r in range(ring):
            hopeless = max(hopeless, peaks[r])
        hopeless -= beam
        starting = t <= longest
        if starting or peaks[row] > hopeless:
            # The best way to any place in a bar, for bars that are broken off.
            for i in range(m):
                whole[i] = -np.inf
            for s in range(slots):
                if tops_of[row, s] - turn > hopeless:
                    for i in range(m):
                        if arrive[row, s, i] > whole[i]:
                            whole[i], whole_from[i] = arrive[row, s, i], s
            after = min(t + 2, n)
            for s in range(slots):
                prev = before[s]
                breaks = is_first[s] and peaks[row] - turn > hopeless
                if not (starting or breaks or tops_of[row, prev] > hopeless):
                    continue
                for j in range(m):
                    tops[j], froms[j] = -np.inf, prev
                if starting:
                    for j in range(m):
                        if t <= lengths[j]:
                            tops[j], vias[j] = rest[max(t - 1, 0)], _NONE
                best_i, best_value = 0, -np.inf
                for i in range(m):
                    source = arrive[row, prev, i]
                    if source > hopeless:
                        if source > best_value:
                            best_i, best_value = i, source
                        for j in range(low[i], high[i]):
                            if source + move[i, j] > tops[j]:
                                tops[j], vias[j], froms[j] = source + move[i, j], i, prev
                    if breaks and whole[i] - turn > hopeless:
                        for j in range(low[i], high[i]):
                            if whole[i] - turn + move[i, j] > tops[j]:
                                tops[j], vias[j], froms[j] = whole[i] - turn + move[i, j], i, whole_from[i]
                if best_value - leap > hopeless:
                    for j in range(m):
                        if best_value - leap > tops[j]:
                            tops[j], vias[j], froms[j] = best_value - leap, best_i, prev
                heard = downbeat[t] + metre[t // per, metre_of[s]] if is_first[s] else beat[t]
                for j in range(m):
                    if tops[j] == -np.inf:
                        continue
                    back[t, s, j] = vias[j]
                    if is_first[s]:
                        came[t, metre_of[s], j] = froms[j]
                    value = tops[j] + heard + tempo[t // per, j]
                    stop = t + lengths[j]
                    if stop < n:
                        value += rest[max(stop - 1, after)] - rest[after]
                        arrive[stop % ring, s, j] = value
                        tops_of[stop % ring, s] = max(tops_of[stop % ring, s], value)
                    else:
                        value += rest[n] - rest[after]
                        if value > best_end:
                            best_end, end_at, end_slot, end_which = value, t, s, j
        for s in range(slots):
            tops_of[row, s] = -np.inf
            for i in range(m):
                arrive[row, s, i] = -np.inf
    return end_at, end_slot, end_which, best_end
