"""A room with a window: the outside goes on behind it, its light lies on the floor."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.particles import Swarm, dust
from musicvid.rendering.backends.animatic.ridgeline import Ridges, chains
from musicvid.rendering.backends.animatic.skyline import Skyline
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_WALLS = ("#7c5a48", "#5c6a70", "#86705a", "#6a5468", "#5a6a54")


class Room:
    def __init__(self, stage: Stage) -> None:
        brief, p, look, shot = stage.brief, stage.palette, stage.look, stage.shot
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        self.heavens.sun = max(self.heavens.sun, 0.10)
        self.train = "train" in brief.kinds or "train" in brief.things
        town = not self.train and look.either("town", 0.5)
        self.skyline = Skyline(stage, 0.30, 0.45, 2) if town else None
        self.ridges = Ridges(stage, chains(stage, "hills", 3))
        own = scaled(yuv("#7a4c34" if self.train else look.choose("wall", _WALLS)), 0.36 + 0.40 * p.day)
        self.wall = mix(mix(own, p.near, 0.30), p.far, 0.14)
        self.dark = mix(self.wall, p.near, 0.62)
        self.frame = mix(self.wall, p.near, 0.45)
        self.lit = mix(p.halo, p.sun, 0.4) if p.day > 0.2 else mix(p.halo, p.middle, 0.3)
        stage.tall = max(stage.tall, 0.46 * stage.unit)
        self.walkers = Walkers(stage, "side", action="dance" if brief.action == "dance" else "stand")
        side = shot.side("window")
        self.side = side
        self.middle = stage.width * (0.5 + side * shot.between("window x", 0.06, 0.20))
        grow = {"wide": 0.72, "medium": 0.92, "close": 1.25}[brief.framing]
        self.half, self.high = (
            stage.unit * look.between("half", 0.34, 0.46) * grow,
            stage.unit * look.between("high", 0.52, 0.62) * grow,
        )
        if self.train:
            self.half, self.high = 0.80 * stage.unit, 0.50 * stage.unit
        self.sill = stage.height * shot.choose("sill", [0.60, 0.66, 0.72])
        self.columns, self.rows = (1, 1) if self.train else look.choose("panes", [(2, 2), (3, 2), (2, 3), (4, 3)])
        self.lamp = not self.train and p.day < 0.6
        self.piano = props.piano(p, 0.05) if "piano" in brief.things else None
        self.hero = Hero(stage)
        self.poles = self.train or "telegraph" in stage.request.prompt.lower()
        self.motes = Swarm(stage, "motes", 56)
        stage.horizon = self.sill - 0.30 * self.high

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, p, unit = self.stage, self.stage.palette, self.stage.unit
        view = stage.view(now, across=5.0 * now.flow if self.train else 0.0)
        middle = self.middle + (view.centre - 0.5 * stage.width) * 0.8
        outside = replace(view, centre=0.5 * stage.width + (middle - 0.5 * stage.width) * 0.5)
        self.heavens.paint(canvas, outside, now, below=0.1 * unit)
        self.heavens.stars(canvas, outside, now)
        x, _ = self.heavens.place(outside)
        self.weather.behind(canvas, outside, now)
        self.ridges.paint(canvas, outside, x, self.sill + 4)
        if self.skyline:
            self.skyline.paint(canvas, outside, self.sill + 2)
        self.weather.front(canvas.soft, now)
        if self.poles:
            self._pole(canvas, outside, now)
        zoom = view.focal / stage.focal
        half, high = self.half * zoom, self.high * zoom
        left, right, top, low = middle - half, middle + half, self.sill - high, self.sill
        self._wall(canvas, left, right, top, low)
        self._light(canvas, left, right, low, now)
        canvas.unfold()
        self._frame(canvas, left, right, top, low)
        self.hero.at(canvas.mid, middle + 0.45 * self.side * half, low - 0.004 * unit, 0.07 * unit * zoom, now, mirror=0.0)
        if not self.train:
            self._curtains(canvas, left, right, top, low, now)
        if self.piano:
            self.piano.paint(
                canvas.mid, middle - self.side * 1.35 * half, 0.93 * stage.height, 0.26 * unit, mirrored=self.side > 0
            )
        if self.lamp:
            self._lamp(canvas, view, now, middle)
        self.walkers.paint(canvas, view, now, 1.0 if middle > 0.5 * stage.width else -1.0, foot=0.93 * stage.height)
        canvas.focus()
        canvas.full.glows(dust(self.motes, now))

    def _pole(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Telegraph poles that pass outside a train, their wires hanging from one to the next."""
        unit, tone = self.stage.unit, mix(self.stage.palette.near, self.stage.palette.far, 0.25)
        gap = 1.9 * unit
        first = (-(2.6 * now.flow * unit) + view.centre) % gap - gap
        top, rows = self.sill - 0.86 * self.high, []
        for n in range(int(self.stage.width / gap) + 3):
            x = first + n * gap
            rows.append((x, self.sill + 9, 0.007 * unit, x, top, 0.006 * unit, 2.0, 1.0, *tone))
            for k, y in enumerate((top + 0.02 * unit, top + 0.05 * unit)):
                rows.append((x - 0.05 * unit, y, 0.004 * unit, x + 0.05 * unit, y, 0.004 * unit, 1.5, 1.0, *tone))
                for a in range(8):
                    t0, t1 = a / 8, (a + 1) / 8
                    sag = [0.16 * unit * t * (1 - t) * (1 + 0.1 * k) for t in (t0, t1)]
                    rows.append((x + t0 * gap, y + sag[0], 0.0011 * unit, x + t1 * gap, y + sag[1], 0.0011 * unit, 1.0, 0.8, *tone))
        canvas.soft.cones(np.array(rows, np.float32))

    def _wall(self, canvas: Canvas, left: float, right: float, top: float, low: float) -> None:
        """The wall about the window, darker away from it, and the floor."""
        stage, w, h = self.stage, float(self.stage.width), float(self.stage.height)
        reach = 0.75 * stage.unit
        floor = max(low + 0.10 * stage.unit, 0.86 * h)
        a, b, e = mix(self.wall, self.lit, 0.10), self.dark, mix(self.dark, stage.palette.near, 0.4)
        rows = [(-1, -1, left, -1, left, floor, -1, floor, 1.0, 1.0, left / reach, -1.0 / reach, 0.0, *a, *b),
                (right, -1, w + 1, -1, w + 1, floor, right, floor, 1.0, 1.0, -right / reach, 1.0 / reach, 0.0, *a, *b),
                (left - 1, -1, right + 1, -1, right + 1, top, left - 1, top, 1.0, 1.0, top / reach, 0.0, -1.0 / reach, *a, *b),
                (left - 1, low, right + 1, low, right + 1, floor, left - 1, floor, 1.0, 1.0, -low / reach * 2, 0.0, 2.0 / reach, *a, *b),
                (-1, floor, w + 1, floor, w + 1, h + 1, -1, h + 1, 1.0, 1.0, -floor / (h - floor + 1), 0.0, 1.0 / (h - floor + 1), *mix(b, yuv("#5a3c28"), 0.25), *e),
                (-1, floor - 0.022 * stage.unit, w + 1, floor - 0.022 * stage.unit, w + 1, floor, -1, floor, 1.0, 1.0, 0.0, 0.0, 0.0, *e, *e)]  # fmt: skip
        canvas.soft.quads(np.array(rows, np.float32))

    def _light(self, canvas: Canvas, left: float, right: float, low: float, now: Moment) -> None:
        """The window's light through the dust and on the floor."""
        stage, p = self.stage, self.stage.palette
        h, side = float(stage.height), -1.0 if self.heavens.place(stage.view(now))[0] > 0.5 * stage.width else 1.0
        strength = (0.10 + 0.34 * p.day) * (0.94 + 0.12 * now.pulse)
        floor, lean = max(low + 0.10 * stage.unit, 0.86 * h), side * 0.30 * stage.unit
        wide = (right - left) / self.columns
        rows = []
        for n in range(self.columns):
            x0, x1 = left + (n + 0.1) * wide + lean * 0.8, left + (n + 0.9) * wide + lean * 0.8
            rows.append(
                (
                    x0,
                    floor + 2,
                    x1,
                    floor + 2,
                    x1 + lean * 0.8 + 0.1 * wide,
                    h + 2,
                    x0 + lean * 0.8 - 0.1 * wide,
                    h + 2,
                    strength,
                    5.0,
                    0.0,
                    0.0,
                    0.0,
                    *self.lit,
                    *self.lit,
                )
            )
        rows.append(
            (
                left,
                low - self.high,
                right,
                low - self.high,
                right + 1.6 * lean,
                h,
                left + 1.6 * lean,
                h,
                0.16 * strength,
                0.10 * stage.unit,
                0.0,
                0.0,
                0.0,
                *self.lit,
                *self.lit,
            )
        )
        canvas.soft.quads(np.array(rows, np.float32))
        cx, cy = 0.5 * (left + right), low - 0.5 * self.high
        canvas.soft.glows(
            np.array(
                [(cx, cy, 2.0 * self.half, 1.5 * self.high, 1.0, 0.22 * (0.4 + 0.6 * p.day), *self.lit)], np.float32
            )
        )

    def _frame(self, canvas: Canvas, left: float, right: float, top: float, low: float) -> None:
        bar, tone = 0.011 * self.stage.unit, self.frame
        rows = [(left - 2 * bar, top - 2 * bar, left + bar, low, 1.0, *tone), (right - bar, top - 2 * bar, right + 2 * bar, low, 1.0, *tone),
                (left - 2 * bar, top - 2 * bar, right + 2 * bar, top + bar, 1.0, *tone), (left - 4 * bar, low - bar, right + 4 * bar, low + 2 * bar, 1.0, *mix(tone, self.lit, 0.22))]  # fmt: skip
        for n in range(1, self.columns):
            x = left + (right - left) * n / self.columns
            rows.append((x - 0.5 * bar, top, x + 0.5 * bar, low, 1.0, *tone))
        for n in range(1, self.rows):
            y = top + (low - top) * n / self.rows
            rows.append((left, y - 0.5 * bar, right, y + 0.5 * bar, 1.0, *tone))
        canvas.mid.panes(np.array(rows, np.float32))

    def _curtains(self, canvas: Canvas, left: float, right: float, top: float, low: float, now: Moment) -> None:
        """Two curtains in folds that stir a little."""
        unit, rows = self.stage.unit, []
        cloth = mix(mix(self.wall, self.stage.palette.accent, 0.28), self.lit, 0.10)
        for side in (-1, 1):
            edge = left if side < 0 else right
            folds = 4
            for n in range(folds):
                a, b = n / folds, (n + 1) / folds
                xs = [edge + side * (t * 0.17 - 0.05) * unit for t in (a, b)]
                stir = [
                    0.010 * unit * math.sin(0.8 * now.flow + 2.1 * t + side) + side * 0.02 * unit * t for t in (a, b)
                ]
                span = xs[1] - xs[0]
                rows.append((xs[0], top - 0.05 * unit, xs[1] + side * 1.0, top - 0.05 * unit, xs[1] + stir[1] + side * 1.0, low + 0.16 * unit, xs[0] + stir[0], low + 0.16 * unit, 1.0, 1.0,
                             -xs[0] / span, 1.0 / span, 0.0, *mix(cloth, self.lit, 0.16), *mix(cloth, self.stage.palette.near, 0.42)))  # fmt: skip
        canvas.mid.quads(np.array(rows, np.float32))

    def _lamp(self, canvas: Canvas, view: View, now: Moment, middle: float) -> None:
        """A standard lamp beside the window."""
        stage, p, unit = self.stage, self.stage.palette, self.stage.unit
        x, foot, tall = middle - self.side * (self.half + 0.34 * unit), 0.94 * stage.height, 0.60 * unit
        dark, shade = mix(p.near, self.wall, 0.15), mix(p.lamp, yuv("#ffffff"), 0.1)
        top = foot - tall
        canvas.mid.glows(
            np.array(
                [
                    (x, top, 0.62 * unit, 0.55 * unit, 1.0, 0.34 + 0.05 * now.pulse, *p.lamp),
                    (x, foot, 0.34 * unit, 0.06 * unit, 1.0, 0.22, *p.lamp),
                ],
                np.float32,
            )
        )
        canvas.mid.cones(
            np.array(
                [
                    (x, foot, 0.006 * unit, x, top, 0.005 * unit, 1.0, 1.0, *dark),
                    (x - 0.06 * unit, foot, 0.008 * unit, x + 0.06 * unit, foot, 0.008 * unit, 1.0, 1.0, *dark),
                ],
                np.float32,
            )
        )
        w0, w1 = 0.055 * unit, 0.095 * unit
        canvas.mid.quads(
            np.array(
                [
                    (
                        x - w0,
                        top - 0.12 * unit,
                        x + w0,
                        top - 0.12 * unit,
                        x + w1,
                        top,
                        x - w1,
                        top,
                        1.0,
                        1.0,
                        -(top - 0.12 * unit) / (0.12 * unit),
                        0.0,
                        1 / (0.12 * unit),
                        *mix(shade, p.near, 0.15),
                        *shade,
                    )
                ],
                np.float32,
            )
        )
