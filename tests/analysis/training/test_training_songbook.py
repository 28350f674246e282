"""Number k of seed s is always the same song; a run that was cut off goes on; the program says what it lacks."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from made_scores import kept_song, pop_song, write_midi
from song_hashes import FONTS, song_hashes
from song_hashes import __file__ as song_hashes_file

from musicvid.analysis.network import load
from musicvid.analysis.training import composing, songbook
from musicvid.analysis.training.composing import FORMS, METRES, compose
from musicvid.analysis.training.learning import SIZES
from musicvid.analysis.training.machines import synthesise
from musicvid.analysis.training.song_files import read_song
from musicvid.analysis.training.songbook import RECIPES, Songbook, Sources, write_songs
from musicvid.errors import InputError

PROGRAM = [sys.executable, "-m", "musicvid.analysis.training"]


@pytest.fixture(scope="module")
def midi(tmp_path_factory) -> Path:
    """Sets of MIDI files laid out as the program takes them."""
    folder = tmp_path_factory.mktemp("midi")
    (folder / "pop909").mkdir()
    for seed, (phase, phrases) in enumerate([(0, "i4A4B4A4B4o3"), (3, "i4A8b4A8B8o2"), (1, "i4A4B4X4A4B4o3")]):
        pop_song(folder / "pop909", f"{seed:03d}", phase=phase, start=1, phrases=phrases, seed=seed)
    for seed, metre in enumerate([(4, 4), (3, 4), (6, 8)]):
        rng = np.random.default_rng(seed)
        notes = [(k / 2, 0.4, int(rng.integers(40, 80)), 80) for k in range(200)]
        write_midi(folder / "freedoom" / f"d_{seed}.mid", {"": notes}, metres=[(0, *metre)])
    for seed in range(2):
        hits = [(k / 4, 0.1, (36, 42, 38, 42)[k // 2 % 4], 90) for k in range(70 + 16 * seed)]
        write_midi(folder / "groove" / "drummer1" / f"{seed}_rock_{seed}_beat_4-4.mid", {"": hits}, channel=9)
    return folder


def sources(midi: Path, left_out: frozenset[str] = frozenset()) -> Sources:
    return Sources(midi / "pop909", midi / "freedoom", midi / "groove", FONTS, left_out)


@pytest.fixture
def machines_only(monkeypatch):
    """Soundfonts are not there; songs are short."""
    monkeypatch.setattr(composing, "LONGEST_S", 5)

    def play(performance, font, rate_hz, *, channels=None):
        assert font in FONTS
        return synthesise(performance, rate_hz, np.random.default_rng(0), channels)

    monkeypatch.setattr(songbook, "play", play)


NUMBERS = range(24)


def test_a_number_is_the_same_song_in_every_process(midi, tmp_path):
    ours = song_hashes(midi, tmp_path / "a", NUMBERS)
    theirs = subprocess.run(
        [sys.executable, song_hashes_file, midi, tmp_path / "b", str(NUMBERS.stop)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONHASHSEED": "5"},
    ).stdout.splitlines()
    assert theirs == ours
    assert {line.split()[0] for line in ours} == set(RECIPES)
    assert len(set(ours)) == len(ours)
    # In any order, with others drawn before.
    assert song_hashes(midi, tmp_path / "a", [17, 3]) == [ours[17], ours[3]]


def test_shares_are_of_the_whole():
    assert sum(RECIPES.values()) == pytest.approx(1)
    assert sum(share for *_, share in METRES) == pytest.approx(1)
    assert sum(songbook.FONT_ODDS) == pytest.approx(1)


@pytest.mark.parametrize("seed", range(40))
def test_composed_songs_keep_their_own_laws(seed):
    score = compose(np.random.default_rng(seed))
    assert (score.bars[0], score.triple) in {(metre, triple) for metre, triple, _ in METRES}
    assert 40 <= score.tempo_bpm <= 240
    letters = "".join(part.material for part in score.parts)
    assert any(form.startswith(letters) for form in FORMS)
    assert (score.notes[:, 0] >= 0).all()
    assert score.notes[:, 0].max() < score.beat_count
    assert ((score.notes[:, 3] >= 0) & (score.notes[:, 3] <= 127)).all()
    assert set(score.notes[:, 2].astype(int)) <= set(score.programs)
    assert max(part.bar for part in score.parts) < len(score.bars)


def test_names_that_are_left_out_are_never_used(midi, tmp_path):
    book = Songbook(sources(midi, frozenset({"000", "d_1"})), 1, tmp_path)
    assert set(book.pop) == {"001", "002"}
    assert [score.bars[0] for score in book.arrangements] == [4, 2]


def written(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.glob("*.npz"))}


def test_songs_go_on_where_they_were_cut_off(midi, tmp_path, machines_only, capsys):
    # Composed, a drummer's, a composed one: what is quick.
    numbers = _quick_numbers(midi, tmp_path / "look")
    folder = tmp_path / "songs"
    write_songs(Songbook(sources(midi), 7, folder), folder, numbers)
    first = written(folder)
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["song"] for row in said] == numbers
    assert len(first) == len(numbers)
    lost = folder / f"{numbers[1]:05d}.npz"
    lost.rename(lost.with_suffix(".part"))  # cut off before it had its name
    write_songs(Songbook(sources(midi), 7, folder), folder, numbers)
    assert written(folder) == first
    assert [json.loads(line)["song"] for line in capsys.readouterr().out.splitlines()] == [numbers[1]]
    assert list(folder.glob("*.part")) == []
    for row in said:
        song = read_song(folder / f"{row['song']:05d}.npz")
        assert song.mel.shape[1] == 80
        assert abs(len(song.mel) / 100 - row["music_s"] - 1) < 0.1
        assert len(song.beats_s) == len(song.positions) == len(song.bar_beats) == row["beats"]
        assert (song.positions <= song.bar_beats).all()
        assert song.beats_s[-1] < row["music_s"]


def _quick_numbers(midi: Path, keep: Path) -> list[int]:
    book = Songbook(sources(midi), 7, keep)
    drawn = {number: book.draw(np.random.default_rng([7, number])) for number in range(40)}
    short = sorted((played.stop_s, number) for number, (recipe, played) in drawn.items() if recipe != "pop")
    return sorted(number for _, number in short[:3])


@pytest.mark.parametrize("change", [{"seed": 8}, {"left_out": frozenset({"000"})}])
def test_a_folder_has_songs_of_one_kind(midi, tmp_path, change):
    write_songs(Songbook(sources(midi), 7, tmp_path), tmp_path, [])
    other = Songbook(sources(midi, change.get("left_out", frozenset())), change.get("seed", 7), tmp_path)
    with pytest.raises(InputError, match="choose another folder"):
        write_songs(other, tmp_path, [])


def test_sets_that_are_not_there_are_named(midi, tmp_path):
    with pytest.raises(InputError, match="no MIDI files here") as caught:
        Sources(midi / "pop909", tmp_path / "freedoom", midi / "groove", FONTS)
    assert str(tmp_path / "freedoom") in str(caught.value)
    with pytest.raises(InputError, match="3 soundfonts are needed, not 1"):
        Sources(midi / "pop909", midi / "freedoom", midi / "groove", FONTS[:1])


def test_the_program_says_in_a_line_what_to_install(midi, tmp_path):
    asked = [*PROGRAM, "songs", str(tmp_path / "songs"), "--midi", str(midi)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, env={"PATH": str(tmp_path)})
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: not installed: fluidsynth")
    assert "apt install fluidsynth" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "songs").exists()


def program(*asked: object) -> subprocess.CompletedProcess:
    return subprocess.run([*PROGRAM, *map(str, asked)], capture_output=True, text=True, check=False)


def test_the_program_says_that_there_are_no_songs(tmp_path):
    done = program("train", tmp_path, tmp_path / "net")
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: {tmp_path}: no songs here")
    assert done.stderr.count("\n") == 1


def test_the_program_trains_what_the_product_can_load(tmp_path):
    song = kept_song(40.0)
    parts = {name: getattr(song, name) for name in song.__slots__}
    np.savez(tmp_path / "00000.npz", **parts)
    asked = ("train", tmp_path, tmp_path / "net", "--size", "small", "--threads", 1, "--steps")
    done = program(*asked, 1)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 songs, 0.0 h\n")
    row = json.loads((tmp_path / "net" / "log.jsonl").read_text())
    assert row["step"] == 1
    assert load(str(tmp_path / "net" / "network.safetensors")).front.out_channels == SIZES["small"]["width"]
    other = program(*asked, 2)
    assert other.returncode == 1
    assert "a run of another plan" in other.stderr
    assert other.stderr.count("\n") == 1
