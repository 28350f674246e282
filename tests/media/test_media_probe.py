"""Probing: what kind of file, how long, how fast."""

from __future__ import annotations

from fractions import Fraction

import pytest
from media_samples import EIGHT_RATES, ffmpeg, numbered, write_movie
from PIL import Image

from musicvid.errors import MediaError
from musicvid.media.packet_index import rate_of
from musicvid.media.probe import probe
from musicvid.schema.frames import FrameRate


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".ts", ".mov"])
@pytest.mark.parametrize("rate_text", EIGHT_RATES)
def test_rates_are_recognised_exactly(rate_text, suffix, tmp_path):
    rate = FrameRate.parse(rate_text)
    path = write_movie(tmp_path / f"x{suffix}", (numbered(0, k) for k in range(50)), rate=rate.fps)
    info = probe(path)
    assert info.kind == "movie"
    assert info.video.rate == rate
    assert info.video.frame_count == 50
    assert not info.video.variable_rate
    assert abs(info.duration_s - 50 / rate.fps) < 0.003
    assert str(info.video.size) == "160x90"
    assert info.video.codec == "h264"
    assert info.sound_streams == 0


def test_kinds(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=2", tmp_path / "x.ogg")
    info = probe(tmp_path / "x.ogg")
    assert (info.kind, info.video, info.sound_streams) == ("sound", None, 1)
    assert abs(info.duration_s - 2) < 0.1
    Image.new("RGB", (61, 41)).save(tmp_path / "x.png")
    info = probe(tmp_path / "x.png")
    assert (info.kind, info.duration_s, str(info.video.size)) == ("still", 0.0, "60x40")
    ffmpeg("-i", tmp_path / "x.ogg", "-i", tmp_path / "x.png", "-map", "0:a", "-map", "1:v", "-c:v", "copy",
           "-disposition:v", "attached_pic", tmp_path / "cover.mp3")  # fmt: skip
    assert probe(tmp_path / "cover.mp3").kind == "sound"
    write_movie(tmp_path / "v.mp4", (numbered(0, k) for k in range(30)))
    ffmpeg("-i", tmp_path / "v.mp4", "-i", tmp_path / "x.ogg", "-c:v", "copy", tmp_path / "both.mp4")
    info = probe(tmp_path / "both.mp4")
    assert (info.kind, info.sound_streams, info.video.frame_count) == ("movie", 1, 30)
    assert info.duration_s == 1.0
    ffmpeg("-i", tmp_path / "v.mp4", tmp_path / "x.gif")
    assert probe(tmp_path / "x.gif").kind == "movie"


def test_variable_rate_is_said(tmp_path):
    times = [0, 1, 2, 9, 10, 11, 30, 31, 32, 33]
    path = write_movie(tmp_path / "x.mp4", (numbered(0, k) for k in range(10)), times=times)
    assert probe(path).video.variable_rate


def test_an_upright_photo_swaps_its_sides(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (60, 40)).save(tmp_path / "x.jpg", exif=exif)
    info = probe(tmp_path / "x.jpg").video
    assert str(info.size) == "40x60"
    assert info.rotation_deg == 270


def test_pictures_too_small_to_use(tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "x.png")
    with pytest.raises(MediaError, match="outside 16 to 8192"):
        probe(tmp_path / "x.png")


@pytest.mark.parametrize("content", [b"", b"text\n" * 99])
def test_neither_this_nor_that(content, tmp_path):
    (tmp_path / "x.mp4").write_bytes(content)
    with pytest.raises(MediaError) as caught:
        probe(tmp_path / "x.mp4")
    assert caught.value.where == str(tmp_path / "x.mp4")


@pytest.mark.parametrize("rate_text", EIGHT_RATES)
def test_millisecond_clocks_do_not_blur_the_rate(rate_text):
    """Matroska rounds times to milliseconds: 23.976 must not become 24 over a minute of frames."""
    rate = FrameRate.parse(rate_text)
    times = [Fraction(round(k * 1000 / rate.fps), 1000) for k in range(3000)]
    assert rate_of(times, None) == (rate, False)
    assert rate_of(times, rate.fps) == (rate, False)


def test_rates_beyond_ours_are_unknown():
    assert rate_of([], Fraction(90_000)) == (None, False)
    assert rate_of([], None) == (None, False)
    assert rate_of([Fraction(0), Fraction(5)], None) == (None, True)
