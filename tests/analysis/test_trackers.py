"""The contract over every tracker that is installed, and the registry with distributions laid out on disk."""

from __future__ import annotations

import sys

import mir_eval
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from played_songs import RATE, play, score, write_song

from musicvid.analysis.beats import BeatTrack, find_beats
from musicvid.analysis.trackers import beat_track, hear, load_tracker, tracker_names
from musicvid.analysis.trackers.conformance import check_description, check_repeatable, check_track, check_tracker
from musicvid.errors import MusicvidError, TrackerError, UnknownNameError

INSTALLED = [entry.name for entry in tracker_names()]


@pytest.mark.parametrize("name", INSTALLED)
def test_every_installed_tracker_keeps_the_contract(name, tmp_path):
    try:
        load_tracker(name)
    except TrackerError as error:
        pytest.skip(f"{name} cannot be used here: {error}")
    check_tracker(lambda: load_tracker(name), tmp_path)


def test_built_in_trackers_come_in_by_entry_points():
    found = {entry.name: entry for entry in tracker_names()}
    assert {"musicvid", "librosa", "beat_this"} <= set(found), "run this with the project installed: pip install -e ."
    for entry in found.values():
        assert entry.problem == ""
        assert entry.summary
    assert found["musicvid"].source.startswith("musicvid ")


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    written = score((120, 4, 10))
    return written, hear(write_song(tmp_path_factory.mktemp("trackers") / "song.wav", play(written)))


def test_ours_is_find_beats(song):
    track, plain = load_tracker().find_beats(song[1]), find_beats(song[1].features)
    assert np.array_equal(track.times_s, plain.times_s)
    assert np.array_equal(track.positions, plain.positions)


def test_librosa_hears_a_plain_song(song):
    written, heard = song
    track = load_tracker("librosa").find_beats(heard)
    assert mir_eval.beat.f_measure(written.beats, track.times_s) > 0.85
    assert list(track.positions[:5]) == [1, 2, 3, 4, 1]
    assert (track.pulse_confidence, track.downbeat_confidence) == (0.5, 0.25)
    assert "does not say how sure" in track.notes[0]


def test_samples_are_those_of_the_file(song):
    written, heard = song
    assert heard.samples() == pytest.approx(play(written), abs=1e-4)
    assert len(heard.samples(RATE // 2)) == pytest.approx(len(play(written)) / 2, abs=1)


moments = st.lists(st.floats(-2, 12, allow_nan=False), max_size=30)


@settings(deadline=None)
@given(moments, moments, st.floats(-1, 2))
def test_tracks_from_times_keep_the_contract(times, downbeats, sure):
    track = beat_track(times, downbeats, 10.0, strengths=sure, beats=sure, octave=sure, phase=sure, downbeats=sure)
    check_track(track, 10.0)
    assert set(track.times_s) == {t for t in times if 0 <= t < 10}


def test_positions_count_between_downbeats_and_back_from_the_first():
    times = 0.5 * np.arange(11)
    track = beat_track(times, [1.02, 2.5, 4.0], 9.0, beats=1, octave=1, phase=1, downbeats=1)
    assert list(track.positions) == [2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3]
    plain = beat_track(times, [], 9.0, beats=1, octave=1, phase=1, downbeats=0)
    assert list(plain.positions) == [1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3]


GOOD = """
from musicvid.analysis.trackers import beat_track

class Tracker:
    summary, version, takes_bpm = "ticks", "1", False

    def find_beats(self, heard, *, bpm=None):
        return beat_track([0.5, 1.0, 1.5], [0.5], heard.duration_s, beats=0, octave=0, phase=0, downbeats=0)
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Make a distribution importable: ``install("name", "tracker", source)``."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(distribution, tracker, source):
        module = f"plugin_{distribution}"
        (tmp_path / f"{module}.py").write_text(source)
        folder = tmp_path / f"{distribution}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[musicvid.beat_trackers]\n{tracker} = {module}:Tracker\n")
        monkeypatch.delitem(sys.modules, module, raising=False)

    return make


def test_a_plug_in_is_listed_loaded_and_asked(install, song):
    install("clockwork", "ticking", GOOD)
    (entry,) = [one for one in tracker_names() if one.name == "ticking"]
    assert (entry.summary, entry.source, entry.problem) == ("ticks", "clockwork 1.0", "")
    assert list(load_tracker("ticking").find_beats(song[1]).times_s) == [0.5, 1.0, 1.5]


def test_an_unknown_name_lists_the_known_ones(install):
    install("clockwork", "ticking", GOOD)
    with pytest.raises(
        UnknownNameError, match=r"unknown beat tracker 'tickin', did you mean 'ticking'\? \(known: .*musi"
    ):
        load_tracker("tickin")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import no_such_library", "'ticking' of clockwork 1.0 does not import: ModuleNotFoundError"),
        ("def Tracker():\n    raise ValueError('no licence')", "'ticking' of clockwork 1.0 cannot be made: ValueError"),
        ("class Tracker:\n    version = '1'", "is not a beat tracker: it has no summary, takes_bpm, find_beats"),
        (GOOD.replace('"1"', '""'), "has version ''"),
    ],
)
def test_a_broken_plug_in_is_named_in_one_line(install, source, words):
    install("clockwork", "ticking", source)
    with pytest.raises(TrackerError) as caught:
        load_tracker("ticking")
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_missing_for_beat_this_is_said_in_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("MUSICVID_BEAT_THIS", str(tmp_path / "none.ckpt"))
    with pytest.raises(TrackerError, match=r"pip install \"musicvid\[beat-this\]\"|none\.ckpt: the weights") as caught:
        load_tracker("beat_this")
    assert "\n" not in str(caught.value)


def broken(**changes: object) -> BeatTrack:
    parts = {"times_s": np.array([0.5, 1.0]), "positions": np.array([1, 2]), "strengths": np.ones(2), **changes}
    return BeatTrack(*parts.values(), 0.5, 0.5, 0.5, 0.5)


@pytest.mark.parametrize(
    ("track", "words"),
    [
        (broken(times_s=np.array([1.0, 1.0])), "rise strictly"),
        (broken(times_s=np.array([1.0, 3.0])), "lie outside"),
        (broken(times_s=np.array([-0.1, 1.0])), "lie outside"),
        (broken(times_s=np.array([np.nan, 1.0])), "no numbers"),
        (broken(positions=np.array([0, 1])), "counted from 1"),
        (broken(positions=np.array([1, 3])), "follow neither"),
        (broken(positions=np.array([1.0, 2.0])), "not whole numbers"),
        (broken(strengths=np.array([0.5, 1.5])), "strengths lie within 0 and 1"),
        (broken(strengths=np.ones(3)), "shapes differ"),
        ([0.5, 1.0], "not a BeatTrack"),
    ],
)
def test_the_contract_finds_what_is_wrong(track, words):
    with pytest.raises(AssertionError, match=words):
        check_track(track, 2.0)
    check_track(broken(), 2.0)


def test_the_contract_finds_a_tracker_that_remembers(song):
    class Restless:
        summary, version, takes_bpm, heard = "restless", "1", False, 0.0

        def find_beats(self, heard, *, bpm=None):
            self.heard += 0.1
            return beat_track([self.heard], [], heard.duration_s, beats=0, octave=0, phase=0, downbeats=0)

    check_description(Restless())
    with pytest.raises(AssertionError, match="other beats the second time"):
        check_repeatable(Restless, song[1], song[1])


def test_errors_of_trackers_are_ours():
    assert issubclass(TrackerError, MusicvidError)
