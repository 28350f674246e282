"""Part files: the old file stays until the new one is whole."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.errors import StorageError
from musicvid.media.files import part_file, path_as_given, sha256_of


def test_success_replaces_and_leaves_no_part(tmp_path):
    target = tmp_path / "new" / "movie.mp4"
    with part_file(target) as part:
        assert part.parent == target.parent
        assert part.name.startswith(".movie.part-")
        assert part.suffix == ".mp4"
        assert str(os.getpid()) in part.name
        part.write_bytes(b"one")
        assert not target.exists()
    assert target.read_bytes() == b"one"
    with part_file(target) as part:
        part.write_bytes(b"two")
        assert target.read_bytes() == b"one"
    assert target.read_bytes() == b"two"
    assert [p.name for p in target.parent.iterdir()] == ["movie.mp4"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt(), OSError(errno.ENOENT, "gone", "elsewhere")])
def test_failure_keeps_the_old_file(error, tmp_path):
    target = tmp_path / "movie.mp4"
    target.write_bytes(b"old")

    def write_half() -> None:
        with part_file(target) as part:
            part.write_bytes(b"half")
            raise error

    with pytest.raises((type(error), StorageError)):
        write_half()
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["movie.mp4"]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "no permission"),
        (errno.EROFS, "read-only"),
        (errno.EDQUOT, "quota"),
    ],
)
def test_the_system_s_refusals_become_one_line(number, words, tmp_path):
    target = tmp_path / "movie.mp4"
    with pytest.raises(StorageError, match=words) as caught, part_file(target):
        raise OSError(number, os.strerror(number))
    assert caught.value.where == str(target)
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)


def test_other_system_errors_pass_unchanged(tmp_path):
    with pytest.raises(ChildProcessError), part_file(tmp_path / "x.mp4"):
        raise ChildProcessError(errno.ECHILD, "not about files")


def test_a_block_that_writes_nothing_makes_nothing(tmp_path):
    with pytest.raises(StorageError), part_file(tmp_path / "x.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_folders_in_the_way(tmp_path):
    (tmp_path / "movie.mp4").mkdir()
    with pytest.raises(StorageError, match="folder"), part_file(tmp_path / "movie.mp4") as part:
        part.write_bytes(b"x")
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(StorageError, match=r"a file|folder"), part_file(tmp_path / "file" / "movie.mp4") as part:
        part.write_bytes(b"x")


def test_two_writers_of_one_target_do_not_share_a_part(tmp_path):
    with part_file(tmp_path / "a.bin") as one, part_file(tmp_path / "a.bin") as two:
        assert one != two
        one.write_bytes(b"1")
        two.write_bytes(b"2")
    assert (tmp_path / "a.bin").read_bytes() == b"1"


def test_a_real_refusal_to_write(tmp_path):
    """A limit on file sizes fails in write(2), as a full disk does."""
    code = (
        "import resource, signal, sys; from pathlib import Path\n"
        "from musicvid.errors import StorageError; from musicvid.media.files import part_file\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "target = Path(sys.argv[1])\n"
        "try:\n"
        "    with part_file(target) as part: part.write_bytes(bytes(5000))\n"
        "except StorageError as error: print(error)"
    )
    target = tmp_path / "old.bin"
    target.write_bytes(b"old")
    done = subprocess.run([sys.executable, "-c", code, str(target)], capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert str(target) in done.stdout
    assert [p.read_bytes() for p in tmp_path.iterdir()] == [b"old"]


@given(st.binary(max_size=300_000))
def test_sha256_is_the_known_one(tmp_path_factory, data):
    path = tmp_path_factory.getbasetemp() / "hashed.bin"
    path.write_bytes(data)
    assert sha256_of(path) == hashlib.sha256(data).hexdigest()


def test_parts_of_killed_writers_are_removed_by_the_next(tmp_path):
    """Only those of the same target, of processes that are gone, and that nobody wrote to for a while."""
    gone = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    pid = int(gone.stdout)
    old, fresh, other, living = (
        tmp_path / name
        for name in (
            f".film.part-{pid}-0.mp4",
            f".film.part-{pid}-1.mp4",
            f".other.part-{pid}-0.mp4",
            f".film.part-{os.getpid()}-0.mp4",
        )
    )
    for path in (old, fresh, other, living):
        path.write_bytes(b"half")
    for path in (old, other, living):
        os.utime(path, (1, 1))
    with part_file(tmp_path / "film.mp4") as part:
        part.write_bytes(b"whole")
    assert not old.exists()
    assert fresh.exists()
    assert other.exists()
    assert living.exists()


def test_a_name_with_a_tilde_is_a_name_unless_it_is_somebody(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    assert path_as_given("~/song.wav") == tmp_path / "home" / "song.wav"
    assert path_as_given("~nobody-of-this-name.wav") == tmp_path / "~nobody-of-this-name.wav"
    assert path_as_given("clips", Path("/base")) == Path("/base/clips")
    assert path_as_given("/clips", Path("/base")) == Path("/clips")
