"""Kept clips: whole or not there, what went in comes out, and never made twice at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from musicvid.errors import MediaError, RenderError, StorageError
from musicvid.rendering.backends.diffusion.clip_store import ClipStore
from musicvid.schema.frames import FrameRate, FrameSize

KEY = "ab" * 32
OTHER = "cd" * 32
RATE = FrameRate.parse("16")
SIZE = FrameSize(48, 32)


def noise(count: int, seed: int = 3) -> list[np.ndarray]:
    generator = np.random.default_rng(seed)
    return [generator.integers(0, 256, (48, 48), np.uint8) for _ in range(count)]


@pytest.fixture
def store(tmp_path) -> ClipStore:
    return ClipStore(tmp_path / "clips")


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_what_goes_in_comes_out(store):
    pictures = noise(9)
    facts = {"prompt": "ein Hügel", "steps": 4, "notes": ["one"]}
    written = store.write(KEY, facts, iter(pictures), RATE, SIZE)
    found = ClipStore(store.folder).find(KEY)
    assert found == written
    assert (found.frame_count, found.rate, found.size, found.facts) == (9, RATE, SIZE, facts)
    assert files_in(store.folder) == [f"{KEY}.json", f"{KEY}.mp4"]
    order = [3, 3, 8, 0, 5]
    for index, picture in zip(order, store.frames(found, order), strict=True):
        assert np.array_equal(picture, pictures[index])
    with av.open(str(found.path)) as container:
        assert sum(1 for _ in container.decode(video=0)) == 9


@pytest.mark.parametrize("text", ["16", "24000/1001", "12000/1001", "25/3"])
def test_every_rate_is_kept_exactly(store, text):
    rate = FrameRate(Fraction(text))
    store.write(KEY, {}, noise(5), rate, SIZE)
    assert store.find(KEY).rate.fps == Fraction(text)


def test_last_frames_are_the_clips_end_in_rgb(store):
    """A red clip that turns blue: BT.709 codes (63, 102, 240) and (32, 240, 118) after Rec. BT.709."""

    def flat(y, u, v):
        picture = np.full((48, 48), y, np.uint8)
        picture[32:].reshape(-1)[:384], picture[32:].reshape(-1)[384:] = u, v
        return picture

    clip = store.write(KEY, {}, [flat(63, 102, 240)] * 6 + [flat(32, 240, 118)] * 2, RATE, SIZE)
    end = store.last_frames(clip, 3)
    assert (end.shape, end.dtype) == ((3, 32, 48, 3), np.uint8)
    for frame, colour in zip(end, [(255, 0, 0), (0, 0, 255), (0, 0, 255)], strict=True):
        assert np.abs(frame.astype(int) - colour).max() <= 3
    for count in (0, 9):
        with pytest.raises(RenderError, match="clip of 8"):
            store.last_frames(clip, count)


DAMAGE = {
    "movie gone": lambda movie, sidecar: movie.unlink(),
    "movie cut off": lambda movie, sidecar: movie.write_bytes(movie.read_bytes()[:-20]),
    "movie changed": lambda movie, sidecar: movie.write_bytes(movie.read_bytes()[:-1] + b"\x01"),
    "sidecar gone": lambda movie, sidecar: sidecar.unlink(),
    "sidecar empty": lambda movie, sidecar: sidecar.write_bytes(b""),
    "sidecar of another kind": lambda movie, sidecar: sidecar.write_text("[1, 2]"),
    "sidecar no text": lambda movie, sidecar: sidecar.write_bytes(b"\xff\xfe\x00"),
    "sidecar of another key": lambda movie, sidecar: sidecar.write_text(sidecar.read_text().replace(KEY, OTHER)),
    "rate of nothing": lambda movie, sidecar: sidecar.write_text(sidecar.read_text().replace('"16"', '"16/0"')),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_what_is_damaged_is_not_found_and_can_be_made_again(store, case):
    clip = store.write(KEY, {}, noise(5), RATE, SIZE)
    DAMAGE[case](clip.path, clip.path.with_suffix(".json"))
    if clip.path.exists():
        os.utime(clip.path, ns=(1, 1))  # a coarse clock may give the damage the very time of the original
    assert store.find(KEY) is None
    store.write(KEY, {}, noise(5), RATE, SIZE)
    assert store.find(KEY).frame_count == 5


def test_a_copied_workspace_keeps_its_clips(store, tmp_path):
    store.write(KEY, {}, noise(5), RATE, SIZE)
    shutil.copytree(store.folder, tmp_path / "copy", copy_function=shutil.copyfile)
    assert ClipStore(tmp_path / "copy").find(KEY).frame_count == 5


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), KeyboardInterrupt()])
def test_a_clip_that_breaks_off_leaves_nothing_and_an_older_one_stays(store, error):
    def frames():
        yield from noise(3)
        raise error

    with pytest.raises(type(error)) as caught:
        store.write(KEY, {}, frames(), RATE, SIZE)
    assert caught.value is error
    assert files_in(store.folder) == []
    store.write(OTHER, {}, noise(5), RATE, SIZE)
    with pytest.raises(type(error)):
        store.write(OTHER, {}, frames(), RATE, SIZE)
    assert store.find(OTHER).frame_count == 5


def test_frames_of_another_shape_and_none_at_all(store):
    with pytest.raises(MediaError, match="frame 0"):
        store.write(KEY, {}, [np.zeros((48, 64), np.uint8)], RATE, SIZE)
    with pytest.raises(MediaError, match="no frames"):
        store.write(KEY, {}, [], RATE, SIZE)
    assert store.find(KEY) is None


def test_facts_that_are_no_json_are_refused_before_anything_is_made(store):
    def frames():
        raise AssertionError("a frame was asked for")
        yield

    for value in (float("nan"), Path("x"), {1, 2}):
        with pytest.raises(RenderError, match="JSON"):
            store.write(KEY, {"value": value}, frames(), RATE, SIZE)


def test_facts_come_back_the_same_from_writing_and_finding(store):
    assert store.write(KEY, {"lengths": (5, 9)}, noise(5), RATE, SIZE) == store.find(KEY)


def test_only_content_keys_are_names(store):
    for key in ("", "../x", "AB" * 32, "ab" * 31):
        with pytest.raises(RenderError, match="no name of a clip"):
            store.find(key)


def test_opening_clears_what_dead_runs_left(store):
    store.open()
    (store.folder / "ab").mkdir()
    dead = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    old = store.folder / "ab" / f".{KEY}.part-{int(dead.stdout)}-0.mp4"
    fresh = store.folder / "ab" / f".{KEY}.part-{int(dead.stdout)}-1.mp4"
    ours = store.folder / "ab" / f".{KEY}.part-{os.getpid()}-0.mp4"
    for path in (old, fresh, ours):
        path.write_bytes(b"x")
    for path in (old, ours):
        os.utime(path, (1, 1))
    store.open()
    assert files_in(store.folder) == sorted([fresh.name, ours.name])


def test_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "clips").write_text("mine")
    store = ClipStore(tmp_path / "clips")
    with pytest.raises(StorageError, match="folder for clips"):
        store.open()
    with pytest.raises(StorageError), store.lock(KEY):
        pass


_MAKER = textwrap.dedent("""
    import sys, time
    import numpy as np
    from musicvid.rendering.backends.diffusion.clip_store import ClipStore
    from musicvid.schema.frames import FrameRate, FrameSize
    store, key, log = ClipStore(sys.argv[1]), sys.argv[2], sys.argv[3]
    def frames():
        with open(log, "a") as file:
            file.write("made\\n")
        for k in range(5):
            time.sleep(0.05)
            yield np.full((48, 48), k, np.uint8)
    with store.lock(key):
        clip = store.find(key) or store.write(key, {}, frames(), FrameRate.parse("16"), FrameSize(48, 32))
    print(clip.frame_count)
""")


def test_two_processes_never_make_the_same_clip(store, tmp_path):
    command = [sys.executable, "-c", _MAKER, str(store.folder), KEY, str(tmp_path / "log")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    assert [process.communicate(timeout=120)[0].strip() for process in running] == ["5"] * 3
    assert (tmp_path / "log").read_text() == "made\n"


def test_a_killed_maker_frees_its_lock_and_leaves_no_clip(store, tmp_path):
    hang = _MAKER.replace("time.sleep(0.05)", "time.sleep(600 if k == 3 else 0)")
    log = tmp_path / "log"
    running = subprocess.Popen([sys.executable, "-c", hang, str(store.folder), KEY, str(log)])
    try:
        while not log.exists():
            assert running.poll() is None
    finally:
        running.kill()
        running.wait()
    assert store.find(KEY) is None
    with store.lock(KEY):
        store.write(KEY, {}, noise(5), RATE, SIZE)
    assert json.loads(store.path_of(KEY, ".json").read_text())["frame_count"] == 5


def locks_in(folder: Path) -> list[str]:
    return [name for name in files_in(folder) if name.endswith(".lock")]


def test_locks_go_with_the_next_run_where_the_clip_is_there_and_nobody_holds_them(store):
    """One that another process holds stays and still locks; so does one whose clip was never finished."""
    wait = _MAKER.replace("print(clip.frame_count)", '    print("held", flush=True); sys.stdin.read()')
    keys = [KEY, OTHER, "ef" * 32]
    for key in keys:
        (store.folder / key[:2]).mkdir(parents=True)
        (store.folder / key[:2] / f".{key}.lock").touch()
    for key in keys[:2]:
        store.write(key, {}, noise(5), RATE, SIZE)
    command = [sys.executable, "-c", wait, str(store.folder), OTHER, os.devnull]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout.readline() == "held\n"
        store.open()
        assert locks_in(store.folder) == [f".{key}.lock" for key in keys[1:]]

        def enough():
            raise RuntimeError("still locked")

        with pytest.raises(RuntimeError, match="still locked"), store.lock(OTHER, enough):
            pass
    finally:
        holder.communicate("")
    store.open()
    assert locks_in(store.folder) == [f".{keys[2]}.lock"]
    assert None not in (store.find(KEY), store.find(OTHER))
