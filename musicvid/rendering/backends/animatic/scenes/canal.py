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
from musicvid.rendering.backends.animatic.procession import Wayside, trees
from musicvid.rendering.backends.animatic.ridgeline import Ridges, chains
from musicvid.rendering.backends.animatic.scenes.water import mirror_of
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.street import Street, Style
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_FRONTS = ("#9c4a38", "#c08a5c", "#7c5848", "#b8a488", "#8c6a50", "#586068", "#a86048")


class Canal:
    def __init__(self, stage: Stage) -> None:
        brief, p, look, shot = stage.brief, stage.palette, stage.look, stage.shot
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        self.walkers = Walkers(stage, "ahead", 2.2)
        self.side = shot.side("bank")
        self.half = look.between("half", 4.2, 6.0)
        if brief.people:
            third = float(np.clip(self.walkers.x, -2.0, 2.0))
            self.walkers.x = self.side * (self.half + 1.1)
            self.walkers.across = self.walkers.x - third
        self.town = "river" not in brief.kinds and look.either("town", 0.8)
        lit = 0.10 + 0.35 * (1.0 - p.day)
        self.street = (
            Street(stage, Style(self.half + 3.4, (4.6, 8.0), (8.0, 13.5), 2.9, 2.0, lit, True, _FRONTS), 95.0)
            if self.town
            else None
        )
        winter = "winter" in brief.moods
        kinds = ("bare",) if winter else look.choose("wood", [("oak",), ("birch", "oak"), ("poplar",)])
        self.kinds, self.tree_m = kinds, 5.4 if self.town else 7.5
        self.trees = Wayside(
            Chance("bank", look.number("bank")),
            8.5 if self.town else 5.0,
            self.half + 1.9,
            self.half + (2.3 if self.town else 14.0),
            jitter=0.5,
        )
        self.bank = mix(mix(p.ground, p.near, 0.35), yuv("#a89c88"), (0.16 if self.town else 0.0) * p.day)
        self.quay = mix(self.bank, p.near, 0.45)
        self.far = mix(mix(p.far, p.horizon, 0.45), p.ground, 0.12)
        self.mirror = mirror_of(
            self.heavens,
            mix(mix(p.near, p.far, 0.60), yuv(_FRONTS[0]), 0.10 if self.town else 0.0),
            0.34 if self.town else 0.20,
        )
        self.waves = np.array(
            [look.between("waves", 2.0, 3.0), 0.0, 0.14, 0.40, stage.sun_x, 0.16, 0.45, 22.0], np.float32
        )
        self.ridges = Ridges(stage, chains(stage, "hills", 2))
        self.bridges = [props.arch_bridge(p, 0.08 + 0.11 * n) for n in range(8)]
        self.has_bridges = "bridge" in brief.things or self.town or look.either("bridges", 0.4)
        self.boat = None
        if "paperboat" in brief.things:
            self.boat, self.boat_m = props.paper_boat(p, 0.0, brief.tint or "#f0c830"), 0.62
        elif "boat" in brief.things or shot.either("boat", 0.35):
            self.boat, self.boat_m = props.rowboat(p, 0.05), 1.5

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, p, walkers = self.stage, self.stage.palette, self.walkers
        view = stage.view(now, travel=walkers.way(now))
        view = replace(view, across=walkers.across)
        sun_x, _ = self.heavens.place(view)
        self.heavens.paint(canvas, view, now)
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.ridges.paint(canvas, view, now, sun_x, view.horizon + 2, far=True)
        self.ridges.paint(canvas, view, now, sun_x, view.horizon + 2, far=False)
        self.waves[1], self.waves[4] = 1.1 * now.flow, sun_x
        canvas.soft.water(
            replace(view, eye=view.eye + 0.55).array(),
            self.waves,
            self.mirror,
            self.own_tone(),
            mix(p.halo, p.sun, 0.5),
        )
        self.weather.mist(canvas, view, now)
        self._banks(canvas.soft, view)
        if self.street:
            self.street.fronts(canvas, view)
        canvas.unfold()
        if self.street:
            self.street.windows(canvas, view)
        depth = walkers.depth
        standing = self.trees.ahead(view.travel, 70.0, 3.0)
        bridges = self._bridges_ahead(view)
        for far in (True, False):
            spans = [b for b in bridges if (b > depth) == far]
            limits = [1e9, *spans, depth if far else 0.0]
            for n in range(len(limits) - 1):
                part = [s for s in standing if limits[n] >= s.depth > limits[n + 1] and (s.depth > depth) == far]
                trees(canvas, stage, view, part, self.kinds, self.tree_m, 24.0, 70.0)
                if n < len(spans):
                    self._bridge(canvas, view, spans[n])
            if far:
                self._boat(canvas, view, now)
                walkers.paint(canvas, view, now, stage.light_side, shadow=0.8 if p.day > 0.3 else 0.0)
        canvas.focus()
        self.weather.front(canvas, now)

    def own_tone(self):
        p = self.stage.palette
        return mix(mix(p.near, p.zenith, 0.35), yuv("#2c4a40"), 0.25 * p.day)

    def _banks(self, layer, view: View) -> None:
        """The paths on both sides and the walls down to the water."""
        rows = []
        far, near = 80.0, 0.45
        for side in (-1, 1):
            edge, back = side * self.half, side * (self.half + 40.0)
            y0, y1 = view.y(0.0, far), view.y(0.0, near)
            xs = [view.x(edge, far), view.x(edge, near), view.x(back, near), view.x(back, far)]
            span = max(y1 - y0, 1.0)
            tones = (*self.far, *self.bank)
            fade = 0.16 * self.stage.unit
            rows.append((xs[0], y0, xs[1], y1, xs[2], y1, xs[3], y0, 1.0, 1.0, -y0 / fade, 0.0, 1.0 / fade, *tones))
            low0, low1 = view.y(-0.55, far), view.y(-0.55, near)
            rows.append(
                (
                    xs[0],
                    y0,
                    xs[1],
                    y1,
                    xs[1],
                    low1,
                    xs[0],
                    low0,
                    1.0,
                    1.0,
                    -y0 / fade,
                    0.0,
                    1.0 / fade,
                    *mix(self.far, self.quay, 0.3),
                    *self.quay,
                )
            )
            lip = mix(self.bank, self.stage.palette.halo, 0.22)
            inner = view.x(side * (self.half + 0.22), near), view.x(side * (self.half + 0.22), far)
            rows.append(
                (
                    xs[0],
                    y0,
                    xs[1],
                    y1,
                    inner[0],
                    y1,
                    inner[1],
                    y0,
                    1.0,
                    1.0,
                    -y0 / span,
                    0.0,
                    1.0 / span,
                    *mix(self.far, lip, 0.2),
                    *lip,
                )
            )
        layer.quads(np.array(rows, np.float32))

    def _bridges_ahead(self, view: View) -> list[float]:
        if not self.has_bridges:
            return []
        gap, start = 34.0, 20.0 * self.stage.shot.between("bridge", 0.0, 1.0)
        first = math.floor((view.travel - start) / gap) + 1
        return [z for n in range(first + 2, first - 1, -1) if 2.4 < (z := start + n * gap - view.travel) < 85.0]

    def _bridge(self, canvas: Canvas, view: View, depth: float) -> None:
        haze = depth / (depth + 34.0)
        fade = min(max((85.0 - depth) / 20.0, 0.0), max((depth - 2.4) / 1.6, 0.0), 1.0)
        size = (self.half + 0.8) / 0.8 * view.focal / depth
        self.bridges[min(int(haze * 8.0), 7)].paint(
            canvas.mid, view.x(0.0, depth), view.y(-0.4, depth), size, alpha=fade
        )

    def _boat(self, canvas: Canvas, view: View, now: Moment) -> None:
        if self.boat is None:
            return
        depth = self.walkers.depth * 1.12 if self.stage.brief.people else 9.0
        metre = view.focal / depth
        x = view.x(self.side * (self.half - 1.5) + 0.25 * math.sin(0.4 * now.flow), depth)
        y = view.y(-0.5, depth) + 0.03 * metre * math.sin(1.9 * now.flow)
        tilt = 0.06 * math.sin(1.1 * now.flow)
        self.boat.paint(
            canvas.mid, x, y + 0.02 * metre, self.boat_m * metre, alpha=0.35, upside=True, soft=0.05 * metre, tilt=-tilt
        )
        self.boat.paint(canvas.mid, x, y, self.boat_m * metre, tilt=tilt)
