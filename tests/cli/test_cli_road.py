"""Every command on a short song, as a person would type them one after the other."""

import json
import subprocess
import sys

import av
import numpy as np
import pytest
import soundfile
from jsonschema import Draft202012Validator
from PIL import Image

LRC = "[00:01.00]The first line\n[00:04.00]and the second\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Eight bars of kick, hat and chords at 120 bpm, with lyrics beside them."""
    folder = tmp_path_factory.mktemp("road")
    rng = np.random.default_rng(1)
    time = np.arange(int(22050 * 16.2)) / 22050
    beat = time % 0.5
    kick = np.sin(2 * np.pi * 55 * beat) * np.exp(-14 * beat)
    hat = rng.normal(0, 0.2, len(time)) * np.exp(-60 * (time % 0.25))
    chord = sum(np.sin(2 * np.pi * f * (1 + (time // 2 % 2) / 4) * time) for f in (220, 277, 330)) / 12
    soundfile.write(folder / "song.wav", 0.6 * kick + hat + chord, 22050)
    (folder / "song.lrc").write_text(LRC)
    return folder


@pytest.fixture
def musicvid(project, monkeypatch):
    monkeypatch.setenv("MUSICVID_CACHE", str(project / "cache"))

    def call(*words, code=0):
        command = [sys.executable, "-m", "musicvid", *map(str, words)]
        done = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    return call


def test_the_whole_road(musicvid, project):
    heard = json.loads(musicvid("analyse", "song.wav", "--json", "--click", "click.wav", "--plot", "map.png"))
    assert (heard["document"], heard["version"], heard["sample_rate_hz"]) == ("song", 1, 22050)
    assert heard["tempo_bpm"] == pytest.approx(120, rel=0.03)
    assert {"time_s", "position", "strength"} <= set(heard["beats"][0])
    assert heard["sections"][0]["start_s"] == 0
    assert heard["sections"][-1]["stop_s"] == pytest.approx(heard["duration_s"])
    assert soundfile.info(project / "click.wav").frames == soundfile.info(project / "song.wav").frames
    with Image.open(project / "map.png") as picture:
        assert picture.width > 1000

    musicvid("init", "song.wav", "-o", "story.yaml")
    assert "The first line" in (project / "story.yaml").read_text()
    Draft202012Validator.check_schema(json.loads((project / "storyboard.schema.json").read_text()))
    musicvid("init", "song.wav", "-o", "story.yaml", code=1)

    plan = json.loads(musicvid("plan", "song.wav", "story.yaml", "--size=160x90", "--work=work", "--json"))
    edges = [shot["start"] for shot in plan["shots"]] + [plan["frame_count"]]
    assert edges[0] == 0
    assert [shot["stop"] for shot in plan["shots"]] == edges[1:]
    assert "kind" in plan["shots"][0]["cut_on"]

    rendered = json.loads(musicvid("render", "work", "--draft", "--json"))
    assert {take["shot"] for take in rendered["takes"]} == {shot["id"] for shot in plan["shots"]}
    report = json.loads(musicvid("assemble", "work", "-o", "film.mp4", "--draft", "--json"))
    assert report["ok"]
    assert report["frames"] == report["expected_frames"] == plan["frame_count"]
    with av.open(str(project / "film.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == plan["frame_count"]

    again = json.loads(musicvid("verify", "film.mp4", "--work=work", "--json"))
    assert again["ok"]
    assert set(again) >= {"audio_offset_ms", "cut_error_frames", "drift_ms_per_min", "frames", "expected_frames"}
    musicvid("verify", "film.mp4", code=1)


def test_schema_and_backends_and_doctor_print_json(musicvid):
    Draft202012Validator.check_schema(json.loads(musicvid("schema")))
    assert {entry["name"] for entry in json.loads(musicvid("backends", "--json"))} >= {"animatic", "footage"}
    assert all(finding["state"] != "bad" for finding in json.loads(musicvid("doctor", "--json")))


def test_make_finds_the_song_in_the_storyboard_and_writes_sidecars(musicvid, project):
    (project / "own.yaml").write_text(
        "musicvid: 1\nsong: song.wav\nlyrics: song.lrc\nvideo: {size: 128x72, fps: 12}\ncaptions: both\n"
    )
    assert "in sync" in musicvid("make", "own.yaml", "--draft", "-q")
    assert (project / "own.srt").read_text().count("-->") == 2
    assert "The first line" in (project / "own.lrc").read_text()
    with av.open(str(project / "own.mp4")) as film:
        assert "animatic" in film.metadata["comment"]
