"""Whatever stands in the file, only our errors come out, each mistake on one line at a place that exists."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musicvid.errors import StoryboardError
from musicvid.production.storyboard import Storyboard

GOOD = """\
musicvid: 1
title: "Home"
video: {size: 720p, fps: 25}
cast:
  ann: {is: a woman}
pace: {verse: 2 bars, default: auto}
scenes:
  - in: verse 1
    cast: [ann]
    note: |
      Two lines,
      both long.
  - in: line "home"
    transition: dissolve 1 beat
shots:
  verse-1/01: {seed: 3, hold: true}
"""
TOKENS = [
    "'", '"', "[", "]", "{", "}", ": ", "- ", "*a", "&a ", "!!str ", "!", "|", "\n", "\n  ", ">", "\t", "\\", "\x07",
    "%YAML 1.1\n", "---\n", "...\n", "#", "<<: ", "1e999", "0x", "\u2028", "\x85", "\U0001f600", "? ", ",", "9" * 50,
    '"\\ud800"', '"\\UFFFFFFFF"', "musicvid: 1\n", "scenes:\n", "  - in: ", "null", "~", "\ufeff",
]  # fmt: skip


def utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


BROKEN = st.tuples(st.integers(0, len(GOOD)), st.sampled_from(TOKENS), st.integers(0, 9)).map(
    lambda t: utf8(GOOD[: t[0]] + t[1] + GOOD[t[0] + t[2] :])
)
SOUP = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)), max_size=25).map(lambda t: utf8("".join(t)))


def outcome(data: bytes) -> Storyboard | StoryboardError:
    try:
        return Storyboard.parse(data, folder=Path("."), file="s")
    except StoryboardError as error:
        return error


@settings(max_examples=1200, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.one_of(st.binary(max_size=80), st.text(max_size=60).map(utf8), SOUP, BROKEN))
def test_only_our_errors(data: bytes) -> None:
    read = outcome(data)
    if isinstance(read, Storyboard):
        assert read.file == "s"
        repr(read).encode("utf-8")
        return
    assert len(str(read).split("\n")) == len(read.mistakes) > 0
    rows = data.count(b"\n") + data.count(b"\r") + data.count(b"\xc2\x85") + data.count(b"\xe2\x80\xa8") + 2
    assert all(1 <= m.line <= rows and m.column >= 1 and m.message for m in read.mistakes)
    str(read).encode("utf-8")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "- " * 100_000,
        "{a: " * 100_000,
        "? " * 100_000,
        "a: &a [x]\n" + "b: [*a,*a,*a]\n" * 9,
        "musicvid: 1\nscenes: [" + "{in: a}," * 60_000 + "]",
        "musicvid: 1\nnote: " + "x" * 2_000_000,
        "\n".join(f"key{i}: {i}" for i in range(5_000)),
    ],
    ids=["flow", "block", "mapping", "keys", "aliases", "many", "huge", "foreign"],
)
def test_bombs_are_refused_in_few_words(text: str) -> None:
    with pytest.raises(StoryboardError) as caught:
        Storyboard.parse(text.encode())
    assert len(str(caught.value)) < 60_000


def test_a_large_storyboard_is_read() -> None:
    scenes = "".join(f"  - in: {k} - {k + 1}\n    note: scene number {k}\n" for k in range(2000))
    story = Storyboard.parse(("musicvid: 1\nscenes:\n" + scenes).encode())
    assert len(story.scenes) == 2000
    assert story.scenes[1999].where == "storyboard:4001:9"


@pytest.mark.parametrize(
    "text",
    ['musicvid: 1\n"\\ud800": 1', 'musicvid: "\\ud800"', '{"\\ud800": {"\\ud800": ["\\udfff"]}, musicvid: 1}'],
    ids=["key", "version", "nested"],
)
def test_a_lone_surrogate_is_a_mistake_wherever_it_stands(text: str) -> None:
    found = outcome(text.encode())
    assert isinstance(found, StoryboardError)
    assert any("which is no character of a text" in m.message for m in found.mistakes)
    str(found).encode("utf-8")
