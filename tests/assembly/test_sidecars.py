"""Sidecar files, read back by pysubs2 and by our lyrics reader."""

from __future__ import annotations

from fractions import Fraction

import pysubs2
import pytest

from musicvid.assembly.captions import write_sidecars
from musicvid.interchange.lyrics import read_lyrics
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.lyrics import LyricLine, Word
from musicvid.schema.take import Take
from musicvid.schema.timeline import Clip, FrameMap, Timeline

LINES = (
    LyricLine(1.0, 2.5, "Hold me, in the light", (Word(1.0, 1.4, "Hold"), Word(1.4, 2.0, "me"), Word(2.0, 2.5, "in"))),
    LyricLine(2.5, 3.337, "a < b & {c}"),
    LyricLine(62.34, 65.0, "Zeit für\nuns"),
)


def timeline(lines=LINES) -> Timeline:
    rate, size = FrameRate(Fraction(24)), FrameSize(160, 96)
    take = Take("a", 1, "k", "/a.mp4", rate, size, 48, 0, 1, "fake", "1")
    clips = tuple(
        Clip("a", FrameSpan(24 * i, 24 * i + 24), take, FrameMap(0, 48), lines=lines) for i in range(2)
    )  # every line hangs on two clips
    return Timeline("Home", rate, size, 48, clips, ())


def test_subtitles_read_back(tmp_path):
    paths = write_sidecars(timeline(), tmp_path / "movie.mp4")
    assert sorted(path.name for path in paths) == ["movie.lrc", "movie.srt", "movie.vtt"]
    srt = pysubs2.load(str(tmp_path / "movie.srt"))
    assert [(e.start, e.end) for e in srt] == [(1000, 2500), (2500, 3337), (62340, 65000)]
    text = (tmp_path / "movie.srt").read_text("utf-8")
    assert "a < b & {c}\n" in text
    assert "Zeit für\nuns\n" in text
    vtt = (tmp_path / "movie.vtt").read_text("utf-8")
    assert vtt.startswith("WEBVTT\n")
    assert "a &lt; b &amp; {c}" in vtt
    assert "00:01:02.340 --> 00:01:05.000" in vtt


def test_lrc_as_written(tmp_path):
    write_sidecars(timeline(), tmp_path / "movie.mp4")
    assert (tmp_path / "movie.lrc").read_text("utf-8").splitlines() == [
        "[ti:Home]",
        "[00:01.00]<00:01.00>Hold <00:01.40>me, <00:02.00>in the light<00:02.50>",
        "[00:02.50]a < b & {c}",
        "[00:03.33]",
        "[01:02.34]Zeit für uns",
        "[01:05.00]",
    ]


def test_lrc_through_our_reader(tmp_path):
    plain = (LINES[0], LyricLine(4.5, 6.0, "and go"), LINES[2])
    write_sidecars(timeline(plain), tmp_path / "movie.mp4")
    lines = read_lyrics(tmp_path / "movie.lrc").lines
    assert [line.text for line in lines] == ["Hold me, in the light", "and go", "Zeit für uns"]
    assert [line.start_s for line in lines] == pytest.approx([1.0, 4.5, 62.34], abs=0.011)
    assert [line.stop_s for line in lines[:2]] == pytest.approx([2.5, 6.0], abs=0.011)
    assert [word.start_s for word in lines[0].words][:3] == pytest.approx([1.0, 1.4, 2.0], abs=0.011)


def test_no_lines_no_files(tmp_path):
    assert write_sidecars(timeline(()), tmp_path / "movie.mp4") == ()
    assert list(tmp_path.iterdir()) == []
