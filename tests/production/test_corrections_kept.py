"""Corrections on their way: storyboard, command line, batch, and the analyses that are kept."""

from __future__ import annotations

import json
import sys

import pytest
from film_parts import write_song

from musicvid.cli.commands import make as make_module
from musicvid.cli.main import main
from musicvid.errors import InputError
from musicvid.production import stages
from musicvid.production.batch import make_command, read_jobs
from musicvid.production.job import Job
from musicvid.production.songs import analyse
from musicvid.schema.grid import Anchor, Corrections


@pytest.fixture(scope="module")
def cache(tmp_path_factory):
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def run(monkeypatch, capsys, tmp_path, cache):
    monkeypatch.setenv("MUSICVID_CACHE", str(cache))
    monkeypatch.chdir(tmp_path)
    write_song(tmp_path / "song.wav", 8.0, seed=1)

    def call(*words, code=0):
        monkeypatch.setattr(sys, "argv", ["musicvid", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr()
        assert ended.value.code == code, out.err
        return out.err if code else out.out

    return call


def beats(text: str) -> list[float]:
    return [beat["time_s"] for beat in json.loads(text)["beats"]]


def test_a_storyboard_corrects_and_options_win_key_by_key(run, tmp_path):
    (tmp_path / "own.beats").write_text("".join(f"{0.25 + k / 2} {k % 4 + 1}\n" for k in range(15)))
    (tmp_path / "story.yaml").write_text("musicvid: 1\nsong: song.wav\ngrid: {beats: own.beats, offset: 0.1}\n")
    given = [0.25 + k / 2 for k in range(15)]
    assert beats(run("analyse", "song.wav", "--storyboard", "story.yaml", "--json")) == pytest.approx(
        [t + 0.1 for t in given]
    )
    plain = run("analyse", "song.wav", "--storyboard", "story.yaml", "--offset", "0", "--halve", "--json")
    assert beats(plain) == pytest.approx(given[::2])
    displaced = run("analyse", "song.wav", "--storyboard", "story.yaml", "--bpm", "120", "--json")
    assert "tempo held near 120 bpm" in displaced
    plan = json.loads(run("plan", "story.yaml", "--json", "--anchor", "beat 1 at 0:01, beat 3 at 0:01.9"))
    assert plan["shots"]
    run("plan", "story.yaml", "-q", "--work", "work", "--anchor", "beat 1 at 0:01", "--anchor", "beat 3 at 0:01.9")
    assert {1.0, 1.9} <= set(beats((tmp_path / "work" / "song.json").read_text()))


def test_init_keeps_corrections_so_that_make_hears_the_same(run, tmp_path):
    (tmp_path / "b.txt").write_text("".join(f"{0.3 + k / 2}\n" for k in range(14)))
    words = (
        "--beats",
        "b.txt",
        "--offset=-0.05",
        "--anchor",
        "beat 2 at 1.5",
        "--anchor",
        "9 at 0:05",
        "--downbeat",
        "2",
    )
    run("init", "song.wav", "-o", "story.yaml", "-q", *words)
    heard = run("analyse", "song.wav", "--json", *words)
    kept = run("analyse", "song.wav", "--json", "--storyboard", "story.yaml")
    assert json.loads(kept)["beats"] == json.loads(heard)["beats"]
    story = stages.load_storyboard(Job(storyboard="story.yaml", to="x.mp4"))
    assert story.grid.anchors == (Anchor(2, 1.5), Anchor(9, 5.0))
    over = Corrections(bpm=100.0, level="double")
    story = stages.load_storyboard(Job(storyboard="story.yaml", to="x.mp4", corrections=over))
    assert story.grid == Corrections("", 100.0, "double", -0.05, (Anchor(2, 1.5), Anchor(9, 5.0)), 2.0)


def test_every_correction_is_part_of_what_is_kept(run, tmp_path):
    told: list[bool] = []

    def heard(**how) -> tuple[bool, object]:
        told.clear()
        song = analyse("song.wav", on_progress=lambda p: told.append(p.kept), **how)
        return told == [True], song.beats

    (tmp_path / "a.txt").write_text("1\n2\n3\n")
    fixes = [
        Corrections(offset_s=0.5),
        Corrections(level="halve"),
        Corrections(level="double"),
        Corrections(anchors=(Anchor(1, 1.0), Anchor(3, 2.0))),
        Corrections(anchors=(Anchor(2, 1.0), Anchor(5, 2.0))),
        Corrections(downbeat_s=1.3),
        Corrections(tracker="librosa"),
        Corrections(beats="a.txt"),
    ]
    first = [heard(corrections=fix) for fix in fixes]
    assert [kept for kept, _ in first] == [False] * len(fixes)
    again = [heard(corrections=fix) for fix in fixes]
    assert [kept for kept, _ in again] == [True] * len(fixes)
    assert [song for _, song in again] == [song for _, song in first]
    assert heard()[1] == heard(corrections=Corrections(offset_s=0.0))[1]
    assert heard(corrections=Corrections(tracker="musicvid"))[0]
    (tmp_path / "a.txt").write_text("1\n2\n3.5\n")
    kept, song = heard(beats="a.txt")
    assert not kept
    assert [beat.time_s for beat in song] == [1, 2, 3.5]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--halve", "--double"), "--halve and --double contradict each other"),
        (("--beats", "a.txt", "--bpm", "120"), "give --beats or --bpm"),
        (("--bpm", "12"), "outside 20 to 400"),
        (("--beats", "a.txt", "--tracker", "librosa"), "give --beats or --tracker"),
        (("--tracker", "libroza"), "unknown beat tracker 'libroza', did you mean 'librosa'? (known: "),
        (("--anchor", "beat one at 2"), "write beat 97 at 1:02.11"),
        (("--anchor", "beat 5 at 2", "--anchor", "beat 1 at 4"), "rise together"),
        (("--downbeat", "bar 5"), "is not a time"),
        (("--downbeat", "1:00"), "past the song's end"),
        (("--beats", "none.txt"), "no such beat file"),
        (("--storyboard", "bad.yaml"), "bad.yaml:2:15: grid.level"),
    ],
)
def test_what_is_wrong_is_one_line(run, tmp_path, words, message):
    (tmp_path / "bad.yaml").write_text("musicvid: 1\ngrid: {level: triple}\n")
    (tmp_path / "a.txt").write_text("1\n2\n")
    error = run("analyse", "song.wav", "-q", *words, code=1)
    assert message in error
    assert error.count("\n") == 1


def test_a_job_file_gives_corrections_that_survive_the_command_line(tmp_path, monkeypatch):
    (tmp_path / "jobs.yaml").write_text(
        "musicvid-batch: 1\ndefaults: {bpm: 100, anchors: [beat 1 at 0:01, beat 9 at 0:05.123456]}\njobs:\n"
        "  - {storyboard: a.yaml, beats: x.beats, level: double, downbeat: 0:12.4}\n"
        "  - {storyboard: b.yaml, offset: 0, anchors: beat 2 at 3}\n"
    )
    jobs = read_jobs(tmp_path / "jobs.yaml")
    anchors = (Anchor(1, 1.0), Anchor(9, 5.123456))
    assert jobs[0].corrections == Corrections(str(tmp_path / "x.beats"), None, "double", None, anchors, 12.4)
    assert jobs[1].corrections == Corrections(bpm=100.0, offset_s=0.0, anchors=(Anchor(2, 3.0),))
    seen = []
    monkeypatch.setattr("musicvid.production.make.make_job", lambda job, on_progress: seen.append(job) or 1 / 0)
    for job in jobs:
        with pytest.raises(ZeroDivisionError):
            make_module.command.main(list(make_command(job))[4:], standalone_mode=False)
        assert seen[-1].corrections == job.corrections


def test_contradictions_in_a_job_file_name_it(tmp_path):
    (tmp_path / "jobs.yaml").write_text("musicvid-batch: 1\njobs: [{storyboard: a.yaml, beats: x, bpm: 100}]\n")
    with pytest.raises(InputError, match="contradict") as caught:
        read_jobs(tmp_path / "jobs.yaml")
    assert caught.value.where == str(tmp_path / "jobs.yaml")
