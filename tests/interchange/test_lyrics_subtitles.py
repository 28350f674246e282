"""SRT, WebVTT, ASS with karaoke."""

from __future__ import annotations

import pysubs2
import pytest

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics.subtitles import parse_ass, parse_srt
from musicvid.interchange.lyrics.webvtt import parse_vtt
from musicvid.schema.lyrics import LyricLine, Word

ASS = """\
[Script Info]
Title: The Long Way
ScriptType: v4.00+

[V4+ Styles]
Format: Name, Fontname, Fontsize
Style: Default,Arial,20

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


def dialogue(start: str, stop: str, text: str, kind: str = "Dialogue") -> str:
    return f"{kind}: 0,{start},{stop},Default,,0,0,0,,{text}\n"


def test_srt() -> None:
    lyrics = parse_srt(
        "1\n00:00:01,000 --> 00:00:02,500\n<i>Hello</i> {\\an8}there\nworld ♪\n\n\n\n\n"
        "2\n00:01:04.250 --> 00:01:06,000\n42\n\n3\n00:02:00,000 --> 00:02:01,000\n\n",
        "a.srt",
    )
    assert lyrics.lines == (LyricLine(1.0, 2.5, "Hello there world"), LyricLine(64.25, 66.0, "42"))
    assert lyrics.notes == ()


def test_srt_times_are_mended_and_it_is_said() -> None:
    lyrics = parse_srt(
        "1\n00:00:05,000 --> 00:00:04,000\nback\n\n2\n00:00:01,000 --> 00:00:02,000\nfirst\n\n"
        "3\n99:00:00,000 --> 99:00:01,000\nlate\n\n4\n00:00:01,000 --> 00:00:02,000\nfirst\n",
        "a.srt",
    )
    assert lyrics.lines == (LyricLine(1.0, 2.0, "first"), LyricLine(5.0, 7.48, "back"))  # 2 s and 4 x 0.12 s
    assert lyrics.notes == (
        "2 lyric lines out of order: sorted by time",
        "1 lyric line later than 24 hours: left out",
        "1 lyric line without a length: an end was estimated",
        "1 lyric line stood twice: kept once",
    )


def test_what_pysubs2_writes_we_read() -> None:
    subtitles = pysubs2.SSAFile()
    for k in range(20):
        subtitles.append(pysubs2.SSAEvent(start=1000 * k + 7, end=1000 * k + 990, text=f"line number {k}, sung"))
    expected = [(k + 0.007, k + 0.99, f"line number {k}, sung") for k in range(20)]
    for kind, parse in (("srt", parse_srt), ("vtt", parse_vtt)):
        read = parse(subtitles.to_string(kind), "a").lines
        assert [(line.start_s, line.stop_s, line.text) for line in read] == expected
    rounded = [(round(a, 2), b, text) for a, b, text in expected]  # ASS counts hundredths
    read = parse_ass(subtitles.to_string("ass"), "a").lines
    assert [(line.start_s, line.stop_s, line.text) for line in read] == rounded


def test_ass_karaoke() -> None:
    lyrics = parse_ass(
        ASS
        + dialogue("0:00:00.00", "0:00:09.00", "x", "Comment")
        + dialogue("0:00:00.00", "0:00:09.00", "{\\p1}m 0 0 l 5 5")
        + dialogue("0:00:01.00", "0:00:05.00", "{\\k40}Hel{\\kf20\\i1}lo {\\k10}{\\K50}world\\N{\\ko30}now")
        + dialogue("0:01:06.50", "0:01:07.00", "Plain{\\b1}er\\Nline\\htoo"),
        "a.ass",
    )
    assert lyrics.title == "The Long Way"
    assert lyrics.lines == (
        LyricLine(
            1.0, 5.0, "Hello world now", (Word(1.0, 1.6, "Hello"), Word(1.7, 2.2, "world"), Word(2.2, 2.5, "now"))
        ),
        LyricLine(66.5, 67.0, "Plainer line too"),
    )


def test_karaoke_that_outlasts_its_line_ends_with_it() -> None:
    lyrics = parse_ass(ASS + dialogue("0:00:01.00", "0:00:02.00", "{\\k80}a {\\k80}b {\\k80}c"), "a.ass")
    assert lyrics.lines[0].words == (Word(1.0, 1.8, "a"), Word(1.8, 2.0, "b"), Word(2.0, 2.0, "c"))


def test_old_ssa() -> None:
    text = (
        "[Script Info]\nScriptType: v4.00\n[V4 Styles]\n[Events]\n"
        "Format: Marked, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
        "Dialogue: Marked=0,0:00:01.00,0:00:02.00,Default,,0000,0000,0000,,la, la\n"
    )
    assert parse_ass(text, "a.ssa").lines == (LyricLine(1.0, 2.0, "la, la"),)


def test_broken_ass() -> None:
    with pytest.raises(LyricsError, match=r"^a\.ass: not readable as \.ass: "):
        parse_ass(ASS + dialogue("soon", "0:00:02.00", "x"), "a.ass")
    with pytest.raises(LyricsError, match="holds no lyric lines"):
        parse_ass(ASS, "a.ass")


def test_vtt() -> None:
    lyrics = parse_vtt(
        "WEBVTT - The Long Way\nKind: captions\n\nSTYLE\n::cue { color: red }\n\nNOTE a remark\nof two lines\n\n"
        "first\n00:01.000 --> 00:04.000 align:left line:0\n<v Ann>Rock <00:02.000>&amp; <c.loud><00:03.000>roll</c>\n\n"
        "NOTE another\n\n01:00:05.000 --> 01:00:06.500\n♪ la\nla ♪\n\n00:0x --> 2\nnothing\n",
        "a.vtt",
    )
    assert lyrics.lines == (
        LyricLine(1.0, 4.0, "Rock & roll", (Word(1.0, 2.0, "Rock"), Word(2.0, 3.0, "&"), Word(3.0, 4.0, "roll"))),
        LyricLine(3605.0, 3606.5, "la la"),
    )
    assert lyrics.notes == ("line 20: its times cannot be read: left out",)


def test_vtt_word_times_outside_of_their_cue_are_no_word_times() -> None:
    lyrics = parse_vtt("WEBVTT\n\n00:01.000 --> 00:02.000\na <00:05.000>b\n", "a.vtt")
    assert (lyrics.lines[0].text, lyrics.lines[0].words) == ("a b", ())
