"""LRC: stamps, offset, repeats, word times. Expected times are computed by hand."""

from __future__ import annotations

import pytest

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics.lrc import parse_lrc
from musicvid.schema.lyrics import LyricLine, Word


def lines(text: str) -> tuple[LyricLine, ...]:
    return parse_lrc(text, "a.lrc").lines


@pytest.mark.parametrize(
    ("stamp", "time_s"),
    [
        ("[00:12]", 12.0),
        ("[0:12.5]", 12.5),
        ("[00:12.34]", 12.34),
        ("[00:12.345]", 12.345),
        ("[00:12:34]", 12.34),  # hundredths after a colon, as some players write them
        ("[01:02.03]", 62.03),
        ("[75:00.00]", 4500.0),
        ("[01:15:00.50]", 4500.5),
        ("[ 00:12.34 ]", 12.34),
        ("  [00:12.34]  ", 12.34),
    ],
)
def test_stamps(stamp: str, time_s: float) -> None:
    assert [(line.start_s, line.text) for line in lines(f"{stamp}la la")] == [(time_s, "la la")]


def test_a_whole_file() -> None:
    lyrics = parse_lrc(
        "[ti: The Long Way ]\n[ar:Ann]\n[al:x]\n[by:y]\n[length: 3:00]\n\n"
        "[Verse 1]\n[00:10.00]First line\n[00:12.50]Second\n[00:14.00]\n"
        "[Chorus: Ann & Bob]\n[00:20.00]Third\n",
        "a.lrc",
    )
    assert (lyrics.title, lyrics.artist, lyrics.notes) == ("The Long Way", "Ann", ())
    assert lyrics.lines == (
        LyricLine(10.0, 12.5, "First line", section="verse 1"),
        LyricLine(12.5, 14.0, "Second", section="verse 1"),
        LyricLine(20.0, 22.6, "Third", section="chorus"),  # nothing ends it: 2 s and 5 x 0.12 s
    )


def test_a_line_does_not_last_through_an_interlude() -> None:
    assert [line.stop_s for line in lines("[00:10.00]1234567890\n[01:00.00]x")] == [13.2, 62.12]


def test_offset_moves_everything_sooner() -> None:
    moved = lines("[00:10.00]<00:10.00>a <00:10.50>b<00:11.00>\n[offset:+500]")
    assert moved == (LyricLine(9.5, 10.5, "a b", (Word(9.5, 10.0, "a"), Word(10.0, 10.5, "b"))),)
    assert lines("[offset:-250]\n[00:10.00]a")[0].start_s == 10.25
    assert lines("[offset:]\n[00:10.00]a")[0].start_s == 10.0


def test_an_offset_before_the_song() -> None:
    lyrics = parse_lrc("[offset:+2000]\n[00:00.50]gone\n[00:01.00]half\n[00:03.00]here\n", "a.lrc")
    assert [(line.start_s, line.text) for line in lyrics.lines] == [(0.0, "half"), (1.0, "here")]
    assert lyrics.notes == (
        "1 lyric line before the beginning of the song: left out",
        "1 lyric line began before the song: moved to its beginning",
    )


def test_repeated_stamps() -> None:
    lyrics = parse_lrc("[00:10.00][00:30.00]<00:10.50>again\n[00:12.00]b\n[00:32.00]c\n", "a.lrc")
    assert lyrics.lines == (
        LyricLine(10.0, 12.0, "again", (Word(10.5, 12.0, "again"),)),
        LyricLine(12.0, 14.12, "b"),
        LyricLine(30.0, 32.0, "again", (Word(30.5, 32.0, "again"),)),
        LyricLine(32.0, 34.12, "c"),
    )
    assert lyrics.notes == ()


def test_word_times() -> None:
    text = "[00:10.00] <00:10.00> When <00:10.40> the Hel<00:10.90>lo <00:11.30> ends <00:12.00>\n[00:20.00]x"
    assert lines(text)[0] == LyricLine(
        10.0,
        12.0,
        "When the Hello ends",
        (Word(10.0, 10.4, "When"), Word(10.4, 11.3, "the Hello"), Word(11.3, 12.0, "ends")),
    )


def test_word_times_in_square_brackets_and_with_a_start_before_the_first() -> None:
    assert lines("[00:10.00]Oh [00:10.50]my [00:11.00]\n")[0] == LyricLine(
        10.0, 11.0, "Oh my", (Word(10.0, 10.5, "Oh"), Word(10.5, 11.0, "my"))
    )
    assert lines("<00:10.00>Oh <00:10.50>my <00:11.00>\n")[0].words[1] == Word(10.5, 11.0, "my")


def test_the_last_word_without_an_end() -> None:
    assert lines("[00:10.00]<00:10.00>a <00:19.00>b\n[00:19.50]c")[0].words[1] == Word(19.0, 19.5, "b")
    assert lines("[00:10.00]<00:10.00>a <00:19.00>b\n")[0].words[1] == Word(19.0, 20.0, "b")


def test_word_times_that_run_backwards_are_left_out_and_said() -> None:
    lyrics = parse_lrc("[00:10.00]<00:11.00>a <00:10.50>b\n", "a.lrc")
    assert (lyrics.lines[0].text, lyrics.lines[0].words) == ("a b", ())
    assert lyrics.notes == ("line 1: its word times run backwards and were left out",)


def test_disorder_is_sorted_and_said() -> None:
    lyrics = parse_lrc("[00:30.00]c\n[00:10.00]a\n[00:20.00]b\n", "a.lrc")
    assert [line.text for line in lyrics.lines] == ["a", "b", "c"]
    assert lyrics.notes == ("1 lyric line out of order: sorted by time",)


def test_times_that_cannot_be() -> None:
    lyrics = parse_lrc("[-00:05.00]minus\n[00:10.00]a\n[99999:00.00]late\nwithout\n[00:1x]odd\n", "a.lrc")
    assert [line.text for line in lyrics.lines] == ["a"]
    assert lyrics.notes == (
        "line 1: '[-00:05.00]minus' has no time that can be read: left out",
        "line 5: '[00:1x]odd' has no time that can be read: left out",
        "1 line without a time left out",
        "1 lyric line later than 24 hours: left out",
    )


def test_two_voices_at_one_time_both_last() -> None:
    assert [(line.start_s, line.stop_s) for line in lines("[00:10.00]a\n[00:10.00]b\n[00:11.00]c")][:2] == [
        (10.0, 11.0)
    ] * 2


def test_nothing_sung() -> None:
    with pytest.raises(LyricsError, match=r"^a\.lrc: holds no lyric lines$"):
        parse_lrc("[ti:x]\n[00:10.00]\n", "a.lrc")
