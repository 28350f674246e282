"""Which format it is, which letters it is written in, and that only our errors come out."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musicvid.errors import LyricsError
from musicvid.interchange.lyrics import read_lyrics
from musicvid.schema.lyrics import Lyrics

LRC = "[00:01.00]naïve café\n"
SRT = "1\n00:00:01,000 --> 00:00:02,000\nnaïve café\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.000\nnaïve café\n"
ASS = "[Script Info]\n\n[Events]\nDialogue: 0,0:00:01.00,0:00:02.00,Default,,0,0,0,,naïve café\n"
ULTRASTAR = "#TITLE:x\n#BPM:300\n: 20 4 60 naïve \n: 24 4 60 café\n"


def read(folder: Path, name: str, content: str | bytes) -> Lyrics:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return read_lyrics(path)


@pytest.mark.parametrize("text", [LRC, SRT, VTT, ASS, ULTRASTAR], ids=["lrc", "srt", "vtt", "ass", "ultrastar"])
@pytest.mark.parametrize("name", ["a.lrc", "a.srt", "a.vtt", "a.ass", "a.txt", "a.LRC", "a.words"])
def test_the_content_decides(tmp_path: Path, name: str, text: str) -> None:
    line = read(tmp_path, name, text).lines[0]
    assert (line.start_s, line.text) == (1.0, "naïve café")


@pytest.mark.parametrize("text", [LRC, SRT, VTT, ASS, ULTRASTAR, "naïve café\n"])
@pytest.mark.parametrize(
    ("encoding", "notes"),
    [
        ("utf-8", ()),
        ("utf-8-sig", ()),
        ("utf-16", ()),
        ("latin-1", ("not UTF-8: read as Windows-1252 (Latin-1)",)),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_letters_and_line_ends(tmp_path: Path, text: str, encoding: str, notes: tuple[str, ...], newline: str) -> None:
    lyrics = read(tmp_path, "a.txt", text.replace("\n", newline).encode(encoding))
    assert lyrics.notes == notes
    assert [*(line.text for line in lyrics.lines), *(t for block in lyrics.blocks for t in block.lines)] == [
        "naïve café"
    ]


def test_windows_letters(tmp_path: Path) -> None:
    assert read(tmp_path, "a.txt", b"It\x92s \x93so\x94 \x81 caf\xe9").blocks[0].lines == ("It’s “so” café",)


def test_lrc_without_times_is_plain_text_and_says_so(tmp_path: Path) -> None:
    lyrics = read(tmp_path, "a.lrc", "[Chorus]\nla\n")
    assert (lyrics.blocks[0].heading, lyrics.blocks[0].lines) == ("chorus", ("la",))
    assert lyrics.notes == ("no times in this .lrc file: read as plain text",)


def test_lines_nobody_sings(tmp_path: Path) -> None:
    lyrics = read(tmp_path, "a.lrc", "[00:01.00]a\n[00:02.00]" + "x" * 10_000 + "\n")
    assert [line.text for line in lyrics.lines] == ["a"]
    assert lyrics.notes == ("line 2 has more than 10,000 characters: left out",)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.lrc", b"", "is empty"),
        ("a.lrc", b" \r\n\t", "is empty"),
        ("a.txt", b"\xef\xbb\xbf", "is empty"),
        ("a.txt", b"PK\x03\x04\0\0", "is not a text file"),
        ("a.srt", b"la la", "no times in this .srt file (rename plain lyrics to .txt)"),
        ("a.docx", b"la la", "unknown lyrics format '.docx' (known: .lrc, .srt, .vtt, .ass, .ssa, .txt)"),
        ("a.lrc", b"[ti:x]\n[00:01.00]\n", "holds no lyric lines"),
        ("a.vtt", b"WEBVTT\n", "holds no lyric lines"),
        ("a.txt", b"x" * (4 << 20) + b"y", "larger than 4,194,304 bytes: is this a lyrics file?"),
    ],
)
def test_what_is_no_lyrics_file(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(LyricsError) as caught:
        read(tmp_path, name, content)
    assert str(caught.value) == f"{tmp_path / name}: {message}"


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(LyricsError, match="no such lyrics file"):
        read_lyrics(tmp_path / "none.lrc")
    with pytest.raises(LyricsError, match="is a folder"):
        read_lyrics(tmp_path)


def test_importing_is_light() -> None:
    code = "import sys; import musicvid.interchange.lyrics; assert not {'pysubs2', 'numpy', 'av'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


TOKENS = [
    "[00:10.00]", "[01:02.345]", "[0:1]", "[ti:x]", "[offset:-500]", "[offset:99999999]", "<00:11.00>", "word ",
    "lo", "<00:12:33>", "\n", "\r\n", "[Chorus]", "[x2]", "WEBVTT\n\n", "00:01.000 --> 00:02.000\n", "\n\n",
    "- 8 10\n", "00:00:01,000 --> 00:00:02,500\n", "1\n", "[Script Info]\nTitle: a\n", "[V4+ Styles]\n",
    "[V4 Styles]\n", "B 4 100\n", "[Events]\n", "Dialogue: 0,0:00:01.00,0:00:05.00,Default,,0,0,0,,", "{\\k40}la",
    "{\\kf20}", "{\\p1}m 0 0", "Style: Default,Arial,x\n", "[Fonts]\nfontname: a\nxx\n", "#BPM:300,5\n", "#BPM:0\n",
    "#GAP:100\n", "#RELATIVE:yes\n", ": 0 4 60 Hel\n", ": 4 4 60 lo \n", ": 8 2 1 ~\n", "* 3 2 1 a\n", "P2\n", "E\n",
    "[99999:00.00]", "&amp;", "<v Ann>", "\0", "\x85", "é", " ", "[-00:10.00]x", "[10:00:00.5]y", "# Verse\n",
]  # fmt: skip
SOUP = st.lists(st.one_of(st.sampled_from(TOKENS), st.text(max_size=3)), max_size=25)


def outcome(folder: Path, name: str, data: bytes) -> Lyrics | LyricsError:
    try:
        return read(folder, name, data)
    except LyricsError as error:
        return error


@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.one_of(st.binary(max_size=60), SOUP.map(lambda parts: "".join(parts).encode("utf-8", "surrogatepass"))),
    suffix=st.sampled_from([".lrc", ".srt", ".vtt", ".ass", ".ssa", ".txt", ""]),
)
def test_whatever_stands_in_the_file(tmp_path: Path, data: bytes, suffix: str) -> None:
    lyrics = outcome(tmp_path, f"a{suffix}", data)
    if isinstance(lyrics, LyricsError):
        assert "\n" not in str(lyrics)
        return
    assert bool(lyrics.lines) != bool(lyrics.blocks)
    repr(lyrics).encode("utf-8")
    assert [line.start_s for line in lyrics.lines] == sorted(line.start_s for line in lyrics.lines)
    for line in lyrics.lines:
        assert 0 <= line.start_s < line.stop_s < math.inf
        assert line.text == " ".join(line.text.split()) != ""
        if line.words:
            assert " ".join(word.text for word in line.words) == line.text
            assert all(line.start_s <= word.start_s <= word.stop_s <= line.stop_s for word in line.words)
