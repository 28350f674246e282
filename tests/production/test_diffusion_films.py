"""Every kind of model, from a song and a storyboard to a measured film with sound, through the genuine
``from_pretrained`` of a tiny folder. Frames and sound are read by PyAV."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

import musicvid as mv
from musicvid.errors import MusicvidError

RATE_HZ = 22_050
BEAT_S = 0.5
PLAIN = {"note": "A boat on a canal. It sails on."}
GOING_ON = {**PLAIN, "continuous": True}
PICTURES = {f"all/{number:02d}": {"first_frame": "a.png", "last_frame": "b.png"} for number in (1, 2)}

KINDS = {
    "wan-t2v": ("64x48", {"render_size": "48x32"}, PLAIN, {}),
    "wan22-a14b": ("64x48", {"render_size": "48x32", "guidance_2": 3.0}, PLAIN, {}),
    "wan22-ti2v": ("64x64", {"render_size": "64x64"}, GOING_ON, {}),
    "wan22-i2v": ("64x48", {"render_size": "48x32"}, PLAIN, PICTURES),
    "wan21-i2v": ("64x48", {"render_size": "48x32"}, PLAIN,
                  {shot: {"first_frame": "a.png"} for shot in PICTURES}),
    "wan21-flf2v": ("64x48", {"render_size": "48x32"}, PLAIN, PICTURES),
    "wan-vace": ("64x48", {"render_size": "48x32"}, GOING_ON, {"all/01": {"first_frame": "a.png"}}),
    "ltx": ("96x64", {"render_size": "96x64"}, GOING_ON,
            {"all/02": {"prompt": "a boat", "continues": False}}),
    "ltx2": ("64x64", {"render_size": "32x32", "song": True, "sigmas": "1.0, 0.5"}, PLAIN, {}),
    "helios": ("64x48", {"render_size": "48x32"}, PLAIN, {}),
    "skyreels-df": ("64x48", {"render_size": "48x32"}, PLAIN, {}),
}  # fmt: skip


@pytest.fixture
def song(tmp_path: Path) -> Path:
    """Three seconds of a drum and a tone; the beats are known."""
    time_s = np.arange(round(3 * RATE_HZ)) / RATE_HZ
    beat = np.exp(-12 * (time_s % BEAT_S)) * np.sin(2 * np.pi * 90 * time_s)
    soundfile.write(tmp_path / "song.wav", 0.5 * beat + 0.1 * np.sin(2 * np.pi * 330 * time_s), RATE_HZ)
    for name, colour in (("a", (200, 60, 40)), ("b", (40, 60, 200))):
        Image.new("RGB", (96, 64), colour).save(tmp_path / f"{name}.png")
    return tmp_path / "song.wav"


def storyboard(folder: Path, model: Path, size: str, options: dict, scene: dict, shots: dict) -> Path:
    story = {
        "musicvid": 1,
        "video": {"size": size, "fps": 24},
        "look": {"avoid": "text"},
        "renderer": {"name": "diffusion", "model": str(model), "steps": 2, "device": "cpu", **options},
        "grid": {"bpm": 120},
        "sections": [{"from": "0:00", "is": "all"}],
        "pace": {"default": "1 seconds"},
        "scenes": [{"in": "0:00 - 0:03", **scene}],
        "shots": shots,
    }
    path = folder / "story.yaml"
    path.write_text(json.dumps(story))  # JSON is YAML
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_a_film_with_sound(kind: str, tiny_model, song: Path) -> None:
    size, options, scene, shots = KINDS[kind]
    story = storyboard(song.parent, tiny_model(kind), size, options, scene, shots)
    made = mv.make(song, story, to=song.parent / "film.mp4", draft=True)
    assert made.report.ok
    with av.open(str(made.video)) as film:
        picture, sound = film.streams.video[0], film.streams.audio[0]
        assert (f"{picture.width}x{picture.height}", picture.average_rate) == (size, 24)
        frames = [frame.to_ndarray(format="gray") for frame in film.decode(picture)]
        film.seek(0)
        samples = sum(frame.samples for frame in film.decode(sound))
    assert len(frames) == 72
    assert samples == pytest.approx(3 * sound.rate, abs=3 * 1024)
    assert len({frame.tobytes() for frame in frames}) > 24  # it moves
    assert Fraction(72, 24) == 3


def test_what_the_model_cannot_do_is_said_before_any_work(tiny_model, song: Path) -> None:
    story = storyboard(song.parent, tiny_model("wan-t2v"), "64x48", {"render_size": "48x32"}, PLAIN, PICTURES)
    with pytest.raises(MusicvidError) as caught:
        mv.make(song, story, to=song.parent / "film.mp4")
    assert "all/01" in str(caught.value)
    assert "first" in str(caught.value)
    assert not list((song.parent / "film.musicvid").glob("clips/*/*.mp4"))
