"""Section ``processor``: ``finish`` without a card, one picture of 1280x720 at a time, against numpy and x264.

CPU time of this process. Pictures, numpy's expression and what x264 takes are those of the repository's own benchmark
(``python -m tests.benchmarks finishing``): frames of the example film. It needs no card:
``python -m benchmarks --only processor --out DIR``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks import repository
from benchmarks.bench import Bench, timed_row
from benchmarks.row import Row
from benchmarks.timing import Times

NEEDED_S = 60.0
Pictures = list[NDArray[np.uint8]]
BEAT = {"gain": 1.08, "saturation": 1.2, "flash": 0.15, "zoom": 1.07, "shift_x": 0.004, "shift_y": -0.003}


def measure(bench: Bench) -> Iterator[Row]:
    repository.use()
    from musicvid_kernels.finish import COLUMNS, neutral
    from musicvid_kernels.finish.processor import finish_processor as finish

    from tests.benchmarks import finishing

    if bench.tiny:
        noise = np.random.default_rng(0).integers(0, 256, (3, 36, 64, 3), np.uint8)
        pictures, x264_ms = list(noise), None
    else:
        footage = finishing._footage(bench.work)
        pictures, x264_ms = footage.pictures, footage.x264_ms
    where = {"shape": "x".join(map(str, pictures[0].shape[:2])), "dtype": "uint8"}
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        for kind, effect in (("still", {}), ("beat", BEAT)):
            table = neutral(1)
            for name, value in effect.items():
                table[0, COLUMNS.index(name)] = value
            peer = f"numpy, {kind}"
            theirs = _each(pictures, lambda rgb: finishing.in_numpy(rgb, **effect))  # noqa: B023
            yield timed_row("processor", peer, theirs, peer=peer, peer_ms=theirs.median_ms, **where)
            ours = _each(pictures, lambda rgb: finish(torch.from_numpy(rgb).permute(2, 0, 1)[None], table))  # noqa: B023
            yield timed_row("processor", f"finish, {kind}", ours, peer=peer, peer_ms=theirs.median_ms,
                            note="CPU time", **where)  # fmt: skip
    finally:
        torch.set_num_threads(threads)
    if x264_ms is not None:
        yield timed_row("processor", "finish, beat, beside x264", ours, peer="x264 veryfast", peer_ms=x264_ms,
                        note="target: a fifth of the encoder's CPU time", **where)  # fmt: skip
        yield timed_row("processor", "x264 veryfast", Times.of([x264_ms]), note="mean of the film's shots", **where)


def _each(pictures: Pictures, call: Callable[[NDArray[np.uint8]], object]) -> Times:
    """CPU time of every call; what the first compiles is not part of it."""
    call(pictures[0])
    spent = []
    for picture in pictures:
        began_s = time.process_time()
        call(picture)
        spent.append(1e3 * (time.process_time() - began_s))
    return Times.of(spent)
