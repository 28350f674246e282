"""Beats, bar lines and tempo against scores, judged by mir_eval (beats within 70 ms)."""

from __future__ import annotations

from pathlib import Path

import mir_eval
import numpy as np
import pytest
from played_songs import RATE, Score, play, play_six_eight, score, write_song

from musicvid.analysis.analyse import analyse
from musicvid.schema.song import Song

BIAS_S = 0.010


def f_measure(truth: np.ndarray, found: np.ndarray) -> float:
    return mir_eval.beat.f_measure(np.asarray(truth), np.asarray(found))


def beats_of(song: Song) -> np.ndarray:
    return np.array([beat.time_s for beat in song.beats])


def downbeats_of(song: Song) -> np.ndarray:
    return np.array([beat.time_s for beat in song.downbeats])


def signed_error_s(truth: np.ndarray, found: np.ndarray) -> float:
    """Median of found minus nearest truth."""
    nearest = truth[np.abs(found[:, None] - truth[None, :]).argmin(axis=1)]
    return float(np.median(found - nearest))


def hear(folder: Path, written: Score, rate: int = RATE, channels: int = 1, **how) -> Song:
    return analyse(write_song(folder / "song.wav", play(written, rate, **how), rate, channels))


@pytest.mark.parametrize("bpm", [72, 100, 128, 150])
def test_steady_songs_are_tracked(tmp_path, bpm):
    written = score((bpm, 4, 16))
    song = hear(tmp_path, written, form="AB")
    assert f_measure(written.beats, beats_of(song)) > 0.95
    assert f_measure(written.downbeats, downbeats_of(song)) > 0.9
    assert song.tempo_bpm == pytest.approx(bpm, rel=0.01)
    assert abs(signed_error_s(written.beats, beats_of(song))) < BIAS_S
    assert song.confidence.beats > 0.9


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (44100, 2), (48000, 6), (96000, 2), (192000, 1)])
def test_rate_and_channels_do_not_matter(tmp_path, rate, channels):
    written = score((110, 4, 6))
    song = hear(tmp_path, written, rate, channels)
    assert (song.sample_rate_hz, song.channels) == (rate, channels)
    assert f_measure(written.beats, beats_of(song)) > 0.9
    assert abs(signed_error_s(written.beats, beats_of(song))) < BIAS_S


def test_a_waltz_has_bars_of_three(tmp_path):
    written = score((132, 3, 24))
    song = hear(tmp_path, written)
    assert f_measure(written.beats, beats_of(song)) > 0.95
    assert f_measure(written.downbeats, downbeats_of(song)) > 0.9
    assert {bar.beat_count for bar in song.bars[:-1]} == {3}


@pytest.mark.parametrize("dotted_bpm", [62, 70])
def test_six_eight_is_felt_in_two(tmp_path, dotted_bpm):
    sound, written = play_six_eight(dotted_bpm, 16)
    song = analyse(write_song(tmp_path / "song.wav", sound))
    assert f_measure(written.beats, beats_of(song)) > 0.95
    # Two bars of six-eight may be heard as one of twelve-eight: every bar line is right, but every other is not there.
    found = downbeats_of(song)
    found = found[found < written.downbeats[-1] + 0.5]  # the last note still sounds
    assert np.abs(found[:, None] - written.downbeats).min(axis=1).max() < 0.05
    assert len(found) >= len(written.downbeats) // 2
    assert any("six-eight" in note for note in song.notes)


def test_a_brisk_six_eight_keeps_its_dotted_beats(tmp_path):
    sound, written = play_six_eight(84, 16)
    song = analyse(write_song(tmp_path / "song.wav", sound))
    assert f_measure(written.beats, beats_of(song)) > 0.95


def test_a_fast_waltz_stays_in_three(tmp_path):
    written = score((174, 3, 32))
    song = hear(tmp_path, written)
    assert f_measure(written.beats, beats_of(song)) > 0.95
    assert {bar.beat_count for bar in song.bars[:-1]} == {3}


def test_a_tempo_change_is_followed(tmp_path):
    written = score((100, 4, 10), (126, 4, 14))
    song = hear(tmp_path, written)
    assert f_measure(written.beats, beats_of(song)) > 0.9
    change = written.beats[40]
    before = [point.bpm for point in song.tempo if point.time_s < change - 3]
    after = [point.bpm for point in song.tempo if point.time_s > change + 6]
    assert np.median(before) == pytest.approx(100, rel=0.02)
    assert np.median(after) == pytest.approx(126, rel=0.02)


def test_a_drifting_tempo_is_followed(tmp_path):
    steps = 60 / (105 + 9 * np.sin(np.arange(96) / 15))
    beats = 0.3 + np.concatenate([[0.0], np.cumsum(steps)[:-1]])
    written = Score(beats, np.arange(96) % 4 + 1, float(beats[-1] + steps[-1]))
    song = hear(tmp_path, written)
    assert f_measure(written.beats, beats_of(song)) > 0.9
    assert max(p.bpm for p in song.tempo) - min(p.bpm for p in song.tempo) > 10


def test_loud_hats_between_the_beats_do_not_turn_it_round(tmp_path):
    written = score((118, 4, 16))
    song = hear(tmp_path, written, hats="offbeat")
    assert f_measure(written.beats, beats_of(song)) > 0.9


def test_a_song_that_begins_and_ends_in_silence(tmp_path):
    written = score((120, 4, 8), start=6.0)
    song = hear(tmp_path, written, tail=5.0)
    assert f_measure(written.beats, beats_of(song)) > 0.9
    assert song.beats[0].time_s > 5.0
    assert song.beats[-1].time_s < written.end + 1.5


def test_a_known_tempo_is_kept(tmp_path):
    written = score((90, 4, 12))
    path = write_song(tmp_path / "song.wav", play(written))
    double = analyse(path, bpm=180)
    assert double.tempo_bpm == pytest.approx(180, rel=0.02)
    assert double.confidence.octave == pytest.approx(double.confidence.beats)
    assert any("180" in note for note in double.notes)
    plain = analyse(path, bpm=90)
    assert plain.tempo_bpm == pytest.approx(90, rel=0.02)


@pytest.mark.parametrize("kind", ["noise", "drone", "bursts"])
def test_sound_without_a_pulse_is_said_to_have_none(tmp_path, kind):
    rng = np.random.default_rng(1)
    count = 40 * RATE
    if kind == "noise":
        sound = 0.1 * rng.standard_normal(count)
    elif kind == "drone":
        sound = 0.3 * np.sin(2 * np.pi * 110 * np.arange(count) / RATE)
    else:
        sound = np.zeros(count)
        for at in np.cumsum(rng.exponential(0.3, 120)):
            first = int(at * RATE)
            sound[first : first + 3000] += (rng.standard_normal(3000) * np.exp(-np.arange(3000) / 400))[: count - first]
        sound *= 0.2
    song = analyse(write_song(tmp_path / "song.wav", np.clip(sound, -1, 1)))
    assert song.confidence.beats < 0.5
    assert song.confidence.octave <= song.confidence.beats
    assert any("no clear pulse" in note for note in song.notes)


def test_beats_rise_and_positions_count(tmp_path):
    song = hear(tmp_path, score((140, 4, 8)))
    times = beats_of(song)
    assert (np.diff(times) > 0).all()
    assert times[0] >= 0
    assert times[-1] < song.duration_s
    assert all(1 <= beat.position <= 4 and 0 <= beat.strength <= 1 for beat in song.beats)


@pytest.mark.parametrize("seconds", [1.0, 1.3, 2.0, 3.5, 6.0, 10.0])
def test_snippets_give_a_song(tmp_path, seconds):
    sound = play(score((120, 4, 6)))[: round(seconds * RATE)]
    song = analyse(write_song(tmp_path / "song.wav", sound))
    assert song.sections[0].start_s == 0
    assert song.sections[-1].stop_s == song.duration_s
    assert song.duration_s == pytest.approx(seconds, abs=1 / RATE)
