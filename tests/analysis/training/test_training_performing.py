"""From beats to seconds: whatever the tempo does, labels and notes go together."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_scores import clicks

from musicvid.analysis.training.performing import perform, swung, tempo_curve
from musicvid.analysis.training.scores import OPENING, SUNG, Part

SEEDS = st.integers(0, 2**32)
PARTS = (Part(0, "i", OPENING), Part(2, "A", SUNG), Part(6, "B", SUNG))


@given(SEEDS, st.floats(40, 240), st.integers(0, 3))
def test_notes_on_beats_sound_on_the_labels(seed, bpm, first):
    score = clicks((4,) * 10, bpm, PARTS, first)
    played = perform(score, np.random.default_rng(seed))
    assert len(played.beats_s) == len(played.positions) == score.beat_count
    assert (np.diff(played.beats_s) > 0).all()
    # Loose hands: drums stray by at most 6 ms (one deviation).
    assert np.abs(played.notes[:, 0] - played.beats_s).max() < 6 * 0.006
    assert (played.notes[:, 1] > 0).all()
    assert played.stop_s > played.beats_s[-1]


@given(SEEDS, st.floats(40, 240))
def test_plain_is_the_tempo_of_the_score(seed, bpm):
    played = perform(clicks((3,) * 8, bpm), np.random.default_rng(seed), plain=True)
    assert np.diff(played.beats_s) == pytest.approx(60 / bpm)
    assert played.notes[:, 0] == pytest.approx(played.beats_s)


@given(SEEDS)
def test_parts_begin_on_their_downbeats(seed):
    played = perform(clicks((4,) * 10, 100, PARTS, 3), np.random.default_rng(seed))
    downbeats = played.beats_s[played.positions == 1]
    assert played.edges_s == pytest.approx(downbeats[[0, 2, 6]])
    assert list(played.functions) == [OPENING, SUNG, SUNG]


def test_unknown_bar_lines_are_said_to_be_unknown():
    from dataclasses import replace

    played = perform(replace(clicks((4, 4)), bars_known=False), np.random.default_rng(0))
    assert list(played.positions) == [0] * 8


@given(SEEDS, st.integers(1, 300))
def test_tempo_curves_have_a_length_for_every_beat(seed, beats):
    curve = tempo_curve(beats, np.random.default_rng(seed))
    assert curve.shape == (beats,)
    assert ((curve > 0.5) & (curve < 2.0)).all()


def test_some_curves_are_steady_and_some_are_not():
    spreads = [np.ptp(tempo_curve(64, np.random.default_rng(seed))) for seed in range(200)]
    assert 70 < sum(spread == 0 for spread in spreads) < 150
    assert max(spreads) > 0.15


@given(st.floats(0.5, 0.7), st.lists(st.floats(0, 50), min_size=2))
def test_swing_moves_the_middle_and_leaves_the_beats(middle, places):
    places = np.sort(np.array(places))
    moved = swung(places, middle)
    assert (np.diff(moved) >= -1e-5).all()
    # A hair before a beat counts as on it.
    assert np.abs(moved - places).max() <= middle - 0.5 + 1e-5
    assert swung(np.array([0.0, 1.0, 7.0]), middle) == pytest.approx([0, 1, 7])
    assert swung(np.array([0.5, 3.5]), middle) == pytest.approx([middle, 3 + middle])
