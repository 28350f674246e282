"""The scripts in examples/ are run as a reader would run them."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def song(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    time = np.arange(22050 * 8) / 22050
    beat = np.exp(-12 * (time % 0.5)) * np.sin(2 * np.pi * 90 * time)
    soundfile.write(tmp_path / "song.wav", 0.5 * beat + 0.1 * np.sin(2 * np.pi * 220 * time), 22050)
    return tmp_path / "song.wav"


def run(*words):
    return subprocess.run([sys.executable, *map(str, words)], capture_output=True, text=True, timeout=300)


def test_scripting_with_functions_and_moviepy(song, tmp_path):
    done = run(EXAMPLES / "script_with_moviepy.py", song, tmp_path / "film.mp4")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["True", "8.00 s, frame at 1 s: (180, 320, 3)"]


def test_contact_sheet(song, tmp_path):
    (tmp_path / "story.yaml").write_text("musicvid: 1\nvideo: {size: 160x90}\npace: {default: 1 bar}\n")
    made = run("-m", "musicvid", "make", song, tmp_path / "story.yaml", "-o", tmp_path / "film.mp4", "--draft")
    assert made.returncode == 0, made.stderr
    done = run(EXAMPLES / "contact_sheet.py", tmp_path / "film.mp4", tmp_path / "sheet.jpg", 2, 2)
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "sheet.jpg") as sheet:
        assert sheet.size == (2 * 390 + 6, 2 * 222 + 6)
        assert np.asarray(sheet.convert("L")).std() > 5


def test_three_shots_by_a_tiny_model(tiny_model, tmp_path):
    words = ["--size", "96x64", "--seconds", "0.5", "--set", "steps=2", "--set", "render_size=96x64"]
    done = run(EXAMPLES / "three_shots.py", tiny_model("ltx"), tmp_path / "film.mp4", *words)
    assert done.returncode == 0, done.stderr
    shots = [line.split(":")[0] for line in done.stdout.splitlines() if line.startswith("scene/")]
    assert shots == ["scene/01", "scene/02", "scene/03"]
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert sum(1 for _ in film.decode(video=0)) == 36
    clips = list((tmp_path / "film.musicvid" / "clips").glob("*/*.mp4"))
    assert len(clips) == 3
