"""`musicvid plan` passes on what a renderer says about its fit, on the screen and as JSON."""

import json
import sys
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from musicvid.cli.main import main
from musicvid.production.documents import read_shots
from musicvid.production.fitting import fit_lines
from musicvid.rendering.backends.animatic import Animatic

STORY = "musicvid: 1\nsong: song.wav\nvideo: {size: 160x90}\nscenes:\n  - {in: verse, note: A boat.}\n"


class Telling(Animatic):
    def explain(self, requests):
        return (f"{len(requests)} clips of 81 frames", f"the first is {requests[0].shot_id}")


@pytest.fixture
def plan(tmp_path, monkeypatch, capsys):
    time = np.arange(22050 * 4) / 22050
    soundfile.write(tmp_path / "song.wav", 0.5 * np.sin(2 * np.pi * 220 * time) * (time % 0.5 < 0.1), 22050)
    (tmp_path / "story.yaml").write_text(STORY)
    monkeypatch.chdir(tmp_path)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["musicvid", "plan", "story.yaml", *words])
        with pytest.raises(SystemExit) as left:
            main()
        assert left.value.code == 0, capsys.readouterr().err
        return capsys.readouterr()

    return run


def test_lines_come_after_the_table_and_in_the_document(plan, monkeypatch, tmp_path):
    silent = json.loads(plan("--json").out)
    assert silent["renderer"]["lines"] == []
    monkeypatch.setattr(
        "musicvid.rendering.registry.load_backend", lambda *a, **k: Telling({}, model="", base=tmp_path)
    )
    count = len(silent["shots"])
    words = [f"{count} clips of 81 frames", f"the first is {silent['shots'][0]['id']}"]
    told = json.loads(plan("--json").out)
    assert told["renderer"]["lines"] == words
    del told["renderer"]["lines"], silent["renderer"]["lines"]
    assert told == silent
    screen = plan().err.splitlines()
    assert [line for line in screen if line.startswith("animatic: ")] == [f"animatic: {one}" for one in words]
    assert "animatic: " not in plan("--quiet").err


def test_the_printed_document_can_still_be_read(plan, tmp_path):
    (tmp_path / "shots.json").write_text(plan("--json").out)
    shots = read_shots(tmp_path / "shots.json")
    assert fit_lines(shots) == ()
    assert fit_lines(replace(shots, renderer=replace(shots.renderer, takes=2))) == ()
