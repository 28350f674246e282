"""analyse(): what it refuses, what it tells on the way, corrections, estimators put in its place."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_songs import RATE, Score, play, score, write_song

from musicvid.analysis.analyse import analyse
from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.corrections import shifted
from musicvid.analysis.sections import SectionMap
from musicvid.errors import InputError, SongError, UnknownNameError
from musicvid.schema.grid import Corrections
from musicvid.schema.progress import Progress


@pytest.fixture(scope="module")
def written() -> Score:
    return score((120, 4, 8))


@pytest.fixture(scope="module")
def path(tmp_path_factory, written) -> Path:
    return write_song(tmp_path_factory.mktemp("verb") / "song.wav", play(written), channels=2)


def test_the_song_says_what_was_heard(path):
    song = analyse(path)
    assert song.file == str(path)
    assert song.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (song.sample_rate_hz, song.channels) == (RATE, 2)
    assert song.sample_count == (path.stat().st_size - 44) // 4
    assert len({c.name for c in song.curves}) == len(song.curves) == 12
    assert all((len(c) - 1) / c.rate_hz <= song.duration_s < len(c) / c.rate_hz for c in song.curves)
    assert song.onsets
    assert max(o.strength for o in song.onsets) == 1
    assert len(song.bars) == pytest.approx(8, abs=1)


def test_the_same_file_is_heard_the_same(path):
    assert analyse(path) == analyse(path)


def test_progress_rises_to_its_total(path):
    told: list[Progress] = []
    analyse(path, on_progress=told.append)
    assert {p.stage for p in told} == {"analyse"}
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert told[-1].done == told[-1].total


@pytest.mark.parametrize(
    ("samples", "words"),
    [(np.zeros(RATE * 3), "silent"), (np.ones(RATE // 5) * 0.5, "0.20 s"), (np.zeros(0), "bad.wav")],
)
def test_what_holds_no_music_is_refused_in_one_line(tmp_path, samples, words):
    with pytest.raises(SongError, match=words) as caught:
        analyse(write_song(tmp_path / "bad.wav", samples))
    assert "bad.wav" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_and_unreadable_files_are_refused(tmp_path):
    with pytest.raises(SongError):
        analyse(tmp_path / "none.wav")
    (tmp_path / "text.wav").write_text("this is not music")
    with pytest.raises(SongError):
        analyse(tmp_path / "text.wav")


def test_given_beats_win(path, tmp_path):
    times = 0.37 + 0.61 * np.arange(20)
    file = tmp_path / "own.beats"
    file.write_text("".join(f"{t:.4f} {k % 3 + 1}\n" for k, t in enumerate(times)))
    song = analyse(path, beats=file)
    assert [b.time_s for b in song.beats] == [float(f"{t:.4f}") for t in times]
    assert [b.position for b in song.beats[:4]] == [1, 2, 3, 1]
    sure = song.confidence
    assert (sure.beats, sure.octave, sure.phase, sure.downbeats) == (1, 1, 1, 1)
    assert song.tempo_bpm == pytest.approx(60 / 0.61, rel=1e-3)
    assert any("20 beats taken from own.beats" in note for note in song.notes)


def test_bar_lines_are_heard_where_the_file_has_none(path, tmp_path, written):
    file = tmp_path / "plain.txt"
    file.write_text("\n".join(f"{t:.5f}" for t in written.beats))
    song = analyse(path, beats=file)
    assert [b.position for b in song.beats] == list(written.positions)
    assert song.confidence.beats == 1
    assert song.confidence.downbeats < 1


def test_positions_that_are_missing_are_counted_on(path, tmp_path):
    file = tmp_path / "some.csv"
    file.write_text("0.5,\n1.0,\n1.5,1\n2.0,\n2.5,3\n3.0,4\n3.5,\n")
    assert [b.position for b in analyse(path, beats=file).beats] == [3, 4, 1, 2, 3, 4, 1]


@pytest.mark.parametrize(
    ("text", "words"),
    [("0.5\nx\n", "own.txt:2"), ("1.0\n0.5\n", "rise"), ("500\n1000\n1500\n", "seconds"), ("1.0\n", "one beat")],
)
def test_bad_beat_files_name_the_line(path, tmp_path, text, words):
    file = tmp_path / "own.txt"
    file.write_text(text)
    with pytest.raises(InputError, match=words):
        analyse(path, beats=file)


def test_an_offset_shifts_every_beat(path):
    plain, moved = analyse(path), analyse(path, offset_s=0.05)
    shift = {round(b.time_s - a.time_s, 9) for a, b in zip(plain.beats, moved.beats, strict=False)}
    assert shift == {0.05}
    assert any("+0.050 s" in note for note in moved.notes)


@settings(deadline=None)
@given(st.lists(st.floats(0.3, 1), min_size=1, max_size=30), st.floats(-9, 9))
def test_shifted_beats_stay_in_the_song(intervals, offset_s):
    times = np.cumsum(intervals)
    track = BeatTrack(times, np.ones(len(times), np.int64), np.ones(len(times)), 1, 1, 1, 1)
    moved = shifted(track, offset_s, 10.0)
    assert all(0 <= t < 10 for t in moved.times_s) or offset_s == 0
    assert len(moved.times_s) == len(moved.positions) == len(moved.strengths)
    kept = [t for t in times if 0 <= t + offset_s < 10] if offset_s else times
    assert len(moved.times_s) == len(kept)


@pytest.mark.parametrize("how", [{"bpm": 5}, {"bpm": float("nan")}, {"offset_s": 1e9}, {"offset_s": float("nan")}])
def test_corrections_out_of_range_are_refused(path, how):
    with pytest.raises(InputError):
        analyse(path, **how)


def test_a_beat_file_and_a_tempo_contradict(path, tmp_path):
    (tmp_path / "b.txt").write_text("1\n2\n3\n")
    with pytest.raises(InputError, match="--beats or --bpm"):
        analyse(path, beats=tmp_path / "b.txt", bpm=120)


def test_other_estimators_take_the_place_of_ours(path):
    def metronome(features, *, bpm=None):
        times = np.arange(1.0, features.duration_s, 60 / (bpm or 60))
        count = len(times)
        return BeatTrack(times, np.arange(count) % 2 + 1, np.ones(count), 0.5, 0.4, 0.3, 0.2, ("ticking",))

    def halves(features, track):
        assert track.notes == ("ticking",)
        return SectionMap(np.array([0.0, 5.0, features.duration_s]), (0, 1), 0.25)

    song = analyse(path, bpm=30, find_beats=metronome, find_sections=halves)
    assert [b.time_s for b in song.beats] == pytest.approx([1, 3, 5, 7, 9, 11, 13, 15])
    assert [s.stop_s for s in song.sections] == [5.0, song.duration_s]
    assert (song.confidence.octave, song.confidence.sections) == (0.4, 0.25)
    assert song.notes == ("ticking",)


def test_heavy_libraries_stay_away(path):
    code = (
        "import sys; from musicvid.analysis.analyse import analyse\n"
        "heavy = {'librosa', 'numba', 'scipy', 'matplotlib', 'soundfile', 'torch'}\n"
        "early = heavy & set(sys.modules)\n"
        f"assert not early, early\nanalyse({str(path)!r})\n"
        "late = {'sklearn', 'matplotlib', 'moviepy', 'cv2', 'librosa', 'diffusers'} & set(sys.modules)\n"
        "assert not late, late"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr


def test_the_tracker_that_is_named_is_asked(path):
    from musicvid.analysis.trackers import hear, load_tracker

    song = analyse(path, corrections=Corrections(tracker="librosa"))
    asked = load_tracker("librosa").find_beats(hear(path))
    assert [b.time_s for b in song.beats] == pytest.approx(list(asked.times_s))
    assert song.notes[0] == asked.notes[0]
    assert analyse(path, corrections=Corrections(tracker="musicvid")) == analyse(path)


def test_a_tracker_that_takes_no_tempo_is_not_told_one(path, monkeypatch):
    from musicvid.analysis.trackers.librosa_tracker import LibrosaTracker

    monkeypatch.setattr(LibrosaTracker, "takes_bpm", False)
    with pytest.raises(InputError, match="beat tracker 'librosa' cannot be told a tempo"):
        analyse(path, bpm=120, corrections=Corrections(tracker="librosa"))


def test_an_unknown_tracker_is_said_before_the_song_is_heard(tmp_path):
    with pytest.raises(UnknownNameError, match="known: beat_this, librosa, musicvid"):
        analyse(tmp_path / "none.wav", corrections=Corrections(tracker="madmon"))
