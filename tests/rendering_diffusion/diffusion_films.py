"""Films of a few tiny shots, rendered by the diffusion backend on tiny model folders, and what an independent decoder
(PyAV) sees in what came of them."""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
from PIL import Image

from musicvid.diffusion.clip import ClipSpec
from musicvid.rendering.backends.diffusion import Diffusion
from musicvid.rendering.render import render
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.shots import CutCause, Motion, Reference, Shot, ShotList
from musicvid.schema.take import Take

SMALL = {"device": "cpu", "steps": 1, "guards": False, "render_size": "48x32"}
"""One step, no look at the pixels (one step of random weights may well be noise), as small as Wan goes."""


def film(lengths=(5, 6, 4), *, rate="24", size="64x48", **by_index) -> ShotList:
    """Shots ``verse-1/01`` … of these lengths in frames. Fields of a shot are given by index: ``prompt={1: "a cat"}``;
    ``continues`` names the index of another shot, ``dissolve_frames`` counts."""
    shots, edge = [], 0
    for k, length in enumerate(lengths):
        fields = {name: values[k] for name, values in by_index.items() if k in values}
        if "continues" in fields:
            fields["continues"] = id_of(fields["continues"])
        plain = Shot(
            id=id_of(k),
            span=FrameSpan(edge, edge + length),
            section="verse 1",
            label="verse",
            prompt=f"a boat on wave {k}",
            avoid="text",
            seed=100 + k,
            cut_on=CutCause("downbeat", edge / 24),
        )
        shots.append(replace(plain, **fields))
        edge += length
    motion = Motion.of([[k % 7 / 7, 0, 0, 0, 0, 0, 0, 0] for k in range(edge)])
    return ShotList("a test", FrameRate.parse(rate), FrameSize.parse(size), edge, tuple(shots), motion)


def id_of(index: int) -> str:
    return f"verse-1/{index + 1:02d}"


def diffusion(model: Path, base: Path, **options) -> Diffusion:
    """None takes an option of ``SMALL`` back."""
    wanted = {name: value for name, value in {**SMALL, **options}.items() if value is not None}
    return Diffusion(wanted, model=str(model), base=base)


def rendered(model: Path, work: Path, shots: ShotList, *, render_with: Mapping = {}, **options) -> list[Take]:
    """All takes of the film, made in this process by a backend of its own."""
    takes = list(render(shots, diffusion(model, work.parent, **options), work, **{"workers": 1, **render_with}))
    gc.freeze()  # engines collect garbage: they need not look through all of the libraries for it each time
    return takes


def ramp(count: int, height: int, width: int) -> np.ndarray:
    """Frames as a model gives them, float32 ``(count, 3, height, width)``: grey that rises to the right and, from frame
    to frame, everywhere by 0.02."""
    row = np.linspace(0.2, 0.6, width, dtype=np.float32)
    times = 0.02 * np.arange(count, dtype=np.float32)[:, None, None, None]
    return np.broadcast_to(row + times, (count, 3, height, width)).copy()


def show(monkeypatch, frames: Callable[[ClipSpec], np.ndarray]) -> list[ClipSpec]:
    """Let every clip be what ``frames`` draws for its spec; returns the specs that were asked for, a growing list."""
    import torch

    specs = []

    def drawn(engine, pipe, spec, plan, watch, stages, black=0.0):
        specs.append(spec)
        return torch.from_numpy(frames(spec))

    monkeypatch.setattr("musicvid.diffusion.engine.Engine._ready", lambda *_: None)
    monkeypatch.setattr("musicvid.diffusion.engine.Engine._called", drawn)
    return specs


def spied(monkeypatch) -> list[ClipSpec]:
    """The specs of all clips that engines are asked to make from now on, a growing list."""
    from musicvid.diffusion.engine import Engine

    specs, usual = [], Engine.make

    def make(engine, spec, plan, watch=None):
        specs.append(spec)
        return usual(engine, spec, plan, watch)

    monkeypatch.setattr(Engine, "make", make)
    return specs


def clip_files(work: Path) -> list[Path]:
    return sorted((work / "clips").glob("??/[!.]*.mp4"))


def parts_left(work: Path) -> list[Path]:
    return [path for path in work.rglob("*") if ".part" in path.name]


def planes(path: os.PathLike | str) -> np.ndarray:
    """Every frame of a movie as PyAV alone decodes it: uint8 ``(frames, height * 3 // 2, width)``, planar 4:2:0."""
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="yuv420p") for frame in container.decode(video=0)])


def picture_file(path: Path, colour: str, size=(96, 64)) -> str:
    Image.new("RGB", size, colour).save(path)
    return str(path)


def reference(path: Path, colour: str) -> Reference:
    return Reference(path.stem, picture_file(path, colour))
