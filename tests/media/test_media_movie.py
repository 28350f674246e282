"""Frames by index: the number stamped into a picture is the number that was asked for."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_samples import ffmpeg, number_of, numbered, write_movie

from musicvid.errors import MediaError
from musicvid.media.movie import MovieReader

COUNT = 100
KINDS = {
    "b-frames.mp4": ("libx264", {"bf": "3", "g": "24"}),
    "open-groups.mp4": ("libx264", {"bf": "3", "g": "12", "x264-params": "open-gop=1"}),
    "one-group.mp4": ("libx264", {"bf": "2", "g": "1000", "sc_threshold": "0"}),
    "keyframes-only.mp4": ("libx264", {"g": "1"}),
    "refresh.mp4": ("libx264", {"x264-params": "intra-refresh=1:bframes=0"}),
    "hevc.mp4": ("libx265", {"g": "20", "x265-params": "log-level=none"}),
    "b-frames.mkv": ("libx264", {"bf": "3", "g": "24"}),
    "b-frames.ts": ("libx264", {"bf": "3", "g": "24"}),
    "xvid.avi": ("mpeg4", {"bf": "2", "g": "12", "b": "900k"}),
    "h264.avi": ("libx264", {"bf": "2"}),
    "vp8.webm": ("libvpx", {"auto-alt-ref": "1", "b": "900k", "g": "30"}),
    "vp9.webm": ("libvpx-vp9", {"b": "900k", "g": "30", "deadline": "realtime"}),
    "mjpeg.mov": ("mjpeg", {}),
    "prores.mov": ("prores_ks", {}),
}


@pytest.fixture(scope="module")
def movies(tmp_path_factory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("movies")
    made = {}
    for name, (codec, options) in KINDS.items():
        plain = {"prores.mov": "yuv422p10le", "mjpeg.mov": "yuvj420p"}
        if name in plain:
            ffmpeg("-i", made["b-frames.mp4"], "-c:v", codec, "-pix_fmt", plain[name], folder / name)
            made[name] = folder / name
        else:
            made[name] = write_movie(
                folder / name, (numbered(1, k) for k in range(COUNT)), codec=codec, options=options
            )
    return made


def number(picture: np.ndarray) -> tuple[int, int] | None:
    return number_of(picture[: picture.shape[0] * 2 // 3])


@pytest.mark.parametrize("name", list(KINDS))
def test_every_frame_forwards_backwards_and_at_random(name, movies):
    with MovieReader(movies[name]) as movie:
        assert movie.frame_count == COUNT
        assert len(movie.timestamps()) == COUNT
        assert [number(p) for p in movie.pictures(range(COUNT))] == [(1, k) for k in range(COUNT)]
        order = [*random.Random(5).sample(range(COUNT), 25), *range(99, 89, -1), 0, 0, 99, 98]
        assert [number(movie.picture(k)) for k in order] == [(1, k) for k in order]


def plans():
    return st.lists(st.integers(0, COUNT - 1), min_size=1, max_size=12)


@pytest.mark.parametrize("name", ["open-groups.mp4", "hevc.mp4", "b-frames.ts", "xvid.avi"])
@settings(max_examples=15, deadline=None)
@given(order=plans())
def test_any_order_of_reading(name, movies, order):
    with MovieReader(movies[name]) as movie:
        assert [number(p) for p in movie.pictures(order)] == [(1, k) for k in order]


def test_reading_forward_decodes_each_frame_once(movies, monkeypatch):
    """Counted where frames come out of the decoder."""
    counted = []
    original = MovieReader._numbered

    def counting(self):
        for number, frame in original(self):
            counted.append(number)
            yield number, frame

    monkeypatch.setattr(MovieReader, "_numbered", counting)
    with MovieReader(movies["one-group.mp4"]) as movie:
        list(movie.pictures([0, 0, 1, 1, 1, 5, 6, 50, 50, 99]))
    assert counted == list(range(COUNT))
    counted.clear()
    with MovieReader(movies["b-frames.mp4"]) as movie:
        list(movie.pictures([3, 97]))
    assert len(counted) < 4 + 24 + 24  # the jump went to the keyframe before 97


def test_pictures_are_fresh_arrays_in_the_promised_form(movies):
    with MovieReader(movies["b-frames.mp4"]) as movie:
        one, two = movie.pictures([4, 4])
        assert one.shape == (135, 160)
        assert one.dtype == np.uint8
        assert one.flags.c_contiguous
        one[:] = 0
        assert number(two) == (1, 4)
        assert number(movie.picture(4)) == (1, 4)


def test_variable_rate_keeps_every_frame_at_its_own_time(tmp_path):
    times = [0, 1, 2, 7, 8, 20, 21, 22, 50, 51]
    path = write_movie(tmp_path / "vfr.mp4", (numbered(2, k) for k in range(10)), times=times, options={"bf": "2"})
    with MovieReader(path) as movie:
        assert movie.timestamps() == tuple(Fraction(t, 30) for t in times)
        assert movie.info.variable_rate
        assert [number(movie.picture(k)) for k in (9, 3, 5, 0)] == [(2, 9), (2, 3), (2, 5), (2, 0)]


@pytest.mark.parametrize("rate", ["24000/1001", "25", "30000/1001", "60"])
def test_timestamps_are_exact_fractions(rate, tmp_path):
    path = write_movie(tmp_path / "x.mp4", (numbered(2, k) for k in range(40)), rate=Fraction(rate))
    with MovieReader(path) as movie:
        assert movie.timestamps() == tuple(k / Fraction(rate) for k in range(40))
        assert movie.info.rate.fps == Fraction(rate)
        assert not movie.info.variable_rate


@pytest.mark.parametrize("turn", [90, 180, -90])
def test_rotated_files_stand_upright(turn, movies, tmp_path):
    """The oracle is ffmpeg's own rotation: it re-encodes the picture upright."""
    ffmpeg("-display_rotation", turn, "-i", movies["b-frames.mp4"], "-c", "copy", tmp_path / "turned.mp4")
    ffmpeg("-i", tmp_path / "turned.mp4", "-c:v", "libx264", "-crf", "1", tmp_path / "upright.mp4")
    with MovieReader(tmp_path / "turned.mp4") as turned, MovieReader(tmp_path / "upright.mp4") as upright:
        assert turned.info.size == upright.info.size
        assert turned.info.rotation_deg == turn % 360
        assert upright.info.rotation_deg == 0
        for k in (0, 57):
            difference = np.abs(turned.picture(k).astype(int) - upright.picture(k))
            assert difference.mean() < 2


def test_an_edited_start_is_not_shown(movies, tmp_path):
    """Packets before an edit list's start are decoded by players but never shown."""
    ffmpeg("-ss", "1.5", "-i", movies["one-group.mp4"], "-c", "copy", tmp_path / "cut.mp4")
    with av.open(str(tmp_path / "cut.mp4")) as container:
        shown = sum(1 for _ in container.decode(video=0))
    with MovieReader(tmp_path / "cut.mp4") as movie:
        assert movie.frame_count == shown < COUNT
        assert number(movie.picture(0)) == (1, 45)
        assert number(movie.picture(movie.frame_count - 1)) == (1, 99)


def test_odd_sizes_are_cropped_to_even(tmp_path):
    ffmpeg(
        "-f", "lavfi", "-i", "color=red:s=321x181:d=0.2", "-c:v", "libx264", "-pix_fmt", "yuv444p", tmp_path / "x.mp4"
    )
    with MovieReader(tmp_path / "x.mp4") as movie:
        assert str(movie.info.size) == "320x180"
        assert movie.picture(1).shape == (270, 320)


def test_interlaced_files_are_read(tmp_path):
    source = ("-f", "lavfi", "-i", "testsrc2=s=160x96:r=50:d=1")
    ffmpeg(*source, "-vf", "interlace", "-c:v", "libx264", "-flags", "+ildct+ilme", tmp_path / "x.mp4")
    with MovieReader(tmp_path / "x.mp4") as movie:
        assert movie.frame_count == 25
        assert len(list(movie.pictures(range(25)))) == 25


def test_cover_art_and_sound_are_no_movie(tmp_path):
    ffmpeg("-f", "lavfi", "-i", "sine=440:d=1", tmp_path / "x.m4a")
    with pytest.raises(MediaError, match="no moving pictures"), MovieReader(tmp_path / "x.m4a"):
        pass
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=1", "-frames:v", "1", tmp_path / "c.png")
    cover = ("-map", "0:a", "-map", "1:v", "-c:v", "copy", "-disposition:v", "attached_pic")
    ffmpeg("-i", tmp_path / "x.m4a", "-i", tmp_path / "c.png", *cover, tmp_path / "y.m4a")
    with pytest.raises(MediaError, match="no moving pictures"), MovieReader(tmp_path / "y.m4a"):
        pass


def broken(movies: dict[str, Path], folder: Path) -> dict[str, Path]:
    files = {}

    def keep(name: str, data: bytes) -> None:
        files[name] = folder / name
        files[name].write_bytes(data)

    whole = movies["b-frames.mp4"].read_bytes()
    keep("no index.mp4", whole[: len(whole) // 2])
    ffmpeg("-i", movies["b-frames.mp4"], "-c", "copy", "-movflags", "+faststart", folder / "fast.mp4")
    fast = (folder / "fast.mp4").read_bytes()
    keep("cut.mp4", fast[: len(fast) // 2])
    film = movies["b-frames.mkv"].read_bytes()
    keep("cut.mkv", film[: len(film) // 2])
    hurt = bytearray(fast)
    start = hurt.index(b"mdat") + 4
    hurt[start:] = bytes(len(hurt) - start)
    keep("zeros.mp4", bytes(hurt))
    keep("text.mp4", b"not a movie\n" * 200)
    keep("empty.mp4", b"")
    files["missing.mp4"] = folder / "missing.mp4"
    return files


def test_broken_movies_are_named(movies, tmp_path):
    for name, path in broken(movies, tmp_path).items():
        with pytest.raises(MediaError) as caught, MovieReader(path) as movie:
            list(movie.pictures(range(movie.frame_count)))
        assert caught.value.where == str(path), name
        assert "\n" not in str(caught.value)


def test_frames_that_do_not_exist(movies):
    with MovieReader(movies["b-frames.mp4"]) as movie:
        for k in (-1, COUNT):
            with pytest.raises(MediaError, match=f"no frame {k}: the movie has 100"):
                movie.picture(k)
