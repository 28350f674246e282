"""Joining: every frame of every piece at its exact place, at all eight frame rates; sound where it was."""

from __future__ import annotations

import itertools
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from media_samples import EIGHT_RATES, decoded, lag_ms, noise_song, number_of, numbered, write_movie

from musicvid.errors import MediaError
from musicvid.media.encode import EncodeSettings, SegmentWriter
from musicvid.media.join import Piece, join, stream_signature
from musicvid.media.sound import read_sound, write_sound
from musicvid.media.soundtrack import soundtrack
from musicvid.schema.frames import FrameRate, FrameSize

SIZE = FrameSize(160, 90)
FAST = EncodeSettings(preset="ultrafast")
RATE = FrameRate.parse("24")


def segment(path: Path, piece: int, frames: int, rate: FrameRate = RATE, settings: EncodeSettings = FAST, keys=()):
    with SegmentWriter(path, rate, SIZE, settings, keyframes=keys) as writer:
        for k in range(frames):
            writer.write(numbered(piece, k))
    return path


def sound_end(path: Path) -> Fraction:
    with av.open(str(path)) as container:
        last = list(container.decode(audio=0))[-1]
        return last.pts * last.time_base + Fraction(last.samples, last.sample_rate)


@pytest.fixture(scope="module")
def song(tmp_path_factory) -> tuple[Path, np.ndarray]:
    """12.3456 s: no whole number of frames at any rate."""
    samples = noise_song(12.3456)
    path = tmp_path_factory.mktemp("song") / "song.wav"
    write_sound(path, samples, 44100)
    return path, samples.mean(axis=1)


@pytest.mark.parametrize("rate_text", EIGHT_RATES)
def test_121_cuts_on_the_exact_grid_with_sound(rate_text, song, tmp_path):
    rate = FrameRate.parse(rate_text)
    song_path, samples = song
    length_s = Fraction(len(samples), 44100)
    frame_count = rate.frames_covering(length_s)
    generator = np.random.default_rng(7)
    cuts = sorted(generator.choice(np.arange(1, frame_count), 121, replace=False).tolist())
    edges = [0, *cuts, frame_count]
    pieces, expected = [], []
    for number, (start, stop) in enumerate(itertools.pairwise(edges)):
        count = stop - start
        handle = 2 if number % 3 == 1 else 0  # some segments begin or end before they are shown
        spare = number % 2
        path = segment(tmp_path / f"{number}.mp4", number, handle + count + spare, rate, keys=(handle,))
        pieces.append(Piece(path, handle, count))
        expected += [(number, handle + k) for k in range(count)]
    movie = tmp_path / "movie.mp4"
    join(pieces, rate, movie, sound=soundtrack(song_path, tmp_path))

    frames = decoded(movie)
    assert [number_of(luma) for _, luma in frames] == expected
    assert [time for time, _ in frames] == [Fraction(k) / rate.fps for k in range(frame_count)]
    heard = read_sound(movie, rate_hz=44100, by_timestamps=True)
    assert abs(lag_ms(samples, heard, 44100, 0.2)) < 0.1
    assert abs(lag_ms(samples, heard, 44100, 10.0)) < 0.1
    assert abs(sound_end(movie) - frame_count / rate.fps) < 1 / rate.fps


@pytest.mark.parametrize("codec", ["h265", "prores"])
def test_other_codecs_join_as_exactly(codec, tmp_path):
    settings = EncodeSettings(codec=codec, preset="ultrafast")
    rate = FrameRate.parse("29.97")
    pieces = [
        Piece(segment(tmp_path / f"{k}{settings.suffix}", k, 6 + k, rate, settings, keys=(3,)), 3 * (k % 2), 3 + k)
        for k in range(4)
    ]
    movie = tmp_path / f"movie{settings.suffix}"
    join(pieces, rate, movie)
    frames = decoded(movie)
    assert [number_of(luma) for _, luma in frames] == [
        (k, piece.start + j) for k, piece in enumerate(pieces) for j in range(piece.count)
    ]
    assert [time for time, _ in frames] == [k * Fraction(1001, 30000) for k in range(len(frames))]
    with av.open(str(movie)) as container:
        context = container.streams.video[0].codec_context
        assert context.codec_tag == {"h265": "hvc1", "prores": "apch"}[codec]
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)


def test_movie_says_how_it_was_made_and_starts_at_once(tmp_path):
    movie = tmp_path / "movie.mp4"
    join([Piece(segment(tmp_path / "a.mp4", 0, 5), 0, 5)], RATE, movie, title="Über alles", comment="musicvid: 1 shot")
    with av.open(str(movie)) as container:
        assert container.metadata["title"] == "Über alles"
        assert container.metadata["comment"] == "musicvid: 1 shot"
        assert not container.streams.audio
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        assert stream.average_rate == 24
    data = movie.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_joining_twice_gives_the_same_bytes(tmp_path):
    pieces = [Piece(segment(tmp_path / f"{k}.mp4", k, 4), 0, 4) for k in range(3)]
    for name in ("one.mp4", "two.mp4"):
        join(pieces, RATE, tmp_path / name, title="t")
    assert (tmp_path / "one.mp4").read_bytes() == (tmp_path / "two.mp4").read_bytes()


def test_equal_settings_have_equal_signatures_and_others_do_not(tmp_path):
    a = segment(tmp_path / "a.mp4", 0, 3)
    b = segment(tmp_path / "b.mp4", 1, 30, keys=(11,))
    better = segment(tmp_path / "c.mp4", 1, 3, settings=EncodeSettings(preset="ultrafast", crf=30))
    medium = segment(tmp_path / "d.mp4", 1, 3, settings=EncodeSettings(preset="medium"))
    faster = segment(tmp_path / "e.mp4", 1, 3, rate=FrameRate.parse("25"))
    assert stream_signature(a) == stream_signature(b)
    assert len({stream_signature(path) for path in (a, better, medium, faster)}) == 4


def test_unequal_segments_are_refused_and_nothing_is_left(tmp_path):
    a = segment(tmp_path / "a.mp4", 0, 3)
    b = segment(tmp_path / "b.mp4", 1, 3, settings=EncodeSettings(preset="ultrafast", crf=30))
    with pytest.raises(MediaError, match="encoded differently") as caught:
        join([Piece(a, 0, 3), Piece(b, 0, 3)], RATE, tmp_path / "movie.mp4")
    assert caught.value.where == str(b)
    assert not (tmp_path / "movie.mp4").exists()


def test_b_frames_are_refused(tmp_path):
    path = write_movie(tmp_path / "b.mp4", (numbered(0, k) for k in range(20)), rate=24, options={"bf": "2"})
    with pytest.raises(MediaError, match="B-frames"):
        join([Piece(path, 0, 20)], RATE, tmp_path / "movie.mp4")


@pytest.mark.parametrize(
    ("start", "count", "message"), [(0, 9, "has 8 frames, 9 are needed"), (3, 2, "frame 3 .* not a keyframe")]
)
def test_pieces_that_cannot_be_cut_are_refused(start, count, message, tmp_path):
    path = segment(tmp_path / "a.mp4", 0, 8)
    with pytest.raises(MediaError, match=message):
        join([Piece(path, start, count)], RATE, tmp_path / "movie.mp4")


def test_wrong_clock_nothing_and_missing_files_are_refused(tmp_path):
    path = segment(tmp_path / "a.mp4", 0, 3)
    with pytest.raises(MediaError, match="clock"):
        join([Piece(path, 0, 3)], FrameRate.parse("29.97"), tmp_path / "movie.mp4")
    with pytest.raises(MediaError, match="nothing to join"):
        join([], RATE, tmp_path / "movie.mp4")
    with pytest.raises(MediaError, match="no such file"):
        join([Piece(path, 0, 3), Piece(tmp_path / "gone.mp4", 0, 1)], RATE, tmp_path / "movie.mp4")
    assert not (tmp_path / "movie.mp4").exists()


@pytest.mark.parametrize("rate_text", ["24", "60"])
@pytest.mark.parametrize("over_s", [-0.2, 0.0, 0.009, 0.5, 3.0])
def test_sound_ends_with_the_picture(rate_text, over_s, tmp_path):
    """Sound longer than the movie is cut within a frame; shorter sound is left as it is."""
    rate = FrameRate.parse(rate_text)
    frame_count = 2 * int(rate.fps)
    write_sound(tmp_path / "s.wav", noise_song(2.0 + over_s), 44100)
    movie = tmp_path / "movie.mp4"
    path = segment(tmp_path / "a.mp4", 0, frame_count, rate)
    join([Piece(path, 0, frame_count)], rate, movie, sound=soundtrack(tmp_path / "s.wav", tmp_path))
    mismatch = sound_end(movie) - 2
    if over_s < 0:
        assert over_s - 0.001 < mismatch < over_s + Fraction(1024, 44100)
    else:
        assert abs(mismatch) < 1 / rate.fps


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak from /proc")
def test_memory_stays_flat(tmp_path):
    """600 pieces in a process of its own: below 100 MiB, whatever their number."""
    segment(tmp_path / "a.mp4", 0, 5)
    code = (
        "import sys; from pathlib import Path; from musicvid.media.join import Piece, join\n"
        "from musicvid.schema.frames import FrameRate\n"
        "folder = Path(sys.argv[1])\n"
        "join([Piece(folder / 'a.mp4', 0, 5)] * int(sys.argv[2]), FrameRate.parse('24'), folder / 'movie.mp4')\n"
        "print(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    peaks = []
    for count in ("10", "600"):
        command = [sys.executable, "-c", code, str(tmp_path), count]
        peaks.append(int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024)
    assert peaks[1] < 100
    assert peaks[1] - peaks[0] < 15


def test_full_disk_is_said_and_leaves_nothing(tmp_path):
    """A file size limit makes the system refuse to write, as a full disk does."""
    segment(tmp_path / "a.mp4", 0, 60, settings=EncodeSettings(preset="ultrafast", crf=1))
    code = (
        "import resource, signal, sys; from pathlib import Path; from musicvid.media.join import Piece, join\n"
        "from musicvid.schema.frames import FrameRate; from musicvid.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (9000, 9000))\n"
        "folder = Path(sys.argv[1])\n"
        "try: join([Piece(folder / 'a.mp4', 0, 60)] * 9, FrameRate.parse('24'), folder / 'movie.mp4')\n"
        "except StorageError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert "movie.mp4" in done.stdout
    assert done.stdout.count("\n") == 1
    assert not (tmp_path / "movie.mp4").exists()
