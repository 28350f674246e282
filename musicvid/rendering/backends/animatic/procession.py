"""Things that stand along the way and pass by: trees, lamps, posts. They repeat for ever and never the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.masks import fitting
from musicvid.rendering.backends.animatic.stage import Stage, View

_TURN = 256


@dataclass(frozen=True, slots=True)
class Standing:
    """One thing at the wayside: its depth, metres to the right, and four numbers 0..1 of its own."""

    number: int
    depth: float
    x: float
    own: tuple[float, float, float, float]


class Wayside:
    """Places every ``gap_m`` metres on one side (``side`` -1, 1) or on both (0), ``near_m`` to ``far_m`` from the middle."""

    def __init__(
        self, chance: Chance, gap_m: float, near_m: float, far_m: float, side: float = 0.0, jitter: float = 0.7
    ) -> None:
        self.gap, self.near, self.far, self.side = gap_m, near_m, far_m, side
        self._own = chance.many("wayside", _TURN, 6)
        self.jitter = jitter

    def ahead(self, travel: float, limit_m: float, closest_m: float = 3.5) -> list[Standing]:
        """What stands between ``closest_m`` and ``limit_m`` ahead, the farthest first."""
        first = int(np.ceil((travel + closest_m) / self.gap - 1))
        out = []
        for n in range(int((travel + limit_m) / self.gap), first - 1, -1):
            own = self._own[n % _TURN]
            depth = n * self.gap + self.jitter * self.gap * (float(own[0]) - 0.5) - travel
            if not closest_m <= depth <= limit_m:
                continue
            side = self.side or (1.0 if n % 2 else -1.0)
            x = side * (self.near + (self.far - self.near) * float(own[1]) ** 1.5)
            out.append(Standing(n, depth, x, (float(own[2]), float(own[3]), float(own[4]), float(own[5]))))
        out.sort(key=lambda s: -s.depth)
        return out


def trees(canvas: Canvas, stage: Stage, view: View, standing: list[Standing], kinds: tuple[str, ...], height_m: float,
          haze_m: float, limit_m: float) -> None:  # fmt: skip
    """Lay trees into the picture, the far ones hazier."""
    tones = stage.tones
    for thing in standing:
        rows = height_m * (0.7 + 0.6 * thing.own[0]) * view.focal / thing.depth
        if rows < 3:
            continue
        kind = kinds[int(thing.own[1] * len(kinds)) % len(kinds)]
        cut, size = fitting(kind, int(thing.own[2] * 2) % 2, rows, thing.own[3] > 0.5)
        haze = thing.depth / (thing.depth + haze_m)
        fade = min(max((limit_m - thing.depth) / (0.25 * limit_m), 0.0), max((thing.depth - 3.5) / 2.0, 0.0), 1.0)
        left = view.x(thing.x, thing.depth) - 0.5 * cut.mask.shape[1] * size
        foot = view.y(0.0, thing.depth)
        canvas.mid.sprite(cut, left, foot - rows, size, fade, *tones[int(haze * 0.9 * 31.0)])
