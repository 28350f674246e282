"""``musicvid models`` as a person and a program see it, and licences asked before the song is heard."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import pytest

from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.registry import known_models
from musicvid.errors import InputError

KEYS = [model.key for model in known_models()]


@pytest.fixture
def musicvid(tmp_path: Path) -> Callable[..., str]:
    def call(*words: object, code: int = 0) -> str:
        command = [sys.executable, "-m", "musicvid", "models", *map(str, words)]
        environment = {**os.environ, "HF_HOME": str(tmp_path / "hub"), "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout if code == 0 else done.stderr

    return call


def test_the_table_has_a_row_for_each(musicvid: Callable[..., str]) -> None:
    headings, *rows = [line.split("\t") for line in musicvid().splitlines()]
    assert headings == ["name", "makes", "takes", "licence", "memory", "steps"]
    assert [row[0] for row in rows] == KEYS
    of = {row[0]: row for row in rows}
    assert of["wan2.2-i2v-a14b"][1:4] == ["4k+1 frames to 81, 16 fps, 832x480", "first!, last, avoid", "Apache-2.0"]
    assert of["ltx-2"][1:3] == ["8k+1 frames to 481, 24-50 fps, 768x512", "first, last, extend, sound, avoid"]


def test_json_has_every_field_of_every_model(musicvid: Callable[..., str]) -> None:
    models = json.loads(musicvid("--json"))
    assert [model["key"] for model in models] == KEYS
    for model in models:
        assert set(model) == {field.name for field in fields(VideoModel)}
    of = {model["key"]: model for model in models}
    assert of["ltx-2"]["rates_fps"] == [24, 50]
    assert of["ltx-2"]["calls_without_guidance"]["stg_scale"] == 0.0
    assert of["wan2.2-t2v-a14b"]["weights_gib"]["transformer_2"] == 26.6
    assert of["wan2.2-i2v-a14b"]["roads"][-1] == {
        "pipeline": "WanImageToVideoPipeline",
        "takes": ["first", "last"],
        "needs": ["first"],
    }
    assert of["hunyuanvideo-1.5"]["licence"]["excluded"] == ["EU", "GB", "KR"]


def test_the_table_loads_nothing_heavy() -> None:
    script = "import sys; from musicvid.production.models import *; table(); all_models(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "diffusers", "transformers", "huggingface_hub", "numpy", "pydantic"} & set(loaded)


def test_show_tells_what_a_row_needs(musicvid: Callable[..., str]) -> None:
    text = musicvid("show", "hunyuanvideo-1.5-i2v")
    assert "hunyuanvideo-community/HunyuanVideo-1.5-480p_i2v, not downloaded yet" in text
    for line in (
        "HunyuanVideo15ImageToVideoPipeline: first (needed)",
        "not licensed in: EU, GB, KR",
        "14 GB with offloading",
        "take 75 % off on an RTX 4090 (the project's readme)",
        "the size of the download is not known",
        "multiples of 16",
    ):
        assert line in text


def test_show_as_json_says_what_is_here(musicvid: Callable[..., str], tmp_path: Path) -> None:
    shown = json.loads(musicvid("show", "wan2.1-t2v-1.3b", "--json"))
    assert (shown["named"], shown["model"]["key"], shown["here"]["weights"]) == ("row", "wan2.1-t2v-1.3b", "")
    assert shown["here"]["download_bytes"] == pytest.approx((2.6 + 10.6 + 0.24) * 2**30, abs=1)
    assert shown["here"]["disk"] == str(tmp_path / "hub" / "hub")
    assert shown["here"]["disk_free_bytes"] > 0
    assert shown["licence_lines"][0].startswith("licence: Apache-2.0")


def test_a_folder_is_shown(musicvid: Callable[..., str], tiny_model: Callable[[str], Path]) -> None:
    folder = tiny_model("wan22-ti2v")
    shown = json.loads(musicvid("show", folder, "--json"))
    assert (shown["named"], shown["here"]["weights"]) == ("folder", str(folder))
    assert (shown["model"]["key"], shown["model"]["size_multiple"]) == ("wan2.2-ti2v-5b", 32)
    assert shown["here"]["download_bytes"] is None
    text = musicvid("show", folder)
    assert "like wan2.2-ti2v-5b" in text
    assert "nothing to download" in text
    assert "the folder says nothing" in text


def test_a_hub_name_is_shown_by_its_row_or_its_snapshot(
    musicvid: Callable[..., str], tiny_model: Callable[[str], Path], tmp_path: Path
) -> None:
    of_row = json.loads(musicvid("show", "diffusers/LTX-2.3-Diffusers", "--json"))
    assert (of_row["named"], of_row["model"]["key"]) == ("hub", "ltx-2.3")
    assert "nothing is known of some/thing before it is downloaded" in musicvid("show", "some/thing", code=1)
    kept = tmp_path / "hub" / "hub" / "models--some--thing"
    (kept / "refs").mkdir(parents=True)
    (kept / "refs" / "main").write_text("a" * 40)
    (kept / "snapshots").mkdir()
    (kept / "snapshots" / ("a" * 40)).symlink_to(tiny_model("ltx"))
    found = json.loads(musicvid("show", "some/thing", "--json"))
    assert (found["named"], found["model"]["key"], found["model"]["repo"]) == ("hub", "ltx-video", "some/thing")
    assert found["here"]["weights"] == str(kept / "snapshots" / ("a" * 40))


def test_unknown_names_list_the_known_ones(musicvid: Callable[..., str]) -> None:
    said = musicvid("show", "wan2.2-ti2v", code=1)
    assert "unknown model 'wan2.2-ti2v', did you mean 'wan2.2-t" in said
    assert said.count("\n") == 1


class Strict:
    """Stands for a renderer that minds where films are shown."""

    def check_release(self, release: object) -> None:
        raise InputError(f"not in {release.territories}")  # type: ignore[attr-defined]


def test_the_release_is_checked_before_the_song_is_heard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from musicvid.production.job import Job
    from musicvid.production.stages import load_storyboard

    (tmp_path / "story.yaml").write_text("musicvid: 1\nrelease: {territory: [DE, FR]}\n")
    job = Job(storyboard=str(tmp_path / "story.yaml"), song=str(tmp_path / "no such song.ogg"), to="film.mp4")
    assert load_storyboard(job).release.territories == ("DE", "FR")
    monkeypatch.setattr("musicvid.rendering.registry.load_backend", lambda *_, **__: Strict())
    with pytest.raises(InputError, match=r"not in \('DE', 'FR'\)"):
        load_storyboard(job)
