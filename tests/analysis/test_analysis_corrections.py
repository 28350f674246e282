"""Corrections on a played song whose beats are known from its score."""

from __future__ import annotations

from pathlib import Path

import mir_eval
import numpy as np
import pytest
import soundfile
from PIL import Image
from played_songs import RATE, Score, play, score, write_song

from musicvid.analysis.analyse import analyse
from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.click import write_click
from musicvid.analysis.plot import plot_song
from musicvid.errors import InputError
from musicvid.schema.grid import Anchor, Corrections
from musicvid.schema.song import Song

METRE = 4


@pytest.fixture(scope="module")
def written() -> Score:
    return score((120, METRE, 8))


@pytest.fixture(scope="module")
def path(tmp_path_factory, written) -> Path:
    return write_song(tmp_path_factory.mktemp("corrected") / "song.wav", play(written))


def times_of(song: Song) -> np.ndarray:
    return np.array([beat.time_s for beat in song.beats])


def positions_of(song: Song) -> list[int]:
    return [beat.position for beat in song.beats]


def hearing(factor: float = 1.0, shift_s: float = 0.0, first: int = 0):
    """A tracker that hears ``factor`` beats for each of the score's, ``shift_s`` late, and bars from beat ``first``."""

    def find_beats(features, *, bpm=None):
        times = np.arange(0.25 + shift_s, features.duration_s, 0.5 / factor)
        count = len(times)
        return BeatTrack(times, (np.arange(count) - first) % METRE + 1, np.ones(count), 0.9, 0.4, 0.5, 0.6, ("doubt",))

    return find_beats


def test_halving_twice_as_many_gives_the_beats_of_the_score(path):
    plain = analyse(path, find_beats=hearing(2.0))
    song = analyse(path, find_beats=hearing(2.0), corrections=Corrections(level="halve"))
    assert times_of(song) == pytest.approx(times_of(plain)[::2])
    assert song.tempo_bpm == pytest.approx(120)
    assert song.confidence.octave == 1
    at = {beat.time_s for beat in plain.beats if beat.position == 1}
    assert {beat.time_s for beat in song.beats if beat.position == 1} <= at
    assert [bar.beat_count for bar in song.bars[1:-1]] == [METRE] * len(song.bars[1:-1])
    assert song.notes == ("every second beat is left out",)


def test_halving_keeps_the_beats_that_a_person_names(path):
    plain = analyse(path, find_beats=hearing(2.0))
    named = Corrections(level="halve", downbeat_s=plain.beats[5].time_s + 0.02)
    song = analyse(path, find_beats=hearing(2.0), corrections=named)
    assert times_of(song) == pytest.approx(times_of(plain)[1::2])
    assert song.beats[2].position == 1


def test_doubling_half_as_many_keeps_downbeats(path):
    plain = analyse(path, find_beats=hearing(0.5))
    song = analyse(path, find_beats=hearing(0.5), corrections=Corrections(level="double"))
    assert times_of(song)[::2] == pytest.approx(times_of(plain))
    assert song.tempo_bpm == pytest.approx(120)
    assert positions_of(song)[:9] == [1, 2, 3, 4, 1, 2, 3, 4, 1]


def test_bars_of_a_file_stay_where_they_are(path, tmp_path):
    file = tmp_path / "b.txt"
    file.write_text("".join(f"{k / 4 + 0.5} {k % 4 + 1}\n" for k in range(40)))
    half = analyse(path, corrections=Corrections(beats=str(file), level="halve"))
    assert positions_of(half)[:5] == [1, 2, 1, 2, 1]
    assert half.confidence.downbeats == 1
    double = analyse(path, corrections=Corrections(beats=str(file), level="double"))
    assert positions_of(double)[:9] == [1, 2, 3, 4, 5, 6, 7, 8, 1]


def test_a_file_may_mark_downbeats_only(path, tmp_path):
    file = tmp_path / "b.csv"
    file.write_text("".join(f"{k / 2 + 0.5},{'1' if k % 3 == 1 else 'x'}\n" for k in range(14)))
    song = analyse(path, corrections=Corrections(beats=str(file)))
    assert positions_of(song) == [(k - 1) % 3 + 1 for k in range(14)]


def test_anchors_pull_a_wrong_grid_onto_the_score(path, written):
    truth = np.array(written.beats)
    wrong = hearing(1.0, shift_s=0.2)
    before = mir_eval.beat.f_measure(truth, times_of(analyse(path, find_beats=wrong)), 0.03)
    anchors = (Anchor(1, float(truth[0])), Anchor(len(truth), float(truth[-1])))
    song = analyse(path, find_beats=wrong, corrections=Corrections(anchors=anchors))
    assert before < 0.2
    assert mir_eval.beat.f_measure(truth, times_of(song), 0.03) > 0.95
    assert {float(truth[0]), float(truth[-1])} <= {beat.time_s for beat in song.beats}
    assert (song.confidence.beats, song.confidence.octave, song.confidence.phase) == (1, 1, 1)
    assert "2 anchors" in song.notes[0]
    assert "follow what was heard" in song.notes[0]


def test_anchors_that_count_otherwise_spread_beats_and_hear_bars(path, written):
    truth = np.array(written.beats)
    anchors = (Anchor(5, float(truth[4])), Anchor(21, float(truth[20])))
    song = analyse(path, find_beats=hearing(2.0), corrections=Corrections(anchors=anchors))
    inside = times_of(song)[(times_of(song) >= truth[4]) & (times_of(song) <= truth[20])]
    assert inside == pytest.approx(np.linspace(truth[4], truth[20], 17))
    assert "evenly" in song.notes[0]
    assert song.confidence.downbeats < 1


def test_two_anchors_do_without_any_tracker(path):
    def deaf(features, *, bpm=None):
        none = np.zeros(0)
        return BeatTrack(none, none.astype(np.int64), none, 0, 0, 0, 0, ("nothing heard",))

    row = (Anchor(1, 1.0), Anchor(3, 2.0))
    song = analyse(path, find_beats=deaf, corrections=Corrections(anchors=row))
    assert times_of(song) == pytest.approx(np.arange(0, song.duration_s, 0.5), abs=1e-9)
    with pytest.raises(InputError, match="one anchor could hold"):
        analyse(path, find_beats=deaf, corrections=Corrections(anchors=row[:1]))
    with pytest.raises(InputError, match="count bars from"):
        analyse(path, find_beats=deaf, corrections=Corrections(downbeat_s=1.0))


def test_a_downbeat_counts_bars_both_ways(path):
    plain = analyse(path, find_beats=hearing())
    near = analyse(path, find_beats=hearing(), corrections=Corrections(downbeat_s=plain.beats[6].time_s + 0.1))
    assert times_of(near) == pytest.approx(times_of(plain))
    assert positions_of(near)[:8] == [3, 4, 1, 2, 3, 4, 1, 2]
    assert near.confidence.downbeats == 1
    off = plain.beats[6].time_s + 0.2
    moved = analyse(path, find_beats=hearing(), corrections=Corrections(downbeat_s=off))
    assert moved.beats[6].time_s == off
    assert times_of(moved)[:20] == pytest.approx(times_of(plain)[:20] + 0.2)
    assert "moved by +0.200 s" in moved.notes[-1]


def test_what_anchors_pin_no_downbeat_moves(path):
    row = (Anchor(1, 1.25), Anchor(9, 5.25))
    song = analyse(path, find_beats=hearing(), corrections=Corrections(anchors=row, downbeat_s=3.0))
    assert {1.25, 5.25} <= {beat.time_s for beat in song.beats}
    assert next(beat for beat in song.beats if abs(beat.time_s - 2.75) < 1e-9).position == 1


@pytest.mark.parametrize("fix", [Corrections(downbeat_s=500.0), Corrections(anchors=(Anchor(1, 500.0),))])
def test_times_beyond_the_song_are_refused(path, fix):
    with pytest.raises(InputError, match="8:20 is past the song's end"):
        analyse(path, corrections=fix)


def test_loose_arguments_win_over_the_noun(path):
    fix = Corrections(bpm=100.0, offset_s=1.0)
    asked = []

    def find_beats(features, *, bpm=None):
        asked.append(bpm)
        return hearing()(features)

    song = analyse(path, bpm=120.0, offset_s=0.0, corrections=fix, find_beats=find_beats)
    assert asked == [120.0]
    assert song.beats[0].time_s == 0.25


def test_clicks_follow_the_corrected_beats(path, tmp_path):
    """Clicks found in the sound by a matched filter that knows nothing of the grid."""
    fix = Corrections(offset_s=0.013, anchors=(Anchor(1, 1.003), Anchor(9, 5.1)), downbeat_s=1.0)
    song = analyse(path, find_beats=hearing(), corrections=fix)
    write_click(song, path, tmp_path / "click.wav")
    mixed, plain = soundfile.read(tmp_path / "click.wav")[0], soundfile.read(path)[0]
    left = mixed - np.dot(mixed, plain) / np.dot(plain, plain) * plain
    t = np.arange(round(0.04 * RATE)) / RATE
    shape = np.exp(-t / 0.008)
    low, high = (np.correlate(left, np.cos(2 * np.pi * f * t) * shape, "valid") for f in (880, 1760))
    for beat in song.beats[:-1]:
        at = round(beat.time_s * RATE)
        window = slice(max(at - RATE // 10, 0), at + RATE // 10)
        right, other = (high, low) if beat.position == 1 else (low, high)
        assert right[window].max() > other[window].max()
        assert abs(window.start + int(right[window].argmax()) - at) <= 1
    assert {1.003, 5.1} <= {beat.time_s for beat in song.beats}


def test_the_map_marks_anchors_and_names_corrections(path, tmp_path):
    fix = Corrections(anchors=(Anchor(1, 4.25), Anchor(17, 12.25)))
    song = analyse(path, find_beats=hearing(), corrections=fix)
    plot_song(song, path, tmp_path / "plain.png")
    plot_song(song, path, tmp_path / "marked.png", corrections=fix)
    plain, marked = (
        np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB")).astype(int) for name in ("plain", "marked")
    )
    changed = np.abs(plain - marked).max(axis=2) > 30
    columns = np.flatnonzero(changed[250:490].mean(axis=0) > 0.9)  # lines through the waveform
    left, right = 0.062 * 2000, 0.985 * 2000
    wanted = [left + anchor.time_s / song.duration_s * (right - left) for anchor in fix.anchors]
    assert all(min(abs(column - x) for x in wanted) <= 2 for column in columns)
    assert all(np.abs(columns - x).min() <= 1 for x in wanted)
    mint = np.abs(marked - [0x9D, 0xF2, 0xC8]).max(axis=2) <= 12
    assert mint[60:95].sum() > 200  # the words under the title
    assert not (np.abs(plain - [0x9D, 0xF2, 0xC8]).max(axis=2) <= 12).any()
