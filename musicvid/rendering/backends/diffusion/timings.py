"""How long clips took on this machine's cards: what the next film is estimated from, before its first clip."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from musicvid.media.files import cache_folder, part_file
from musicvid.rendering.backend import RenderCost
from musicvid.rendering.backends.diffusion.plans import Shape

_KEPT = 500


@dataclass(frozen=True, slots=True)
class Timing:
    """One clip: ``setup`` names card, model and precision. ``steps`` counts forwards of the denoiser."""

    setup: str
    pixels: int
    steps: int
    denoise_s: float
    rest_s: float

    def scaled_s(self, pixels: int, steps: int) -> float:
        """Seconds of another clip of the same setup: steps count in proportion, and so do pixels. That is kind to much
        larger clips (attention grows with the square) and hard on much smaller ones."""
        size = pixels / self.pixels
        return self.denoise_s * size * steps / self.steps + self.rest_s * size


def timing_of(setup: str, pixels: int, steps: int, stages_s: Mapping[str, float], write_s: float) -> Timing:
    """From a clip's seconds by stage; loading and encoding prompts do not recur."""
    rest_s = stages_s.get("decode", 0.0) + stages_s.get("convert", 0.0) + write_s
    return Timing(setup, pixels, steps, stages_s.get("denoise", 0.0), rest_s)


class Timings:
    """Kept in the user's cache folder; a damaged file only loses estimates."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file or cache_folder() / "clip_seconds.json"

    def add(self, timing: Timing) -> None:
        rows = [*self._read(), timing][-_KEPT:]
        with part_file(self._file) as part:
            part.write_text(json.dumps([asdict(row) for row in rows]) + "\n", "utf-8")

    def cost(self, setup: str, clips: Sequence[tuple[Shape, int]]) -> RenderCost | None:
        """What ``clips`` (shape and steps) take together; None when no clip of this setup was ever made here."""
        mine = [row for row in self._read() if row.setup == setup]
        if not mine:
            return None
        total_s, exact = 0.0, True
        for shape, steps in clips:
            nearest = min(reversed(mine), key=lambda row: (abs(row.pixels - shape.pixels), abs(row.steps - steps)))
            exact = exact and (nearest.pixels, nearest.steps) == (shape.pixels, steps)
            total_s += nearest.scaled_s(shape.pixels, steps)
        how = "measured here on clips like these" if exact else "scaled from other clips of this model made here"
        return RenderCost(total_s, how)

    def _read(self) -> list[Timing]:
        try:
            rows = json.loads(self._file.read_text("utf-8"))
            return [Timing(**row) for row in rows]
        except (OSError, ValueError, TypeError):
            return []


def forwards(steps: int | None, guidance: float | None) -> int:
    """Calls of the denoiser in a clip: guidance makes two of each step."""
    return (steps or 50) * (1 if guidance is not None and guidance <= 1 else 2)
