"""One clip from one prompt: ``musicvid.render_clip``."""

import av
import numpy as np
import pytest
from PIL import Image

import musicvid as mv
from musicvid.errors import InputError, MusicvidError

SMALL = {"steps": 2, "render_size": "96x64", "device": "cpu"}


def frames_of(path) -> list[np.ndarray]:
    with av.open(str(path)) as movie:
        assert not movie.streams.audio
        return [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]


@pytest.fixture
def render(tiny_model, tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)

    def made(kind="ltx", to="clip.mp4", prompt="a boat on a canal", **more):
        return mv.render_clip(prompt, to, model=str(tiny_model(kind)), **{"options": SMALL, **more})

    return made


def test_length_size_and_rate_are_what_was_asked_for(render, tmp_path):
    take = render(seconds=0.75, size="160x120", fps=25)
    shown = frames_of(tmp_path / "clip.mp4")
    assert (len(shown), shown[0].shape) == (19, (120, 160, 3))
    assert (take.frame_count, str(take.size), str(take.rate)) == (19, "160x120", "25")


def test_what_is_not_given_is_the_model_s_own(render, tmp_path):
    take = render("wan22-ti2v", seconds=0.2, size="96x64")
    assert (str(take.rate), take.frame_count) == ("24", 5)


def test_the_same_call_finds_its_clip_and_another_seed_makes_another(render, tmp_path):
    render(seconds=0.3, size="96x64", seed=1)
    first = (tmp_path / "clip.mp4").read_bytes()
    render(seconds=0.3, size="96x64", seed=1)
    assert (tmp_path / "clip.mp4").read_bytes() == first
    assert len(list((tmp_path / "clip.musicvid" / "clips").glob("*/*.mp4"))) == 1
    render(seconds=0.3, size="96x64", seed=2)
    assert (tmp_path / "clip.mp4").read_bytes() != first
    assert len(list((tmp_path / "clip.musicvid" / "clips").glob("*/*.mp4"))) == 2


def test_a_picture_to_begin_with_changes_the_clip(render, tmp_path):
    for name, colour in (("a", "red"), ("b", "blue")):
        Image.new("RGB", (96, 64), colour).save(tmp_path / f"{name}.png")
        render(to=f"{name}.mp4", seconds=0.3, size="96x64", first_frame=f"{name}.png")
    assert (tmp_path / "a.mp4").read_bytes() != (tmp_path / "b.mp4").read_bytes()


def test_another_renderer_makes_it_too(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mv.render_clip("a forest", "wood.mp4", backend="animatic", seconds=0.5, size="96x64")
    assert len(frames_of(tmp_path / "wood.mp4")) == 12


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"to": "clip.mov"}, "cannot be a .mov"),
        ({"seconds": 0}, "must last longer"),
        ({"last_frame": "gone.png"}, "gone.png"),
        ({"options": {"stepps": 3}}, "did you mean 'steps'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(render, changes, message):
    with pytest.raises(MusicvidError) as caught:
        render(**{"seconds": 0.3, "size": "96x64", **changes})
    assert message in str(caught.value)


def test_a_model_is_needed():
    with pytest.raises(InputError, match="musicvid models"):
        mv.render_clip("a boat")
