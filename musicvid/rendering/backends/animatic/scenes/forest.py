"""A wood: trunks that pass on both sides, light falling in slants, a path."""

from __future__ import annotations

import math

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas, Layer
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.masks import fitting
from musicvid.rendering.backends.animatic.noise import profile
from musicvid.rendering.backends.animatic.particles import Swarm, dust, fireflies
from musicvid.rendering.backends.animatic.procession import Wayside, trees
from musicvid.rendering.backends.animatic.ridgeline import Ridges, chains, teeth
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather


class Forest:
    def __init__(self, stage: Stage) -> None:
        brief, p, look = stage.brief, stage.palette, stage.look
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        self.walkers = Walkers(stage, brief.heading, 2.0)
        self.ridges = Ridges(stage, chains(stage, "woods", 3, lift=0.05))
        winter = "winter" in brief.moods
        self.kinds = (
            ("bare",)
            if winter
            else (
                ("pine",)
                if "pines" in brief.kinds
                else look.choose("wood", [("pine",), ("birch", "bush"), ("oak", "bush")])
            )
        )
        if "birches" in brief.kinds and not winter:
            self.kinds = ("birch", "bush")
        path_x = self.walkers.x if brief.people else 0.0
        self.trunks = Wayside(Chance("trunks", stage.shot.number("trunks")), 2.1, 1.9, 12.0)
        self.tall = Wayside(Chance("tall", stage.shot.number("tall")), 1.9, 2.8, 13.0)
        self.crowns = (
            ("pine",)
            if self.kinds[0] == "pine"
            else (("birch",) if self.kinds[0] == "birch" else (("bare",) if winter else ("oak", "poplar")))
        )
        self.brush = Wayside(Chance("brush", stage.shot.number("brush")), 3.2, 2.6, 9.0)
        light = yuv("#dfe8f0") if winter else yuv("#5a6a3c")
        self.near = mix(mix(p.ground, scaled(light, 0.35 + 0.6 * p.day), 0.45), p.near, 0.32)
        self.far = mix(mix(p.far, p.horizon, 0.55), p.halo, 0.15)
        path = mix(self.near, mix(p.horizon, yuv("#a08868"), 0.5), 0.30)
        self.path = path
        self.surface = np.array(
            [
                16.0,
                0.16,
                look.between("grain", 1.4, 2.4),
                0.0,
                1.0,
                0.75,
                path_x,
                look.between("bend", 0.8, 2.0),
                0.09,
                0.0,
                0.30,
                stage.sun_x,
                self.walkers.depth,
            ],
            np.float32,
        )
        own = look.many("bark", 64, 2)
        pale = yuv("#d8d0c0") if self.kinds[0] == "birch" else yuv("#5c4434")
        bark = mix(p.near, scaled(pale, 0.4 + 0.5 * p.day), 0.16 + (0.34 if self.kinds[0] == "birch" else 0.12) * p.day)
        fog = np.linspace(0.0, 1.0, 32, dtype=np.float32)[:, None]
        self.bark = (bark[None, :] + (mix(p.far, p.horizon, 0.35)[None, :] - bark[None, :]) * fog).astype(np.float32)
        self.own = own
        night = p.day < 0.3
        self.air = (fireflies if night else dust, Swarm(stage, "air", 30 if night else 44))
        self.rays = stage.shot.many("rays", 6, 3)
        self.crest = (
            profile(look.number("floor") % 997, 4096, 2.3, 4) + 0.05 * teeth(look.number("fern") % 97, 1300, 1.0)
        ).astype(np.float32)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        if self.stage.brief.heading == "ahead":
            self._ahead(canvas, now)
        else:
            self._side(canvas, now)
        canvas.focus()
        table, swarm = self.air
        canvas.full.glows(table(swarm, now))
        self.weather.front(canvas, now)

    def _light(self, layer: Layer, view: View, now: Moment, x: float, y: float) -> None:
        """Slanting light between the trees, stirring slowly, a little stronger on the beat."""
        p, unit = self.stage.palette, self.stage.unit
        if self.heavens.radius == 0.0 and p.day < 0.3:
            return
        rows = []
        for n, own in enumerate(self.rays):
            lean = (
                0.35 * math.tanh((0.5 * self.stage.width - x) / unit)
                + 0.5 * (float(own[0]) - 0.5)
                + 0.02 * math.sin(0.3 * now.flow + n)
            )
            length = math.hypot(lean, 1.0)
            strength = (0.13 + 0.13 * float(own[1])) * (0.92 + 0.16 * now.pulse) * (0.45 + 0.55 * p.day)
            rows.append(
                (
                    x + (float(own[2]) - 0.5) * 0.5 * unit,
                    min(y, 0.25 * unit) - 0.3 * unit,
                    lean / length,
                    1.0 / length,
                    1.5 * unit,
                    0.05 + 0.05 * float(own[0]),
                    strength,
                    *p.halo,
                )
            )
        layer.beams(np.array(rows, np.float32))

    def _ahead(self, canvas: Canvas, now: Moment) -> None:
        stage, p, walkers = self.stage, self.stage.palette, self.walkers
        view = stage.view(now, travel=walkers.way(now))
        x, y = self.heavens.place(view)
        self.heavens.paint(canvas, view, now)
        self.heavens.stars(canvas, view, now)
        self.ridges.paint(canvas, view, now, x, view.horizon + 1, far=True)
        self.ridges.paint(canvas, view, now, x, view.horizon + 1, far=False)
        self.surface[11] = x
        canvas.soft.ground(view.array(), self.surface, self.near, self.far, self.path, p.lamp, p.halo)
        self.weather.behind(canvas, view, now)
        standing = self.trunks.ahead(view.travel, 46.0, 1.6)
        tall = self.tall.ahead(view.travel, 46.0, 4.0)
        self._trunks(canvas.soft, view, [s for s in standing if s.depth > 15.0])
        trees(canvas, stage, view, [s for s in tall if s.depth > 13.0], self.crowns, 9.0, 11.0, 46.0)
        self.weather.mist(canvas, view, now)
        self._light(canvas.soft, view, now, x, y)
        canvas.unfold()
        depth = walkers.depth
        brush = self.brush.ahead(view.travel, 30.0, 2.5)
        for far in (True, False):
            trees(
                canvas,
                stage,
                view,
                [s for s in tall if s.depth <= 13.0 and (s.depth > depth) == far],
                self.crowns,
                9.0,
                11.0,
                46.0,
            )
            self._trunks(canvas.mid, view, [s for s in standing if s.depth <= 15.0 and (s.depth > depth) == far])
            trees(
                canvas,
                stage,
                view,
                [s for s in brush if (s.depth > depth) == far],
                ("bush", "reeds") if self.kinds[0] != "bare" else ("reeds",),
                0.9,
                9.0,
                30.0,
            )
            if far:
                walkers.paint(canvas, view, now, stage.light_side, shadow=0.9 if p.day > 0.3 else 0.0)

    def _trunks(self, layer: Layer, view: View, standing: list) -> None:
        """Trunks that leave the picture at the top, each with a branch or two."""
        rows = []
        for s in standing:
            metre = view.focal / s.depth
            x, foot = view.x(s.x, s.depth), view.y(0.0, s.depth)
            wide = (0.10 + 0.16 * s.own[0]) * metre
            if x + 8 * wide < 0 or x - 8 * wide > self.stage.width:
                continue
            fade = min(max((46.0 - s.depth) / 8.0, 0.0), max((s.depth - 1.6) / 0.8, 0.0), 1.0)
            tone = self.bark[int(31 * min(s.depth / (s.depth + 11.0), 1.0))]
            lean = 0.5 * (s.own[1] - 0.5) * metre
            top = min(foot - 9.0 * metre, -0.05 * self.stage.height)
            rows.append((x, foot, wide * 1.15, x + lean, top, wide * 0.75, 1.0, fade, *tone))
            for k in (0, 1):
                high = (1.9 + 2.4 * s.own[2 + k]) * metre
                side = 1.0 if (s.number + k) % 2 else -1.0
                bx = x + lean * high / (9.0 * metre)
                rows.append(
                    (
                        bx,
                        foot - high,
                        wide * 0.35,
                        bx + side * 0.9 * metre,
                        foot - high - 0.75 * metre,
                        wide * 0.12,
                        1.0,
                        fade,
                        *tone,
                    )
                )
        if rows:
            layer.cones(np.array(rows, np.float32))

    def _side(self, canvas: Canvas, now: Moment) -> None:
        from musicvid.rendering.backends.animatic.brushes.ridges import crest_line

        stage, p, unit, walkers = self.stage, self.stage.palette, self.stage.unit, self.walkers
        view = stage.view(now, across=walkers.facing * walkers.way(now))
        x, y = self.heavens.place(view)
        foot = max(0.82 * stage.height, view.horizon + 0.18 * unit)
        self.heavens.paint(canvas, view, now, below=0.6 * unit)
        self.heavens.stars(canvas, view, now)
        self.ridges.paint(canvas, view, now, x, foot + 4, far=True)
        self.ridges.paint(canvas, view, now, x, foot + 4, far=False)
        self._rank(canvas.soft, view, foot - 0.09 * unit, 26.0, 0.62, 3.0)
        self.weather.mist(canvas, view, now)
        self._rank(canvas.soft, view, foot - 0.05 * unit, 15.0, 0.36, 3.6)
        self._light(canvas.soft, view, now, x, y)
        canvas.unfold()
        layer, f = canvas.mid, np.float32
        metre, own = view.focal / walkers.depth, canvas.mid.scale
        step = 4096 / 90.0 / metre / own
        start = (view.across - view.centre / metre) % 90.0 * (4096 / 90.0) + 0.5 * step
        crest = crest_line(self.crest, layer.width, f(step), f(start), f(foot * own), f(0.05 * unit * own))
        layer.ridge(
            crest,
            stage.height,
            0.3 * unit,
            mix(self.near, p.near, 0.35),
            p.near,
            p.halo,
            np.zeros(layer.width, f),
            soft=1.0 / own,
        )
        column = (view.centre + view.focal * walkers.x / walkers.depth) * own
        at = float(crest[int(min(max(column, 0), layer.width - 1))]) / own + 0.006 * unit
        walkers.paint(canvas, view, now, stage.light_side, foot=at)
        self._rank(canvas.mid, view, stage.height + 0.1 * unit, 0.5 * walkers.depth, 0.0, 15.0, soft=0.016 * unit)

    def _rank(
        self, layer: Layer, view: View, foot: float, depth: float, haze: float, gap: float, soft: float = 1.0
    ) -> None:
        """A rank of trunks ``depth`` metres away; with ``soft`` out of focus, before the lens."""
        stage, p = self.stage, self.stage.palette
        metre = view.focal / depth
        start = int(np.floor((view.across - view.centre / metre) / gap)) - 1
        tone = self.bark[int(31 * haze)] if soft <= 1.0 else p.near
        rows = []
        for n in range(start, start + int(stage.width / metre / gap) + 4):
            a, b = self.own[n % 64]
            x = view.centre + ((n + 0.8 * float(a)) * gap - view.across) * metre
            wide = (0.11 + 0.16 * float(b)) * metre * (1.0 if soft <= 1.0 else 0.55)
            lean = 0.5 * (float(a) - 0.5) * metre
            rows.append(
                (
                    x,
                    foot,
                    wide * 1.15,
                    x + lean,
                    min(foot - 9.0 * metre, -0.05 * stage.height),
                    wide * 0.75,
                    soft,
                    1.0,
                    *tone,
                )
            )
            if soft <= 1.0 and self.kinds[0] != "bare":
                kind, tall = (
                    (self.kinds[0], 8.0 + 2.0 * float(a)) if self.kinds[0] in ("pine", "birch") else ("crown", 4.6)
                )
                cut, size = fitting(kind, n % 2, tall * metre, bool(n % 2))
                high = tall if kind != "crown" else 5.2 + 2.2 * float(b)
                layer.sprite(
                    cut,
                    x + 1.2 * metre - 0.5 * cut.mask.shape[1] * size,
                    foot - high * metre,
                    size,
                    1.0,
                    *stage.tones[int(31 * min(haze + 0.06, 1.0))],
                )
        layer.cones(np.array(rows, np.float32))
