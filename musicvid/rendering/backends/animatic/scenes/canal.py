"""A canal or a river between houses or trees, bridges overhead, a towpath along it: always onward."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, yuv
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.procession import Trees, Wayside
from musicvid.rendering.backends.animatic.ridgeline import Ridges, chains
from musicvid.rendering.backends.animatic.scenes.water import mirror_of
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.street import Street, Style
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_FRONTS = ("#9c4a38", "#c08a5c", "#7c5848", "#b8a488", "#8c6a50", "#586068", "#a86048")
_LIMIT_M, _SHARP_M, _WATER_M, _GAP_M = 85.0, 16.0, -0.55, 34.0
"""How far one sees, what is farther than that is painted softly, the water's level, and from bridge to bridge."""


class Canal:
    def __init__(self, stage: Stage) -> None:
        brief, p, look = stage.brief, stage.palette, stage.look
        self.stage = stage
        self.heavens, self.weather, self.walkers = Heavens(stage), Weather(stage), Walkers(stage, "ahead", 2.2)
        self.side, self.half = stage.shot.side("bank"), look.between("half", 4.2, 6.0)
        if brief.people:
            self._take_path(stage)
        self.town = "river" not in brief.kinds and look.either("town", 0.8)
        lit = 0.10 + 0.35 * (1.0 - p.day)
        style = Style(self.half + 3.4, (4.6, 8.0), (8.0, 13.5), 2.9, 2.0, lit, True, _FRONTS)
        self.street = Street(stage, style, 95.0) if self.town else None
        kinds = look.choose("wood", [("oak",), ("birch", "oak"), ("poplar",)])
        self.trees = Trees(stage, ("bare",) if "winter" in brief.moods else kinds, 24.0, 0.8 if self.town else 1.1)
        gap, deep = (8.5, 0.4) if self.town else (5.0, 12.0)
        self.row = Wayside(
            Chance("bank", look.number("bank")), gap, self.half + 1.9, self.half + 1.9 + deep, jitter=0.5
        )
        self.ridges = Ridges(stage, chains(stage, "hills", 2))
        self._water(stage)
        self.bridges = [props.arch_bridge(p, 0.08 + 0.11 * n) for n in range(8)]
        self.has_bridges = "bridge" in brief.things or self.town or look.either("bridges", 0.4)
        self.first_bridge = 20.0 * stage.shot.between("bridge", 0.0, 1.0)
        self.boat, self.boat_m = None, 0.62
        if "paperboat" in brief.things:
            self.boat = props.paper_boat(p, 0.0, brief.painted or "#f0c830")
        elif "boat" in brief.things or stage.shot.either("boat", 0.35):
            self.boat, self.boat_m = props.rowboat(p, 0.05), 1.5

    def _take_path(self, stage: Stage) -> None:
        """People go along the bank; the camera over the water, under the arches' middle, or on the path beside them."""
        walkers, middle, bank = self.walkers, 0.5 * self.half, self.half + 1.1
        if (bank - middle) * stage.focal / walkers.depth < 0.42 * stage.width:
            walkers.x, walkers.across = self.side * bank, self.side * middle
        else:
            third = float(np.clip(walkers.x, -0.75, 0.75))
            walkers.across = self.side * (self.half + 1.6)
            walkers.x = walkers.across + third

    def _water(self, stage: Stage) -> None:
        p, town = stage.palette, self.town
        self.bank = mix(mix(p.ground, p.near, 0.35), yuv("#a89c88"), (0.16 if town else 0.0) * p.day)
        self.quay, self.far = mix(self.bank, p.near, 0.45), mix(mix(p.far, p.horizon, 0.45), p.ground, 0.12)
        self.lip = mix(self.bank, p.halo, 0.22)
        banks = mix(mix(p.near, p.far, 0.60), yuv(_FRONTS[0]), 0.10 if town else 0.0)
        self.mirror = mirror_of(self.heavens, banks, 0.34 if town else 0.20)
        self.own = mix(mix(p.near, p.zenith, 0.35), yuv("#2c4a40"), 0.25 * p.day)
        self.glint = mix(p.halo, p.sun, 0.5)
        size = stage.look.between("waves", 2.0, 3.0)
        self.waves = np.array([size, 0.0, 0.14, 0.40, stage.sun_x, 0.16, 0.45, 22.0], np.float32)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, p, walkers = self.stage, self.stage.palette, self.walkers
        view = replace(stage.view(now, travel=walkers.way(now)), across=walkers.across)
        sun_x, _ = self.heavens.place(view)
        self.heavens.paint(canvas, view, now)
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.ridges.paint(canvas, view, sun_x, view.horizon + 2)
        self.waves[1], self.waves[4] = 1.1 * now.flow, sun_x
        lens = replace(view, eye=view.eye - _WATER_M).array()
        canvas.soft.water(lens, self.waves, self.mirror, self.own, self.glint)
        self.weather.mist(canvas, view, now)
        self._banks(canvas, view)
        sharp = max(_SHARP_M, walkers.depth)
        if self.street:
            self.street.fronts(canvas, view)
            self.street.windows(canvas, view, nearest=sharp)
        bridges = self._bridges(view)
        self._along(canvas, view, bridges, sharp, 1e9)
        canvas.unfold()
        if self.street:
            self.street.windows(canvas, view, farthest=sharp)
        self._along(canvas, view, bridges, walkers.depth, sharp)
        self._boat(canvas, view, now)
        walkers.paint(canvas, view, now, stage.light_side, shadow=0.8 if p.day > 0.3 else 0.0)
        self._along(canvas, view, bridges, 0.0, walkers.depth)
        canvas.focus()
        self.weather.front(canvas.full, now)

    def _banks(self, canvas: Canvas, view: View) -> None:
        """The paths on both sides and the walls down to the water."""
        rows, far, near, fade = [], 80.0, 0.45, 0.16 * self.stage.unit
        y0, y1, low0, low1 = view.y(0.0, far), view.y(0.0, near), view.y(_WATER_M, far), view.y(_WATER_M, near)
        ramp = (1.0, 1.0, -y0 / fade, 0.0, 1.0 / fade)
        for side in (-1, 1):
            edge, back, inner = side * self.half, side * (self.half + 40.0), side * (self.half + 0.22)
            x0, x1 = view.x(edge, far), view.x(edge, near)
            path = (x0, y0, x1, y1, view.x(back, near), y1, view.x(back, far), y0)
            lip = (x0, y0, x1, y1, view.x(inner, near), y1, view.x(inner, far), y0)
            rows.append((*path, *ramp, *self.far, *self.bank))
            rows.append((x0, y0, x1, y1, x1, low1, x0, low0, *ramp, *mix(self.far, self.quay, 0.3), *self.quay))
            rows.append((*lip, *ramp, *mix(self.far, self.lip, 0.2), *self.lip))
        canvas.mid.quads(np.array(rows, np.float32))

    def _bridges(self, view: View) -> list[float]:
        """Distances of the bridges ahead, the farthest first."""
        if not self.has_bridges:
            return []
        first = math.floor((view.travel - self.first_bridge) / _GAP_M) + 1
        places = (self.first_bridge + n * _GAP_M - view.travel for n in range(first + 2, first - 1, -1))
        return [z for z in places if 0.25 < z < _LIMIT_M]

    def _along(self, canvas: Canvas, view: View, bridges: list[float], nearest: float, farthest: float) -> None:
        """Trees and bridges between two distances, the farthest first."""
        edge = farthest
        for span in [*(b for b in bridges if nearest < b <= farthest), nearest]:
            self.trees.paint(canvas.mid, view, self.row, 70.0, span, edge)
            if span > nearest:
                haze, fade = span / (span + _GAP_M), min((_LIMIT_M - span) / 20.0, 1.0)
                size = self.half / 0.8 * view.focal / span
                sketch = self.bridges[min(int(haze * 8.0), 7)]
                sketch.paint(canvas.mid, view.x(0.0, span), view.y(-0.4, span), size, alpha=fade)
            edge = span

    def _boat(self, canvas: Canvas, view: View, now: Moment) -> None:
        if self.boat is None:
            return
        depth = self.walkers.depth * 1.12 if self.stage.brief.people else 9.0
        metre, tilt = view.focal / depth, 0.06 * math.sin(1.1 * now.flow)
        x = view.x(self.side * (self.half - 1.5) + 0.25 * math.sin(0.4 * now.flow), depth)
        y, size = view.y(-0.5, depth) + 0.03 * metre * math.sin(1.9 * now.flow), self.boat_m * metre
        soft = 0.05 * metre
        self.boat.paint(canvas.mid, x, y + 0.02 * metre, size, alpha=0.35, upside=True, soft=soft, tilt=-tilt)
        self.boat.paint(canvas.mid, x, y, size, tilt=tilt)
