"""Features: block by block equal to all at once; what they measure, checked on signals with known answers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_songs import play, score

from musicvid.analysis.curves import CURVES, measure_curves
from musicvid.analysis.framing import Framer
from musicvid.analysis.onsets import find_onsets
from musicvid.analysis.spectrum import FRAME_HZ, RATE_HZ, SLOW_HZ, Features, measure_features

SONG = play(score((120, 4, 2)), RATE_HZ).astype(np.float32)


def cut(samples: np.ndarray, places: list[int]) -> list[np.ndarray]:
    return np.split(samples, sorted(p % len(samples) for p in places))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.integers(0, len(SONG)), max_size=12))
def test_blocks_do_not_show(places):
    whole, parts = measure_features([SONG]), measure_features(cut(SONG, places))
    assert parts.duration_s == whole.duration_s == len(SONG) / RATE_HZ
    for name in ("rise", "level", "timbre", "chroma"):
        assert np.allclose(getattr(parts, name), getattr(whole, name), rtol=1e-3, atol=1e-4), name


@pytest.mark.parametrize("count", [1, 239, 240, 241, RATE_HZ, RATE_HZ + 959, 3 * RATE_HZ + 7])
def test_frames_cover_the_sound(count):
    features = measure_features([SONG[:count]])
    assert len(features.rise) == len(features.level) == 1 + count * FRAME_HZ // RATE_HZ
    assert len(features.chroma) == 1 + count * SLOW_HZ // RATE_HZ
    assert abs(len(features.timbre) - len(features.chroma)) <= 1


def test_frames_are_centred_and_calibrated():
    t = np.arange(RATE_HZ) / RATE_HZ
    tone = np.sin(2 * np.pi * 3000 * t).astype(np.float32)  # the middle of a bin
    framer = Framer(1024, 240)
    spectra = np.concatenate([framer.push(tone[:5000]), framer.push(tone[5000:]), framer.finish()], axis=1)
    assert spectra.shape == (513, 101)
    assert spectra[128, 50] == pytest.approx(1.0, abs=0.01)
    click = np.zeros(RATE_HZ, np.float32)
    click[240 * 40] = 1.0
    framer = Framer(1024, 240)
    energy = np.concatenate([framer.push(click), framer.finish()], axis=1).sum(axis=0)
    assert energy.argmax() == 40


def test_chroma_names_the_note():
    t = np.arange(2 * RATE_HZ) / RATE_HZ
    for pitch_hz, name in ((440.0, 9), (261.63, 0), (392.0, 7)):
        chroma = measure_features([np.sin(2 * np.pi * pitch_hz * t).astype(np.float32)]).chroma
        assert chroma[10:40].mean(axis=0).argmax() == name


def test_onsets_are_where_something_begins():
    times = np.array([0.5, 0.813, 1.4, 2.05, 2.6])
    sound = np.zeros(3 * RATE_HZ, np.float32)
    for k, at in enumerate(times):
        n = np.arange(RATE_HZ // 4)
        first = round(at * RATE_HZ)
        tone = np.sin(2 * np.pi * 700 * n / RATE_HZ) * np.exp(-n / 900) * (1 - n / len(n)) * (0.9 if k != 2 else 0.1)
        sound[first : first + len(n)] += tone[: len(sound) - first].astype(np.float32)
    onsets = find_onsets(measure_features([sound]))
    assert len(onsets) == len(times)
    assert np.abs(np.array([o.time_s for o in onsets]) - times).max() < 0.015
    assert max(o.strength for o in onsets) == 1.0
    assert min(onsets, key=lambda o: o.strength).time_s == pytest.approx(1.4, abs=0.02)


def features_of(sound: np.ndarray) -> Features:
    return measure_features([sound.astype(np.float32)])


@pytest.mark.parametrize("seconds", [0.01, 0.5, 1.0, 2.019, 2.02])
def test_curves_span_the_sound(seconds):
    sound = SONG[: round(seconds * RATE_HZ)]
    curves = measure_curves(features_of(sound))
    assert tuple(c.name for c in curves) == CURVES
    for curve in curves:
        assert (len(curve) - 1) / curve.rate_hz <= len(sound) / RATE_HZ < len(curve) / curve.rate_hz
        assert 0 <= min(curve.values) <= max(curve.values) <= 1


def test_curves_follow_the_sound():
    t = np.arange(4 * RATE_HZ) / RATE_HZ
    rng = np.random.default_rng(2)
    quiet, loud = 0.02 * rng.standard_normal(len(t)), 0.2 * rng.standard_normal(len(t))
    low, high = 0.4 * np.sin(2 * np.pi * 60 * t), 0.4 * np.sin(2 * np.pi * 6000 * t)
    curve = {c.name: c for c in measure_curves(features_of(np.concatenate([quiet, loud])))}
    assert curve["loudness"].at(2) + 0.3 < curve["loudness"].at(6)
    curve = {c.name: c for c in measure_curves(features_of(np.concatenate([low, high])))}
    assert curve["bass"].at(2) > 0.8
    assert curve["bass"].at(6) < 0.2
    assert curve["brightness"].at(2) + 0.5 < curve["brightness"].at(6)


def test_an_onset_flashes_and_falls():
    sound = np.zeros(2 * RATE_HZ)
    sound[RATE_HZ : RATE_HZ + 2400] = np.random.default_rng(3).standard_normal(2400) * 0.3
    onset = next(c for c in measure_curves(features_of(sound)) if c.name == "onset")
    assert onset.at(0.9) < 0.1
    assert onset.at(1.02) > 0.8
    assert onset.at(1.02) > onset.at(1.3) > onset.at(1.6) > 0
    assert onset.at(1.9) < 0.1


def test_silence_gives_curves_of_zero():
    for curve in measure_curves(features_of(np.zeros(RATE_HZ))):
        assert max(curve.values) == 0
