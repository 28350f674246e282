"""What makes an evening in a hall: beams that turn with the bars, a mirror ball, a crowd before the lens."""

from __future__ import annotations

import math

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas, Layer
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import Colour, mix, yuv
from musicvid.rendering.backends.animatic.stage import Stage, View


class Beams:
    """Six beams from above with their pools of light on the floor; in a church they stand slanting and still."""

    def __init__(self, stage: Stage, lights: list[Colour], strength: float, still: bool) -> None:
        self.stage, self.lights, self.strength, self.still = stage, lights, strength, still
        self.own = stage.shot.many("beams", 6, 3).tolist()
        self.pools = [mix(c, yuv("#ffffff"), 0.2) for c in lights]

    def paint(self, layer: Layer, view: View, now: Moment) -> None:
        unit, rows, pools = self.stage.unit, [], []
        strength = self.strength * (0.9 + 0.25 * now.pulse)
        for n, (a, b, c) in enumerate(self.own):
            x, y = view.centre + (a - 0.5) * 1.7 * unit, -0.06 * unit
            lean = -0.55 * self.stage.light_side + 0.04 * (b - 0.5)
            if not self.still:
                lean = 0.75 * math.sin(0.42 * now.flow * (0.7 + 0.6 * b) + 6.28 * c) + 0.08 * now.sway
            length, k = math.hypot(lean, 1.0), n % len(self.lights)
            way = (x, y, lean / length, 1.0 / length, 1.25 * unit * length, 0.075 + 0.05 * b)
            rows.append((*way, strength, *self.lights[k]))
            foot = view.horizon + (0.12 + 0.25 * c) * unit
            pools.append((x + lean * (foot - y), foot, 0.17 * unit, 0.034 * unit, 1.0, 0.9 * strength, *self.pools[k]))
        layer.beams(np.array(rows, np.float32))
        layer.glows(np.array(pools, np.float32))


class MirrorBall:
    """The ball and its points of light that wander over walls and floor."""

    def __init__(self, stage: Stage, lights: list[Colour], metal: Colour) -> None:
        self.stage, self.metal = stage, mix(metal, yuv("#b8c0cc"), 0.45)
        self.own, self.glow, self.wire = stage.shot.many("spots", 40, 4), lights[0], metal
        self.tones = np.stack(lights)[np.arange(40) % len(lights)]
        j, i = np.divmod(np.arange(49), 7)
        self.lat, self.lon, self.row = (j - 3) * 0.40, i / 7 + 0.07 * (j - 3), 1.7 * (j - 3)
        self.sparkles = np.stack([mix(c, yuv("#ffffff"), 0.6) for c in lights])[(i + j) % len(lights)]

    def paint(self, canvas: Canvas, view: View, now: Moment, x: float, y: float, radius: float) -> None:
        self._spots(canvas, view, now)
        wire = 0.012 * radius + 0.6
        thread = (x, y - 60 * radius, wire, x, y, wire, 1.0, 1.0, *self.wire)
        canvas.mid.cones(np.array([thread, (x, y, radius, x, y, radius, 1.0, 1.0, *self.metal)], np.float32))
        lon = ((self.lon + 0.10 * now.flow) % 1.0 - 0.5) * np.pi
        fx, fy = x + radius * np.sin(lon) * np.cos(self.lat), y + radius * np.sin(self.lat)
        shine = 0.25 + 0.75 * np.maximum(0.0, np.sin(3.0 * lon + self.row + 2.0 * now.flow)) ** 3
        facets, wide = np.empty((49, 8), np.float32), 0.10 * radius * np.cos(lon)
        facets[:, 0], facets[:, 2] = fx - wide, fx + wide
        facets[:, 1], facets[:, 3] = fy - 0.10 * radius, fy + 0.10 * radius
        facets[:, 4], facets[:, 5:] = 0.85 * shine, self.sparkles
        canvas.mid.panes(facets)
        glow = (x, y, 3.2 * radius, 3.2 * radius, 1.0, 0.20 + 0.05 * now.pulse, *self.glow)
        canvas.mid.glows(np.array([glow], np.float32))

    def _spots(self, canvas: Canvas, view: View, now: Moment) -> None:
        stage, o = self.stage, self.own
        table = np.empty((len(o), 9), np.float32)
        table[:, 0] = ((o[:, 0] + 0.035 * now.flow * (0.6 + 0.8 * o[:, 2])) % 1.0 * 1.2 - 0.1) * stage.width
        table[:, 1] = o[:, 1] * stage.height
        below = np.clip((table[:, 1] - view.horizon) / (0.5 * stage.unit), 0.0, 1.0)
        table[:, 2] = (0.008 + 0.010 * o[:, 3]) * stage.unit * (1.0 + below)
        table[:, 3] = table[:, 2] * (1.0 - 0.68 * below)
        table[:, 4], table[:, 5] = 0.7, (0.16 + 0.16 * o[:, 2]) * (0.85 + 0.3 * now.onset)
        table[:, 6:] = self.tones
        canvas.mid.glows(table)


class Crowd:
    """Heads and raised hands before the lens, bouncing on the beat."""

    def __init__(self, stage: Stage, light: Colour, count: int = 24) -> None:
        own = stage.shot.many("heads", count, 4)
        own[:, 0] = (np.arange(count) + 0.8 * own[:, 0]) / count
        self.stage, self.own = stage, own[np.argsort(own[:, 1])]
        self.rim, self.dark = mix(stage.palette.near, light, 0.45), stage.palette.near

    def paint(self, layer: Layer, now: Moment) -> None:
        stage, own = self.stage, self.own
        size = (0.029 + 0.017 * own[:, 1]) * stage.unit
        bounce = 0.010 * stage.unit * np.abs(np.sin(np.pi * (now.beats + 0.25 * own[:, 2])))
        x, y = own[:, 0] * stage.width, stage.height - (0.145 - 0.10 * own[:, 1]) * stage.unit - bounce
        wave, side = 0.35 * np.sin(np.pi * now.beats + 6.28 * own[:, 3]), np.where(own[:, 2] > 0.5, 1.0, -1.0)
        up = np.where(own[:, 3] > 0.5, 1.0, 0.0)  # the others keep their hands down
        bend, hand = side * 2.3 + 0.4 * wave, side * 1.9 + wave
        head, shoulders, trunk = (
            (0.0, -0.15, 0.86, 0.0, 0.35, 0.72),
            (-1.25, 2.35, 0.85, 1.25, 2.35, 0.85),
            (0.0, 0.8, 0.45, 0.0, 3.0, 0.9),
        )
        arm, fore = (side * 1.5, 2.1, 0.40, bend, 0.2, 0.30), (bend, 0.2, 0.30, hand, -2.1, 0.26)
        lit = [
            (0.0, 1.0, self.rim, alpha, limb) for limb, alpha in ((head, 1.0), (shoulders, 1.0), (arm, up), (fore, up))
        ]
        dark = [(0.10, 0.95, self.dark, alpha, limb)
                for limb, alpha in ((head, 1.0), (shoulders, 1.0), (trunk, 1.0), (arm, up), (fore, up))]  # fmt: skip
        table = np.empty((len(own), 9, 11), np.float32)
        table[..., 6] = 1.0
        for k, (shift, less, tone, alpha, (x0, y0, r0, x1, y1, r1)) in enumerate([*lit, *dark]):
            row, left, top = table[:, k], x - stage.light_side * shift * size, y + shift * size
            row[:, 0], row[:, 1], row[:, 2] = left + x0 * size, top + y0 * size, r0 * size * less
            row[:, 3], row[:, 4], row[:, 5] = left + x1 * size, top + y1 * size, r1 * size * less
            row[:, 7], row[:, 8:] = alpha, tone
        layer.cones(table.reshape(-1, 11))
