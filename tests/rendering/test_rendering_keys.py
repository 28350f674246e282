"""Keys: stable wherever they are computed, changed by whatever changes pixels and by nothing else."""

import os
import subprocess
import sys
from dataclasses import fields, replace
from pathlib import Path

import pytest
from flat_backend import FlatBackend

import musicvid
from musicvid.errors import InputError, RenderError
from musicvid.rendering.backend import RenderRequest, SoundSlice, TakeRef
from musicvid.rendering.keys import backend_facts, take_key
from musicvid.rendering.specimens import make_request, motion_of
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.shots import Motion, Reference

FACTS = {"backend": "flat", "backend_version": "1", "model": "", "identity": {"b": 1, "a": [1, 2]}}
GOLDEN = "9b6e7f9690e3e0c6cba6e15155eeffa8622e2ace84ca8f528085309245983e01"


def plain_request(**changes):
    """Nothing computed with floats in it, so that the golden key holds on any machine."""
    return make_request(**{"motion": Motion.of([[0.5] * 8] * 7), **changes})


def key_of(request=None, facts=None, settings="h264-veryfast-crf20-v1", **more):
    return take_key(request or plain_request(), facts or FACTS, settings, **more)


def test_golden_key():
    # When this fails on purpose, every take that was ever made is rendered again: raise KEY_VERSION and say so.
    assert key_of() == GOLDEN


def test_same_key_in_other_processes_and_with_other_hash_seeds():
    facts = "{'identity': {'a': [1, 2], 'b': 1}, 'model': '', 'backend_version': '1', 'backend': 'flat'}"
    script = f"from test_rendering_keys import key_of; print(key_of(facts={facts}))"
    folders = [str(Path(musicvid.__file__).parents[1]), str(Path(__file__).parent)]
    for seed in ("1", "77"):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders), "PYTHONHASHSEED": seed}
        ran = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
        assert ran.stdout.strip() == GOLDEN, ran.stderr


CHANGES = {
    "prompt": {"prompt": "a boat"},
    "avoid": {"avoid": "people"},
    "frame_count": {"frame_count": 8},
    "head_frames": {"head_frames": 1},
    "rate": {"rate": FrameRate.parse("25")},
    "size": {"size": FrameSize(64, 66)},
    "seed": {"seed": 8},
    "motion": {"motion": motion_of(7)},
    "look": {"look": ("verse",)},
    "camera": {"camera": "static"},
    "energy": {"energy": 0.61},
}


@pytest.mark.parametrize("field", CHANGES)
def test_what_determines_pixels_changes_the_key(field):
    assert key_of(replace(plain_request(), **CHANGES[field])) != GOLDEN


NO_CHANGE = {
    "shot_id": "chorus-1/05",
    "index": 4,
    "take": 2,
    "first_timecode_frame": 9,
    "continues": TakeRef("chorus-1/04", 1),
}
PICTURES = ("references", "first_frame", "last_frame")


@pytest.mark.parametrize("field", NO_CHANGE)
def test_place_and_number_do_not_change_the_key(field):
    assert key_of(replace(plain_request(), **{field: NO_CHANGE[field]})) == GOLDEN


def test_every_field_of_a_request_is_decided_on():
    assert {one.name for one in fields(RenderRequest)} == {*CHANGES, *NO_CHANGE, *PICTURES, "sound"}


@pytest.mark.parametrize("name", ["backend", "backend_version", "model", "identity"])
def test_the_backend_is_part_of_the_key(name):
    assert key_of(facts={**FACTS, name: "other"}) != GOLDEN


def test_settings_hold_and_overlay_are_part_of_the_key():
    keys = [
        key_of(),
        key_of(settings="h264-ultrafast-crf20-v1"),
        key_of(hold=True),
        key_of(overlay_key="lyrics"),
        key_of(overlay_key="lyrics", overlay_frame=48),
        key_of(overlay_key="other lyrics"),
    ]
    assert len(set(keys)) == 6
    # Without an overlay the place in the movie does not matter.
    assert key_of(overlay_frame=48) == GOLDEN


@pytest.mark.parametrize("field", PICTURES)
def test_pictures_count_by_content_not_by_path(tmp_path, field):
    def with_picture(name, content):
        path = tmp_path / name
        path.write_bytes(content)
        value = (Reference("ann", str(path)),) if field == "references" else str(path)
        return key_of(replace(plain_request(), **{field: value}))

    first = with_picture("a.png", b"red")
    assert first != GOLDEN
    assert with_picture("b.png", b"red") == first
    assert with_picture("c.png", b"green") != first


def test_sound_counts_by_content_and_place(tmp_path):
    def with_sound(name, content, first_frame):
        path = tmp_path / name
        path.write_bytes(content)
        return key_of(replace(plain_request(), sound=SoundSlice(str(path), first_frame)))

    first = with_sound("a.ogg", b"song", 12)
    assert first != GOLDEN
    assert with_sound("b.ogg", b"song", 12) == first
    assert len({first, with_sound("a.ogg", b"song", 13), with_sound("c.ogg", b"other", 12)}) == 3


def test_a_song_that_is_gone_is_named(tmp_path):
    with pytest.raises(InputError, match=r"a\.ogg.*verse-1/01"):
        key_of(replace(plain_request(), sound=SoundSlice(str(tmp_path / "a.ogg"), 0)))


def test_a_picture_that_is_gone_is_named(tmp_path):
    request = replace(plain_request(), references=(Reference("ann", str(tmp_path / "ann.png")),))
    with pytest.raises(InputError, match=r"ann\.png.*verse-1/01"):
        key_of(request)


@pytest.mark.parametrize("identity", [{"path": Path("x")}, {"value": float("nan")}, {"set": {1}}])
def test_identity_must_be_json(identity):
    backend = FlatBackend()
    backend.identity = lambda request: identity
    with pytest.raises(RenderError, match="'flat' has an identity that is not made of JSON values"):
        backend_facts(backend, plain_request())
