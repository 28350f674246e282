"""What a street holds: lamps, cars, neon signs, and their light on wet ground."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas, Table
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, yuv
from musicvid.rendering.backends.animatic.procession import Standing, Wayside
from musicvid.rendering.backends.animatic.stage import Stage, View

_NEON = ("#ff3d9a", "#3de0ff", "#ffd23d", "#a05cff", "#4dff9e", "#ff6a3d")
_PAINTS = ("#b02828", "#2848a0", "#d0d0d0", "#303038")
_TAIL = yuv("#e02818")


class Traffic:
    """``wet`` ground mirrors lights; ``neon`` puts signs on the fronts."""

    def __init__(self, stage: Stage, wet: bool, neon: bool) -> None:
        p = stage.palette
        self.stage, self.wet, self.neon, self.dark = stage, wet, neon, p.day < 0.6
        self.lamp, self.into = props.street_lamp(p, 0.05, self.dark), mix(p.far, p.horizon, 0.35)
        self.lamps = Wayside(Chance("lamps", stage.look.number("lamps")), 13.0, 6.0, 6.01, jitter=0.0)
        self.cars = Wayside(Chance("cars", stage.shot.number("cars")), 26.0, 2.3, 2.8)
        self.signs = Wayside(Chance("signs", stage.look.number("signs")), 9.0, 6.6, 7.4)
        self.autos = {(away, n): props.car(p, 0.1, _PAINTS[n], away) for away in (True, False) for n in range(4)}
        colours = [yuv(c) for c in _NEON]
        self.tubes = np.stack(colours)
        self.pale = np.stack([mix(c, yuv("#ffffff"), 0.45) for c in colours])
        self.tails = np.stack([p.lamp, _TAIL])

    def paint(
        self, canvas: Canvas, view: View, now: Moment, car_travel: float, nearest_m: float, farthest_m: float
    ) -> None:
        """All that stands or drives between these distances: signs, then lamps, then cars."""
        if self.neon:
            self._signs(canvas, view, now, self.signs.ahead(view.travel, min(60.0, farthest_m), max(4.0, nearest_m)))
        self._lamps(canvas, view, self.lamps.ahead(view.travel, min(75.0, farthest_m), max(3.0, nearest_m)))
        self._cars(canvas, view, self.cars.ahead(car_travel, min(90.0, farthest_m), max(5.0, nearest_m)))

    def _lamps(self, canvas: Canvas, view: View, seen: Standing) -> None:
        if not len(seen.depth):
            return
        metre, places = view.focal / seen.depth, np.empty((len(seen.depth), 6), np.float32)
        places[:, 0] = view.centre + (seen.x - view.across) * metre
        places[:, 1], places[:, 2] = view.horizon + view.eye * metre, 6.2 * metre
        places[:, 3], places[:, 4], places[:, 5] = 1.0, seen.x > 0, 0.9 * seen.depth / (seen.depth + 45.0)
        self.lamp.paint_many(canvas.mid, places, self.into)
        if self.dark:
            self._streaks(
                canvas, view, seen.x * 0.82, seen.depth, 5.9, self.stage.palette.lamp, 0.34 if self.wet else 0.16
            )

    def _streaks(self, canvas: Canvas, view: View, x: Table, depth: Table, height: float, colour: Table, alpha) -> None:
        """Lights' images on the ground: below their feet, drawn out towards the viewer."""
        metre = view.focal / depth
        reach = height * metre * (0.75 if self.wet else 0.35)
        table = np.empty((len(depth), 9), np.float32)
        table[:, 0] = view.centre + (x - view.across) * metre
        table[:, 1] = view.horizon + view.eye * metre + 0.8 * reach
        table[:, 2], table[:, 3], table[:, 4] = np.maximum(0.30 * metre, 1.5), reach, 1.0
        table[:, 5], table[:, 6:] = alpha, colour
        canvas.mid.glows(table)

    def _cars(self, canvas: Canvas, view: View, seen: Standing) -> None:
        fade = np.clip(np.minimum((90.0 - seen.depth) / 20.0, (seen.depth - 5.0) / 3.0), 0.0, 1.0)
        if self.dark and len(fade):
            tone = self.tails[(seen.x > 0).astype(int)]
            x, tone, alpha = np.repeat(seen.x, 2), np.repeat(tone, 2, 0), np.repeat(0.30 * fade, 2)
            x = x + np.tile(np.array([-0.7, 0.7], np.float32), len(fade))
            self._streaks(canvas, view, x, np.repeat(seen.depth, 2), 1.0, tone, alpha)
        for depth, x, own, alpha in zip(
            seen.depth.tolist(), seen.x.tolist(), seen.own.tolist(), fade.tolist(), strict=True
        ):
            car = self.autos[(x > 0, int(own[0] * 4) % 4)]
            car.paint(canvas.mid, view.x(x, depth), view.y(0.0, depth), 1.45 * view.focal / depth, alpha=alpha)

    def _signs(self, canvas: Canvas, view: View, now: Moment, seen: Standing) -> None:
        """Neon signs on the fronts, breathing with the beat."""
        if not len(seen.depth):
            return
        own, metre = seen.own, view.focal / seen.depth
        tube = (own[:, 0] * 6).astype(int) % 6
        x = view.centre + (seen.x - view.across) * metre
        y = view.horizon + (view.eye - 3.6 - 4.5 * own[:, 1]) * metre
        wide, high = (0.35 + 0.5 * own[:, 2]) * metre, (0.9 + 1.4 * own[:, 3]) * metre
        fade = np.clip(np.minimum((60.0 - seen.depth) / 15.0, (seen.depth - 4.0) / 3.0), 0.0, 1.0)
        shine = fade * (0.80 + 0.20 * now.pulse)
        glow = np.stack([x, y, 3.4 * wide + 0.6 * high, 1.7 * high, np.ones_like(x), 0.34 * shine], 1)
        canvas.mid.glows(np.concatenate([glow, self.tubes[tube]], 1).astype(np.float32))
        bars = ((-1, -1, 1, 1, 0.25), (-1, -1, -0.8, 1, 1), (0.8, -1, 1, 1, 1), (-0.5, -0.6, 0.5, -0.45, 1),
                (-0.5, -0.1, 0.5, 0.05, 1), (-0.5, 0.4, 0.3, 0.55, 1))  # fmt: skip
        table = np.empty((len(x), len(bars), 8), np.float32)
        for k, (x0, y0, x1, y1, alpha) in enumerate(bars):
            edges = (x + x0 * wide, y + y0 * high, x + x1 * wide, y + y1 * high, alpha * shine)
            table[:, k, :5] = np.stack(edges, 1)
            table[:, k, 5:] = self.tubes[tube] if k == 0 else self.pale[tube]
        canvas.mid.panes(table.reshape(-1, 8))
        self._streaks(canvas, view, seen.x * 0.9, seen.depth, 4.5, self.tubes[tube], 0.36 * fade)
