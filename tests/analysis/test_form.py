"""Form from bars: likeness by the definition, the best of all ways to cut, repeats found where they were put."""

from __future__ import annotations

import time
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.analysis.barwise import Bars, bars_ahead, bars_of, lag_band
from musicvid.analysis.form import LONGEST, Pairs, expected_score, group_parts, join_repeats, pairs_of, split_bars
from musicvid.analysis.form_network import boundary_odds, shipped
from musicvid.analysis.spectrum import Features


def made_bars(materials: str, seed: int = 0, noise: float = 0.3, bars_each: int = 8) -> Bars:
    """Each letter is a passage of ``bars_each`` random bars; repeats are the same with other noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for size in (144, 240, 288):
        passages = {letter: rng.standard_normal((bars_each, size)) for letter in sorted(set(materials))}
        sound = np.concatenate([passages[letter] for letter in materials])
        sound = sound + noise * rng.standard_normal(sound.shape)
        sound -= sound.mean(axis=0) * (len(sound) > 1)
        rows.append((sound / np.linalg.norm(sound, axis=1, keepdims=True)).astype(np.float32))
    loud = {letter: rng.standard_normal(10) for letter in sorted(set(materials))}
    levels = np.repeat([loud[letter] for letter in materials], bars_each, axis=0)
    return Bars(np.arange(len(levels) + 1) * 2.0, *rows, levels.astype(np.float32))


@pytest.mark.parametrize("count", [1, 3, 40, 300])
def test_the_band_is_the_likeness_of_bars_so_far_apart(count):
    bars = made_bars("A", bars_each=count)
    band = lag_band(bars, reach=5)
    assert band.shape == (4, count, 10)
    for k in range(count):
        for column, lag in enumerate(range(-5, 5)):
            there = 0 <= k + lag < count
            assert band[3, k, column] == there
            for vectors, found in zip(bars.qualities, band[:3, k, column], strict=True):
                assert found == pytest.approx(float(vectors[k] @ vectors[k + lag]) if there else 0.0, abs=1e-5)


def test_bars_ahead_end_with_the_song():
    bars = made_bars("AB")
    ahead = bars_ahead(bars, 10, 13, 9)
    for row in range(3):
        for lag in range(9):
            other = 10 + row + lag
            expected = [float(v[10 + row] @ v[other]) if other < 16 else 0.0 for v in bars.qualities]
            assert ahead[:, row, lag] == pytest.approx(expected, abs=1e-5)


def test_bars_hear_what_sounds_in_them():
    """Two chords in turn, one bar each: bars of the same chord are alike, neighbours are not."""
    slow = 25 * 32
    chroma = np.full((slow, 12), 1e-3, np.float32)
    timbre = np.zeros((slow, 20), np.float32)
    tones = np.zeros((slow, 24), np.float16)
    for bar in range(16):
        at = slice(50 * bar, 50 * bar + 50)
        chroma[at, 3 if bar % 2 else 0] = tones[at, 5 if bar % 2 else 9] = 1.0
        timbre[at, : 10 if bar % 2 else 20] = 1.0
    frames = 4 * slow
    features = Features(32.0, np.zeros((frames, 4), np.float32), np.ones((frames, 3), np.float32), timbre, chroma,
                        np.zeros((frames, 80), np.float16), tones)  # fmt: skip
    bars = bars_of(features, np.arange(17) * 2.0)
    for vectors in bars.qualities:
        likeness = vectors @ vectors.T
        assert likeness[0, 2::2].min() > 0.99
        assert likeness[0, 1::2].max() < -0.9
    assert bars.levels.shape == (16, 10)
    assert (bars.levels[::2, :5].sum(axis=1) > bars.levels[1::2, :5].sum(axis=1)).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(-8, 8), min_size=1, max_size=11))
def test_no_way_to_cut_is_better(odds):
    odds = np.array(odds)

    def worth(cuts):
        # What a boundary is worth, told by what the program itself prefers between two bars cut or whole.
        from musicvid.analysis import form

        sizes = sum(form._SIZE_WEIGHT * form._size_price(b - a) for a, b in pairwise(cuts))
        return sum(odds[k] + form._SURER for k in cuts[1:-1]) - sizes

    count = len(odds)
    inner = range(1, count)
    ways = [(0, *some, count) for size in range(count) for some in combinations(inner, size)]
    assert worth(split_bars(odds)) == pytest.approx(max(worth(way) for way in ways))


def test_parts_are_never_longer_than_the_longest():
    cuts = split_bars(np.full(200, -30.0))
    assert cuts[0] == 0
    assert cuts[-1] == 200
    assert max(np.diff(cuts)) <= LONGEST


def test_sure_boundaries_are_cut_and_expected_to_be_right():
    odds = np.full(40, -12.0)
    odds[[8, 16, 27]] = 12.0
    cuts = split_bars(odds)
    assert cuts == [0, 8, 16, 27, 40]
    assert expected_score(odds, cuts) > 0.99
    assert expected_score(np.full(40, -2.0), [0, 20, 40]) < 0.2


def brute_runs(bars: Bars, one: slice, two: slice) -> np.ndarray:
    """Best mean likeness of two parts by trying every shift, from the whole matrix."""
    likeness = np.stack([v[one] @ v[two].T for v in bars.qualities]).astype(float)
    first, second = likeness.shape[1:]
    shorter = min(first, second)
    best = None
    for shift in range(min(0, second - first) - 1, max(0, second - first) + 2):
        meet = [(k, k + shift) for k in range(first) if 0 <= k + shift < second]
        if not meet or len(meet) < min(max(2, 0.6 * shorter), shorter):
            continue
        run = np.mean([likeness[:, a, b] for a, b in meet], axis=0)
        if best is None or run.sum() > best.sum():
            best = run
    return best


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 12), min_size=2, max_size=7), st.integers(0, 5))
def test_pairs_are_compared_where_they_fit_best(sizes, seed):
    bars = made_bars("A", seed, bars_each=sum(sizes))
    cuts = [0, *np.cumsum(sizes).tolist()]
    pairs = pairs_of(bars, cuts)
    parts = [slice(a, b) for a, b in pairwise(cuts)]
    assert [(int(i), int(j)) for i, j in zip(pairs.first, pairs.second, strict=True)] == list(
        combinations(range(len(parts)), 2)
    )
    for i, j, signs in zip(pairs.first, pairs.second, pairs.signs, strict=True):
        assert signs[:3] == pytest.approx(brute_runs(bars, parts[i], parts[j]), abs=1e-5)
        assert signs[6] == pytest.approx(abs(np.log2(sizes[i] / sizes[j])))
        assert signs[7] == (j == i + 1)


@pytest.mark.parametrize("materials", ["ABABCB", "AABB", "ABCD", "ABACABA", "A"])
def test_the_same_material_is_found_again(materials):
    bars = made_bars(materials)
    cuts = list(range(0, 8 * len(materials) + 1, 8))
    pairs = pairs_of(bars, cuts)
    learned = shipped()
    groups = group_parts(pairs, pairs.signs @ learned.alike[:-1] + learned.alike[-1], np.diff(cuts))
    assert [[a == b for b in groups] for a in groups] == [[a == b for b in materials] for a in materials]


@given(st.integers(1, 12), st.integers(0, 1000))
def test_groups_join_only_what_is_more_alike_than_not(count, seed):
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(count, 1)
    odds = rng.normal(0, 3, len(first))
    pairs = Pairs(first, second, np.zeros((len(first), 11)))
    groups = group_parts(pairs, odds, rng.integers(1, 16, count))
    assert len(groups) == count
    # The most alike pair of all is together exactly when it is more alike than not.
    if count > 1 and abs(odds.max() + 0.5) > 1e-9:
        best = odds.argmax()
        assert (groups[first[best]] == groups[second[best]]) == (odds.max() > -0.5) or count > 2
    assert group_parts(pairs, np.full(len(first), -9.0), np.ones(count, np.int64)) == list(range(count))
    assert len(set(group_parts(pairs, np.full(len(first), 9.0), np.ones(count, np.int64)))) == 1


def test_repeats_are_joined_where_nothing_begins():
    odds = np.full(48, -9.0)
    odds[[8, 24, 32]] = -1.0, 4.0, 5.0
    assert join_repeats([0, 8, 16, 24, 32, 48], [0, 0, 0, 0, 1], odds) == ([0, 16, 24, 32, 48], [0, 0, 0, 1])


def test_a_form_of_eights_is_heard_and_the_same_every_time():
    bars = made_bars("ABABCBB", noise=0.5)
    network = shipped().network
    odds = boundary_odds(bars, network)
    assert set(split_bars(odds)) >= {0, 8, 16, 24, 32, 40, 56}
    assert (odds == boundary_odds(bars, network)).all()


def test_pieces_do_not_show():
    """A song of more bars than are heard at once, against the network over all of it."""
    bars = made_bars("ABCDABDC", bars_each=160)
    network = shipped().network
    with torch.inference_mode():
        whole = network(torch.from_numpy(lag_band(bars))[None], torch.from_numpy(bars.levels.T.copy())[None])[0]
    assert boundary_odds(bars, network) == pytest.approx(whole.numpy(), abs=1e-4)


def test_two_hours_cost_little():
    """3600 bars of two seconds, at most 0.15 ms of processor time for each second of music."""
    bars = made_bars("ABCDEFGHIJKLMNOPQRST", bars_each=180)
    learned = shipped()
    boundary_odds(bars, learned.network)
    began = time.process_time()
    odds = boundary_odds(bars, learned.network)
    cuts = split_bars(odds)
    pairs = pairs_of(bars, cuts)
    group_parts(pairs, pairs.signs @ learned.alike[:-1] + learned.alike[-1], np.diff(cuts))
    spent = time.process_time() - began
    assert len(pairs.first) < 100 * len(cuts), "compared within reach only"
    assert spent < 3600 * 2 * 0.15e-3 * 4, "four times the aim, for a busy machine"
