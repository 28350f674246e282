"""What is said, refused and estimated before a clip is made, and which kept clips count."""

from dataclasses import replace

import pytest
from diffusion_films import clip_files, diffusion, film, rendered

from musicvid.errors import InputError, RenderError
from musicvid.rendering.backends.diffusion import backend as backend_room
from musicvid.rendering.backends.diffusion import maker
from musicvid.rendering.requests import requests_for
from musicvid.schema.release import Release
from musicvid.vision.faults import Fault

LTX = {"render_size": "96x64"}


def test_the_licence_of_weights_that_had_to_be_fetched_is_checked_when_they_are_here(tiny_model, tmp_path, monkeypatch):
    """A hub name of no table: nothing is known of its licence before the download."""
    monkeypatch.setattr(backend_room, "row_of", lambda name, base: None)
    renderer = diffusion(tiny_model("ltx2"), tmp_path, render_size="32x32")
    renderer.check_release(Release(("DE",), "commercial", 20_000_000))
    with pytest.raises(InputError, match="paid licence"):
        renderer.prepare(requests_for(film((5,), size="64x64")))


def test_a_song_that_is_to_drive_the_picture_must_be_there(tiny_model, tmp_path):
    renderer = diffusion(tiny_model("ltx2"), tmp_path, render_size="32x32", song=True)
    with pytest.raises(InputError, match="needs the song") as caught:
        renderer.prepare(requests_for(film((5,), size="64x64")))
    assert "song=" in caught.value.hint


def test_every_shot_that_cannot_be_made_is_named_by_the_estimate_too(tiny_model, tmp_path):
    shots = film((5, 6, 4), prompt={1: "a | b"}, last_frame={2: "end.png"})
    renderer = diffusion(tiny_model("wan-t2v"), tmp_path)
    requests = requests_for(shots)
    with pytest.raises(RenderError) as caught:
        renderer.estimate(requests, requests)
    assert "verse-1/02" in str(caught.value)
    assert "verse-1/03" in str(caught.value)


def test_the_rest_of_a_chain_can_be_estimated_without_its_beginning(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    requests = requests_for(film((9, 9), continues={1: 0}))
    renderer = diffusion(tiny_model("ltx"), tmp_path, **LTX)
    assert renderer.estimate(requests, requests[1:]) is None  # nothing was ever made here, and nothing is wrong


def test_kept_clips_cost_nothing(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    shots = film((9, 9))
    rendered(tiny_model("ltx"), tmp_path / "work", shots, **LTX)
    renderer = diffusion(tiny_model("ltx"), tmp_path, **LTX)
    requests = requests_for(shots)
    alone = renderer.estimate(requests, requests)
    assert alone.device_s > 0
    renderer.keep_in(tmp_path / "work" / "clips")
    assert renderer.estimate(requests, requests).device_s == 0
    changed = [replace(requests[0], prompt="a lighthouse"), requests[1]]
    one = renderer.estimate(changed, changed)
    assert 0 < one.device_s < alone.device_s


def test_estimates_count_the_steps_that_are_made(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    shots = film((9,), size="64x64")
    renderer = diffusion(tiny_model("ltx2"), tmp_path, render_size="32x32", steps=2)
    rendered(tiny_model("ltx2"), tmp_path / "work", shots, render_size="32x32", steps=2)
    long = diffusion(tiny_model("ltx2"), tmp_path, render_size="32x32", steps=200)
    few = {"render_size": "32x32", "sigmas": "1.0, 0.5", "steps": 2}
    requests = requests_for(shots)
    times = [
        one.estimate(requests, requests).device_s
        for one in (renderer, long, diffusion(tiny_model("ltx2"), tmp_path, **few))
    ]
    assert times[1] > times[0] == times[2]


@pytest.fixture
def broken_first(monkeypatch):
    """The first clip that is looked at is found to be black."""
    looked = []

    def found(pictures):
        looked.append(1)
        return Fault("black", "all of it") if len(looked) == 1 else None

    monkeypatch.setattr(maker, "fault_of", found)
    return looked


def test_a_clip_taken_as_it_is_does_not_count_once_guards_are_up(tiny_model, tmp_path, broken_first):
    shots = film((9,))
    as_it_is = rendered(tiny_model("ltx"), tmp_path, shots, guards=False, **LTX)
    guarded = rendered(tiny_model("ltx"), tmp_path, shots, guards=True, **LTX)
    assert len(clip_files(tmp_path)) == 2
    assert as_it_is[0].key != guarded[0].key


def test_another_seed_s_clip_does_not_count_once_guards_are_down(tiny_model, tmp_path, broken_first):
    shots = film((9,))
    guarded = rendered(tiny_model("ltx"), tmp_path, shots, guards=True, **LTX)
    assert any("black" in note for note in guarded[0].notes)
    as_it_is = rendered(tiny_model("ltx"), tmp_path, shots, guards=False, **LTX)
    assert len(clip_files(tmp_path)) == 2
    assert as_it_is[0].key != guarded[0].key


def test_a_clip_that_nothing_is_wrong_with_counts_either_way(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setattr(maker, "fault_of", lambda pictures: None)
    shots = film((9,))
    for guards in (True, False, True):
        rendered(tiny_model("ltx"), tmp_path, shots, guards=guards, **LTX)
    assert len(clip_files(tmp_path)) == 1
