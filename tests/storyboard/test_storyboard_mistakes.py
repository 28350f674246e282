"""Every mistake at once, at its place, in words that help: the golden table is the specification."""

from __future__ import annotations

from pathlib import Path

import pytest

from musicvid.errors import StoryboardError
from musicvid.production.storyboard import Storyboard

GOLDEN = Path(__file__).with_name("mistakes.golden")


def cases() -> list[object]:
    found = []
    for block in GOLDEN.read_text(encoding="utf-8").split("\n## ")[1:]:
        name, *rows = block.strip("\n").split("\n")
        story = "".join(f"{row[2:]}\n" for row in rows if row.startswith("|"))
        found.append(pytest.param(story, [row for row in rows if not row.startswith("|")], id=name))
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    (tmp_path / "here.png").write_text("x")
    return tmp_path


def mistakes_in(data: bytes, folder: Path) -> list[str]:
    with pytest.raises(StoryboardError) as caught:
        Storyboard.parse(data, folder=folder, file="story.yaml")
    return str(caught.value).replace(str(folder), "FOLDER").split("\n")


@pytest.mark.parametrize(("story", "expected"), cases())
def test_golden(story: str, expected: list[str], folder: Path) -> None:
    assert mistakes_in(story.encode(), folder) == expected


def test_the_table_is_long_enough() -> None:
    assert len(cases()) >= 60


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"musicvid: 1\ntitle: a\x07b\n", "2:9: the control character U+0007 cannot stand in YAML: delete it"),
        (b"musicvid: 1\r\n\r\ntitle: a\x00\r\n", "3:9: the control character U+0000 cannot stand in YAML: delete it"),
        ("musicvid: 1".encode("utf-16"), "1:1: this is not UTF-8 (it looks like UTF-16): save the file as UTF-8"),
        (b"musicvid: 1\ntitle: caf\xe9", "2:11: this is not UTF-8 (byte 0xe9): save the file as UTF-8"),
        (b"\xef\xbb\xbfmusicvid: 1\n\xff", "2:1: this is not UTF-8 (byte 0xff): save the file as UTF-8"),
        (b" " * 1_048_577, "1:1: more than 1,048,576 bytes: is this the right file?"),
        (b"[" * 30, "1:21: nested more than 20 deep: is this the right file?"),
        (b"[" + b"x," * 100_000 + b"]", "1:200000: more than 100,000 values: is this the right file?"),
    ],
    ids=["bell", "null", "utf-16", "latin-1", "bom", "huge", "deep", "many"],
)
def test_bytes_that_are_no_storyboard(data: bytes, expected: str, folder: Path) -> None:
    assert mistakes_in(data, folder) == [f"story.yaml:{expected}"]


def test_a_foreign_file_is_cut_short(folder: Path) -> None:
    lines = mistakes_in(("musicvid: 1\n" + "".join(f"key{i}: {i}\n" for i in range(500))).encode(), folder)
    assert len(lines) == 201
    assert lines[-1] == "story.yaml:202:1: and 300 more mistakes from here on"
