"""A real backend that fits on a page: flat pictures whose luma counts frames and whose chroma tells the take."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from musicvid.errors import RenderError, UnknownNameError
from musicvid.rendering.backend import Capabilities
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.shots import CutCause, Motion, Shot, ShotList


def luma_of(frame: int) -> int:
    """Neighbours differ by 5, so that a compressed picture still tells them apart; repeats after 40 frames."""
    return 20 + frame % 40 * 5


def chroma_of(prompt: str, seed: int) -> tuple[int, int]:
    digest = hashlib.sha256(f"{prompt}/{seed}".encode()).digest()
    return 64 + digest[0] % 128, 64 + digest[1] % 128


@dataclass
class FlatBackend:
    """``faults``: shot id → what goes wrong there. Every render appends a line to ``log``."""

    name: str = "flat"
    version: str = "1"
    model: str = ""
    log: str = ""
    faults: dict[str, str] = field(default_factory=dict)
    parallel: bool = True
    pixel_format: str = "yuv420p"
    grey: bool = False
    frame_s: float = 0.0
    prepared: int = 0
    home_pid: int = field(default_factory=os.getpid)
    summary = "flat colours for tests"

    @classmethod
    def with_options(cls, options, *, model, base):
        for word in options:
            if word != "log":
                raise UnknownNameError("option of flat", word, ["log"])
        return cls(model=model, **options)

    def capabilities(self) -> Capabilities:
        return Capabilities(pixel_format=self.pixel_format, parallel=self.parallel)

    def prepare(self, requests):
        self.prepared = len(requests)

    def identity(self, request):
        return {"flat": 1}

    def notes(self, request):
        return (f"{request.shot_id}: flat",)

    def render(self, request):
        if self.log:
            with Path(self.log).open("a") as file:
                file.write(f"{request.shot_id} {request.take}\n")
        fault = self.faults.get(request.shot_id, "")
        if fault == "raise":
            raise FileNotFoundError(2, "no such file", "weights.bin")
        if fault == "ours":
            raise RenderError("no such colour", where=request.shot_id)
        count = request.frame_count + {"short": -1, "long": 1, "none": -request.frame_count}.get(fault, 0)
        for k in range(count):
            if k == request.frame_count // 2:
                self._die(fault)
            time.sleep(self.frame_s)
            yield self._picture(request, k, fault)

    def _die(self, fault: str) -> None:
        if fault == "kill" or (fault.startswith("kill once ") and not Path(fault[10:]).exists()):
            if fault != "kill":
                Path(fault[10:]).touch()
            assert os.getpid() != self.home_pid, "this test expected worker processes"
            os.kill(os.getpid(), signal.SIGKILL)

    def _picture(self, request, k, fault):
        width, height = request.size.width, request.size.height
        if fault == "shape":
            return np.zeros((height, width), np.uint8)
        if fault == "dtype":
            return np.zeros((height * 3 // 2, width), np.float32)
        u, v = (128, 128) if self.grey else chroma_of(request.prompt, request.seed)
        if self.pixel_format == "rgb24":
            return np.full((height, width, 3), (u, luma_of(k), v), np.uint8)
        picture = np.full((height * 3 // 2, width), luma_of(k), np.uint8)
        flat = picture.reshape(-1)
        area = width * height
        flat[area : area + area // 4] = u
        flat[area + area // 4 :] = v
        return picture


def make_shots(
    lengths=(6, 7, 9),
    *,
    rate="24",
    size="64x48",
    dissolves=(),
    prompts=(),
    holds=(),
    seeds=(),
    chosen=None,
    renderer=None,
) -> ShotList:
    """Shots ``verse-1/01`` … of these lengths in frames; ``dissolves`` and ``holds`` by index."""
    shots, edge = [], 0
    for k, length in enumerate(lengths):
        shots.append(
            Shot(
                id=f"verse-1/{k + 1:02d}",
                span=FrameSpan(edge, edge + length),
                section="verse 1",
                label="verse",
                prompt=prompts[k] if k < len(prompts) else f"prompt {k}",
                avoid="text",
                seed=seeds[k] if k < len(seeds) else 100 + k,
                cut_on=CutCause("downbeat", edge / 24),
                dissolve_frames=dict(dissolves).get(k, 0),
                hold=k in holds,
                chosen_take=(chosen or {}).get(k),
            )
        )
        edge += length
    more = {"renderer": renderer} if renderer else {}
    return ShotList(
        title="a test",
        rate=FrameRate.parse(rate),
        size=FrameSize.parse(size),
        frame_count=edge,
        shots=tuple(shots),
        motion=Motion.of([[k, 0, 0, 0, 0, 0, 0, 0] for k in range(edge)]),
        **more,
    )


def collect(takes, done: list[str]) -> None:
    """Unlike ``list``, keeps what came before an exception."""
    for take in takes:
        done.append(take.shot_id)  # noqa: PERF401


@dataclass(frozen=True)
class Flat:
    """What an independent decoder (PyAV) saw in the middle of one frame."""

    time_s: Fraction
    y: int
    u: int
    v: int
    key: bool


def decoded(path) -> list[Flat]:
    """Every frame of a movie, by PyAV alone: the means of its planes and whether it is a keyframe."""
    found = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            planes = frame.to_ndarray(format="yuv420p")
            area = frame.width * frame.height
            flat = planes.reshape(-1).astype(float)
            found.append(
                Flat(
                    frame.pts * frame.time_base,
                    round(flat[:area].mean()),
                    round(flat[area : area + area // 4].mean()),
                    round(flat[area + area // 4 :].mean()),
                    frame.key_frame,
                )
            )
    return found
