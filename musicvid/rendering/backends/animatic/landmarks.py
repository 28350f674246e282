"""What a prompt names that stands or moves in the country: houses, a train."""

from __future__ import annotations

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.procession import Hedge, Wayside
from musicvid.rendering.backends.animatic.stage import Stage, View

_FAR_M = 80.0


class Landmarks:
    def __init__(self, stage: Stage) -> None:
        p, things, look = stage.palette, stage.brief.things, stage.look
        self.stage = stage
        self.train = props.train(p, 0.30) if "train" in things else None
        self.start = stage.shot.between("train", 0.0, 0.7)
        self.houses = [props.house(p, 0.05 + 0.11 * n) for n in range(8)] if "house" in things else []
        self.hamlet = Wayside(Chance("hamlet", look.number("hamlet")), 21.0, 7.5, 12.0)
        self.row = Hedge(Chance("row", look.number("row")), 34.0)

    def crossing(self, canvas: Canvas, now: Moment, foot: float, size: float) -> None:
        """The train, ``size`` pixels high, on row ``foot``."""
        if self.train:
            x = ((0.16 * now.flow + self.start) % 1.9 - 0.45) * self.stage.width
            self.train.paint(canvas.mid, x, foot, size)

    def ahead(self, canvas: Canvas, view: View, nearest_m: float, farthest_m: float) -> None:
        """Houses on both sides of the way, between these distances."""
        if not self.houses:
            return
        seen = self.hamlet.ahead(view.travel, _FAR_M, 4.0).beyond(nearest_m).within(farthest_m)
        for depth, x, own in zip(seen.depth.tolist(), seen.x.tolist(), seen.own.tolist(), strict=True):
            sketch = self.houses[min(int(8.0 * depth / (depth + 30.0)), 7)]
            size, fade = (4.6 + 1.5 * own[0]) * view.focal / depth, min((_FAR_M - depth) / 15.0, 1.0)
            sketch.paint(canvas.mid, view.x(x, depth), view.y(0.0, depth), size, alpha=fade, mirrored=x > 0)

    def across(self, canvas: Canvas, view: View, foot: float, depth_m: float) -> None:
        """Houses that are passed sideways, on row ``foot``."""
        if not self.houses:
            return
        seen = self.row.passing(view, depth_m, self.stage.width)
        for n, x in zip(seen.number.tolist(), seen.x.tolist(), strict=True):
            self.houses[3].paint(canvas.mid, x, foot, 5.5 * view.focal / depth_m, mirrored=bool(n % 2))
