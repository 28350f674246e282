"""The tables of scores: truth read as documented, numbers as mir_eval gives them, failures told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import mir_eval
import numpy as np
import pytest
import soundfile

from tests.benchmarks.annotated import AnnotatedSong, Span, read_songs
from tests.benchmarks.runs import Heard, TrackerProcess, hear_all, read_rows, written
from tests.benchmarks.score_tables import calibration_table, score_table, speed_ratios, speed_x
from tests.benchmarks.scores import BEAT_SCORES, score, score_beats, score_sections
from tests.benchmarks.tracking import report

RATE = 8000
BEATS = np.arange(0.5, 29.5, 0.5)
SECTIONS = [(0.0, 8.0, "verse"), (8.0, 16.0, "chorus"), (16.0, 24.0, "verse"), (24.0, 30.0, "outro")]

PEER = """
import json, os, sys
def perfect(path):
    truth = json.load(open(os.path.join(os.path.dirname(path), "..", "answers.json")))
    print("chatter that must not reach the table")
    return truth | {"confidence": 0.95}
def late(path):
    return {"beats": [t + 0.03 for t in perfect(path)["beats"]], "confidence": 0.4}
def broken(path):
    raise RuntimeError("no such model")
def gone(path):
    os._exit(7)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """Two groups of one song each, annotated in both ways that the format allows; a third sound without truth."""
    place = tmp_path_factory.mktemp("songs")
    for name in ("live/harbour", "studio/dawn", "studio/unknown"):
        (place / name).parent.mkdir(exist_ok=True)
        soundfile.write(place / f"{name}.wav", np.zeros(30 * RATE), RATE)
    spans = [{"start": a, "end": b, "label": label} for a, b, label in SECTIONS]
    truth = {"beats": BEATS.tolist(), "downbeats": BEATS[::4].tolist(), "sections": spans, "duration": 30.0}
    (place / "live/harbour.json").write_text(json.dumps(truth))
    (place / "answers.json").write_text(json.dumps(truth))
    (place / "studio/dawn.beats").write_text("".join(f"{t:.3f}\t{k % 4 + 1}\n" for k, t in enumerate(BEATS)))
    (place / "studio/dawn.lab").write_text("".join(f"{a}\t{b}\t{label}\n" for a, b, label in SECTIONS))
    (place / "peer.py").write_text(PEER)
    return place


@pytest.fixture
def peers(folder, monkeypatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(folder))


def test_both_kinds_of_truth_say_the_same(folder):
    harbour, dawn = read_songs(folder)
    assert (harbour.id, harbour.group, dawn.group) == ("live/harbour", "live", "studio")
    assert harbour.beats_s == dawn.beats_s == tuple(BEATS)
    assert harbour.downbeats_s == dawn.downbeats_s == tuple(BEATS[::4])
    assert harbour.sections == dawn.sections == (tuple(Span(*row) for row in SECTIONS),)
    assert harbour.duration_s == dawn.duration_s == 30.0


@pytest.mark.parametrize("name", ["studio", "studio/dawn"])
def test_groups_and_songs_are_chosen_by_name(folder, name):
    assert [song.id for song in read_songs(folder, [name])] == ["studio/dawn"]


def test_an_unknown_group_names_the_known_ones(folder):
    with pytest.raises(ValueError, match=r"jazz.*live, studio"):
        read_songs(folder, ["jazz"])


def test_truth_that_is_no_truth_is_named(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(RATE), RATE)
    (tmp_path / "a.beats").write_text("three\n")
    with pytest.raises(ValueError, match=r"a\.beats.*three"):
        read_songs(tmp_path)


def test_a_folder_without_truth_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"\.beats"):
        read_songs(tmp_path)


@pytest.mark.parametrize("factor", [1, 2, 0.5])
@pytest.mark.parametrize("late_s", [0.0, 0.03, -0.05, 0.2])
def test_beat_scores_are_those_of_mir_eval(factor, late_s):
    found = np.arange(0.5, 29.5, 0.5 / factor) + late_s
    scores = score_beats(BEATS, found)
    theirs = mir_eval.beat.evaluate(BEATS, found)
    assert scores["F"] == theirs["F-measure"]
    assert scores["CMLt"] == theirs["Correct Metric Level Total"]
    assert scores["AMLt"] == theirs["Any Metric Level Total"]
    assert (scores["T1"], scores["T2"]) == (factor == 1, True)
    if factor == 1 and abs(late_s) < 0.07:
        assert scores["late"] == pytest.approx(1000 * late_s)


def test_nothing_found_scores_nothing():
    song = AnnotatedSong("a", Path("a.wav"), 30.0, tuple(BEATS), tuple(BEATS[::4]))
    assert set(score(song, {"beats": [], "downbeats": []}).values()) == {0.0}
    assert score(song, {}) == {}


def test_section_scores_are_those_of_mir_eval():
    true = tuple(Span(*row) for row in SECTIONS)
    found = [Span(0, 8.4, "a"), Span(8.4, 18.0, "b"), Span(18.0, 24.0, "a"), Span(24.0, 30.0, "c")]
    edges = [np.array([(s.start_s, s.stop_s) for s in spans], float) for spans in (true, found)]
    labels = [[s.label for s in spans] for spans in (true, found)]
    theirs = mir_eval.segment.evaluate(edges[0], labels[0], edges[1], labels[1], trim=True)
    scores = score_sections([true], found, 30.0)
    assert scores["B 0.5"] == theirs["F-measure@0.5"]
    assert scores["B 3"] == theirs["F-measure@3.0"]
    assert scores["label F"] == theirs["Pairwise F-measure"]
    assert score_sections([true, found], found, 30.0)["label F"] == pytest.approx((scores["label F"] + 1) / 2)


def test_sections_are_judged_where_the_truth_speaks():
    """Labels that begin late and an answer with a gap and an overlap: compared over the labelled part."""
    true = (Span(8, 16, "A"), Span(16, 24, "B"), Span(24, 28, "A"))
    found = [Span(0, 4, "x"), Span(7, 16.5, "a"), Span(16, 24, "b"), Span(24, 30, "a")]
    scores = score_sections([true], found, 30.0)
    assert scores["B 0.5"] == 1.0
    assert scores["label F"] > 0.9
    assert score_sections([true], [], 30.0)["B 3"] == 0.0


@pytest.mark.usefixtures("peers")
def test_each_tracker_hears_every_song_in_its_own_process(folder, tmp_path):
    songs = read_songs(folder)
    rows = list(hear_all(songs, ["peer:perfect", "peer:late", "peer:broken"]))
    assert [(row.song, row.tracker) for row in rows] == [
        (song.id, f"peer:{name}") for song in songs for name in ("perfect", "late", "broken")
    ]
    assert rows[0].scores["F"] == rows[0].scores["downbeat F"] == rows[0].scores["label F"] == 1.0
    assert rows[1].scores["late"] == pytest.approx(30)
    assert all(row.peak_bytes > 2**20 and row.cpu_s >= 0 for row in rows)
    assert rows[2].failure == "RuntimeError: no such model"
    written(rows, tmp_path / "rows.json")
    assert list(read_rows(tmp_path / "rows.json", songs)) == rows


@pytest.mark.usefixtures("peers")
def test_a_tracker_that_dies_is_started_again(folder):
    process = TrackerProcess("peer:gone")
    songs = read_songs(folder)
    assert [process.hear(song).failure for song in songs] == ["the process ended with 7"] * 2
    process.close()


def _row(tracker: str, group: str, *, cpu_s: float = 1.0, failure: str = "", says: float = 0.5, **scores) -> Heard:
    name = f"{group}/{len(scores)}-{says}"
    return Heard(tracker, name, group, 100.0, {"confidence": says}, failure, cpu_s, cpu_s, 2**26, scores)


def test_the_table_has_means_of_groups_and_of_all():
    rows = [_row("ours", "live", F=0.9, late=-4.0), _row("ours", "studio", F=0.8, late=2.0, cpu_s=3.0),
            _row("ours", "studio", F=0.4, late=9.0, says=0.1)]  # fmt: skip
    lines = score_table(rows, BEAT_SCORES).splitlines()
    assert lines[2] == "| ours | all | 3 | 70.0 | – | – | – | – | – | +2.0 ms | 60 | 64 |"
    assert lines[3] == "|  | live | 1 | 90.0 | – | – | – | – | – | -4.0 ms | 100 | 64 |"
    assert lines[4] == "|  | studio | 2 | 60.0 | – | – | – | – | – | +5.5 ms | 50 | 64 |"
    assert len({line.count("|") for line in lines}) == 1


def test_failures_stand_below_the_table():
    table = score_table([_row("ours", "live", F=1.0), _row("ours", "live", failure="OSError: gone")], ("F",))
    assert "ours failed on 1 songs" in table.splitlines()[-1]
    assert "OSError: gone" in table


def test_speeds_are_compared_on_songs_that_both_heard():
    rows = [_row("musicvid", "a", cpu_s=2.0), _row("librosa", "a", cpu_s=1.0), _row("librosa", "b", cpu_s=50.0)]
    assert speed_x(rows[:1]) == 50.0
    assert "musicvid runs at 0.50 x the speed of librosa per CPU second (1 songs)" in speed_ratios(rows)
    assert speed_ratios(rows[1:]) == ""


def test_calibration_counts_the_sure_and_right():
    rows = [_row("ours", "a", F=f, says=says) for f, says in [(0.95, 0.97), (0.5, 0.92), (0.99, 0.9), (0.2, 0.1)]]
    table = calibration_table(rows)
    assert "| 0.9 to 1 | 2 | 94.5 | 72.5 | 50.0 |" in table
    assert "| 0.8 to 0.9 | 1 | 90.0 | 99.0 | 100.0 |" in table
    assert "Of the 2 songs with a confidence above 0.9, 50.0 % have F above 90." in table
    assert calibration_table([_row("ours", "a")]) == ""


@pytest.mark.usefixtures("peers")
def test_the_command_prints_what_the_readme_shows(folder, tmp_path):
    command = [sys.executable, "-m", "tests.benchmarks", "beats", folder, "--only", "live", "--tracker", "peer:perfect",
               "--tracker", "peer:late", "--json", tmp_path / "out.json"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2], check=True)
    assert "| peer:perfect | all | 1 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | 100.0 | +0.0 ms |" in done.stdout
    assert "| peer:late says | songs |" in done.stdout
    assert "chatter" not in done.stdout
    rows = read_rows(tmp_path / "out.json", read_songs(folder))
    assert report(rows, "sections").count("100.0 | 100.0 | 100.0") == 1
    again = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "beats", folder, "--rescore", tmp_path / "out.json"],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        check=True,
    )
    assert again.stdout == done.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["beats", "{folder}", "--tracker", "foote"], "unknown tracker 'foote' (known: musicvid"),
        (["beats", "{folder}", "--python", "aubio=python"], "TRACKER=PATH"),
        (["beats", "{folder}", "--python", "librosa=gone/python"], "gone/python is no program"),
        (["beats", "{folder}/live", "--only", "x"], "neither group nor song: x"),
        (["soup"], "known: start"),
    ],
)
def test_what_cannot_be_used_is_said(folder, words, message):
    command = [sys.executable, "-m", "tests.benchmarks", *(word.format(folder=folder) for word in words)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[2])
    assert done.returncode == 1
    assert message in done.stderr
