"""A slow renderer on the whole road: what it is asked, what it costs beforehand, how much memory it may plan with."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from film_parts import write_beats, write_song
from patient_plugin import install
from PIL import Image

import musicvid as mv
from musicvid.cli.commands import make as make_module
from musicvid.cli.commands import plan as plan_module
from musicvid.cli.commands import render as render_module
from musicvid.errors import InputError
from musicvid.production.batch import make_command, read_jobs
from musicvid.production.documents import read_timeline
from musicvid.production.estimate import ENCODE_S_720P, estimate
from musicvid.production.job import Encoding
from musicvid.schema.shots import ShotList
from musicvid.schema.storyboard import RendererSpec

STORY = """musicvid: 1
video: {size: 64x36, fps: 23.976}
renderer: {name: patient, log: LOG}
pace: {default: 4 beats}
cuts: {on: beats}
grid: {beats: song.beats}
scenes:
  - {in: default, note: colours, continuous: true, first_frame: start.png}
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(str(tmp_path))
    install(tmp_path)
    write_beats(tmp_path / "song.beats", write_song(tmp_path / "song.wav", 8.0))
    Image.new("RGB", (64, 36), "red").save(tmp_path / "start.png")
    (tmp_path / "story.yaml").write_text(STORY.replace("LOG", str(tmp_path / "log")))
    return tmp_path


def make(project, **wishes):
    return mv.make(project / "song.wav", project / "story.yaml", to=project / "film.mp4", workers=1, **wishes)


def asked(project):
    lines = (project / "log").read_text().splitlines() if (project / "log").exists() else []
    return [json.loads(line) for line in lines]


def test_from_the_storyboard_to_the_request(project):
    shots = make(project, memory="12GiB").shots.shots
    found = asked(project)
    assert [one["shot"] for one in found] == [shot.id for shot in shots]
    assert [one["continues"] for one in found] == ["", *(shot.id for shot in shots[:-1])]
    assert [one["first_frame"] for one in found] == ["start.png", *[""] * (len(shots) - 1)]
    assert {one["memory"] for one in found} == {"12GiB"}
    assert {one["sound"][0] for one in found} == {str(project / "song.wav")}
    # Slice by slice the whole song is heard, each from where the one before ended.
    edges = [one["sound"][1] for one in found]
    assert edges == [sum(one["frames"] for one in found[:k]) for k in range(len(found))]


def test_commands_that_go_on_hear_the_same_song(project, monkeypatch):
    monkeypatch.chdir(project)
    plan_module.command.main(["song.wav", "story.yaml", "--work=film.musicvid", "--json"], standalone_mode=False)
    render_module.command.main(["film.musicvid", "--quiet", "--memory=6GB"], standalone_mode=False)
    found = asked(project)
    assert {one["memory"] for one in found} == {"6GB"}
    assert {one["sound"][0] for one in found} == {str(project / "song.wav")}
    make(project)
    assert asked(project) == found, "what `render` made was made again"


def test_another_song_is_another_take(project):
    make(project)
    count = len(asked(project))
    write_song(project / "song.wav", 8.0, seed=4)
    make(project)
    assert len(asked(project)) == 2 * count


def test_renderers_without_a_card_do_not_know_memory(project):
    for renderer in ("animatic", "footage"):
        with pytest.raises(InputError, match="memory") as caught:
            make(project, backend=renderer, memory="12GiB")
        assert "\n" not in str(caught.value)


def test_memory_on_the_command_line_and_in_job_files(project, monkeypatch):
    seen = []
    monkeypatch.setattr("musicvid.production.make.make_job", lambda job, on_progress: seen.append(job) or 1 / 0)
    words = ["story.yaml", "--set=memory=1GiB", "--set=cards=2", "--memory=12288MiB"]
    with pytest.raises(ZeroDivisionError):
        make_module.command.main(words, standalone_mode=False)
    assert seen[0].wishes.options == (("cards", 2), ("memory", "12288MiB"))
    rows = "  - {storyboard: a.yaml, memory: 8GB}\n  - {storyboard: b.yaml}\n"
    (project / "jobs.yaml").write_text(f"musicvid-batch: 1\ndefaults: {{memory: 12GiB}}\njobs:\n{rows}")
    jobs = read_jobs(project / "jobs.yaml")
    assert [dict(job.wishes.options)["memory"] for job in jobs] == ["8GB", "12GiB"]
    assert "--set=memory=8GB" in make_command(jobs[0])


def planned(project, takes=2, **options) -> ShotList:
    shots = mv.plan(mv.analyse(project / "song.wav"), mv.Storyboard.load(project / "story.yaml"))
    return replace(shots, renderer=RendererSpec("patient", takes=takes, options=tuple(options.items())))


def test_the_cost_is_known_before_the_first_render(project):
    shots = planned(project, cost_s=30.0, cards=2, log="x")
    count = 2 * len(shots.shots)
    cost = estimate(shots, Encoding(), workers=4)
    assert (cost.takes, cost.frames, cost.device_s) == (count, 2 * shots.frame_count, 30.0 * count)
    encoding_s = cost.frames * ENCODE_S_720P["veryfast"] * (64 * 36) / (1280 * 720)
    assert cost.cpu_s == pytest.approx(encoding_s)
    assert cost.wall_s == pytest.approx(encoding_s / 4 + 30.0 * count / 2)  # two cards
    said = plan_module._cost(cost, shots)
    assert f"{count // 2} min 00 s of patient's own, measured on this card" in said


def test_what_is_there_costs_nothing(project):
    make(project)
    kept = [clip.take for clip in read_timeline(project / "film.musicvid" / "timeline.json").clips]
    shots = planned(project, takes=1, cost_s=1.0)
    assert estimate(shots, Encoding(), kept=kept[1:]).device_s == 1.0
    cost = estimate(shots, Encoding(), kept=kept)
    assert (cost.device_s, cost.frames, cost.wall_s, cost.known) == (0.0, 0, 0.0, True)


def test_what_is_not_known_is_not_guessed(project):
    shots = planned(project)
    cost = estimate(shots, Encoding())
    assert not cost.known
    assert "patient: it cannot say beforehand how long it takes; encoding alone: about" in plan_module._cost(
        cost, shots
    )
    with pytest.raises(InputError, match=r"patient cannot say beforehand how long it takes.*leave out --budget"):
        make(project, budget_s=3600.0)
    assert asked(project) == []


def test_a_budget_counts_the_cards_time(project):
    story = (project / "story.yaml").read_text()
    (project / "story.yaml").write_text(story.replace("log:", "cost_s: 600, log:"))
    with pytest.raises(InputError, match="the budget is 10 min 00 s"):
        make(project, budget_s=600.0)
    assert asked(project) == []
    assert make(project, budget_s=36000.0).report.ok
