"""What `musicvid plan` tells of the fit. Expected counts are worked out by hand from the models' rules."""

from __future__ import annotations

import subprocess
import sys

import pytest
from diffusion_films import film

from musicvid.diffusion.registry import find_model, known_models
from musicvid.rendering.backends.diffusion.explain import explained
from musicvid.rendering.backends.diffusion.options import Options
from musicvid.rendering.requests import requests_for

WAN, LTX = find_model("wan2.2-ti2v-5b"), find_model("ltx-video")


def lines(model, shots, takes=1, **options):
    return explained(model, Options(**options), requests_for(shots, takes))


def test_clips_are_counted_by_length_rate_and_size():
    """4k+1 frames at 24 fps: 40 frames are made of 41, 41 of 41, 45 of 45."""
    first, *_ = lines(WAN, film((40, 41, 45), size="1280x704"), takes=2)
    assert first == f"{WAN.key}: 6 clips for 6 takes, at 24 fps in 1280x704: 2 of 45 frames, 4 of 41 frames"


def test_many_lengths_are_summed_up():
    first, *_ = lines(WAN, film(range(20, 60, 4), size="1280x704"))
    assert first.endswith("10 lengths from 21 to 57 frames")


def test_what_is_unusual_is_told_once_with_its_shots():
    """121 frames are the longest clip; two of them that share a frame show 241, and 200 are fewer."""
    told = lines(WAN, film((200, 30, 200, 200, 200), continues={1: 0}, prompt={2: "a | b"}))
    assert told[0].startswith(f"{WAN.key}: 9 clips for 5 takes")
    chained = "made as 2 clips, each going on from the last frame of the one before"
    assert f"verse-1/01, verse-1/03, verse-1/04 and 1 more: {chained}" in told
    assert "verse-1/02: goes on from another shot" in told
    assert any(line.startswith("verse-1/03: its 2 prompts are told from clip to clip") for line in told)
    slow = lines(WAN, film((200,)), long_shots="slow")
    assert any(line.startswith("verse-1/01: longer than the longest clip: slowed to") for line in slow)


def test_what_cannot_be_made_is_a_line_and_the_rest_is_told():
    model = find_model("wan2.1-t2v-1.3b")
    told = lines(model, film((40, 40, 240), continues={1: 0}))
    assert told[0].startswith(f"{model.key}: 1 clip for 1 take, at 16 fps")
    refused = [line for line in told if "cannot be made: " in line]
    assert [line.partition(":")[0] for line in refused] == ["verse-1/02", "verse-1/03"]
    assert "cannot go on from an earlier clip" in refused[0]
    (only, licence) = lines(model, film((40, 40)), render_size=film(size="34x34").size)
    assert only.startswith("verse-1/01, verse-1/02: cannot be made: ")
    assert licence.startswith(f"{model.key}: licence: Apache-2.0")


def test_a_film_full_of_remarks_is_not_a_flood():
    told = lines(find_model("hunyuanvideo-1.5"), film(range(200, 240)))
    assert len(told) == 14
    assert told[12] == "… and 28 more remarks"


@pytest.mark.parametrize("model", known_models(), ids=lambda model: model.key)
def test_every_model_of_the_table_is_told_with_its_licence(model):
    told = lines(model, film((24, 30)))
    assert told[-1].startswith(f"{model.key}: licence: {model.licence.name}")
    assert len(told) > 1


def test_a_model_that_nobody_knows_is_looked_at_when_rendering():
    (line,) = explained(None, Options(), requests_for(film()))
    assert "looked at when it is rendered" in line


def test_telling_loads_no_torch():
    code = (
        "import sys; from musicvid.diffusion.registry import find_model;"
        "from musicvid.rendering.backends.diffusion.explain import explained;"
        "from musicvid.rendering.backends.diffusion.options import Options;"
        "from musicvid.rendering.specimens import make_request;"
        "print(*explained(find_model('ltx-video'), Options(), [make_request()]), sep='\\n');"
        "sys.exit(any(name in sys.modules for name in ('torch', 'diffusers', 'transformers')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ltx-video: 1 clip for 1 take")
