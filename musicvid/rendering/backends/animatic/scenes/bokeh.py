"""Bokeh: lights out of focus that drift and breathe with the music, near and far."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import gradient, mix, scaled, yuv
from musicvid.rendering.backends.animatic.stage import Stage
from musicvid.rendering.backends.animatic.walkers import Walkers

_COUNT = 90


class Bokeh:
    def __init__(self, stage: Stage) -> None:
        p = stage.palette
        self.stage = stage
        self.own = stage.shot.many("lights", _COUNT, 7)
        self.stops = [
            (-0.6, scaled(mix(p.near, p.far, 0.25), 0.9)),
            (-0.05, mix(p.near, p.far, 0.75)),
            (0.25, mix(p.near, p.middle, 0.55)),
            (0.9, mix(p.near, p.zenith, 0.5)),
        ]
        cool = mix(p.halo, p.middle, 0.4)
        self.tones = np.stack(
            [
                p.lamp,
                mix(p.lamp, p.accent, 0.45),
                cool,
                mix(p.lamp, yuv("#ffffff"), 0.4),
                mix(p.accent, p.halo, 0.3),
                p.lamp,
            ]
        )
        self.walkers = Walkers(stage, "side")
        self.band = stage.shot.between("band", 0.30, 0.70)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, o, unit = self.stage, self.own, self.stage.unit
        view = stage.view(now)
        layer = canvas.haze
        rise = (view.horizon - (np.arange(layer.height, dtype=np.float32) + 0.5) / layer.scale) / unit
        glow = np.array([stage.sun_x, view.horizon, 0.0, 0.30, 0.0], np.float32)
        layer.sky(gradient(self.stops, rise), unit, glow, stage.palette.halo, stage.palette.halo, stage.height)
        canvas.clear(stage.height)
        layer = canvas.soft
        # Three depths: the far ones small and many along a band, the near ones large and few.
        depth = 0.18 + 0.82 * (
            (o[:, 0] - 0.07 * now.flow * (0.3 + 0.7 * o[:, 6])) % 1.0 if stage.move in ("forward", "") else o[:, 0]
        )
        spread = 1.0 / depth
        x = (
            0.5 * stage.width
            + (o[:, 1] - 0.5) * 1.25 * stage.width * (0.55 + 0.45 * spread)
            + 0.05 * unit * np.sin(0.4 * now.flow + 6.28 * o[:, 3])
        )
        x = x + (view.centre - 0.5 * stage.width) * spread
        y = (
            self.band * stage.height
            + (o[:, 2] - 0.5) * (0.34 + 0.30 * spread) * stage.height * 0.8
            + 0.03 * unit * np.sin(0.5 * now.flow + 6.28 * o[:, 4])
        )
        radius = (0.010 + 0.026 * spread * (0.35 + o[:, 5])) * unit * (1.0 + 0.05 * now.bass)
        fade = np.clip((depth - 0.18) * 7.0, 0.0, 1.0) * np.clip((1.0 - depth) * 5.0 + 0.1, 0.0, 1.0)
        shine = 0.75 + 0.25 * np.sin(now.flow * (0.7 + 1.3 * o[:, 3]) + 6.28 * o[:, 5])
        table = np.empty((_COUNT, 9), np.float32)
        table[:, 0], table[:, 1], table[:, 2], table[:, 3] = x, y, radius, radius
        table[:, 4] = 0.16 + 0.1 * o[:, 6]
        table[:, 5] = fade * shine * (0.26 + 0.46 * depth) * (0.92 + 0.16 * now.pulse)
        table[:, 6:] = self.tones[(o[:, 4] * 6).astype(int) % 6]
        table = table[np.argsort(-depth)]
        layer.glows(table)
        heart = table.copy()
        heart[:, 2:4] *= 2.1
        heart[:, 4], heart[:, 5] = 1.0, heart[:, 5] * 0.28
        layer.glows(heart[: _COUNT // 2])
        canvas.unfold()
        self.walkers.paint(canvas, view, now, stage.light_side, foot=0.86 * stage.height)
        canvas.focus()
