"""A room with a window: the outside goes on behind it, its light lies on the floor."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.particles import Swarm, dust
from musicvid.rendering.backends.animatic.ridgeline import Ridges, chains
from musicvid.rendering.backends.animatic.skyline import Skyline
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_WALLS = ("#7c5a48", "#5c6a70", "#86705a", "#6a5468", "#5a6a54")
_GROWS = {"wide": 0.72, "medium": 0.92, "close": 1.25}


@dataclass(frozen=True, slots=True)
class Opening:
    """The window on the screen, in pixels; ``floor`` is where the wall meets the floor."""

    left: float
    right: float
    top: float
    low: float
    floor: float


class Room:
    def __init__(self, stage: Stage) -> None:
        brief, look, shot = stage.brief, stage.look, stage.shot
        self.stage = stage
        self.train = "train" in brief.kinds or "train" in brief.things
        self._window(stage)
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        self.heavens.sun = max(self.heavens.sun, 0.10)
        self.skyline = Skyline(stage, 0.30, 0.45, 2) if not self.train and look.either("town") else None
        self.ridges = Ridges(stage, chains(stage, "hills", 3))
        self._colours(stage)
        stage.tall = max(stage.tall, 0.46 * stage.unit)
        self.walkers = Walkers(stage, "side", action="dance" if brief.action == "dance" else "stand")
        self.hero, self.motes = Hero(stage), Swarm(stage, "motes", 56)
        self.lamp = not self.train and stage.palette.day < 0.6
        self.piano = props.piano(stage.palette, 0.05) if "piano" in brief.things else None
        self.poles = self.train
        self.sunward = -1.0 if stage.sun_x > 0.5 * stage.width else 1.0
        self.light_side = shot.side("room light")

    def _window(self, stage: Stage) -> None:
        look, shot, grow = stage.look, stage.shot, _GROWS[stage.brief.framing] * stage.unit
        self.side = shot.side("window")
        self.middle = stage.width * (0.5 + self.side * shot.between("window x", 0.06, 0.20))
        self.half, self.high = look.between("half", 0.34, 0.46) * grow, look.between("high", 0.52, 0.62) * grow
        self.columns, self.rows = look.choose("panes", [(2, 2), (3, 2), (2, 3), (4, 3)])
        if self.train:
            self.half, self.high, self.columns, self.rows = 0.80 * stage.unit, 0.50 * stage.unit, 1, 1
        self.sill = stage.height * shot.choose("sill", [0.60, 0.66, 0.72])
        stage.horizon = self.sill - 0.30 * self.high

    def _colours(self, stage: Stage) -> None:
        p = stage.palette
        own = scaled(yuv("#7a4c34" if self.train else stage.look.choose("wall", _WALLS)), 0.36 + 0.40 * p.day)
        self.wall = mix(mix(own, p.near, 0.30), p.far, 0.14)
        self.dark, self.frame = mix(self.wall, p.near, 0.62), mix(self.wall, p.near, 0.45)
        self.edge, self.boards = mix(self.dark, p.near, 0.4), mix(self.dark, yuv("#5a3c28"), 0.25)
        self.lit = mix(p.halo, p.sun, 0.4) if p.day > 0.2 else mix(p.halo, p.middle, 0.3)
        self.bright, self.sill_tone = mix(self.wall, self.lit, 0.10), mix(self.frame, self.lit, 0.22)
        cloth = mix(mix(self.wall, p.accent, 0.28), self.lit, 0.10)
        self.folds = (*mix(cloth, self.lit, 0.16), *mix(cloth, p.near, 0.42))
        self.pole, self.shade = mix(p.near, p.far, 0.25), mix(p.lamp, yuv("#ffffff"), 0.1)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, unit = self.stage, self.stage.unit
        view = stage.view(now, across=5.0 * now.flow if self.train else 0.0)
        middle = self.middle + (view.centre - 0.5 * stage.width) * 0.8
        outside = replace(view, centre=0.5 * stage.width + (middle - 0.5 * stage.width) * 0.5)
        zoom = view.focal / stage.focal
        floor = max(self.sill + 0.10 * unit, 0.86 * stage.height)
        half = self.half * zoom
        window = Opening(middle - half, middle + half, self.sill - self.high * zoom, self.sill, floor)
        self._outside(canvas, outside, now)
        self._wall(canvas, window)
        self._light(canvas, window, now)
        canvas.unfold()
        self._frame(canvas, window)
        self.hero.at(canvas.mid, middle + 0.45 * self.side * half, self.sill, 0.07 * unit * zoom, now, mirror=0.0)
        if not self.train:
            self._curtains(canvas, window, now)
        if self.piano:
            x = middle - self.side * 1.35 * half
            self.piano.paint(canvas.mid, x, 0.93 * stage.height, 0.26 * unit, mirrored=self.side > 0)
        if self.lamp:
            self._lamp(canvas, now, middle)
        to_window = 1.0 if middle > 0.5 * stage.width else -1.0
        self.walkers.paint(canvas, view, now, to_window, foot=0.93 * stage.height)
        canvas.focus()
        canvas.full.glows(dust(self.motes, now))

    def _outside(self, canvas: Canvas, view: View, now: Moment) -> None:
        self.heavens.paint(canvas, view, now, below=0.1 * self.stage.unit)
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.ridges.paint(canvas, view, self.heavens.place(view)[0], self.sill + 4)
        if self.skyline:
            self.skyline.paint(canvas, view, self.sill + 2)
        self.weather.front(canvas.soft, now)
        if self.poles:
            self._poles(canvas, view, now)

    def _poles(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Telegraph poles that pass outside a train, their wires hanging from one to the next."""
        unit, gap, spans = self.stage.unit, 1.9 * self.stage.unit, 8
        x = (view.centre - 2.6 * now.flow * unit) % gap - gap + gap * np.arange(int(self.stage.width / gap) + 3)
        top, t = self.sill - 0.86 * self.high, np.linspace(0.0, 1.0, spans + 1)
        table = np.zeros((len(x), 3 + 2 * spans, 11), np.float32)
        table[:, :, 0] = table[:, :, 3] = x[:, None]
        table[:, 0, 1], table[:, 0, 4], table[:, 0, 2], table[:, 0, 5] = self.sill + 9, top, 0.007 * unit, 0.006 * unit
        for k in (0, 1):
            y, arm, wire = (
                top + (0.02 + 0.03 * k) * unit,
                table[:, 1 + k],
                table[:, 3 + k * spans : 3 + (k + 1) * spans],
            )
            arm[:, 0], arm[:, 3], arm[:, 1], arm[:, 4] = x - 0.05 * unit, x + 0.05 * unit, y, y
            arm[:, 2], arm[:, 5] = 0.004 * unit, 0.004 * unit
            sag = y + (0.16 + 0.016 * k) * unit * t * (1 - t)
            wire[:, :, 0] += t[:-1] * gap
            wire[:, :, 3] += t[1:] * gap
            wire[:, :, 1], wire[:, :, 4], wire[:, :, 2], wire[:, :, 5] = sag[:-1], sag[1:], 0.0011 * unit, 0.0011 * unit
        table[:, :, 6], table[:, :, 7], table[:, :, 8:] = 1.5, 0.95, self.pole
        canvas.soft.cones(table.reshape(-1, 11))

    def _wall(self, canvas: Canvas, window: Opening) -> None:
        """The wall about the window, darker away from it, and the floor."""
        w, h, reach = self.stage.width + 1.0, self.stage.height + 1.0, 0.75 * self.stage.unit
        a, b, c, d, floor = window.left, window.right, window.top, window.low, window.floor
        deep = h - floor
        skirt, tones = floor - 0.022 * self.stage.unit, (*self.bright, *self.dark)
        rows = [
            (-1, -1, a, -1, a, floor, -1, floor, 1.0, 1.0, a / reach, -1 / reach, 0.0, *tones),
            (b, -1, w, -1, w, floor, b, floor, 1.0, 1.0, -b / reach, 1 / reach, 0.0, *tones),
            (a - 1, -1, b + 1, -1, b + 1, c, a - 1, c, 1.0, 1.0, c / reach, 0.0, -1 / reach, *tones),
            (a - 1, d, b + 1, d, b + 1, floor, a - 1, floor, 1.0, 1.0, -2 * d / reach, 0.0, 2 / reach, *tones),
            (-1, floor, w, floor, w, h, -1, h, 1.0, 1.0, -floor / deep, 0.0, 1 / deep, *self.boards, *self.edge),
            (-1, skirt, w, skirt, w, floor, -1, floor, 1.0, 1.0, 0.0, 0.0, 0.0, *self.edge, *self.edge),
        ]  # fmt: skip
        canvas.soft.quads(np.array(rows, np.float32))

    def _light(self, canvas: Canvas, window: Opening, now: Moment) -> None:
        """The window's light through the dust and on the floor."""
        stage, p, h = self.stage, self.stage.palette, float(self.stage.height)
        strength, lean = (0.10 + 0.34 * p.day) * (0.94 + 0.12 * now.pulse), self.sunward * 0.30 * stage.unit
        wide, rows, tones = (window.right - window.left) / self.columns, [], (0.0, 0.0, 0.0, *self.lit, *self.lit)
        for n in range(self.columns):
            x0, x1 = (window.left + (n + t) * wide + 0.8 * lean for t in (0.1, 0.9))
            y, more = window.floor + 2, 0.1 * wide
            patch = (x0, y, x1, y, x1 + 0.8 * lean + more, h + 2, x0 + 0.8 * lean - more, h + 2)
            rows.append((*patch, strength, 5.0, *tones))
        top, far = window.low - self.high, 1.6 * lean
        shaft = (window.left, top, window.right, top, window.right + far, h, window.left + far, h)
        rows.append((*shaft, 0.16 * strength, 0.10 * stage.unit, *tones))
        canvas.soft.quads(np.array(rows, np.float32))
        x, y = 0.5 * (window.left + window.right), window.low - 0.5 * self.high
        glow = (x, y, 2.0 * self.half, 1.5 * self.high, 1.0, 0.22 * (0.4 + 0.6 * p.day), *self.lit)
        canvas.soft.glows(np.array([glow], np.float32))

    def _frame(self, canvas: Canvas, window: Opening) -> None:
        bar, tone = 0.011 * self.stage.unit, self.frame
        a, b, c, d = window.left, window.right, window.top, window.low
        rows = [
            (a - 2 * bar, c - 2 * bar, a + bar, d, 1.0, *tone),
            (b - bar, c - 2 * bar, b + 2 * bar, d, 1.0, *tone),
            (a - 2 * bar, c - 2 * bar, b + 2 * bar, c + bar, 1.0, *tone),
            (a - 4 * bar, d - bar, b + 4 * bar, d + 2 * bar, 1.0, *self.sill_tone),
        ]
        columns = (a + (b - a) * n / self.columns for n in range(1, self.columns))
        rows += [(x - 0.5 * bar, c, x + 0.5 * bar, d, 1.0, *tone) for x in columns]
        lines = (c + (d - c) * n / self.rows for n in range(1, self.rows))
        rows += [(a, y - 0.5 * bar, b, y + 0.5 * bar, 1.0, *tone) for y in lines]
        canvas.mid.panes(np.array(rows, np.float32))

    def _curtains(self, canvas: Canvas, window: Opening, now: Moment) -> None:
        """Two curtains in folds that stir a little."""
        unit, rows, folds = self.stage.unit, [], 4
        top, low = window.top - 0.05 * unit, window.low + 0.16 * unit
        for side, edge in ((-1.0, window.left), (1.0, window.right)):
            for n in range(folds):
                t0, t1 = n / folds, (n + 1) / folds
                x0, x1 = (edge + side * (t * 0.17 - 0.05) * unit for t in (t0, t1))
                s0, s1 = (
                    0.010 * unit * math.sin(0.8 * now.flow + 2.1 * t + side) + side * 0.02 * unit * t for t in (t0, t1)
                )
                fold = (x0, top, x1 + side, top, x1 + s1 + side, low, x0 + s0, low)
                rows.append((*fold, 1.0, 1.0, -x0 / (x1 - x0), 1.0 / (x1 - x0), 0.0, *self.folds))
        canvas.mid.quads(np.array(rows, np.float32))

    def _lamp(self, canvas: Canvas, now: Moment, middle: float) -> None:
        """A standard lamp beside the window."""
        stage, p, unit = self.stage, self.stage.palette, self.stage.unit
        x, foot = middle - self.side * (self.half + 0.34 * unit), 0.94 * stage.height
        top, high, pole = foot - 0.60 * unit, 0.12 * unit, mix(p.near, self.wall, 0.15)
        glow = (x, top, 0.62 * unit, 0.55 * unit, 1.0, 0.34 + 0.05 * now.pulse, *p.lamp)
        pool = (x, foot, 0.34 * unit, 0.06 * unit, 1.0, 0.22, *p.lamp)
        canvas.mid.glows(np.array([glow, pool], np.float32))
        stand = (x, foot, 0.006 * unit, x, top, 0.005 * unit, 1.0, 1.0, *pole)
        base = (x - 0.06 * unit, foot, 0.008 * unit, x + 0.06 * unit, foot, 0.008 * unit, 1.0, 1.0, *pole)
        canvas.mid.cones(np.array([stand, base], np.float32))
        narrow, wide = 0.055 * unit, 0.095 * unit
        shade = (x - narrow, top - high, x + narrow, top - high, x + wide, top, x - wide, top)
        tones = (1.0, 1.0, 1.0 - top / high, 0.0, 1.0 / high, *mix(self.shade, p.near, 0.15), *self.shade)
        canvas.mid.quads(np.array([(*shade, *tones)], np.float32))
