"""Section ``processor``: ``finish`` without a card, one picture of 1280x720 at a time, against numpy and x264.

CPU time of this process, all of its threads. Pictures are a drifting texture with grain. It needs no card:
``python -m benchmarks --only processor --out DIR``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.bench import Bench, timed_row
from benchmarks.row import Row
from benchmarks.timing import Times

NEEDED_S = 30.0
HEIGHT, WIDTH, FRAMES = 720, 1280, 24
KR, KG, KB = 0.2126, 0.7152, 0.0722
Pictures = NDArray[np.uint8]


def measure(bench: Bench) -> Iterator[Row]:
    from musicvid_kernels.finish.processor import finish_processor as finish

    height, width, count = (36, 64, 3) if bench.tiny else (HEIGHT, WIDTH, FRAMES)
    pictures, table = texture(count, height, width), _beats(count)
    given = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    where = {"shape": f"{height}x{width}", "dtype": "uint8"}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for kind, rows in (("still", None), ("beat", table)):
            theirs = _each(count, lambda k: numpy_expression(pictures[k], rows, k))  # noqa: B023
            peer = f"numpy, {kind}"
            yield timed_row("processor", peer, theirs, peer=peer, peer_ms=theirs.median_ms, **where)
            part = [None if rows is None else rows[k : k + 1] for k in range(count)]
            ours = _each(count, lambda k: finish(given[k : k + 1], part[k]))  # noqa: B023
            yield timed_row("processor", f"finish, {kind}", ours, peer=peer, peer_ms=theirs.median_ms,
                            note="CPU time", **where)  # fmt: skip
        planes = finish(given, table).numpy()
    finally:
        torch.set_num_threads(threads)
    x264 = _x264(planes, width, height, bench.work / "x264.mp4")
    yield timed_row("processor", "finish, beat, beside x264", ours, peer="x264 veryfast", peer_ms=x264.median_ms,
                    note="target: a fifth of the encoder's CPU time", **where)  # fmt: skip
    yield timed_row("processor", "x264 veryfast", x264, note="mean of a clip", **where)


def texture(count: int, height: int, width: int) -> Pictures:
    """Uint8 ``(count, height, width, 3)``: octaves of noise that drift, and grain that does not stand still."""
    chance = np.random.default_rng(0)
    scene = np.zeros((height, width + 2 * count, 3), np.float32)
    for step in (64, 16, 4):
        coarse = chance.random((height // step + 2, (width + 2 * count) // step + 2, 3), np.float32)
        scene += coarse.repeat(step, 0).repeat(step, 1)[:height, : width + 2 * count] * 60
    grain = chance.integers(0, 8, (count, height, width, 1), np.uint8)
    return np.stack([scene[:, 2 * k : 2 * k + width] for k in range(count)]).astype(np.uint8) + grain


def numpy_expression(picture: Pictures, table: torch.Tensor | None, k: int) -> Pictures:
    """Planes of one uint8 RGB picture, as one writes it in numpy: gather, grade, BT.709, halve the chroma."""
    from musicvid_kernels.finish import FLASH, GAIN, LIFT, SATURATION, SHIFT_X, SHIFT_Y, ZOOM

    rgb = picture.astype(np.float32) / 255
    if table is not None:
        row = table[k].numpy()
        rgb = _along(_along(rgb, 0, row[ZOOM], row[SHIFT_Y]), 1, row[ZOOM], row[SHIFT_X])
        rgb = rgb * row[GAIN] + row[LIFT]
        grey = (rgb @ np.float32([KR, KG, KB]))[..., None]
        rgb = grey + (rgb - grey) * row[SATURATION]
        rgb = rgb + (1 - rgb) * row[FLASH]
    rgb = rgb.clip(0, 1)
    luma = rgb @ np.float32([KR, KG, KB])
    planes = [(16 + 219 * luma).round().astype(np.uint8)]
    for channel, weight in ((2, KB), (0, KR)):
        chroma = 128 + 112 / (1 - weight) * (rgb[..., channel] - luma)
        rows = (chroma[0::2] + chroma[1::2]) / 2
        left = np.concatenate([rows[:, :1], rows[:, 1:-1:2]], 1)
        planes.append((left / 4 + rows[:, 0::2] / 2 + rows[:, 1::2] / 4).round().astype(np.uint8))
    return np.concatenate([plane.ravel() for plane in planes]).reshape(picture.shape[0] * 3 // 2, picture.shape[1])


def _along(rgb: NDArray[np.float32], axis: int, zoom: Any, shift: Any) -> NDArray[np.float32]:
    length = rgb.shape[axis]
    place = (np.arange(length) + 0.5 - length * (0.5 + shift)) / zoom + length / 2 - 0.5
    place = place.clip(0, length - 1).astype(np.float32)
    first = np.floor(place).astype(int)
    share = (place - first).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
    near, far = rgb.take(first, axis), rgb.take(np.minimum(first + 1, length - 1), axis)
    return near + (far - near) * share


def _beats(count: int) -> torch.Tensor:
    from musicvid_kernels.finish import FLASH, GAIN, SATURATION, SHIFT_X, ZOOM, neutral

    table, pulse = neutral(count), torch.linspace(1, 0.1, count)
    for column, size in ((ZOOM, 0.08), (SHIFT_X, 0.01), (GAIN, 0.1), (SATURATION, 0.2), (FLASH, 0.2)):
        table[:, column] += size * pulse
    return table


def _each(count: int, call: Callable[[int], object]) -> Times:
    """CPU time of every call but the first, which may compile."""
    call(0)
    spent = []
    for k in range(count):
        began_s = time.process_time()
        call(k)
        spent.append(1e3 * (time.process_time() - began_s))
    return Times.of(spent)


def _x264(planes: Pictures, width: int, height: int, path: Path) -> Times:
    """CPU time of encoding, a frame on average: the encoder works on several at once."""
    import av

    began_s = time.process_time()
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"preset": "veryfast", "crf": "20", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for k, picture in enumerate(planes):
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = k
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    mean_ms = 1e3 * (time.process_time() - began_s) / len(planes)
    return Times(mean_ms, mean_ms, mean_ms)
