"""The take store: what is whole is found, what is not is not, and nothing ever crashes."""

import json
import os
import subprocess
import sys
import time

import pytest

from musicvid.errors import StorageError
from musicvid.rendering.takes import TakeStore
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.take import Take

KEY = "ab" + "0" * 62


def stored(root, content=b"a movie"):
    store = TakeStore(root)
    path = store.path_of(KEY, ".mp4")
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    take = Take(
        shot_id="verse-1/01",
        number=2,
        key=KEY,
        path=str(path),
        rate=FrameRate.parse("23.976"),
        size=FrameSize(64, 48),
        frame_count=17,
        head_frames=3,
        seed=2**31 - 1,
        backend="flat",
        backend_version="1",
        model="small",
        overlay_key="lyrics",
        notes=("verse-1/01: held", "zweite Strophe – ü"),
    )
    store.add(take, {"prompt": "a boat"})
    return store, take


def test_a_take_is_found_as_it_was_added(tmp_path):
    store, take = stored(tmp_path)
    assert store.find(KEY) == take
    assert TakeStore(str(tmp_path)).find(KEY) == take
    assert store.path_of(KEY, ".json").parent.name == "ab"
    facts = json.loads(store.path_of(KEY, ".json").read_text("utf-8"))
    assert (facts["document"], facts["version"], facts["from"]["prompt"]) == ("take", 1, "a boat")
    assert facts["bytes"] == 7


def test_what_was_never_made_is_not_found(tmp_path):
    assert TakeStore(tmp_path).find(KEY) is None
    assert TakeStore(tmp_path / "no" / "such").find(KEY) is None
    assert TakeStore(tmp_path).find("../../etc/passwd") is None


@pytest.mark.parametrize("content", [b"", b"a movi", b"a movie and more"])
def test_a_movie_of_another_length_is_not_found(tmp_path, content):
    store, _ = stored(tmp_path)
    store.path_of(KEY, ".mp4").write_bytes(content)
    assert store.find(KEY) is None


def test_a_missing_movie_is_not_found(tmp_path):
    store, _ = stored(tmp_path)
    store.path_of(KEY, ".mp4").unlink()
    assert store.find(KEY) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        '"take"',
        "{}",
        '{"document": "take"}',
        "\x00\x01",
        '{"document": "take", "version": 99}',
    ],
)
def test_a_damaged_sidecar_is_not_found(tmp_path, text):
    store, _ = stored(tmp_path)
    store.path_of(KEY, ".json").write_text(text)
    assert store.find(KEY) is None


def test_a_sidecar_that_is_not_text_is_not_found(tmp_path):
    store, _ = stored(tmp_path)
    store.path_of(KEY, ".json").write_bytes(b"\xff\xfe\x80")
    assert store.find(KEY) is None
    store.path_of(KEY, ".json").unlink()
    store.path_of(KEY, ".json").mkdir()
    assert store.find(KEY) is None


def test_any_field_lost_or_of_another_kind_is_not_found(tmp_path):
    store, take = stored(tmp_path)
    sidecar = store.path_of(KEY, ".json")
    whole = json.loads(sidecar.read_text("utf-8"))
    needed = [name for name in whole if name != "from"]
    # Words may be anything; the time of change or the hash alone still proves the file.
    bearable = ("backend", "backend_version", "model", "overlay", "notes", "mtime_ns", "sha256")
    for name in needed:
        for broken in ({k: v for k, v in whole.items() if k != name}, {**whole, name: None}, {**whole, name: {}}):
            sidecar.write_text(json.dumps(broken))
            found = store.find(KEY)
            assert found is None or name in bearable, (name, found)
    sidecar.write_text(json.dumps({**whole, "suffix": "/../../../x"}))
    assert store.find(KEY) is None
    sidecar.write_text(json.dumps({**whole, "key": "cd" + "0" * 62}))
    assert store.find(KEY) is None
    sidecar.write_text(json.dumps(whole))
    assert store.find(KEY) == take


def test_what_stands_in_the_way_is_a_storage_error(tmp_path):
    store, take = stored(tmp_path / "work")
    store.path_of(KEY, ".json").unlink()
    store.path_of(KEY, ".json").mkdir()
    with pytest.raises(StorageError, match=r"\.json"):
        store.add(take, {})
    (tmp_path / "file").write_text("a file")
    with pytest.raises(StorageError, match=r"file.takes: a part of this path is a file, not a folder"):
        TakeStore(tmp_path / "file").open()
    (tmp_path / "takes").write_text("a file")
    with pytest.raises(StorageError, match="a file stands where the folder for takes should be"):
        TakeStore(tmp_path).open()


def part(store, pid, age_s=0.0, key=KEY):
    path = store.path_of(key, ".mp4").with_name(f".{key}.part-{pid}-0.mp4")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half a movie")
    old = time.time() - age_s
    os.utime(path, (old, old))
    return path


@pytest.fixture
def dead_pid():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_parts_of_the_dead_are_removed_and_those_of_the_living_stay(tmp_path, dead_pid):
    store, other = TakeStore(tmp_path), "cd" + "0" * 62
    dead, living, elsewhere = part(store, dead_pid), part(store, os.getpid()), part(store, dead_pid, key=other)
    store.remove_parts(KEY)
    assert [path.exists() for path in (dead, living, elsewhere)] == [False, True, True]


def test_opening_clears_old_parts_and_spares_what_was_written_lately(tmp_path, dead_pid):
    store, other = TakeStore(tmp_path), "cd" + "0" * 62
    old, fresh = part(store, dead_pid, age_s=7200), part(store, dead_pid, key=other)
    kept = stored(tmp_path / "x")[0]
    store.open()
    kept.open()
    assert [path.exists() for path in (old, fresh)] == [False, True]
    assert kept.find(KEY) is not None
    TakeStore(tmp_path / "no such").open()
    assert (tmp_path / "no such" / "takes").is_dir()
