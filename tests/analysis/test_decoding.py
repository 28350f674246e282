"""From activations to beats and bars, and how far other ways of counting are behind."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.analysis import decoding
from musicvid.analysis.activations import Activations
from musicvid.analysis.bar_lines import hear_bars
from musicvid.analysis.decoding import guided, usual_metre, weigh, with_onsets
from musicvid.analysis.paths import Path
from tests.analysis.made_activations import TEMPI_BPM, activations_of


def decode(heard: Activations, bpm: float | None = None) -> Path:
    return decoding.decode(weigh(heard, bpm))


def beats_at(bpm: float, seconds: float, start: float = 0.3) -> np.ndarray:
    return np.arange(start, seconds - 0.2, 60 / bpm)


def near(found: np.ndarray, known: np.ndarray, frames: float = 1.5) -> bool:
    """Every known time has a found one within ``frames`` of 20 ms."""
    return bool(np.abs(found[:, None] / 50 - known[None]).min(axis=0).max() <= 0.02 * frames + 1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(45, 230), st.sampled_from([2, 3, 4, 5, 7]))
def test_clear_activations_are_followed_at_any_tempo(bpm, metre):
    beats = beats_at(bpm, 40)
    path = decode(activations_of(beats, beats[::metre], 40))
    assert near(path.frames, beats[1:-1])
    assert near(path.frames[path.positions == 1], beats[::metre][1:-1])


def test_a_given_tempo_is_kept_to():
    beats = beats_at(120, 40)
    heard = activations_of(beats, beats[::4], 40)
    path = decode(heard, bpm=60.0)
    assert np.abs(np.diff(path.frames) / 50 - 1.0).max() <= 0.06 + 1e-9
    assert not near(path.frames, beats[1:-1])


@pytest.mark.parametrize("bpm", [20.0, 400.0])
def test_a_tempo_beyond_what_the_search_knows_takes_the_nearest(bpm):
    beats = beats_at(120, 20)
    path = decode(activations_of(beats, beats[::4], 20), bpm=bpm)
    steps = np.diff(path.frames)
    assert steps.max() <= decoding.LENGTHS[-1]
    assert steps.min() >= decoding.LENGTHS[0]


def test_what_the_network_thinks_of_the_tempo_decides_between_octaves():
    beats = beats_at(160, 60)
    strong, weak = beats[::2], beats[1::2]
    heard = activations_of(beats, strong[::4], 60)  # with every second beat half as clear
    heard.beat[np.round(weak * 50).astype(int)] = 0.4
    found = {}
    for bpm in (80, 160):
        bump = np.exp(-0.5 * (12 * np.log2(TEMPI_BPM / bpm) / 0.7) ** 2)
        tempo = np.tile(bump / bump.sum(), (len(heard.tempo), 1)).astype(np.float32)
        found[bpm] = len(decode(replace(heard, tempo=tempo)).frames)
    assert found[160] > 1.8 * found[80]


def test_windows_do_not_show(monkeypatch):
    rng = np.random.default_rng(3)
    beats = 0.3 + np.cumsum(0.5 + np.cumsum(rng.normal(0, 0.0015, 600)))
    heard = activations_of(beats, beats[::4], beats[-1] + 0.5)
    whole = decode(heard)
    monkeypatch.setattr(decoding, "_WINDOW", 40 * 50)
    monkeypatch.setattr(decoding, "_OVERLAP", 10 * 50)
    parts = decode(heard)
    assert len(parts.frames) == len(whole.frames)
    assert np.abs(parts.frames - whole.frames).max() <= 1
    assert (parts.positions == whole.positions).all()


def test_windows_with_nothing_in_common_still_rise(monkeypatch):
    heard = activations_of(np.zeros(0), np.zeros(0), 200, low=0.3)
    monkeypatch.setattr(decoding, "_WINDOW", 40 * 50)
    monkeypatch.setattr(decoding, "_OVERLAP", 4 * 50)
    path = decode(heard)
    assert np.diff(path.frames).min() >= decoding.LENGTHS[0]


def test_onsets_keep_the_beat_where_the_network_is_at_a_loss():
    beats = beats_at(110, 60)
    deaf = activations_of(np.zeros(0), np.zeros(0), 60, low=0.35)
    tempo = np.exp(-0.5 * (12 * np.log2(TEMPI_BPM / 110) / 0.7) ** 2)
    deaf = replace(deaf, tempo=np.tile(tempo / tempo.sum(), (len(deaf.tempo), 1)).astype(np.float32))
    onsets = np.full(6000, 0.02)
    onsets[np.round(beats * 100).astype(int)] = 0.9
    assert not near(decode(deaf).frames, beats[1:-1])
    assert near(decoding.decode(with_onsets(weigh(deaf), onsets)).frames, beats[1:-1])


def test_guidance_decides_where_beat_and_off_beat_are_as_clear():
    beats = beats_at(80, 60)
    between = (beats[:-1] + beats[1:]) / 2
    heard = activations_of(np.concatenate([beats, between]), np.zeros(0), 60)
    tempo = np.exp(-0.5 * (12 * np.log2(TEMPI_BPM / 80) / 0.7) ** 2)
    heard = replace(heard, tempo=np.tile(tempo / tempo.sum(), (len(heard.tempo), 1)).astype(np.float32))
    for wanted in (beats, between):
        frames = np.round(wanted * 50).astype(int)
        path = decoding.decode(guided(weigh(heard), frames, np.arange(len(frames)) % 3 == 1))
        assert near(path.frames, wanted[1:-1])
        assert near(path.frames[path.positions == 1], wanted[1::3][1:-1])


def test_the_usual_metre_is_the_commonest():
    assert usual_metre(np.array([3, 1, 2, 3, 1, 2, 3, 1, 2, 1, 2, 3, 1])) == 3
    assert usual_metre(np.array([1, 2, 3])) == 4


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([2, 3, 4, 5, 7]), st.integers(0, 6), st.floats(50, 200))
def test_bars_are_heard_for_given_beats(metre, first, bpm):
    beats = beats_at(bpm, 50)
    heard = activations_of(beats, beats[first % metre :: metre], 50)
    bars = hear_bars(heard, beats)
    assert (bars.positions == (np.arange(len(beats)) - first) % metre + 1).all()
    assert bars.confidence > 0.9


def test_without_downbeats_bars_are_a_guess():
    beats = beats_at(120, 50)
    assert hear_bars(activations_of(beats, np.zeros(0), 50), beats).confidence < 0.6
    assert hear_bars(activations_of(beats, beats[::4], 50), np.zeros(0)).confidence == 0.0
