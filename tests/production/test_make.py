"""The whole job, made again, changed, interrupted and broken."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from film_parts import write_beats, write_song
from PIL import Image

import musicvid as mv
from musicvid.errors import InputError, MusicvidError, StorageError
from musicvid.production.job import Wishes
from musicvid.production.workspace import Workspace

STORY = """musicvid: 1
title: test
video: {size: 64x36, fps: 25}
renderer: {name: footage, folder: stills}
pace: {default: 2 beats}
cuts: {on: beats}
scenes:
  - {in: default, note: colours}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A song, its beats, six flat stills and a storyboard; the cache is the test's own."""
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    write_beats(tmp_path / "song.beats", write_song(tmp_path / "song.wav", 8.0))
    (tmp_path / "stills").mkdir()
    for i in range(6):
        colour = [(40 + 37 * i) % 256, (200 - 29 * i) % 256, (90 * i) % 256]
        Image.fromarray(np.full((36, 64, 3), colour, np.uint8)).save(tmp_path / "stills" / f"{i}.png")
    (tmp_path / "story.yaml").write_text(STORY)
    return tmp_path


def make(project: Path, **wishes):
    return mv.make(
        project / "song.wav",
        project / "story.yaml",
        to=project / "film.mp4",
        beats=project / "song.beats",
        workers=1,
        **wishes,
    )


def takes(project: Path) -> set[Path]:
    """Finished takes; parts that are still being written have a leading dot."""
    return set((project / "film.musicvid" / "takes").rglob("[!.]*.mp4"))


def test_a_film_is_made_measured_and_documented(project):
    made = make(project)
    assert made.report.ok
    assert not made.kept
    assert made.report.frames == 200
    work = Workspace.beside(project / "film.mp4")
    for file, kind in ((work.song, "song"), (work.shots, "shots"), (work.timeline, "timeline"), (work.sync, "sync")):
        assert json.loads(file.read_text())["document"] == kind


def test_nothing_changed_means_nothing_is_done(project):
    make(project)
    before = (project / "film.mp4").stat().st_mtime_ns, takes(project)
    again = make(project)
    assert again.kept
    assert again.report.ok
    assert ((project / "film.mp4").stat().st_mtime_ns, takes(project)) == before


def test_a_film_that_was_replaced_is_made_again(project):
    make(project)
    (project / "film.mp4").write_bytes(b"something else")
    assert not make(project).kept
    assert mv.verify(project / "film.mp4", _timeline(project)).frames == 200


def test_changing_one_shot_renders_one_take(project):
    shots = make(project).shots
    before = takes(project)
    (project / "story.yaml").write_text(STORY + f"shots:\n  {shots.shots[3].id}: {{prompt: another}}\n")
    made = make(project)
    assert made.report.ok
    assert len(takes(project) - before) == 1
    assert before < takes(project)


def test_only_leaves_the_other_shots_as_they_were(project):
    shots = make(project).shots
    before = _timeline(project)
    (project / "story.yaml").write_text(STORY.replace("colours", "other colours"))
    chosen = shots.shots[2].id
    made = make(project, only=[chosen])
    assert made.report.ok
    changed = [
        a.shot_id for a, b in zip(_timeline(project).clips, before.clips, strict=True) if a.take.key != b.take.key
    ]
    assert changed == [chosen]


def test_only_without_an_earlier_film_says_what_is_missing(project):
    shots = mv.plan(
        mv.analyse(project / "song.wav", beats=project / "song.beats"), mv.Storyboard.load(project / "story.yaml")
    )
    with pytest.raises(MusicvidError, match="no take yet"):
        make(project, only=[shots.shots[0].id])


def test_the_old_film_stays_when_assembly_fails(project, monkeypatch):
    make(project)
    before = (project / "film.mp4").read_bytes()
    (project / "story.yaml").write_text(STORY.replace("2 beats", "3 beats"))

    def broken(*args, **kwargs):
        raise StorageError("no space left on the device")

    monkeypatch.setattr("musicvid.assembly.assemble.join", broken)
    with pytest.raises(StorageError):
        make(project)
    assert (project / "film.mp4").read_bytes() == before
    monkeypatch.undo()
    monkeypatch.setenv("MUSICVID_CACHE", str(project / "cache"))
    assert make(project).report.ok


def test_a_budget_that_is_too_small_stops_before_the_first_render(project):
    with pytest.raises(InputError, match="the budget is"):
        make(project, budget_s=0.0001)
    assert not takes(project)


def test_two_makes_cannot_share_a_workspace(project):
    with Workspace.beside(project / "film.mp4").locked(), pytest.raises(StorageError, match="another musicvid"):
        make(project)


def test_a_workspace_is_never_made_of_a_folder_with_other_things(project):
    (project / "holiday").mkdir()
    (project / "holiday" / "photo.jpg").write_bytes(b"x")
    with pytest.raises(InputError, match="not a musicvid workspace"):
        make(project, work=project / "holiday")
    assert [p.name for p in (project / "holiday").iterdir()] == ["photo.jpg"]


def test_wishes_win_over_the_storyboard(project):
    story = mv.Storyboard.load(project / "story.yaml")
    other = Wishes(renderer="animatic", size="128x72", fps="30", seed=9, takes=2).applied(story)
    assert (str(other.video.size), str(other.video.rate)) == ("128x72", "30")
    assert other.renderer.options == ()
    assert (other.renderer.name, other.renderer.seed, other.renderer.takes) == ("animatic", 9, 2)


def test_interrupted_and_run_again(project):
    command = [sys.executable, "-m", "musicvid", "make", "song.wav", "story.yaml", "-o", "film.mp4", "--size=640x360",
               "--beats=song.beats", "--fps=60", "--quiet", "--workers=2"]  # fmt: skip
    process = subprocess.Popen(command, cwd=project, stderr=subprocess.PIPE, text=True, start_new_session=True)
    deadline = time.monotonic() + 60
    while not takes(project) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert not (project / "film.mp4").exists()
    assert not list(project.rglob("*.part-*"))
    kept = takes(project)
    assert kept
    stamps = {path: path.stat().st_mtime_ns for path in kept}
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == stamps


def _trouble(film: Path, project: Path) -> str:
    """The error of verifying, or the film and its problems."""
    try:
        report = mv.verify(film, _timeline(project))
    except MusicvidError as error:
        return str(error)
    return f"{film} {report.problems}" if report.problems else ""


def _timeline(project: Path):
    from musicvid.production.documents import read_timeline

    return read_timeline(project / "film.musicvid" / "timeline.json")


DAMAGED = {
    "a take of the same length": "takes/*/[!.]*.mp4",
    "what is known of a take": "takes/*/[!.]*.json",
    "an encoded piece": "segments/*/*.mp4",
    "the song as it is muxed": "audio/*.mp4",
    "what the film was made from": "made.json",
    "what was measured": "sync.json",
    "the edit": "timeline.json",
    "the shot list": "shots.json",
}


def test_a_damaged_workspace_heals_itself(project):
    """Each kind of file in turn is replaced with garbage of its own length; the same film comes out again."""
    make(project)
    film = project / "film.mp4"
    whole = film.read_bytes()
    for what, pattern in DAMAGED.items():
        for path in (project / "film.musicvid").glob(pattern):
            path.write_bytes(os.urandom(path.stat().st_size))
        os.utime(film)  # else there is nothing to do, and nothing is read
        make(project)
        assert film.read_bytes() == whole, what


def test_a_workspace_that_another_run_is_making_is_not_somebody_elses_folder(tmp_path):
    """Two runs at once: the first has made the folder and is writing its marker when the second looks."""
    workspace = Workspace(tmp_path / "film.musicvid")
    workspace.root.mkdir()
    (workspace.root / ".workspace.part-1-0.json").write_bytes(b"")
    workspace.create()
    assert (workspace.root / "workspace.json").is_file()


@pytest.mark.parametrize("keep", [0, 100, 0.5])
def test_damaged_memories_are_measured_again(project, keep):
    make(project)
    for name in ("thumbs.npz", "thumbs.json"):
        memory = project / "film.musicvid" / name
        data = memory.read_bytes()
        memory.write_bytes(data[: keep if isinstance(keep, int) else int(len(data) * keep)])
    (project / "film.mp4").unlink()
    assert make(project).report.ok


def test_a_film_that_lost_its_end_is_one_clear_error(project):
    made = make(project)
    data = made.video.read_bytes()
    for lost in (50, len(data) // 2):
        made.video.write_bytes(data[:-lost])
        assert "film.mp4" in _trouble(made.video, project)


def test_a_song_that_is_gone_is_said(project):
    made = make(project)
    (project / "song.wav").unlink()
    with pytest.raises(MusicvidError, match="song that the film was made of is gone"):
        mv.verify(made.video, _timeline(project))
