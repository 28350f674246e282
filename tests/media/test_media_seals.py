"""Kept files are trusted only while they are what was written."""

import os
import shutil

import pytest

from musicvid.media.seals import is_sealed, seal


@pytest.fixture
def kept(tmp_path):
    path = tmp_path / "piece.mp4"
    path.write_bytes(b"0123456789")
    seal(path)
    return path


def test_what_was_sealed_is_whole(kept):
    assert is_sealed(kept)


DAMAGE = {
    "gone": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "cut off": lambda path: path.write_bytes(b"01234"),
    "other bytes of the same length": lambda path: path.write_bytes(b"0123X56789"),
    "no seal": lambda path: path.with_name("piece.mp4.seal").unlink(),
    "empty seal": lambda path: path.with_name("piece.mp4.seal").write_bytes(b""),
    "seal of another kind": lambda path: path.with_name("piece.mp4.seal").write_bytes(b"[1]"),
    "seal that is no text": lambda path: path.with_name("piece.mp4.seal").write_bytes(b"\xff\xfe\x00"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_what_is_damaged_is_not(kept, case):
    DAMAGE[case](kept)
    if kept.exists() and case != "no seal" and "seal" not in case:
        os.utime(kept, ns=(1, 1))  # a coarse clock may give the damage the very time of the original
    assert not is_sealed(kept)


def test_a_copied_workspace_stays_whole(kept, tmp_path):
    """Copies get a new time of change; the bytes decide then."""
    (tmp_path / "copy").mkdir()
    for name in ("piece.mp4", "piece.mp4.seal"):
        shutil.copyfile(tmp_path / name, tmp_path / "copy" / name)
    os.utime(tmp_path / "copy" / "piece.mp4", ns=(1, 1))
    assert is_sealed(tmp_path / "copy" / "piece.mp4")
