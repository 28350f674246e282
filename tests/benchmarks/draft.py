"""A whole draft, from song and storyboard to the measured film, against x264 alone on the same raw pictures."""

from __future__ import annotations

import time
from pathlib import Path

from tests.benchmarks.inputs import example, looped, plain_story
from tests.benchmarks.meter import Cost, musicvid
from tests.benchmarks.table import Row

TARGETS = {"ultrafast": 1.5, "veryfast": 1.2}


def measure(work: Path) -> list[Row]:
    song, story = example(work / "song")
    rows = []
    for preset, target in TARGETS.items():
        place = work / f"draft-{preset}"
        place.mkdir()
        # Kernels are compiled once per machine, not once per film.
        musicvid("make", song, story, "-o", place / "warm.mp4", "--preset", preset, "--size=320x180")
        ours = _make(song, story, place, preset)
        alone_s, frames = _x264_alone(place / "film.musicvid", preset)
        ratio = ours.cpu_s / alone_s
        rows.append(
            Row(
                f"draft of the example, 720p24, {preset}, whole process, CPU",
                f"{ours.cpu_s / frames * 1000:.1f} ms a frame",
                f"x264 alone {alone_s / frames * 1000:.1f} ms",
                f"{ratio:.2f}x",
                f"at most {target}x",
                ratio <= target,
            )
        )
    return rows


def measure_memory(work: Path) -> list[Row]:
    """Peak memory of a draft of one and of ten minutes."""
    song, _ = example(work / "song")
    peaks = {}
    for minutes in (1, 10):
        place = work / f"memory-{minutes}"
        place.mkdir()
        long = looped(song, minutes * 60, place / "song.wav")
        cost = _make(long, plain_story(place), place, "ultrafast", watch_memory=True)
        peaks[minutes] = cost.peak_bytes / 2**20
        for file in place.rglob("*.mp4"):
            file.unlink()
    growth = peaks[10] / peaks[1]
    good = max(peaks.values()) < 1536 and growth < 1.25
    both = f"{peaks[1]:.0f} / {peaks[10]:.0f} MiB"
    what = "peak memory of a draft, 1 min / 10 min, all processes"
    return [Row(what, both, "", f"{growth:.2f}x", "below 1536 MiB, flat", good)]


def _make(song: Path, story: Path, place: Path, preset: str, *, watch_memory: bool = False) -> Cost:
    cache = {"MUSICVID_CACHE": str(place / "cache")}
    return musicvid(
        "make",
        song,
        story,
        "-o",
        place / "film.mp4",
        "--preset",
        preset,
        "--quiet",
        env=cache,
        watch_memory=watch_memory,
    )


def _x264_alone(workspace: Path, preset: str) -> tuple[float, int]:
    """CPU seconds inside the encoder for the same pictures, and their number. Rendering is outside of the clock."""
    import av
    from av.video.frame import VideoFrame

    from musicvid.production.documents import read_shots
    from musicvid.rendering.registry import load_backend
    from musicvid.rendering.requests import requests_for

    shots = read_shots(workspace / "shots.json")
    backend = load_backend(shots.renderer.name, dict(shots.renderer.options), base=Path(shots.renderer.base or "."))
    requests = requests_for(shots, 1)
    backend.prepare(requests)
    spent, frames = 0.0, 0
    container = av.open(str(workspace / "alone.mp4"), "w")
    stream = container.add_stream(
        "libx264", rate=shots.rate.fps, options={"preset": preset, "crf": "20", "threads": "1"}
    )
    stream.width, stream.height, stream.pix_fmt = shots.size.width, shots.size.height, "yuv420p"
    for request in requests:
        for picture in backend.render(request):
            frame = VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = frames
            frames += 1
            began = time.process_time()
            container.mux(stream.encode(frame))
            spent += time.process_time() - began
    began = time.process_time()
    container.mux(stream.encode())
    container.close()
    return spent + time.process_time() - began, frames
