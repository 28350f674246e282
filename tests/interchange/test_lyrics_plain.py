"""Plain text with headings."""

from __future__ import annotations

import pytest

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics.headings import heading_of
from musicvid.interchange.lyrics.plain import parse_plain
from musicvid.schema.lyrics import LyricText


def blocks(text: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(block.heading, block.lines) for block in parse_plain(text, "a.txt").blocks]


def test_headings_part_the_text_and_empty_lines_do_not() -> None:
    text = "Before\n\n[Verse 1]\nOne\n\n  Two  words \n[Chorus: Ann]\nThree\n\n[Guitar solo]\n[Outro]\nFour\n"
    assert blocks(text) == [
        ("", ("Before",)),
        ("verse 1", ("One", "Two words")),
        ("chorus", ("Three",)),
        ("guitar solo", ()),
        ("outro", ("Four",)),
    ]


def test_a_chorus_without_lines_is_sung_again() -> None:
    lyrics = parse_plain("[Chorus]\nLa\n[Verse]\nB\n[Chorus]\n", "a.txt")
    assert lyrics.blocks[2] == LyricText("chorus", ("La",))
    assert lyrics.notes == ("[chorus] without lines: those of the first [chorus] are repeated",)


def test_stanzas_without_headings() -> None:
    assert blocks("a\nb\n\n\n c\n") == [("", ("a", "b")), ("", ("c",))]


def test_signs_of_repetition_are_left_out_and_said() -> None:
    lyrics = parse_plain("[Chorus]\nLa\n[x2]\n(repeat)\n", "a.txt")
    assert lyrics.blocks == (LyricText("chorus", ("La",)),)
    assert lyrics.notes == ("signs such as [x2] left out (2): write repeated lines out",)


@pytest.mark.parametrize(
    ("line", "heading"),
    [
        ("[Verse 2]", "verse 2"),
        ("[ PRE-CHORUS ]", "pre-chorus"),
        ("[Verse 1: Ann & Bob]", "verse 1"),
        ("[Strophe 1]", "strophe 1"),
        ("Chorus:", "chorus"),
        ("CHORUS 2", "chorus 2"),
        ("## Bridge", "bridge"),
        ("Middle Eight:", "middle eight"),
        ("Chorus", None),  # may be sung
        ("Bridge over the water:", None),
        ("[ti:Home]", None),
        ("[x2]", None),
        ("[00:12.00]", None),
        ("(Chorus)", None),
        ("", None),
    ],
)
def test_headings(line: str, heading: str | None) -> None:
    assert heading_of(line) == heading


@pytest.mark.parametrize("text", ["\n \n", "[Verse]\n\n[Chorus]\n", "[x2]"])
def test_nothing_sung(text: str) -> None:
    with pytest.raises(LyricsError, match=r"^a\.txt: holds no lyric lines$"):
        parse_plain(text, "a.txt")
