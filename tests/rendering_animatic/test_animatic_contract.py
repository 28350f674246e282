"""The animatic keeps the contract of all backends, with the slate and without."""

from __future__ import annotations

import hashlib
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from animatic_requests import FAMILIES, frames, music, planes, request

from musicvid.errors import InputError, RenderError
from musicvid.rendering.backends.animatic import Animatic
from musicvid.rendering.conformance import BackendContract


class TestPlain(BackendContract):
    def make_backend(self, **options: object) -> Animatic:
        return Animatic(options, model="", base=Path())


class TestSlated(BackendContract):
    def make_backend(self, **options: object) -> Animatic:
        return Animatic({"slate": True, **options}, model="", base=Path())


@pytest.mark.parametrize("size", ["16x16", "18x34", "322x182", "90x160", "640x360"])
@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_at_every_size(family: str, size: str) -> None:
    wanted = request(FAMILIES[family], size=size, frame_count=2, energy=0.9)
    width, height = wanted.size.width, wanted.size.height
    made = frames(wanted)
    assert len(made) == 2
    for frame in made:
        assert frame.dtype == np.uint8
        assert frame.shape == (height * 3 // 2, width)
        y, u, v = planes(frame)
        assert y.min() >= 16
        assert y.max() <= 235
        for chroma in (u, v):
            assert chroma.min() >= 16
            assert chroma.max() <= 240


@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_are_pictures(family: str) -> None:
    """Neither flat nor burnt out: light and dark, and something in every quarter of the width."""
    y, u, v = planes(frames(request(FAMILIES[family], size="320x180", seed=3))[0])
    low, high = np.percentile(y, (5, 95))
    assert high - low > 20
    assert (y >= 234).mean() < 0.2
    assert (y <= 17).mean() < 0.6
    assert all(quarter.std() > 2 for quarter in np.array_split(y.astype(float), 4, axis=1))
    assert abs(u.astype(float) - 128).mean() + abs(v.astype(float) - 128).mean() > 2


def test_other_processes_and_hash_seeds_agree() -> None:
    """Pixels follow from the request alone: not from the process, its hash seed, or what was rendered before."""
    code = (
        "import hashlib, sys; sys.path.insert(0, sys.argv[1]);"
        "from animatic_requests import *;"
        "[print(hashlib.sha256(b''.join(f.tobytes() for f in frames(request(p, frame_count=3)))).hexdigest())"
        " for p in FAMILIES.values()]"
    )
    here = [
        hashlib.sha256(b"".join(f.tobytes() for f in frames(request(p, frame_count=3)))).hexdigest()
        for p in reversed(FAMILIES.values())
    ]
    for hash_seed in ("1", "4321"):
        done = subprocess.run(
            [sys.executable, "-c", code, str(Path(__file__).parent)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        )
        assert done.stdout.split() == here[::-1]


def test_black_and_white_has_no_colour() -> None:
    _, u, v = planes(frames(request("black and white city street, rain, noir, a red car"))[0])
    assert (u == 128).all()
    assert (v == 128).all()


def test_unknown_options_are_named() -> None:
    with pytest.raises(InputError, match=r"slat.*did you mean 'slate'\?.*known: slate"):
        Animatic({"slat": True})


@pytest.mark.parametrize("value", ["yes", 1, 0.5])
def test_slate_is_true_or_false(value: object) -> None:
    with pytest.raises(InputError, match="write true or false"):
        Animatic({"slate": value})


def test_a_model_is_refused() -> None:
    with pytest.raises(InputError, match="no models"):
        Animatic({}, model="wan2.1")


def test_too_little_motion_is_said() -> None:
    with pytest.raises(RenderError, match="3 rows of motion for 5 frames"):
        frames(replace(request("a road", frame_count=5), motion=music(3)))


def test_without_slate_names_and_places_do_not_matter() -> None:
    """Takes are shared between shots that look the same."""
    one, other = request("the sea at night"), request("the sea at night")
    other = replace(other, shot_id="chorus-2/07", index=9, take=3, first_timecode_frame=777)
    plain, slated = Animatic({}), Animatic({"slate": True})
    for backend in (plain, slated):
        backend.prepare([one, other])
    assert plain.identity(one) == plain.identity(other)
    assert slated.identity(one) != slated.identity(other)
    assert np.array_equal(next(plain.render(one)), next(plain.render(other)))


def test_what_one_sentence_tells_holds_for_the_scene() -> None:
    """Shots that begin with the same sentence are one scene: the age that one of them tells is everybody's."""
    told = ("An autumn road at dusk.", "They walk arm in arm.", "Both are seventy, their hair is white.")
    shots = [
        replace(request(f"{told[0]} A woman and a man. {extra}"), shot_id=f"bridge-1/0{n}", index=n)
        for n, extra in enumerate(told[1:])
    ]
    alone, together = Animatic({}), Animatic({})
    alone.prepare(shots[:1])
    together.prepare(shots)

    def ages(backend: Animatic) -> list[float]:
        return [person["age"] for person in backend.identity(shots[0])["read"]["people"]]  # type: ignore[index]

    assert ages(alone) == [30.0, 30.0]
    assert ages(together) == [70.0, 70.0]
    assert pickle.loads(pickle.dumps(together)).identity(shots[0]) == together.identity(shots[0])


def test_a_handle_before_the_shot_moves_nothing() -> None:
    """With frames before it, a shot's own first frame is still the same picture."""
    still = music(1).data * 12
    plain = frames(replace(request("a sailing boat on the sea", frame_count=4), motion=type(music(1))(still)))
    held = request("a sailing boat on the sea", frame_count=8, head_frames=4)
    late = frames(replace(held, motion=type(music(1))(still)))
    for a, b in zip(plain, late[4:], strict=True):
        assert np.abs(a.astype(int) - b.astype(int)).mean() < 1.0
