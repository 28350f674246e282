"""Zoom, grade, flash and 4:2:0 of RGB frames on one processor: against numpy, and against what encoding them costs."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.inputs import example
from tests.benchmarks.meter import musicvid
from tests.benchmarks.table import Row

EVERY_SHOT, EVERY_FRAME, ROUNDS = 5, 8, 5
AT_LEAST, AT_MOST = 3.0, 0.20
EFFECTS = {
    "as it is": {},
    "gain, saturation, flash": {"gain": 1.08, "saturation": 1.2, "flash": 0.15},
    "gain, saturation, flash, zoom, shake": {
        "gain": 1.08, "saturation": 1.2, "flash": 0.15, "zoom": 1.07, "shift_x": 0.004, "shift_y": -0.003,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Footage:
    """Pictures of the example film, uint8 RGB ``(720, 1280, 3)``, and what x264 took for a frame of it."""

    pictures: list[NDArray[np.uint8]]
    x264_ms: float


def measure(work: Path) -> list[Row]:
    import torch

    torch.set_num_threads(1)
    footage = _footage(work)
    return [row for what, effect in EFFECTS.items() for row in _rows(what, effect, footage)]


def _rows(what: str, effect: dict[str, float], footage: Footage) -> list[Row]:
    import torch
    from musicvid_kernels.finish import COLUMNS, finish, neutral

    table = neutral(1)
    for name, value in effect.items():
        table[0, COLUMNS.index(name)] = value

    def ours(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return finish(torch.from_numpy(rgb).permute(2, 0, 1)[None], table)[0].numpy()

    def theirs(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
        return in_numpy(rgb, **effect)

    apart = max(int(np.abs(ours(rgb).astype(int) - theirs(rgb)).max()) for rgb in footage.pictures[::16])
    if apart > 1:
        raise RuntimeError(f"{what}: {apart} levels between ours and numpy's: nothing is measured")
    ours_ms, theirs_ms = _in_turns(ours, theirs, footage.pictures)
    faster, share = theirs_ms / ours_ms, ours_ms / footage.x264_ms
    where = f"finishing RGB 720p to 4:2:0, one thread, CPU: {what}"
    return [
        Row(where, f"{ours_ms:.2f} ms a frame", f"numpy {theirs_ms:.1f} ms", f"{faster:.0f}x less",
            f"at least {AT_LEAST:.0f}x less", faster >= AT_LEAST),
        Row(where, f"{ours_ms:.2f} ms a frame", f"x264 veryfast {footage.x264_ms:.1f} ms", f"{share:.1%}",
            f"under {AT_MOST:.0%}", share < AT_MOST),
    ]  # fmt: skip


def _in_turns(
    ours: Callable[[NDArray[np.uint8]], object],
    theirs: Callable[[NDArray[np.uint8]], object],
    pictures: list[NDArray[np.uint8]],
) -> tuple[float, float]:
    """Median CPU milliseconds a frame of both, turn by turn, frame by frame as a renderer would hand them over."""
    spent: dict[int, list[float]] = {0: [], 1: []}
    for _ in range(ROUNDS):
        for k, work in enumerate((ours, theirs)):
            began = time.process_time()
            for picture in pictures:
                work(picture)
            spent[k].append((time.process_time() - began) / len(pictures) * 1000)
    return statistics.median(spent[0]), statistics.median(spent[1])


def in_numpy(
    rgb: NDArray[np.uint8], *, zoom: float = 1.0, shift_x: float = 0.0, shift_y: float = 0.0,
    gain: float = 1.0, saturation: float = 1.0, flash: float = 0.0,
) -> NDArray[np.uint8]:  # fmt: skip
    """The same finish as whole-array arithmetic: float32, planes apart, in place where it can be, steps that do nothing
    left out."""
    x = rgb.transpose(2, 0, 1).astype(np.float32)
    if zoom != 1.0 or shift_x or shift_y:
        x = _sampled(x, 1, zoom, shift_y)
        x = _sampled(x, 2, zoom, shift_x)
    x *= gain / 255
    if saturation != 1.0:
        grey = _luma(x)
        x -= grey
        x *= saturation
        x += grey
    if flash:
        x *= 1 - flash
        x += flash
    np.clip(x, 0, 1, out=x)
    luma = _luma(x)
    height, width = luma.shape
    planes = np.empty((height * 3 // 2, width), np.uint8)
    planes[:height] = luma * 219 + 16.5
    chroma = planes[height:].reshape(2, height // 2, width // 2)
    chroma[0] = _sited_left(x[2] - luma) * (224 / 1.8556) + 128.5
    chroma[1] = _sited_left(x[0] - luma) * (224 / 1.5748) + 128.5
    return planes


def _luma(x: NDArray[np.float32]) -> NDArray[np.float32]:
    return 0.2126 * x[0] + 0.7152 * x[1] + 0.0722 * x[2]


def _sampled(x: NDArray[np.float32], axis: int, zoom: float, shift: float) -> NDArray[np.float32]:
    length = x.shape[axis]
    place = (np.arange(length, dtype=np.float32) + 0.5 - length * (0.5 + shift)) / zoom + length * 0.5 - 0.5
    place = place.clip(0, length - 1).astype(np.float32)
    first = place.astype(np.intp)
    share = (place - first).reshape((-1, 1) if axis == 1 else -1)
    near, far = x.take(first, axis), x.take(np.minimum(first + 1, length - 1), axis)
    far -= near
    far *= share
    far += near
    return far


def _sited_left(difference: NDArray[np.float32]) -> NDArray[np.float32]:
    rows = difference[0::2] + difference[1::2]
    mean = 2 * rows[:, 0::2] + rows[:, 1::2]
    mean[:, 1:] += rows[:, 1:-1:2]
    mean[:, 0] += rows[:, 0]
    mean *= 0.125
    return mean


def _footage(work: Path) -> Footage:
    """Some shots of the example film. Only the encoder is inside of the clock that is x264's."""
    from musicvid.media.colour import rgb_of
    from musicvid.media.encode import EncodeSettings, SegmentWriter
    from musicvid.production.documents import read_shots
    from musicvid.rendering.registry import load_backend
    from musicvid.rendering.requests import requests_for

    song, story = example(work / "song")
    cache = {"MUSICVID_CACHE": str(work / "cache")}
    musicvid("plan", song, story, "--work", work / "film", "--quiet", env=cache)
    shots = read_shots(work / "film" / "shots.json")
    backend = load_backend(shots.renderer.name, dict(shots.renderer.options), base=Path(shots.renderer.base or "."))
    requests = requests_for(shots, 1)
    backend.prepare(requests)
    pictures, spent, frames = [], 0.0, 0
    for request in requests[::EVERY_SHOT]:
        settings = EncodeSettings(preset="veryfast", crf=20)
        with SegmentWriter(work / "shot.mp4", shots.rate, shots.size, settings) as writer:
            for picture in backend.render(request):
                if frames % EVERY_FRAME == 0:
                    pictures.append(rgb_of(picture))
                frames += 1
                began = time.process_time()
                writer.write(picture)
                spent += time.process_time() - began
            began = time.process_time()
        spent += time.process_time() - began
    return Footage(pictures, spent / frames * 1000)
