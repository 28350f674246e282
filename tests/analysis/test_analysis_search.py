"""The search finds the best chain: compared with trying every chain."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.analysis.pulse import find_pulse
from musicvid.analysis.search import chain_beats

LENGTHS = np.array([3, 4, 5])
SHARE = 3


def value_of(chain: list[int], widths: list[int], activation: np.ndarray, prior: np.ndarray, **costs: float) -> float:
    """Score of beats at ``chain``, each followed by an interval of ``widths`` (the last may run over the end)."""
    frames = len(activation)
    rest = np.log((1 - activation) / (SHARE - 1))
    total = prior[list(LENGTHS).index(widths[0])] + rest[: chain[0]].sum()
    step = np.abs(LENGTHS[None, :] - LENGTHS[:, None])
    move = -costs["stiffness"] * np.maximum(step - costs["slack"], 0) / LENGTHS[:, None]
    move = move - np.log(np.exp(move).sum(axis=1, keepdims=True))
    for k, (start, width) in enumerate(zip(chain, widths, strict=True)):
        head = max(1, round(width / SHARE))
        stop, middle = min(start + width, frames), min(start + head, frames)
        total += np.log(activation[start:middle]).sum() + rest[middle:stop].sum()
        if k:
            i, j = list(LENGTHS).index(widths[k - 1]), list(LENGTHS).index(width)
            total += max(move[i, j], -costs["leap"])
    return float(total)


def every_chain(frames: int):
    """All chains: the first beat within one longest interval, intervals that fit, the last running over the end."""

    def extend(chain, widths):
        for width in LENGTHS:
            stop = chain[-1] + width
            if stop > frames:
                yield [*chain], [*widths, int(width)]
            elif stop < frames:
                yield from extend([*chain, int(stop)], [*widths, int(width)])

    for first in range(min(LENGTHS[-1] + 1, frames)):
        yield from extend([first], [])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0.02, 0.95), min_size=7, max_size=13), st.sampled_from([0.5, 5.0, 40.0]))
def test_no_chain_is_better(values, stiffness):
    activation = np.array(values)
    prior = np.array([0.3, 0.0, -0.2])
    costs = {"stiffness": stiffness, "slack": 0.0, "leap": 6.0}
    best = max(value_of(c, w, activation, prior, **costs) for c, w in every_chain(len(activation)))
    found = [int(f) for f in chain_beats(activation, LENGTHS, prior, share=SHARE, reach=3, **costs)]
    widths = [b - a for a, b in pairwise(found)]
    reached = max(
        value_of(found, [*widths, int(last)], activation, prior, **costs)
        for last in LENGTHS
        if found[-1] + last > len(activation)
    )
    assert reached == pytest.approx(best, abs=1e-9)


def test_a_sound_shorter_than_an_interval_has_no_chain():
    assert len(chain_beats(np.full(3, 0.5), LENGTHS, np.zeros(3))) == 0


@pytest.mark.parametrize("period", [30, 47, 61])
def test_evenly_spaced_peaks_are_found(period):
    activation = np.full(period * 20, 0.01)
    activation[7::period] = activation[8::period] = 0.9
    frames = find_pulse(activation)
    assert np.allclose(np.diff(frames), period, atol=1)
    # The loud frames lie in the first ninth of an interval: where in it, the search leaves open.
    assert ((7 - frames) % period <= period / 9 + 1).all()
