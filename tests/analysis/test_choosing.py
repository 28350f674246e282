"""Ways to count a song weighed against each other, and weights fitted from songs whose right way is known."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.analysis import weights
from musicvid.analysis.choosing import Candidate, candidates_of, choose
from musicvid.analysis.decoding import METRES, weigh
from musicvid.analysis.paths import Path
from musicvid.analysis.qualities import Qualities
from musicvid.analysis.readings import Reading, readings_of
from musicvid.analysis.spectrum import RATE_HZ, measure_features
from musicvid.analysis.sureness import Signs, beat_sureness, how_sure, signs_of
from musicvid.analysis.training.choice_fitting import Judged, as_text, fit, fit_right, folds_of, judge
from musicvid.analysis.training.choice_songs import _outcome, counted_songs
from musicvid.errors import InputError
from tests.analysis.made_activations import activations_of
from tests.analysis.played_songs import play, score, write_song

FACTS = len(weights.CHOICE)


def candidate(facts: np.ndarray, speed: int = 1, shift: int = 0, metre: int = 4, first: int = 0) -> Candidate:
    beats = np.arange(0, 1000, 50.0 / speed) + shift
    return Candidate(Reading(Fraction(speed), Fraction(shift, 100), beats), metre, first, facts)


@pytest.fixture(scope="module")
def waltz():
    """A song in three at 108, its features, a path through all of it that is right, and evidence."""
    written = score((108, 3, 40))
    features = measure_features([play(written, RATE_HZ, form="AB").astype(np.float32)])
    frames = np.round(written.beats * 50).astype(np.int64)
    heard = activations_of(written.beats, written.downbeats, features.duration_s)
    return written, features, Path(frames, written.positions, 0.0), weigh(heard)


def test_a_right_path_is_kept(waltz):
    _, features, path, evidence = waltz
    best = choose(candidates_of(path, evidence, Qualities(features))).best
    assert best.as_searched
    assert best.metre == 3
    assert best.bpm == pytest.approx(108, rel=0.02)


def test_a_path_at_half_the_tempo_is_counted_up(waltz):
    _, features, path, evidence = waltz
    half = Path(path.frames[::2], np.arange(len(path.frames[::2])) % 3 + 1, 0.0)
    best = choose(candidates_of(half, evidence, Qualities(features))).best
    assert best.reading.speed == 2
    assert best.bpm == pytest.approx(108, rel=0.02)


def test_turned_bars_are_turned_back(waltz):
    _, features, path, evidence = waltz
    turned = Path(path.frames, path.positions % 3 + 1, 0.0)
    best = choose(candidates_of(turned, evidence, Qualities(features))).best
    assert not best.as_searched
    assert (best.metre, best.first) == (3, 0)


def test_every_way_of_counting_is_a_candidate(waltz):
    _, features, path, evidence = waltz
    all_ways = candidates_of(path, evidence, Qualities(features))
    readings = {(c.reading.speed, c.reading.shift) for c in all_ways}
    assert len(all_ways) == len(readings) * sum(METRES)
    assert {
        (c.reading.speed, c.reading.shift) for c in candidates_of(path, evidence, Qualities(features), same_speed=True)
    } == {pair for pair in readings if pair[0] == 1}
    assert all(len(c.facts) == FACTS and np.isfinite(c.facts).all() for c in all_ways)
    assert sum(c.as_searched for c in all_ways) == 1


@settings(max_examples=40, deadline=None)
@given(st.floats(45, 220), st.integers(4, 60))
def test_readings_stay_within_the_tempi_and_begin_with_the_pulse(bpm, beats):
    pulse = np.arange(beats) * 6000 / bpm
    readings = list(readings_of(pulse))
    assert any(r.speed == 1 and r.shift == 0 and np.allclose(r.beats, pulse) for r in readings)
    for reading in readings:
        assert reading.beats[0] >= pulse[0]
        assert reading.beats[-1] <= pulse[-1] + 1e-6
        assert reading.speed == 1 or 39 <= 6000 / reading.period <= 241


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.floats(-3, 3), min_size=FACTS, max_size=FACTS), min_size=2, max_size=12))
def test_shares_are_probabilities_and_the_best_level_wins(rows):
    ways = [candidate(np.array(row), speed=1 + k % 2, shift=k // 2 % 2, first=k % 3) for k, row in enumerate(rows)]
    choice = choose(ways)
    for share in (choice.octave, choice.phase, choice.downbeats):
        assert 0 < share <= 1 + 1e-12
    assert choice.octave >= 0.5 - 1e-12
    assert any(way is choice.best for way in ways)


def test_confidences_never_exceed_that_of_the_pulse():
    choice = choose([candidate(np.ones(FACTS)), candidate(np.zeros(FACTS), speed=2)])
    sure = how_sure(choice, Signs(0.2, 0.4, 0.3, 0.8, 0.3, 0.9), told_bpm=False)
    assert max(sure.octave, sure.phase, sure.downbeats) <= sure.pulse < 0.5


def test_a_told_tempo_is_beyond_doubt_and_a_muddled_song_is_not():
    choice = choose([candidate(np.ones(FACTS)), candidate(np.zeros(FACTS), speed=2)])
    clear, muddled = Signs(0.95, 0.97, 0.9, 0.95, 0.9, 1.0), Signs(0.6, 0.8, 0.2, 0.3, 0.3, 0.7)
    assert how_sure(choice, clear, told_bpm=True).octave > 0.9
    overall = [min(s.pulse, s.octave, s.phase) for s in (how_sure(choice, x, told_bpm=False) for x in (clear, muddled))]
    assert overall[0] > 2 * overall[1]


def test_signs_are_those_of_the_activations():
    beats = np.arange(0.5, 59, 0.5)
    heard = activations_of(beats, beats[::4], 60, high=0.8, low=0.0)
    signs = signs_of(heard, np.round(beats * 50).astype(np.int64), 0.9)
    assert signs.clear == pytest.approx(0.8)
    assert (signs.alone, signs.share, signs.steady, signs.in_step) == pytest.approx((1.0, 1.0, 1.0, 0.9))
    assert signs.tempo == pytest.approx(3 / 32, rel=0.01)


def test_a_beat_that_is_heard_is_surer_than_one_that_is_not():
    beats = np.arange(0.5, 29, 0.5)
    heard = activations_of(beats, beats[::4], 30)
    sure = beat_sureness(heard, np.array([5.0, 5.03, 5.25]), 0.9)
    assert sure[0] == sure[1] > 0.95
    assert sure[2] < 0.5
    assert (beat_sureness(heard, beats, 0.3) < beat_sureness(heard, beats, 0.9)).all()
    assert len(beat_sureness(heard, np.zeros(0), 0.9)) == 0


def judged(rng: np.random.Generator, truth: np.ndarray) -> Judged:
    facts = rng.normal(0, 1, (12, FACTS))
    worth = facts @ truth + rng.gumbel(0, 0.3, 12)
    f = np.full(12, 0.3)
    f[worth.argmax()] = 1.0
    return Judged(facts, f, np.full(12, np.nan))


def test_weights_that_made_the_choices_are_found_again():
    rng = np.random.default_rng(1)
    truth = rng.normal(0, 2, FACTS)
    found = fit([judged(rng, truth) for _ in range(400)], ridge=0.1)
    assert np.corrcoef(found, truth)[0, 1] > 0.97


def test_songs_are_held_out_once_each_and_judged_by_the_others():
    rng = np.random.default_rng(2)
    truth = np.arange(FACTS, dtype=float)
    songs = [judged(rng, truth) for _ in range(60)]
    folds = list(folds_of(songs, folds=6))
    assert sorted(k for held, _ in folds for k in held) == list(range(60))
    right = [songs[k].beat_f[(songs[k].facts @ found).argmax()] for held, found in folds for k in held]
    assert np.mean(right) > 0.85


def test_songs_in_a_folder_are_counted_and_fitted(tmp_path):
    for name, passage in {"a": (96, 4, 12), "b": (120, 3, 14), "c": (140, 4, 14), "d": (110, 3, 12)}.items():
        written = score(passage)
        write_song(tmp_path / f"{name}.wav", play(written, form="AB"))
        truth = {"beats": written.beats.tolist(), "downbeats": written.downbeats.tolist()}
        (tmp_path / f"{name}.json").write_text(json.dumps(truth))
    (tmp_path / "manifest.json").write_text("[]")
    songs = list(counted_songs(tmp_path))
    assert [song.name for song in songs] == ["a", "b", "c", "d"]
    assert all(song.judged.beat_f.max() > 0.95 for song in songs)
    facts, f = _outcome(songs[1], np.array(list(weights.CHOICE.values())))
    assert len(facts) + 1 == len(weights.RIGHT)
    assert f > 0.95


def test_an_empty_folder_of_songs_is_said_to_be_empty(tmp_path):
    with pytest.raises(InputError, match="no songs"):
        list(counted_songs(tmp_path))


def test_the_logistic_regression_finds_what_makes_songs_right():
    rng = np.random.default_rng(3)
    facts = rng.normal(0, 1, (3000, 8)) * np.arange(1, 9)
    odds = -0.5 + facts @ (np.array([1.0, 0, 0, 0, -0.2, 0, 0, 0.1]))
    found = fit_right(facts, rng.random(3000) < 1 / (1 + np.exp(-odds)), ridge=10.0)
    assert found[[0, 1, 5, 8]] == pytest.approx([-0.5, 1.0, -0.2, 0.1], abs=0.12)


def test_the_truth_is_the_best_candidate(waltz):
    written, features, path, evidence = waltz
    ways = candidates_of(path, evidence, Qualities(features))
    known = judge(features, ways, written.beats, written.downbeats)
    best = ways[int(np.flatnonzero(known.good)[0])]
    assert best.reading.speed == 1
    assert (best.metre, best.first) == (3, 0)
    assert known.beat_f.max() > 0.98


def test_weights_are_printed_as_the_module_states_them():
    lines = as_text(np.arange(FACTS, dtype=float)).splitlines()
    assert len(lines) == FACTS
    assert lines[0].strip() == f'"{next(iter(weights.CHOICE))}": 0.000,'
