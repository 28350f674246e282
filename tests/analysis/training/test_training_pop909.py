"""Bar lines and phrases of made-up songs, in the form of POP909, are put where they were composed."""

from __future__ import annotations

import numpy as np
import pytest
from made_scores import pop_song

from musicvid.analysis.training.phrase_starts import start_bar
from musicvid.analysis.training.placing import AFTER, BEFORE, RULES, Placing, placed_score, placings
from musicvid.analysis.training.pop909 import Phrase, read_phrases, read_pop_song
from musicvid.analysis.training.scores import CLOSING, INSTRUMENTAL, OPENING, SUNG
from musicvid.errors import InputError

# Beats before the first bar line, bars before the phrases, phrases, by how many beats the set's flags are wrong.
SONGS = {
    "001": (0, 1, "i4A4B4A4B4o3", 0),
    "002": (3, 0, "i4A4b4A4A4B8o2", 0),
    "003": (1, 2, "i2A8B8x4A8B8o3", 2),
    "004": (2, 3, "i4A4A4B4b4A4o2", 0),
    "005": (2, 1, "i4A8B4A8B4x4B4o3", 0),
    "006": (3, 2, "i4A4B4X4A4B4o3", 1),
    "007": (0, 0, "i4A8b4A8B8o2", 0),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pop909")
    for name, (phase, start, phrases, off) in SONGS.items():
        pop_song(folder, name, phase=phase, start=start, phrases=phrases, seed=int(name), flags_off=off)
    return folder


@pytest.fixture(scope="module")
def found(folder, tmp_path_factory):
    return placings(folder, tmp_path_factory.mktemp("kept"))


def test_bar_lines_are_right_even_where_the_flags_are_wrong(found):
    assert {name: place.phase for name, place in found.items()} == {name: song[0] for name, song in SONGS.items()}


def test_phrases_begin_where_they_were_composed(found):
    assert {name: place.start_bar for name, place in found.items()} == {name: song[1] for name, song in SONGS.items()}


def test_what_was_worked_out_is_kept(folder, found, tmp_path):
    kept = tmp_path / f"pop909-{RULES}.json"
    kept.write_text('{"001": {"phase": 2, "start_bar": 7}}')
    assert [(name, p.phase, p.start_bar) for name, p in placings(folder, tmp_path).items()] == [("001", 2, 7)]
    kept.rename(tmp_path / f"pop909-{RULES - 1}.json")
    assert placings(folder, tmp_path) == found


def test_parts_stand_at_their_bars(folder, found):
    path = folder / "006.mid"
    score = placed_score(read_pop_song(path), read_phrases(path), found["006"])
    assert [(part.bar, part.material, part.function) for part in score.parts] == [
        (0, BEFORE, OPENING),
        (2, "i", OPENING),
        (6, "A", SUNG),
        (10, "B", SUNG),
        (14, "X", INSTRUMENTAL),
        (18, "A", SUNG),
        (22, "B", SUNG),
        (26, "o", CLOSING),
        (29, AFTER, CLOSING),
    ]
    assert list(score.positions[:5]) == [2, 3, 4, 1, 2]
    assert score.bars == (4,) * 30
    assert score.tempo_bpm == pytest.approx(120, rel=1e-3)
    # The low notes are on the bar lines.
    low = score.notes[score.notes[:, 3] < 50, 0]
    assert low == pytest.approx(3 + 4 * np.arange(len(low)), abs=0.01)


def test_phrases_that_fit_anywhere_have_no_start(tmp_path):
    """Nearly one material from end to end, and more bars than the labels cover."""
    pop_song(tmp_path, "008", phase=1, start=0, phrases="A1b9b9b9b9", seed=8)
    song = read_pop_song(tmp_path / "008.mid")
    assert start_bar(song, 1, [Phrase("b", 4)] * 3) == -1
    assert placed_score(song, [Phrase("b", 4)] * 3, Placing(1, -1)).parts == ()


def test_phrases_longer_than_the_song_have_no_start(tmp_path):
    pop_song(tmp_path, "008", phase=1, start=0, phrases="i2A4", seed=8)
    assert start_bar(read_pop_song(tmp_path / "008.mid"), 1, [Phrase("A", 40)]) == -1


def test_songs_without_a_melody_are_left_out(folder, tmp_path):
    from made_scores import write_midi

    path = write_midi(tmp_path / "009.mid", {"PIANO": [(0, 1, 60, 80)]})
    assert read_pop_song(path) is None


@pytest.mark.parametrize("ending", [".beats.txt", ".phrases1.txt"])
def test_a_file_that_is_missing_beside_a_song_is_named(tmp_path, ending):
    pop_song(tmp_path, "001", phase=0, start=0, phrases="A4", seed=1)
    (tmp_path / f"001{ending}").unlink()
    path = tmp_path / "001.mid"
    with pytest.raises(InputError, match=f"001{ending}: missing"):
        read_phrases(path) if "phrases" in ending else read_pop_song(path)
