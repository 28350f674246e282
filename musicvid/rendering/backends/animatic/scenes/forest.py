"""A wood: trunks that pass on both sides, light falling in slants, a path."""

from __future__ import annotations

import math

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas, Layer
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.crests import crest_of, row_at
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.noise import profile
from musicvid.rendering.backends.animatic.particles import Swarm, dust, fireflies
from musicvid.rendering.backends.animatic.procession import Trees, Wayside
from musicvid.rendering.backends.animatic.ridgeline import Ridges, chains, teeth
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.trunks import Trunks
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_LIMIT_M, _SHARP_M = 46.0, 13.0
_WOODS = {"pine": ("pine",), "birch": ("birch",), "oak": ("oak", "poplar"), "bare": ("bare",)}


class Forest:
    def __init__(self, stage: Stage) -> None:
        brief, p, look, shot = stage.brief, stage.palette, stage.look, stage.shot
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        self.walkers, self.hero = Walkers(stage, brief.heading, 2.0), Hero(stage)
        if self.walkers.company:
            self.hero.beside(self.walkers.x, self.walkers.depth)
        self.ridges = Ridges(stage, chains(stage, "woods", 3, lift=0.05))
        named = {"pines": "pine", "birches": "birch"}
        wood = next((named[k] for k in named if k in brief.kinds), "") or look.choose("wood", ["pine", "birch", "oak"])
        wood = "bare" if "winter" in brief.moods else wood
        self.trunks = Trunks(stage, wood, _LIMIT_M)
        self.trees = Trees(stage, _WOODS[wood], 11.0, 1.15)
        self.tall = Wayside(Chance("tall", shot.number("tall")), 2.4, 2.8, 13.0)
        self.brush = Wayside(Chance("brush", shot.number("brush")), 4.2, 2.6, 9.0)
        self.shrubs = Trees(stage, ("reeds",) if wood == "bare" else ("bush", "reeds"), 9.0, 0.55)
        self._ground(stage)
        night = p.day < 0.3
        self.air = fireflies if night else dust
        self.motes = Swarm(stage, "air", 30 if night else 44)
        self.rays = shot.many("rays", 6, 3)

    def _ground(self, stage: Stage) -> None:
        brief, p, look = stage.brief, stage.palette, stage.look
        light = yuv("#dfe8f0") if "winter" in brief.moods else yuv("#5a6a3c")
        self.near = mix(mix(p.ground, scaled(light, 0.35 + 0.6 * p.day), 0.45), p.near, 0.32)
        self.far = mix(mix(p.far, p.horizon, 0.55), p.halo, 0.15)
        self.path = mix(self.near, mix(p.horizon, yuv("#a08868"), 0.5), 0.30)
        x = self.walkers.x if brief.people else 0.0
        surface = (16.0, 0.16, look.between("grain", 1.4, 2.4), 0.0, 1.0, 0.75, x, look.between("bend", 0.8, 2.0))
        self.surface = np.array([*surface, 0.09, 0.0, 0.30, stage.sun_x, self.walkers.depth], np.float32)
        crest = profile(look.number("floor") % 997, 4096, 2.3, 4) + 0.05 * teeth(look.number("fern") % 97, 1300, 1.0)
        self.crest = crest.astype(np.float32)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        if self.stage.brief.heading == "ahead":
            self._ahead(canvas, now)
        else:
            self._side(canvas, now)
        canvas.focus()
        canvas.full.glows(self.air(self.motes, now))
        self.weather.front(canvas.full, now)

    def _light(self, layer: Layer, now: Moment, x: float, y: float) -> None:
        """Slanting light between the trees, stirring slowly, a little stronger on the beat."""
        p, unit = self.stage.palette, self.stage.unit
        if self.heavens.radius == 0.0 and p.day < 0.3:
            return
        rows = []
        turn, gain = (
            0.35 * math.tanh((0.5 * self.stage.width - x) / unit),
            (0.92 + 0.16 * now.pulse) * (0.45 + 0.55 * p.day),
        )
        for n, (a, b, c) in enumerate(self.rays.tolist()):
            lean = turn + 0.5 * (a - 0.5) + 0.02 * math.sin(0.3 * now.flow + n)
            length = math.hypot(lean, 1.0)
            start = (x + (c - 0.5) * 0.5 * unit, min(y, 0.25 * unit) - 0.3 * unit, lean / length, 1.0 / length)
            rows.append((*start, 1.5 * unit, 0.05 + 0.05 * a, (0.13 + 0.13 * b) * gain, *p.halo))
        layer.beams(np.array(rows, np.float32))

    def _ahead(self, canvas: Canvas, now: Moment) -> None:
        stage, p, walkers = self.stage, self.stage.palette, self.walkers
        view = stage.view(now, travel=walkers.way(now))
        x, y = self.heavens.place(view)
        self.heavens.paint(canvas, view, now)
        self.heavens.stars(canvas, view, now)
        self.ridges.paint(canvas, view, x, view.horizon + 1)
        self.surface[11] = x
        canvas.soft.ground(view.array(), self.surface, self.near, self.far, self.path, p.lamp, p.halo)
        self.weather.behind(canvas, view, now)
        depth = walkers.depth
        sharp = max(_SHARP_M, depth)
        self._wood(canvas.soft, view, sharp, 1e9)
        self.weather.mist(canvas, view, now)
        self._light(canvas.soft, now, x, y)
        canvas.unfold()
        self._wood(canvas.mid, view, depth, sharp)
        self.hero.paint(canvas, walkers.standing(view), now)
        walkers.paint(canvas, view, now, stage.light_side, shadow=0.9 if p.day > 0.3 else 0.0)
        self._wood(canvas.mid, view, 0.0, depth)

    def _wood(self, layer: Layer, view: View, nearest: float, farthest: float) -> None:
        """Trees, trunks and shrubs between two distances."""
        self.trees.paint(layer, view, self.tall, _LIMIT_M, nearest, farthest)
        self.trunks.paint(layer, view, nearest, farthest)
        self.shrubs.paint(layer, view, self.brush, 30.0, nearest, farthest)

    def _side(self, canvas: Canvas, now: Moment) -> None:
        stage, p, unit, walkers = self.stage, self.stage.palette, self.stage.unit, self.walkers
        view = stage.view(now, across=walkers.facing * walkers.way(now))
        x, y = self.heavens.place(view)
        foot = max(0.82 * stage.height, view.horizon + 0.18 * unit)
        self.heavens.paint(canvas, view, now, below=0.6 * unit)
        self.heavens.stars(canvas, view, now)
        self.ridges.paint(canvas, view, x, foot + 4)
        self.trunks.rank(canvas.soft, view, foot - 0.09 * unit, 26.0, 0.62)
        self.weather.mist(canvas, view, now)
        self.trunks.rank(canvas.soft, view, foot - 0.05 * unit, 15.0, 0.36)
        self._light(canvas.soft, now, x, y)
        canvas.unfold()
        layer = canvas.mid
        crest = crest_of(self.crest, layer, view, walkers.depth, 90.0, foot - 0.025 * unit, 0.05 * unit)
        top = mix(self.near, p.near, 0.35)
        layer.ridge(crest, stage.height, 0.3 * unit, top, p.near, p.halo, soft=1.0 / layer.scale)
        at = row_at(crest, layer, view.centre + view.focal * walkers.x / walkers.depth) + 0.006 * unit
        walkers.paint(canvas, view, now, stage.light_side, foot=at)
        self.trunks.before_lens(canvas.full, view, 0.5 * walkers.depth)
