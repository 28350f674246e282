"""The search behind the beat tracker: which chain of beat intervals explains the activation best?

A bar-pointer model (Krebs, Böck & Widmer, ISMIR 2015) decoded segment by segment: a path is a chain of intervals, and
a whole interval is scored at once from running sums, so that no state between two beats is ever visited. Compiled by
numba; imported only when a song is analysed.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

_START = 255


def chain_beats(
    activation: NDArray[np.floating],
    lengths: NDArray[np.integer],
    prior: NDArray[np.floating],
    *,
    stiffness: float = 400.0,
    slack: float = 0.6,
    leap: float = 100.0,
    share: int = 9,
    reach: int = 12,
) -> NDArray[np.int64]:
    """Frames of the best chain of beats.

    ``activation`` (n,) is the likeness of a beat per frame, strictly between 0 and 1. ``lengths`` (m,), at most 255
    of them, are the beat intervals allowed, in frames, rising; ``prior`` (m,) their log preference, paid once.
    ``stiffness`` is the price of a relative change of interval from one beat to the next, beyond ``slack`` frames (an
    interval need not be a whole number of frames), at most ``reach`` lengths away; a sudden new tempo costs ``leap``.
    The first ``1 / share`` of an
    interval is where the beat sounds.
    """
    if len(activation) <= lengths[0]:
        return np.zeros(0, np.int64)
    act = np.clip(activation.astype(np.float64), 1e-6, 1 - 1e-6)
    beat = np.concatenate([[0.0], np.cumsum(np.log(act))])
    rest = np.concatenate([[0.0], np.cumsum(np.log((1 - act) / (share - 1)))])
    head = np.maximum(1, np.round(lengths / share)).astype(np.int64)
    step = np.abs(lengths[None, :] - lengths[:, None])
    move = -stiffness * np.maximum(step - slack, 0.0) / lengths[:, None]
    move = move - np.log(np.exp(move).sum(axis=1, keepdims=True))
    back, at, which = _search(beat, rest, lengths.astype(np.int64), head, move, prior.astype(np.float64), reach, leap)
    frames = [at]
    while back[at, which] != _START:
        which = int(back[at, which])
        at -= int(lengths[which])
        frames.append(at)
    return np.array(frames[::-1], np.int64)


@njit(cache=True)
def _search(beat, rest, lengths, head, move, prior, reach, leap):  # type: ignore[no-untyped-def]  # compiled
    frames, count = len(beat) - 1, len(lengths)
    longest = lengths[-1]
    ring = longest + 1  # only the last interval's worth of scores is ever looked at
    back = np.full((frames + 1, count), _START, np.uint8)
    arrive = np.full((ring, count), -np.inf)
    best_end = -np.inf
    end_at, end_which = 0, 0
    for t in range(frames):
        row = t % ring
        any_top, any_via = -np.inf, _START
        for i in range(count):
            if arrive[row, i] > any_top:
                any_top, any_via = arrive[row, i], i
        for j in range(count):
            top, via = any_top - leap, any_via
            for i in range(max(0, j - reach), min(count, j + reach + 1)):
                value = arrive[row, i] + move[i, j]
                if value > top:
                    top, via = value, i
            if t <= longest and prior[j] + rest[t] > top:
                top, via = prior[j] + rest[t], _START
            back[t, j] = via
            stop = t + lengths[j]
            if stop <= frames:
                middle = t + head[j]
                value = top + beat[middle] - beat[t] + rest[stop] - rest[middle]
                arrive[stop % ring, j] = value
            if stop > frames:  # the last beat: its interval runs into the end
                middle = min(t + head[j], frames)
                value = top + beat[middle] - beat[t] + rest[frames] - rest[middle]
                if value > best_end:
                    best_end, end_at, end_which = value, t, j
        for j in range(count):
            arrive[row, j] = -np.inf
    return back, end_at, end_which
