"""A city: a street between its houses, or its skyline behind a promenade."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.skyline import Skyline
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.street import Street, Style
from musicvid.rendering.backends.animatic.traffic import Traffic
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_WALLS = ("#8a7468", "#6c6470", "#94806c", "#5c6470", "#a08c78", "#70564c")

_SHARP_M = 30.0
"""What is farther away is painted on the soft layer."""


class City:
    def __init__(self, stage: Stage) -> None:
        self.view: StreetView | Promenade = StreetView(stage) if stage.brief.heading == "ahead" else Promenade(stage)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        self.view.paint(canvas, now)
        canvas.focus()
        self.view.weather.front(canvas.full, now)


class StreetView:
    """Down the middle of a street."""

    def __init__(self, stage: Stage) -> None:
        brief, p, look = stage.brief, stage.palette, stage.look
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        self.walkers, self.hero = Walkers(stage, "ahead", 3.5 + 4.0 * brief.energy), Hero(stage)
        self.walkers.x = float(np.clip(self.walkers.x, -3.0, 3.0))
        if self.walkers.company:
            self.hero.beside(self.walkers.x, self.walkers.depth)
        neon = "neon" in brief.moods
        wet = neon or "rain" in brief.weather
        lit = 0.10 + 0.38 * (1.0 - p.day)
        style = Style(look.between("half", 7.5, 10.0), (9.0, 20.0), (9.0, 34.0), 3.3, 2.9, lit, False, _WALLS)
        self.street, self.skyline = Street(stage, style, 120.0), Skyline(stage, 0.34, 0.62, 1)
        self.traffic = Traffic(stage, wet, neon)
        self.road = mix(mix(p.near, p.far, 0.30), p.middle, 0.10)
        self.kerb, self.far = mix(self.road, p.horizon, 0.16), mix(p.far, p.horizon, 0.45)
        sheen = 0.42 if wet else 0.22
        surface = (52.0, 0.05, 3.0, 0.0, 2.0, 5.2, 0.0, 0.0, 0.01, 0.8, sheen, stage.sun_x, self.walkers.depth)
        self.surface = np.array(surface, np.float32)
        self.line = mix(p.lamp, yuv("#ffffff"), 0.3)
        self.glow = mix(p.lamp, p.horizon, 0.5) if p.day < 0.3 else p.halo

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, p, walkers = self.stage, self.stage.palette, self.walkers
        view = stage.view(now, travel=walkers.way(now))
        self.heavens.paint(canvas, view, now)
        self.surface[11] = view.centre if p.day < 0.3 else self.heavens.place(view)[0]
        canvas.soft.ground(view.array(), self.surface, self.kerb, self.far, self.road, self.line, self.glow)
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.skyline.paint(canvas, view, view.horizon + 2)
        self.weather.mist(canvas, view, now)
        self.street.fronts(canvas, view)
        cars, sharp = view.travel * (0.72 if stage.brief.people else 0.9), max(_SHARP_M, walkers.depth)
        self.street.windows(canvas, view, sharp)
        self.traffic.paint(canvas, view, now, cars, sharp, 1e9)
        canvas.unfold()
        self.street.windows(canvas, view, farthest=sharp)
        self.traffic.paint(canvas, view, now, cars, walkers.depth, sharp)
        self.hero.paint(canvas, walkers.standing(view), now)
        walkers.paint(canvas, view, now, stage.light_side, shadow=0.7 if p.day > 0.3 else 0.0)
        self.traffic.paint(canvas, view, now, cars, 0.0, walkers.depth)


class Promenade:
    """The skyline behind a railing and lamps; those who walk there pass before it."""

    def __init__(self, stage: Stage) -> None:
        p = stage.palette
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        self.walkers = Walkers(stage, "side", 3.0)
        self.skyline = Skyline(stage, stage.look.between("tall", 0.38, 0.52), 0.30, 3)
        self.lamp = props.street_lamp(p, 0.05, p.day < 0.6)
        self.pave, self.rail = mix(mix(p.near, p.far, 0.22), p.middle, 0.08), mix(p.near, p.far, 0.12)
        self.kerb = mix(self.pave, p.horizon, 0.25)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, unit, walkers = self.stage, self.stage.unit, self.walkers
        view = stage.view(now, across=walkers.facing * walkers.way(now))
        foot = max(0.80 * stage.height, view.horizon + 0.16 * unit)
        edge, metre = foot - 0.03 * unit, view.focal / walkers.depth * 0.86
        self.heavens.paint(canvas, view, now, below=0.5 * unit)
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.skyline.paint(canvas, view, edge, part="far")
        self.weather.mist(canvas, view, now)
        canvas.unfold()
        self.skyline.paint(canvas, view, edge, part="near")
        self._pavement(canvas, edge)
        self._railing(canvas, view, edge, metre)
        self._lamps(canvas, view, now, edge, foot, metre)
        walkers.paint(canvas, view, now, stage.light_side, foot=foot + 0.02 * unit)

    def _pavement(self, canvas: Canvas, edge: float) -> None:
        stage, w, h = self.stage, float(self.stage.width), float(self.stage.height)
        reach, dark = 0.3 * stage.unit, scaled(stage.palette.near, 0.9)
        ground = (0, edge - 2, w, edge - 2, w, h, 0, h, 1.0, 1.0, -edge / reach, 0.0, 1 / reach, *self.pave, *dark)
        kerb = (0, edge - 4, w, edge - 4, w, edge + 1, 0, edge + 1, 1.0, 1.0, 0.0, 0.0, 0.0, *self.kerb, *self.pave)
        canvas.mid.quads(np.array([ground, kerb], np.float32))

    def _lamps(self, canvas: Canvas, view: View, now: Moment, edge: float, foot: float, metre: float) -> None:
        stage, unit, gap = self.stage, self.stage.unit, 9.0
        first = int(np.floor((view.across - view.centre / metre) / gap)) - 1
        n = np.arange(first, first + int(stage.width / metre / gap) + 4)
        x, places = view.centre + (n * gap - view.across) * metre, np.zeros((len(n), 6), np.float32)
        places[:, 0], places[:, 1], places[:, 2], places[:, 3] = x, edge + 0.01 * unit, 4.6 * metre, 1.0
        self.lamp.paint_many(canvas.mid, places, self.rail)
        if stage.palette.day < 0.6:
            table = np.empty((len(n), 9), np.float32)
            table[:, 0], table[:, 1] = x + 0.6 * metre, foot + 0.03 * unit
            table[:, 2], table[:, 3], table[:, 4] = 1.4 * metre, 0.22 * metre, 1.0
            table[:, 5], table[:, 6:] = 0.20 + 0.05 * now.pulse, stage.palette.lamp
            canvas.mid.glows(table)

    def _railing(self, canvas: Canvas, view: View, edge: float, metre: float) -> None:
        high, gap = 1.05 * metre, 1.1 * metre
        first, count = (view.centre - view.across * metre) % gap, int(self.stage.width / gap) + 2
        table = np.empty((count + 2, 8), np.float32)
        x = first + gap * (np.arange(count) - 1)
        table[:count, 0], table[:count, 2] = x, x + max(0.03 * metre, 1.0)
        table[:count, 1], table[:count, 3] = edge - high, edge
        for k, y in enumerate((edge - high, edge - 0.45 * high)):
            table[count + k, :4] = (0, y, self.stage.width, y + max(0.045 * metre, 1.0))
        table[:, 4], table[:, 5:] = 1.0, self.rail
        canvas.mid.panes(table)
