"""Bars for beats that are known already: which of them begin one?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.activations import QUICK_HZ, Activations
from musicvid.analysis.decoding import METRES

Floats = NDArray[np.float64]

_METRE_WEIGHT = 0.3
_TRUST = 0.35
"""Neighbouring bars tell much the same: the evidence counts as this part of what so many bars would say."""


@dataclass(frozen=True, slots=True)
class HeardBars:
    """``positions`` (k,) in the bar from 1; ``confidence`` 0 to 1 that they are right, given that the beats are."""

    positions: NDArray[np.int64]
    confidence: float


def hear_bars(heard: Activations, times_s: Floats) -> HeardBars:
    """Where in the bar each of the beats ``times_s`` (k,) stands: one metre and one first downbeat for all of them."""
    downbeats = log_odds_at(heard, times_s)
    if not len(downbeats):
        return HeardBars(np.zeros(0, np.int64), 0.0)
    prior = np.log(heard.metre.astype(np.float64).mean(axis=0) + 1e-3)
    choices = [(metre, first) for metre in METRES for first in range(min(metre, len(times_s)))]
    worth = []
    for metre, first in choices:
        on = np.arange(len(times_s)) % metre == first
        # log p of the downbeats and log (1 - p) of the others
        fit = -(np.logaddexp(0, -downbeats[on]).sum() + np.logaddexp(0, downbeats[~on]).sum())
        worth.append(fit + _METRE_WEIGHT * prior[heard.metres.index(metre)] * on.sum())
    scores = np.array(worth)
    odds = np.exp(_TRUST * (scores - scores.max()))
    best = int(odds.argmax())
    metre, first = choices[best]
    positions = (np.arange(len(times_s)) - first) % metre + 1
    return HeardBars(positions, float(odds[best] / odds.sum()))


def log_odds_at(heard: Activations, times_s: Floats) -> Floats:
    """``(k,)``: log-odds that a bar begins at each beat, from the downbeat's share of the beat within 40 ms."""
    near = np.round(times_s * QUICK_HZ).astype(np.int64)[:, None] + np.arange(-2, 3)
    near = np.clip(near, 0, len(heard.beat) - 1)
    downbeat, beat = heard.downbeat[near].max(axis=1), np.maximum(heard.beat[near].max(axis=1), 0.02)
    share = np.clip(downbeat / beat, 0.03, 0.97).astype(np.float64)
    return np.log(share / (1 - share))
