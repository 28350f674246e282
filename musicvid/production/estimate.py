"""What a film will cost before the first frame is rendered. Rough, and said to be."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import InputError
from musicvid.schema.shots import ShotList

if TYPE_CHECKING:
    from musicvid.production.job import Encoding, Job
    from musicvid.production.workspace import Workspace
    from musicvid.schema.take import Take

ENCODE_S_720P = {"ultrafast": 0.009, "superfast": 0.02, "veryfast": 0.03, "faster": 0.045, "fast": 0.06, "medium": 0.08,
                 "slow": 0.14, "slower": 0.25, "veryslow": 0.5}  # fmt: skip
"""CPU seconds of x264 per 720p frame on a 2023 server core."""
BITS_PER_PIXEL = 0.12
"""Of a film at crf 20; halves with every 6 crf more."""
_720P = 1280 * 720


@dataclass(frozen=True, slots=True)
class Estimate:
    """``cpu_s`` is processor time; ``device_s`` what the renderer's own devices (graphics cards) work, and ``how_sure``
    says how it knows. ``wall_s`` is what that takes here when they are free.

    ``known`` is false where the renderer cannot tell what it costs: then the times are those of encoding alone.
    ``money`` is 0 for renderers that run here.
    """

    shots: int
    takes: int
    frames: int
    cpu_s: float
    wall_s: float
    size_bytes: int
    money: float = 0.0
    device_s: float = 0.0
    how_sure: str = ""
    known: bool = True


def estimate(
    shots: ShotList,
    encoding: Encoding,
    *,
    workers: int | None = None,
    kept: Iterable[Take] = (),
    song: str = "",
    workspace: Workspace | None = None,
) -> Estimate:
    """Cost of rendering every take of ``shots`` but those that are ``kept``. ``song`` is the audio file; ``workspace``,
    where there is one, may hold a backend's costly intermediate works."""
    from musicvid.rendering.backend import EstimatesCost, KeepsClips
    from musicvid.rendering.conditions import asked_of, heeded
    from musicvid.rendering.failures import in_our_words
    from musicvid.rendering.registry import load_backend

    spec = shots.renderer
    backend = load_backend(spec.name, dict(spec.options), model=spec.model, base=Path(spec.base or "."))
    abilities = backend.capabilities()
    requests = heeded(asked_of(backend, shots, spec.takes, song), abilities)
    there = {(take.shot_id, take.number) for take in kept}
    pending = [request for request in requests if (request.shot_id, request.take) not in there]
    frames = sum(request.frame_count for request in pending)
    pixels = shots.size.width * shots.size.height
    cpu_s = frames * (abilities.cpu_s_per_frame_720p + ENCODE_S_720P[encoding.settings.preset]) * pixels / _720P
    bits = sum(request.frame_count for request in requests) * pixels * BITS_PER_PIXEL * 2 ** ((20 - encoding.crf) / 6)
    tells = isinstance(backend, EstimatesCost)
    if workspace is not None and isinstance(backend, KeepsClips):
        backend.keep_in(workspace.clips)
    cost = (
        in_our_words(backend, "estimate", partial(backend.estimate, requests, pending)) if tells and pending else None
    )
    devices = min(abilities.most_workers or 1, workers or len(pending) or 1) if abilities.parallel else 1
    device_s = cost.device_s if cost else 0.0
    return Estimate(
        shots=len(shots.shots),
        takes=len(requests),
        frames=frames,
        cpu_s=cpu_s,
        wall_s=cpu_s / (workers or os.cpu_count() or 1) + device_s / devices,
        size_bytes=int(bits / 8),
        device_s=device_s,
        how_sure=cost.how_sure if cost else "",
        known=not pending or (cost is not None if tells else abilities.cpu_s_per_frame_720p > 0),
    )


def check_budget(shots: ShotList, job: Job, workspace: Workspace, song: str) -> None:
    """Refuse before the first render what would not fit: the time given by ``--budget``, or the disk."""
    from musicvid.production.stages import finished_takes

    kept = finished_takes(workspace, shots, job, song) if job.budget_s is not None else ()
    cost = estimate(
        shots,
        job.encoding,
        workers=job.workers,
        kept=kept,
        song=song,
        workspace=workspace if job.budget_s is not None else None,
    )
    if job.budget_s is not None and not cost.known:
        raise InputError(
            f"{shots.renderer.name} cannot say beforehand how long it takes, so nothing can be held against the budget",
            hint="leave out --budget",
        )
    if job.budget_s is not None and cost.wall_s > job.budget_s:
        raise InputError(
            f"this needs about {readable_s(cost.wall_s)}, the budget is {readable_s(job.budget_s)}",
            hint="use fewer takes, a smaller --size or a quicker renderer, or raise the budget",
        )
    free = shutil.disk_usage(workspace.root).free
    if free < 2 * cost.size_bytes:
        raise InputError(
            f"about {readable_bytes(2 * cost.size_bytes)} are needed on this disk, {readable_bytes(free)} are free",
            where=str(workspace.root),
            hint="make room, or use --work DIR on another disk",
        )


def readable_s(seconds: float) -> str:
    """``42 s``, ``3 min 20 s``, ``1 h 05 min``."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def readable_bytes(count: float) -> str:
    """``512 kB``, ``34 MB``, ``1.2 GB`` (decimal units)."""
    if count < 1e6:
        return f"{max(1, round(count / 1e3))} kB"
    return f"{count / 1e6:.0f} MB" if count < 1e9 else f"{count / 1e9:.1f} GB"
