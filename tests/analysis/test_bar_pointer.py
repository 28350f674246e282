"""The search finds the best path of beats and bars: compared with trying every path."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.analysis.bar_pointer import follow
from musicvid.analysis.paths import Evidence, Prices

LENGTHS = np.array([3, 4, 5])
METRES = (2, 3)
PLACES = [(metre, position) for metre in METRES for position in range(1, metre + 1)]


def evidence_of(rng: np.random.Generator, frames: int) -> Evidence:
    draw = rng.normal
    return Evidence(
        draw(-2, 2, frames),
        draw(-2, 2, frames),
        -rng.exponential(0.5, frames),
        draw(0, 0.5, (frames, len(LENGTHS))),
        draw(0, 0.5, (frames, len(METRES))),
    )


def value_of(
    evidence: Evidence, beats: list[int], widths: list[int], places: list[tuple[int, int]], prices: Prices
) -> float:
    """The likelihood as the model states it, added up frame by frame."""
    n = len(evidence.rest)
    quiet = np.ones(n, bool)
    total = 0.0
    for k, (at, width, (metre, position)) in enumerate(zip(beats, widths, places, strict=True)):
        quiet[max(at - 1, 0) : at + 2] = False
        total += evidence.tempo[at, list(LENGTHS).index(width)]
        if position == 1:
            total += evidence.downbeat[at] + evidence.metre[at, METRES.index(metre)]
        else:
            total += evidence.beat[at]
        if k:
            total -= price_of(widths[k - 1], width, places[k - 1], (metre, position), prices)
    return float(total + evidence.rest[quiet].sum())


def price_of(old: int, new: int, before: tuple[int, int], place: tuple[int, int], prices: Prices) -> float:
    """Of going on from one beat to the next; infinite where the bar does not allow it."""
    change = prices.change * max(abs(new - old) - prices.slack, 0.0) / old
    metre, position = before
    goes_on = place == ((metre, position + 1) if position < metre else (metre, 1))
    breaks_off = place[1] == 1
    ways = [np.inf]
    if goes_on:
        ways += [change, prices.leap]
    if breaks_off:
        ways += [change + prices.turn]
    return min(ways)


def best_of_all(evidence: Evidence, prices: Prices) -> float:
    """By trying every chain of beats at every place in every bar; the first beat comes within its own interval."""
    n = len(evidence.rest)
    best = -np.inf
    stack = [([first], [int(w)], [place]) for first in range(6) for w in LENGTHS if first <= w for place in PLACES
             if first < n]  # fmt: skip
    while stack:
        beats, widths, places = stack.pop()
        stop = beats[-1] + widths[-1]
        if stop >= n:
            best = max(best, value_of(evidence, beats, widths, places, prices))
            continue
        for place in PLACES:
            if price_of(3, 3, places[-1], place, prices) < np.inf:
                stack += [([*beats, stop], [*widths, int(width)], [*places, place]) for width in LENGTHS]
    return best


@pytest.mark.parametrize("seed", range(12))
def test_no_path_is_better(seed):
    rng = np.random.default_rng(seed)
    evidence = evidence_of(rng, int(rng.integers(7, 12)))
    prices = Prices(change=float(rng.choice([0.5, 4.0, 40.0])), slack=0.0, reach=1.0, leap=3.0, turn=2.0, beam=1e9)
    found = follow(evidence, LENGTHS, METRES, prices)
    assert found.score == pytest.approx(best_of_all(evidence, prices), abs=1e-9)


def pulse(beats: np.ndarray, downs: np.ndarray, frames: int) -> Evidence:
    """Evidence of a clear pulse."""
    beat, down = np.full(frames, 0.01), np.full(frames, 0.02)
    beat[beats] = 0.9
    down[downs] = 0.9
    near = np.maximum(beat, np.maximum(np.roll(beat, 1), np.roll(beat, -1)))
    at_down = np.maximum(down, np.maximum(np.roll(down, 1), np.roll(down, -1)))
    flat = np.zeros((frames, 1))
    return Evidence(
        np.log(near * at_down), np.log(near * (1 - at_down)), np.log(1 - beat), flat.repeat(64, 1), flat.repeat(5, 1)
    )


LONG = np.arange(13, 77)


@settings(max_examples=30, deadline=None)
@given(st.floats(14.0, 60.0), st.sampled_from([2, 3, 4, 5, 7]), st.integers(0, 13), st.integers(0, 6))
def test_a_clear_pulse_is_followed_in_every_metre(step, metre, start, upbeat):
    beats = np.round(start + step * np.arange(int(1500 / step))).astype(int)
    downs = beats[upbeat % metre :: metre]
    path = follow(pulse(beats, downs, beats[-1] + 10), LONG, (2, 3, 4, 5, 7))
    assert abs(len(path.frames) - len(beats)) <= 1
    found = path.frames[path.positions == 1]
    inner = downs[(downs > 100) & (downs < beats[-1] - 100)]
    assert all(np.abs(found - d).min() <= 1 for d in inner)
    assert set(np.diff(np.flatnonzero(path.positions == 1))) == {metre}


def test_a_ritardando_is_followed():
    steps = np.linspace(20, 40, 60)
    beats = np.round(np.cumsum(steps)).astype(int)
    path = follow(pulse(beats, beats[::4], beats[-1] + 10), LONG, (3, 4))
    assert np.abs(path.frames[:, None] - beats[None, 1:-1]).min(axis=0).max() <= 1


def test_a_bar_of_two_more_beats_breaks_the_count_once():
    beats = 10 + 25 * np.arange(66)
    downs = np.concatenate([beats[:32:4], beats[34::4]])
    path = follow(pulse(beats, downs, beats[-1] + 10), LONG, (2, 3, 4))
    found = path.frames[path.positions == 1]
    assert np.abs(found[:, None] - downs[None]).min(axis=0).max() <= 1


def test_the_beam_changes_nothing_on_music():
    beats = np.round(5 + 23.7 * np.arange(100)).astype(int)
    evidence = pulse(beats, beats[::3], beats[-1] + 10)
    narrow, wide = (follow(evidence, LONG, (2, 3, 4), Prices(beam=beam)) for beam in (Prices().beam, 1e9))
    assert narrow.score == pytest.approx(wide.score)
    assert (narrow.frames == wide.frames).all()


def test_too_short_for_a_beat():
    empty = Evidence(np.zeros(5), np.zeros(5), np.zeros(5), np.zeros((5, 64)), np.zeros((5, 1)))
    assert len(follow(empty, LONG, (4,)).frames) == 0


@pytest.mark.parametrize("seed", range(3))
def test_rows_of_several_frames_are_rows_repeated(seed):
    rng = np.random.default_rng(seed)
    plain = evidence_of(rng, 120)
    slow = replace(plain, tempo=plain.tempo[::4], metre=plain.metre[::4], row_frames=4)
    spread = replace(plain, tempo=slow.tempo.repeat(4, axis=0), metre=slow.metre.repeat(4, axis=0))
    short, long = (follow(evidence, LENGTHS, METRES) for evidence in (slow, spread))
    assert short.score == pytest.approx(long.score)
    assert (short.frames == long.frames).all()
    cut = (follow(evidence.between(40, 101), LENGTHS, METRES) for evidence in (slow, spread))
    assert len({path.score for path in cut}) == 1
