"""What a clip is made from: the shot before, pictures, several prompts, the song. Clips are drawn here, so that each
frame tells by its grey which one it is; all that leads to a clip and from it to the take is genuine."""

from __future__ import annotations

import wave
from dataclasses import replace

import numpy as np
import pytest
from diffusion_films import (
    clip_files,
    diffusion,
    film,
    id_of,
    picture_file,
    planes,
    ramp,
    reference,
    rendered,
    show,
    spied,
)

from musicvid.errors import RenderError
from musicvid.media.encode import EncodeSettings
from musicvid.rendering.requests import requests_for

SHARP = {"settings": EncodeSettings(crf=1, preset="medium")}


MIDDLE = 0.4
"""The mean grey of the first frame of a ramp, however its sides are cropped."""


@pytest.fixture
def drawn(monkeypatch):
    """Clip after clip, frames go on getting lighter where the first frame or the end of another clip tells where from:
    they are read off those pictures, as a model does."""

    def frames(spec):
        before = spec.before if spec.before is not None else spec.first[None] if spec.first is not None else None
        start = 0.0 if before is None else before[0].mean() / 255 - MIDDLE
        return ramp(spec.frame_count, spec.size.height, spec.size.width) + np.float32(start)

    return show(monkeypatch, frames)


def grey_of(take) -> np.ndarray:
    """The drawn steps that each frame of the take is above the start of the first clip."""
    pictures = planes(take.path)
    luma = pictures[:, : pictures.shape[1] * 2 // 3].mean((1, 2))
    return ((luma - 16) / 219 - MIDDLE) / 0.02


def step_of(picture: np.ndarray) -> float:
    """The same of an RGB picture."""
    return (picture.mean() / 255 - MIDDLE) / 0.02


def test_a_shot_goes_on_from_the_last_shown_frame(tiny_model, tmp_path, drawn):
    """The clip of the first shot has nine frames, six of which are shown: the sixth is what the second begins with."""
    shots = film((6, 4), continues={1: 0})
    takes = rendered(tiny_model("wan22-ti2v"), tmp_path / "work", shots, render_with=SHARP, render_size="64x32")
    first, second = drawn
    assert first.first is None
    assert first.frame_count == 9
    assert step_of(second.first) == pytest.approx(5, abs=0.6)
    assert second.before is None
    assert grey_of(takes[0]) == pytest.approx(range(6), abs=0.6)
    assert grey_of(takes[1]) == pytest.approx(range(6, 10), abs=0.8)  # frame 5 is not shown twice
    assert "verse-1/02: goes on from the last frame alone: its movement starts anew" in takes[1].notes


def test_where_a_model_takes_more_it_goes_on_from_the_last_frames(tiny_model, tmp_path, drawn):
    shots = film((13, 6), continues={1: 0})
    takes = rendered(tiny_model("wan-vace"), tmp_path / "work", shots, render_with=SHARP)
    second = drawn[1]
    assert second.first is None
    assert [step_of(one) for one in second.before] == pytest.approx(range(4, 9), abs=0.6)
    sixteenths = [9 + k * 16 // 24 for k in range(6)]
    assert grey_of(takes[1]) == pytest.approx(sixteenths, abs=0.9)


def test_into_a_dissolve_a_shot_goes_on_from_where_it_is_first_seen(tiny_model, tmp_path, drawn):
    """Two frames before the cut; the take before is six frames long and two longer for the dissolve."""
    shots = film((6, 6), continues={1: 0}, dissolve_frames={1: 4})
    takes = rendered(tiny_model("wan22-ti2v"), tmp_path / "work", shots, render_with=SHARP, render_size="64x32")
    assert [len(planes(take.path)) for take in takes] == [8, 8]
    assert step_of(drawn[1].first) == pytest.approx(3, abs=0.6)


def test_after_so_many_hops_a_shot_begins_afresh_and_says_so(tiny_model, tmp_path, drawn):
    shots = film((3,) * 5, continues={k: k - 1 for k in range(1, 5)})
    takes = rendered(tiny_model("wan22-ti2v"), tmp_path / "work", shots, hops=1, render_size="64x32")
    assert [spec.first is None for spec in drawn] == [True, False, True, False, True]
    afresh = [any("begins afresh" in note for note in take.notes) for take in takes]
    assert afresh == [False, False, True, False, True]


def test_takes_go_on_from_takes_of_the_same_number(tiny_model, tmp_path, monkeypatch):
    specs = show(monkeypatch, lambda spec: ramp(spec.frame_count, 32, 64) + np.float32(spec.seed % 7 * 0.05))
    shots = film((3, 3), continues={1: 0})
    rendered(tiny_model("wan22-ti2v"), tmp_path / "work", shots, render_with={"takes": 2}, render_size="64x32")
    starts = [spec.seed % 7 * 0.05 for spec in specs if spec.first is None]
    went_on = [spec.first.mean() / 255 - MIDDLE - 0.04 for spec in specs if spec.first is not None]
    assert went_on == pytest.approx(starts, abs=0.01)
    assert starts[0] != starts[1]


def test_a_long_shot_is_made_of_clips_that_go_on(tiny_model, tmp_path, drawn):
    """Twenty frames of clips of at most nine, each beginning with the frame that the one before ended with."""
    takes = rendered(
        tiny_model("wan22-ti2v"), tmp_path / "work", film((20,)), render_with=SHARP, render_size="64x32", most_frames=9
    )
    assert [spec.frame_count for spec in drawn] == [9, 9, 5]
    assert [step_of(spec.first) for spec in drawn[1:]] == pytest.approx([8, 16], abs=0.9)
    assert len({spec.seed for spec in drawn}) == 3
    assert grey_of(takes[0]) == pytest.approx(range(20), abs=1.2)
    assert any("made as 3 clips" in note for note in takes[0].notes)


def test_a_long_shot_can_be_slow_motion_instead(tiny_model, tmp_path, drawn):
    takes = rendered(
        tiny_model("wan-t2v"), tmp_path / "work", film((20,)), render_with=SHARP, most_frames=9, long_shots="slow"
    )
    assert [spec.frame_count for spec in drawn] == [9]
    assert grey_of(takes[0]) == pytest.approx([k * 8 // 19 for k in range(20)], abs=0.7)
    assert any("slowed to" in note for note in takes[0].notes)


def test_pictures_of_a_shot_reach_its_clip_and_only_its_ends(tiny_model, tmp_path, drawn):
    red, blue = (picture_file(tmp_path / f"{name}.png", name) for name in ("red", "blue"))
    shots = film((20,), first_frame={0: red}, last_frame={0: blue})
    rendered(tiny_model("wan-vace"), tmp_path / "work", shots, most_frames=13)
    assert len(drawn) == 2
    assert drawn[0].first[16, 24].tolist() == [255, 0, 0]
    assert drawn[0].last is None
    assert drawn[1].first is None
    assert len(drawn[1].before) == 5
    assert drawn[1].last[16, 24].tolist() == [0, 0, 255]


def test_pictures_of_the_cast_reach_every_clip_unless_switched_off(tiny_model, tmp_path, drawn):
    cast = (reference(tmp_path / "lime.png", "lime"), reference(tmp_path / "navy.png", "navy"))
    shots = film((20,), references={0: cast})
    rendered(tiny_model("wan-vace"), tmp_path / "work", shots, most_frames=13)
    middles = [[one[16, 24].tolist() for one in spec.references] for spec in drawn]
    assert middles == [[[0, 255, 0], [0, 0, 128]]] * 2
    rendered(tiny_model("wan-t2v"), tmp_path / "work", film((3,), references={0: cast}), references=False)
    assert drawn[-1].references == ()


def test_the_song_reaches_the_clip_from_where_the_take_begins(tiny_model, tmp_path, drawn):
    """The song's samples tell their own time: a straight line over its ten seconds."""
    song = tmp_path / "line.wav"
    with wave.open(str(song), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(np.linspace(0, 30_000, 160_000).astype("<i2").tobytes())
    shots = film((24, 24))
    plain, model = {"render_with": {"song": song}, "render_size": "64x32"}, tiny_model("ltx2")
    rendered(model, tmp_path / "work", shots, **plain, song=True, steps=None, sigmas="1.0")  # it takes no steps
    starts_s = [spec.sound[0, 0] / (30_000 / 32768) * 10 for spec in drawn]
    assert starts_s == pytest.approx([0, 1], abs=0.002)
    assert all(spec.sound.shape[1] >= 24 / 24 * 16_000 for spec in drawn)
    drawn.clear()
    rendered(model, tmp_path / "silent", shots, **plain)
    assert [spec.sound for spec in drawn] == [None, None]


def _refused(tiny_model, tmp_path, kind, shots, **options):
    """The error that refuses the film, which comes before any work."""
    with pytest.raises(RenderError) as caught:
        rendered(tiny_model(kind), tmp_path / "work", shots, **{"render_size": "64x32", **options})
    assert clip_files(tmp_path / "work") == []
    assert not (tmp_path / "work" / "clips" / "prompts").exists()
    return f"{caught.value} {caught.value.hint}"


@pytest.mark.parametrize(
    ("kind", "fields", "words"),
    [
        ("wan-t2v", {"continues": {1: 0}}, ["verse-1/02", "wan-t2v cannot go on from an earlier clip", "continues"]),
        ("wan-t2v", {"first_frame": {1: "red"}}, ["verse-1/02", "cannot make a clip from first", "a prompt alone"]),
        ("wan22-ti2v", {"last_frame": {0: "red"}}, ["verse-1/01", "from last", "it takes: a prompt alone; first"]),
        ("wan22-ti2v", {"references": {0: "red"}}, ["verse-1/01", "from references", "references: false"]),
        ("wan22-i2v", {"first_frame": {0: "red"}}, ["verse-1/02", "makes no clip without first", "first_frame"]),
        ("wan21-flf2v", {"first_frame": {0: "red", 1: "red"}, "last_frame": {0: "red"}}, ["verse-1/02", "last"]),
        ("wan-t2v", {"prompt": {1: "dawn | dusk"}}, ["verse-1/02", "2 prompts", "the shot has 1", "goes on"]),
        ("helios", {"continues": {1: 0}, "prompt": {1: "dawn | dusk"}}, ["verse-1/02", "2 prompts"]),
    ],
)
def test_what_a_model_cannot_do_is_refused_by_name_before_any_work(tiny_model, tmp_path, kind, fields, words):
    red = reference(tmp_path / "red.png", "red")
    given = {
        name: {k: (red,) if name == "references" else red.path if v == "red" else v for k, v in values.items()}
        for name, values in fields.items()
    }
    error = _refused(tiny_model, tmp_path, kind, film((5, 5), **given))
    assert [word for word in words if word not in error] == []


def test_a_shot_too_long_for_a_model_that_cannot_go_on_is_refused(tiny_model, tmp_path):
    error = _refused(tiny_model, tmp_path, "wan-t2v", film((3, 20)), most_frames=9)
    assert "verse-1/02: the shot lasts 0.83 s, a clip of wan-t2v at most 0.56 s" in error
    assert "long_shots: slow" in error


def test_after_a_shot_too_short_for_more_the_last_frame_must_do(tiny_model, tmp_path, drawn):
    takes = rendered(tiny_model("wan-vace"), tmp_path / "work", film((3, 9), continues={1: 0}))
    assert drawn[1].before is None
    assert step_of(drawn[1].first) == pytest.approx(1, abs=0.6)
    assert any("goes on from the last frame alone" in note for note in takes[1].notes)


def test_after_a_shot_too_short_a_model_that_needs_more_is_refused(tiny_model, tmp_path, monkeypatch):
    from musicvid.diffusion.models import Road
    from musicvid.rendering.backends.diffusion import where

    def without_first(folder, usual=where.recognise):
        return replace(usual(folder), roads=(Road("WanPipeline"), Road("WanVACEPipeline", frozenset({"extend"}))))

    monkeypatch.setattr(where, "recognise", without_first)
    error = _refused(tiny_model, tmp_path, "wan-vace", film((3, 9), continues={1: 0}))
    assert "verse-1/02: wan-vace goes on from 5 frames, the shot before has 2" in error


def test_all_shots_that_cannot_be_made_are_told_at_once(tiny_model, tmp_path):
    error = _refused(tiny_model, tmp_path, "wan-t2v", film((20,) * 7), most_frames=9)
    assert "the model cannot make 7 shots" in error
    assert [id_of(k) in error for k in range(7)] == [True] * 5 + [False] * 2
    assert "and 2 more" in error


def test_another_first_shot_is_another_chain_and_nothing_else(tiny_model, tmp_path, monkeypatch):
    specs, model, work = spied(monkeypatch), tiny_model("wan22-ti2v"), tmp_path / "work"
    chained = {"continues": {1: 0, 2: 1}}
    rendered(model, work, film((3, 3, 3, 3), **chained), render_size="64x32")
    assert len(specs) == 4
    rendered(model, work, film((3, 3, 3, 3), prompt={1: "a storm"}, **chained), render_size="64x32")
    assert [spec.prompt for spec in specs[4:]] == ["a storm", "a boat on wave 2"]
    rendered(model, work, film((3, 3, 3, 3), prompt={0: "a storm"}, **chained), render_size="64x32")
    assert [spec.prompt for spec in specs[6:]] == ["a storm", "a boat on wave 1", "a boat on wave 2"]


@pytest.mark.parametrize(("kind", "size"), [("helios", "48x32"), ("skyreels-df", "48x32"), ("ltx", "64x32")])
def test_real_pipelines_go_on(tiny_model, tmp_path, monkeypatch, kind, size):
    specs = spied(monkeypatch)
    shots = film((36, 4), rate="24", continues={1: 0})
    takes = rendered(tiny_model(kind), tmp_path / "work", shots, render_size=size)
    assert [len(planes(take.path)) for take in takes] == [36, 4]
    assert len(specs[1].before) == {"helios": 33, "skyreels-df": 5, "ltx": 9}[kind]


def test_naming_a_link_of_a_chain_looks_at_each_clip_before_it_once(tiny_model, tmp_path, monkeypatch):
    from musicvid.rendering.backends.diffusion.clip_store import ClipStore

    looked, usual = [], ClipStore.find
    monkeypatch.setattr(ClipStore, "find", lambda store, key: looked.append(key) or usual(store, key))
    shots = film((2,) * 400, continues={k: k - 1 for k in range(1, 400)})
    backend = diffusion(tiny_model("wan22-ti2v"), tmp_path, hops=1000, render_size="64x32")
    backend.keep_in(tmp_path / "clips")
    requests = requests_for(shots)
    backend.prepare(requests)
    for request, links in ((requests[9], 10), (requests[399], 400)):
        looked.clear()
        backend.identity(request)
        assert len(looked) == len(set(looked)) == 2 * links  # under the name with guards and the one without
