"""Curves on sound whose strokes, glides and beats are known before it exists; the table that names them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_songs import Score, play, score, write_song

from musicvid.analysis import curves
from musicvid.analysis.analyse import analyse
from musicvid.analysis.curves import measure_curves, phase_curves
from musicvid.analysis.curves.mel import bands
from musicvid.analysis.spectrum import RATE_HZ, measure_features
from musicvid.schema.song import Curve

TIME_S = np.arange(6 * RATE_HZ) / RATE_HZ


def curves_of(sound: np.ndarray) -> dict[str, Curve]:
    return {c.name: c for c in measure_curves(measure_features([sound.astype(np.float32)]))}


def test_the_table_tells_of_every_curve(tmp_path):
    song = analyse(write_song(tmp_path / "song.wav", play(score((120, 4, 4)))))
    rows = [line.split() for line in curves.__doc__.splitlines()]
    told = {
        words[0]: (words[1], float(words[2]), float(words[4]), float(words[6]))
        for words in rows
        if len(words) > 7 and words[3] == "ms"
    }
    assert told == {c.name: (c.unit, 1000 / c.rate_hz, c.low, c.high) for c in song.curves}
    assert all(c.low <= min(c.values) <= max(c.values) <= c.high for c in song.curves)


@pytest.fixture(scope="module")
def played() -> tuple[Score, dict[str, Curve]]:
    written = score((104, 4, 12))
    return written, curves_of(play(written, RATE_HZ, hats="offbeat"))


def rises(curve: Curve, times_s: np.ndarray) -> np.ndarray:
    """By how much the curve is higher within 40 ms after each time than 60 ms before it."""
    reach = np.arange(-1, 3) / curve.rate_hz
    return np.array([max(curve.at(t + r) for r in reach) - curve.at(t - 0.06) for t in times_s])


def test_each_drum_lights_its_own_curve(played):
    written, found = played
    beats, half_s = written.beats[4:-4], float(np.diff(written.beats)[0]) / 2
    kicks, snares = beats[written.positions[4:-4] % 2 == 1], beats[written.positions[4:-4] % 2 == 0]
    strokes = {"kick": kicks, "snare": snares, "hihat": beats + half_s}
    for name, times_s in strokes.items():
        assert rises(found[name], times_s).min() > 0.5, name
    assert rises(found["kick"], snares).max() < 0.25
    assert rises(found["snare"], kicks).max() < 0.25
    assert rises(found["kick"], beats + half_s).max() < 0.25
    assert rises(found["hihat"], kicks).max() < 0.25
    assert np.median(rises(found["snare"], beats + half_s)) < np.median(rises(found["snare"], snares)) - 0.2


def test_strokes_stand_where_they_are_played(played):
    written, found = played
    kicks = written.beats[written.positions % 2 == 1][2:-2]
    values = np.asarray(found["kick"].values)
    first = [int(np.argmax(np.diff(values[round(t * 50) - 8 : round(t * 50) + 8]))) - 7 for t in kicks]
    assert abs(np.mean(first)) / 50 < 0.03
    assert np.ptp(first) <= 1


def voice(depth_semitones: float) -> np.ndarray:
    """Twelve partials on 220 Hz that swing together, 5.5 times a second."""
    pitch_hz = 220 * 2 ** (depth_semitones / 12 * np.sin(2 * np.pi * 5.5 * TIME_S))
    turns = np.cumsum(pitch_hz) / RATE_HZ
    return sum(0.1 / h * np.sin(2 * np.pi * h * turns) for h in range(1, 13))


@pytest.mark.parametrize("depth", [0.2, 0.5, 1.0])
def test_partials_that_glide_together_are_a_voice(depth):
    assert min(curves_of(voice(depth))["vocals"].values) > 0.9


def test_a_voice_is_heard_over_a_band():
    band = play(score((120, 4, 3)), RATE_HZ)[: len(TIME_S)]
    alone, sung = (
        curves_of(band)["vocals"],
        curves_of(band + np.where(TIME_S > 3, 3 * voice(0.5), 0)[: len(band)])["vocals"],
    )
    assert max(alone.values) < 0.4
    assert sung.at(1.5) < 0.4
    assert min(sung.at(t) for t in (3.8, 4.5, 5.2)) > 0.7


@pytest.mark.parametrize(
    "sound",
    [
        voice(0.0),
        0.1 * np.random.default_rng(1).standard_normal(len(TIME_S)),
        0.3 * np.random.default_rng(2).standard_normal(len(TIME_S)) * np.exp(-20 * (TIME_S % 0.5)),
        np.where(np.arange(len(TIME_S)) % 12_000 == 0, 0.8, 0.0),
        np.sum([0.03 * np.sin(2 * np.pi * 55 * h * 1.003 ** (h % 3) * TIME_S) for h in range(1, 20)], axis=0),
    ],
    ids=["steady", "noise", "bursts", "clicks", "drone"],
)
def test_what_does_not_glide_is_no_voice(sound):
    assert max(curves_of(sound)["vocals"].values) < 0.3


def test_bands_are_where_a_tone_is():
    for pitch_hz in (100.0, 440.0, 1000.0, 5000.0):
        features = measure_features([np.sin(2 * np.pi * pitch_hz * TIME_S).astype(np.float32)])
        near = bands(features, pitch_hz * 0.8, pitch_hz * 1.25)[100]
        assert near.max() == pytest.approx(float(features.mel[100].max()), abs=1e-3), pitch_hz


beat_lists = st.lists(st.floats(0.2, 1.5), min_size=1, max_size=30).map(np.cumsum)


@settings(deadline=None)
@given(beat_lists, st.integers(1, 7))
def test_phase_is_zero_on_beats_and_half_way_between_them(times_s, metre):
    positions = np.arange(len(times_s)) % metre + 1
    beat, bar = phase_curves(times_s, positions, float(times_s[-1]) + 3.0)
    for curve, events in ((beat, times_s), (bar, times_s[positions == 1])):
        assert curve.unit == "turns"
        assert all(0 <= v <= 1 for v in curve.values)
        for start, stop in pairwise(events):
            assert curve.at((start + stop) / 2) == pytest.approx(0.5, abs=1e-4)
            inside = [curve.at(t) for t in np.linspace(start + 0.02, stop - 0.02, 9)]
            assert inside == pytest.approx(
                list((np.linspace(start + 0.02, stop - 0.02, 9) - start) / (stop - start)), abs=1e-3
            )
        assert curve.at(float(events[0]) - 0.1) == 1.0


def test_phases_rest_before_and_after_the_beats():
    beat, bar = phase_curves(np.array([2.0, 2.5, 3.0]), np.array([3, 1, 2]), 6.0)
    assert [beat.at(t) for t in (0, 1.9, 3.25, 3.6, 6)] == pytest.approx([1, 1, 0.5, 1, 1])
    assert [bar.at(t) for t in (2.4, 3.0, 3.6)] == pytest.approx([1, 0.5, 1])
    nothing = phase_curves(np.zeros(0), np.zeros(0, np.int64), 2.0)
    assert [set(c.values) for c in nothing] == [{1.0}, {1.0}]


def test_minutes_are_joined_without_a_seam(monkeypatch):
    features = measure_features([play(score((120, 4, 6)), RATE_HZ).astype(np.float32)])
    whole = measure_curves(features)
    for module in ("strokes", "voice"):
        monkeypatch.setattr(f"musicvid.analysis.curves.{module}.BLOCK_FRAMES", 94)
    parts = measure_curves(features)
    for one, other in zip(whole, parts, strict=True):
        assert np.allclose(one.values, other.values, atol=1e-5), one.name
