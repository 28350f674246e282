"""MIDI files that mido wrote, read as scores; what we write, read by mido."""

from __future__ import annotations

import mido
import numpy as np
import pytest
from made_scores import clicks, write_midi

from musicvid.analysis.training.midi_files import read_arrangement, read_drum_take, read_midi
from musicvid.analysis.training.performing import perform
from musicvid.analysis.training.playing import write_midi as write_performance
from musicvid.analysis.training.scores import DRUMS
from musicvid.errors import InputError

EIGHTHS = [(k / 2, 0.4, 60 + k % 12, 80) for k in range(96)]


@pytest.mark.parametrize(
    ("metre", "beats_per_bar", "bpm", "quarters", "triple"),
    [
        ((4, 4), 4, 120, 1.0, False),
        ((3, 4), 3, 120, 1.0, False),
        ((6, 8), 2, 80, 1.5, True),
        ((12, 8), 4, 80, 1.5, True),
        ((7, 8), 7, 240, 0.5, False),
        ((5, 8), 5, 240, 0.5, False),
        ((2, 2), 2, 60, 2.0, False),
    ],
)
def test_beats_are_what_the_metre_counts(tmp_path, metre, beats_per_bar, bpm, quarters, triple):
    path = write_midi(tmp_path / "song.mid", {"": EIGHTHS}, bpm=120, metres=[(0, *metre)])
    score = read_arrangement(path)
    assert (set(score.bars), score.triple) == ({beats_per_bar}, triple)
    assert score.tempo_bpm == pytest.approx(bpm, rel=1e-4)
    assert score.notes[:, 0] == pytest.approx([start / quarters for start, *_ in EIGHTHS], abs=1e-3)
    # 48 quarters of music end in the last bar.
    assert len(score.bars) == np.ceil(48 / quarters / beats_per_bar)


@pytest.mark.parametrize(
    "asked",
    [
        {"bpm": [(0, 120), (16, 140)]},
        {"metres": [(0, 4, 4), (16, 3, 4)]},
        {"metres": [(0, 11, 8)]},
        {"metres": [(0, 9, 4)]},
        {"bpm": 300},
        {"bpm": 30},
    ],
    ids=["tempo changes", "metre changes", "11/8", "9/4", "too fast", "too slow"],
)
def test_other_files_are_left_out(tmp_path, asked):
    assert read_arrangement(write_midi(tmp_path / "song.mid", {"": EIGHTHS}, **asked)) is None


def test_files_with_next_to_nothing_in_them_are_left_out(tmp_path):
    assert read_arrangement(write_midi(tmp_path / "song.mid", {"": EIGHTHS[:49]})) is None
    assert read_arrangement(write_midi(tmp_path / "more.mid", {"": EIGHTHS[:50]})) is not None


def test_the_same_tempo_again_is_no_change(tmp_path):
    path = write_midi(tmp_path / "song.mid", {"": EIGHTHS}, bpm=[(0, 120), (16, 120.1)])
    assert read_arrangement(path).tempo_bpm == pytest.approx(120)


def test_notes_end_in_the_order_in_which_they_began(tmp_path):
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=" LEAD ")])
    for time, velocity in ((0, 70), (480, 90), (480, 0), (480, 0)):
        track.append(mido.Message("note_on", note=64, velocity=velocity, time=time))
    midi = mido.MidiFile(ticks_per_beat=480)
    midi.tracks.append(track)
    midi.save(tmp_path / "song.mid")
    read = read_midi(tmp_path / "song.mid")
    assert read.notes[:, [0, 1, 4]].tolist() == [[0, 2, 70], [1, 2, 90]]
    assert read.tracks == ("LEAD", "LEAD")


def test_drummers_play_whole_bars_on_a_general_midi_kit(tmp_path):
    hits = [(k / 2, 0.1, 22 if k % 2 else 36, 90) for k in range(2 * 18)]
    take = read_drum_take(write_midi(tmp_path / "take.mid", {"": hits}, channel=9))
    assert take[:, 0].max() < 16
    assert set(take[:, 3]) == {36, 42}
    assert set(take[:, 2]) == {DRUMS}
    assert read_drum_take(write_midi(tmp_path / "short.mid", {"": hits[:30]}, channel=9)) is None


def test_a_performance_as_midi_is_true_to_a_tenth_of_a_millisecond(tmp_path):
    played = perform(clicks((4,) * 8, 97.3), np.random.default_rng(3))
    write_performance(played, tmp_path / "piece.mid")
    midi = mido.MidiFile(tmp_path / "piece.mid")
    now, starts = 0.0, []
    for message in midi:
        now += message.time
        if message.type == "note_on":
            starts.append(now)
    assert starts == pytest.approx(sorted(played.notes[:, 0]), abs=1e-4)


@pytest.mark.parametrize(
    "bytes_", [b"", b"RIFF and no MIDI", b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0MTrk\x00\x00\x00\x40\x00"]
)
def test_files_that_are_no_midi_are_named(tmp_path, bytes_):
    (tmp_path / "song.mid").write_bytes(bytes_)
    with pytest.raises(InputError, match=r"song\.mid: not a MIDI file"):
        read_midi(tmp_path / "song.mid")


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.mid"):
        read_midi(tmp_path / "none.mid")
