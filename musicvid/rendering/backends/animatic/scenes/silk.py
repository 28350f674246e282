"""Silk: no place at all, colour that folds into itself."""

from __future__ import annotations

import math

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, turned
from musicvid.rendering.backends.animatic.particles import Swarm, dust
from musicvid.rendering.backends.animatic.stage import Stage
from musicvid.rendering.backends.animatic.walkers import Walkers


class Silk:
    def __init__(self, stage: Stage) -> None:
        p, look, shot = stage.palette, stage.look, stage.shot
        self.stage = stage
        rich = 1.25
        hue = look.choose("second", [-70.0, -38.0, 40.0, 75.0])
        self.first = turned(mix(p.middle, p.halo, 0.35), 0.0, rich)
        self.second = turned(mix(p.middle, p.accent, 0.55), hue * 0.4, rich)
        self.third = turned(mix(p.halo, p.sun, 0.4), 0.0, 1.0)
        self.deep = scaled(mix(p.near, p.zenith, 0.45), 0.8)
        self.zoom = {"wide": 2.1, "medium": 1.5, "close": 1.05}[stage.brief.framing] * shot.between("zoom", 0.85, 1.2)
        self.fold = shot.between("fold", 0.8, 1.25)
        self.x, self.y = shot.between("x", -1.6, 1.6), shot.between("y", -1.2, 1.2)
        self.dust = Swarm(stage, "motes", 40)
        self.walkers = Walkers(stage, "side")

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage = self.stage
        view = stage.view(now)
        t = 0.62 * now.flow
        zoom = self.zoom * (stage.focal / view.focal) * (1.0 - 0.03 * now.bass)
        shift = 0.25 * stage.unit * math.sin(0.11 * now.flow)
        x, y = view.centre + self.x * stage.unit + shift, view.horizon + self.y * stage.unit
        cloth = (self.first, self.second, self.third, self.deep)
        canvas.haze.silk(stage.unit, x, y, t, zoom, self.fold, *cloth)
        canvas.clear(stage.height)
        canvas.unfold()
        self.walkers.paint(canvas, view, now, stage.light_side, foot=0.86 * stage.height)
        canvas.focus()
        canvas.full.glows(dust(self.dust, now))
