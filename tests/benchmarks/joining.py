"""Joining 40 finished segments with the song: against ffmpeg's concat demuxer and moviepy 2."""

from __future__ import annotations

import statistics
from fractions import Fraction
from pathlib import Path

import numpy as np

from tests.benchmarks.meter import Cost, python, run
from tests.benchmarks.table import Row

SHOTS, FRAMES, FPS = 40, 45, 30

HEAD = """
import sys
from fractions import Fraction
from pathlib import Path
folder, frames, fps = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
files = sorted(folder.glob("s???.mp4"))
"""
JOIN = """
from musicvid.media.join import Piece, join
from musicvid.schema.frames import FrameRate
pieces = [Piece(str(file), 0, frames) for file in files]
join(pieces, FrameRate(Fraction(fps)), folder / "ours.mp4", sound=folder / "song.m4a")
"""
CHANGED = """
from musicvid.media.encode import EncodeSettings, SegmentWriter
from musicvid.media.movie import MovieReader
from musicvid.schema.frames import FrameRate, FrameSize
with (
    MovieReader(files[7]) as old,
    SegmentWriter(folder / "new.mp4", FrameRate(Fraction(fps)), FrameSize(1280, 720), EncodeSettings()) as new,
):
    for picture in old.pictures(range(frames)):
        new.write(picture)
(folder / "new.mp4").replace(files[7])
"""
MOVIEPY = """
from moviepy import AudioFileClip, VideoFileClip, concatenate_videoclips
clips = [VideoFileClip(str(file), audio=False) for file in files]
film = concatenate_videoclips(clips, method="chain").with_audio(AudioFileClip(str(folder / "song.m4a")))
film.write_videofile(str(folder / "moviepy.mp4"), fps=fps, codec="libx264", preset="veryfast", audio_codec="aac",
                     ffmpeg_params=["-crf", "20"], logger=None)
"""


def measure(work: Path) -> list[Row]:
    folder = work / "join"
    folder.mkdir()
    _make_segments(folder)
    ours, theirs = _paired(folder)
    changed = _run(CHANGED + JOIN, folder)
    moviepy = _run(MOVIEPY, folder, watch_memory=True)
    peak = _run(JOIN, folder, watch_memory=True).peak_bytes / 2**20
    ratio = ours / theirs
    gain = moviepy.cpu_s / changed.cpu_s
    return [
        Row("joining 40 segments and the song, whole process, CPU", f"{ours:.2f} s", f"ffmpeg concat {theirs:.2f} s",
            f"{ratio:.2f}x", "at most 1.2x", ratio <= 1.2),
        Row("peak memory of that", f"{peak:.0f} MiB", f"moviepy 2 {moviepy.peak_bytes / 2**20:.0f} MiB", "",
            "under 100 MiB", peak < 100),
        Row("one of 40 shots changed: encode it and join, CPU", f"{changed.cpu_s:.2f} s",
            f"moviepy 2 {moviepy.cpu_s:.1f} s", f"{gain:.0f}x less", "at least 40x less", gain >= 40),
    ]  # fmt: skip


def _run(code: str, folder: Path, *, watch_memory: bool = False) -> Cost:
    return python(HEAD + code, folder, str(FRAMES), str(FPS), watch_memory=watch_memory)


def _paired(folder: Path) -> tuple[float, float]:
    """Median CPU seconds of both, run in turns."""
    from imageio_ffmpeg import get_ffmpeg_exe

    listing = folder / "list.txt"
    listing.write_text("".join(f"file '{f.name}'\n" for f in sorted(folder.glob("s???.mp4"))))
    concat = [get_ffmpeg_exe(), "-v", "error", "-y", "-f", "concat", "-safe", "0", "-i", listing, "-i",
              folder / "song.m4a", "-map", "0:v", "-map", "1:a", "-c", "copy", "-movflags", "+faststart",
              folder / "concat.mp4"]  # fmt: skip
    pairs: list[tuple[Cost, Cost]] = [(_run(JOIN, folder), run(concat)) for _ in range(7)]
    return statistics.median(p[0].cpu_s for p in pairs), statistics.median(p[1].cpu_s for p in pairs)


def _make_segments(folder: Path) -> None:
    """Smooth moving pictures, every third shot with film grain: what renders and camera footage look like."""
    import av
    import soundfile

    from musicvid.media.encode import EncodeSettings, SegmentWriter
    from musicvid.schema.frames import FrameRate, FrameSize

    rng = np.random.default_rng(1)
    grain = rng.integers(-10, 11, (800, 1400), dtype=np.int8)
    rate, size = FrameRate(Fraction(FPS)), FrameSize(1280, 720)
    for i in range(SHOTS):
        with SegmentWriter(folder / f"s{i:03d}.mp4", rate, size, EncodeSettings()) as writer:
            for k in range(FRAMES):
                luma = _field(3.7 * i + k / FPS)
                if i % 3 == 0:
                    top, left = rng.integers(0, 80), rng.integers(0, 120)
                    luma = luma + grain[top : top + 720, left : left + 1280]
                picture = np.full((1080, 1280), 100 + i, np.uint8)
                picture[:720] = luma.clip(16, 235)
                writer.write(picture)
    soundfile.write(folder / "song.wav", rng.normal(0, 0.1, (44100 * SHOTS * FRAMES // FPS, 2)), 44100)
    with av.open(str(folder / "song.wav")) as source, av.open(str(folder / "song.m4a"), "w") as target:
        stream = target.add_stream("aac", rate=44100, layout="stereo")
        stream.bit_rate = 192_000
        for frame in source.decode(audio=0):
            target.mux(stream.encode(frame))
        target.mux(stream.encode())


def _field(time_s: float) -> np.ndarray:
    """A colour field bent by slow waves, (720, 1280) int16."""
    y, x = np.mgrid[0:360, 0:640].astype(np.float32) / 360
    a = x + 0.35 * np.sin(3.1 * y + 0.7 * time_s)
    b = y + 0.35 * np.sin(2.7 * x - 0.5 * time_s)
    value = np.sin(9 * a + 4 * b + time_s) + 0.7 * np.sin(14 * b - 5 * a) + 0.4 * np.sin(27 * a + 1.3 * time_s)
    return np.kron((125 + 45 * value).astype(np.int16), np.ones((2, 2), np.int16))
