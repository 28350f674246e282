"""How long clips took on this machine's cards: what the next film is estimated from, before its first clip."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from musicvid.diffusion.calls.plain import without_guidance
from musicvid.diffusion.models import VideoModel
from musicvid.media.files import cache_folder, part_file
from musicvid.rendering.backend import RenderCost
from musicvid.rendering.backends.diffusion.briefs import Brief
from musicvid.rendering.backends.diffusion.maker import shape_of
from musicvid.rendering.backends.diffusion.options import Options
from musicvid.rendering.backends.diffusion.setup import dtype_of

_KEPT = 500
_USUAL_STEPS = 50


@dataclass(frozen=True, slots=True)
class Work:
    """What a clip's time depends on. ``setup`` names card, model, precision and road; ``forwards`` counts calls of the
    denoiser."""

    setup: str
    pixels: int
    forwards: int


@dataclass(frozen=True, slots=True)
class Timing:
    """One clip that was made."""

    setup: str
    pixels: int
    forwards: int
    denoise_s: float
    rest_s: float

    def scaled_s(self, work: Work) -> float:
        """Seconds of another clip of the same setup: forwards count in proportion, and so do pixels. That is kind to
        much larger clips (attention grows with the square) and hard on much smaller ones."""
        size = work.pixels / self.pixels
        return self.denoise_s * size * work.forwards / self.forwards + self.rest_s * size


def work_of(brief: Brief, model: VideoModel, options: Options, device: str) -> Work:
    """The work of one clip, from what is known before anything is loaded."""
    from musicvid.diffusion.card_memory import card_name

    road = model.road_for(brief.conditions)
    pipeline = road.pipeline if road is not None else ""
    guidance = options.guidance if options.guidance is not None else model.guidance
    steps = len(options.sigmas) or options.steps or model.steps or _USUAL_STEPS
    # A song's pictures are made without guidance, whatever the row says of the others.
    alone = brief.sound is not None or without_guidance(guidance)
    setup = f"{card_name(device)}, {model.key}, {dtype_of(options.dtype, device)}, {pipeline}"
    return Work(setup, shape_of(brief).pixels, steps if alone else 2 * steps)


def timing_of(work: Work, stages_s: Mapping[str, float], write_s: float) -> Timing:
    """From a clip's seconds by stage; loading and encoding prompts do not recur."""
    rest_s = stages_s.get("decode", 0.0) + stages_s.get("convert", 0.0) + write_s
    return Timing(work.setup, work.pixels, work.forwards, stages_s.get("denoise", 0.0), rest_s)


class Timings:
    """Kept in the user's cache folder; a damaged file only loses estimates."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or cache_folder() / "clip_seconds.json"

    def add(self, timing: Timing) -> None:
        rows = [*self._read(), timing][-_KEPT:]
        with part_file(self._file) as part:
            part.write_text(json.dumps([asdict(row) for row in rows]) + "\n", "utf-8")

    def cost(self, clips: Sequence[Work]) -> RenderCost | None:
        """What ``clips`` take together; None when none of one of their setups was ever made here."""
        if not clips:
            return RenderCost(0.0, "everything is kept")
        rows, total_s, exact = self._read(), 0.0, True
        for work in clips:
            mine = [row for row in reversed(rows) if row.setup == work.setup]
            if not mine:
                return None
            nearest = min(mine, key=lambda row: (abs(row.pixels - work.pixels), abs(row.forwards - work.forwards)))
            exact = exact and (nearest.pixels, nearest.forwards) == (work.pixels, work.forwards)
            total_s += nearest.scaled_s(work)
        how = "measured here on clips like these" if exact else "scaled from other clips of this model made here"
        return RenderCost(total_s, f"{how}; loading not counted")

    def _read(self) -> list[Timing]:
        try:
            rows = json.loads(self._file.read_text("utf-8"))
            return [Timing(**row) for row in rows]
        except (OSError, ValueError, TypeError):
            return []
