"""What a film will cost before the first frame is rendered. Rough, and said to be."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import InputError
from musicvid.schema.shots import ShotList

if TYPE_CHECKING:
    from musicvid.production.job import Encoding, Job
    from musicvid.production.workspace import Workspace

ENCODE_S_720P = {"ultrafast": 0.009, "superfast": 0.02, "veryfast": 0.03, "faster": 0.045, "fast": 0.06, "medium": 0.08,
                 "slow": 0.14, "slower": 0.25, "veryslow": 0.5}  # fmt: skip
"""CPU seconds of x264 per 720p frame on a 2023 server core."""
BITS_PER_PIXEL = 0.12
"""Of a film at crf 20; halves with every 6 crf more."""
_720P = 1280 * 720


@dataclass(frozen=True, slots=True)
class Estimate:
    """``cpu_s`` is processor time; ``wall_s`` what that takes on this machine's cores when they are free.

    ``money`` is 0 for renderers that run here.
    """

    shots: int
    takes: int
    frames: int
    cpu_s: float
    wall_s: float
    size_bytes: int
    money: float = 0.0


def estimate(shots: ShotList, encoding: Encoding, *, workers: int | None = None, takes_kept: int = 0) -> Estimate:
    """Cost of rendering every take of ``shots`` but the ``takes_kept`` that are there already."""
    from musicvid.rendering.registry import load_backend

    spec = shots.renderer
    backend = load_backend(spec.name, dict(spec.options), model=spec.model, base=Path(spec.base or "."))
    per_frame_s = backend.capabilities().cpu_s_per_frame_720p + ENCODE_S_720P[encoding.settings.preset]
    handles = sum(sum(shots.handles(i)) for i in range(len(shots.shots)))
    takes = len(shots.shots) * spec.takes
    share = max(0, takes - takes_kept) / takes if takes else 0.0
    frames = (shots.frame_count + handles) * spec.takes
    scale = shots.size.width * shots.size.height / _720P
    cpu_s = frames * share * per_frame_s * scale
    bits = frames * shots.size.width * shots.size.height * BITS_PER_PIXEL * 2 ** ((20 - encoding.crf) / 6)
    cores = workers or os.cpu_count() or 1
    return Estimate(len(shots.shots), takes, round(frames * share), cpu_s, cpu_s / cores, int(bits / 8))


def check_budget(shots: ShotList, job: Job, workspace: Workspace) -> None:
    """Refuse before the first render what would not fit: the time given by ``--budget``, or the disk."""
    from musicvid.production.stages import finished_takes

    kept = len(finished_takes(workspace, shots, job)) if job.budget_s is not None else 0
    cost = estimate(shots, job.encoding, workers=job.workers, takes_kept=kept)
    if job.budget_s is not None and cost.wall_s > job.budget_s:
        raise InputError(
            f"this needs about {readable_s(cost.wall_s)}, the budget is {readable_s(job.budget_s)}",
            hint="use --draft, fewer takes or a smaller --size",
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
