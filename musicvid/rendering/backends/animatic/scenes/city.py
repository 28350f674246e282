"""A city: a street between its houses, or its skyline behind a promenade."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.procession import Standing, Wayside
from musicvid.rendering.backends.animatic.skyline import Skyline
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.street import Street, Style
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_WALLS = ("#8a7468", "#6c6470", "#94806c", "#5c6470", "#a08c78", "#70564c")
_NEON = ("#ff3d9a", "#3de0ff", "#ffd23d", "#a05cff", "#4dff9e", "#ff6a3d")


class City:
    def __init__(self, stage: Stage) -> None:
        brief, p, look, shot = stage.brief, stage.palette, stage.look, stage.shot
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        self.walkers = Walkers(stage, brief.heading, 3.5 + 4.0 * brief.energy)
        self.neon = "neon" in brief.moods
        self.wet = "rain" in brief.weather or self.neon
        self.far = mix(p.far, p.horizon, 0.45)
        if brief.heading == "ahead":
            lit = 0.10 + 0.38 * (1.0 - p.day)
            self.street = Street(
                stage,
                Style(look.between("half", 7.5, 10.0), (9.0, 20.0), (9.0, 34.0), 3.3, 2.9, lit, False, _WALLS),
                120.0,
            )
            self.skyline = Skyline(stage, 0.34, 0.62, 1)
            asphalt = mix(mix(p.near, p.far, 0.30), p.middle, 0.10)
            self.road, self.kerb = asphalt, mix(asphalt, p.horizon, 0.16)
            self.surface = np.array(
                [
                    52.0,
                    0.05,
                    3.0,
                    0.0,
                    2.0,
                    5.2,
                    0.0,
                    0.0,
                    0.01,
                    0.8,
                    0.42 if self.wet else 0.22,
                    stage.sun_x,
                    self.walkers.depth,
                ],
                np.float32,
            )
            self.lamps = Wayside(Chance("lamps", look.number("lamps")), 13.0, 6.0, 6.01, jitter=0.0)
            self.cars = Wayside(Chance("cars", shot.number("cars")), 26.0, 2.3, 2.8)
            self.signs = Wayside(Chance("signs", look.number("signs")), 9.0, 6.6, 7.4)
            self.sketches = [props.street_lamp(p, n / 7.0, p.day < 0.6) for n in range(8)]
            tones = ("#b02828", "#2848a0", "#d0d0d0", "#303038")
            self.autos = {(away, n): props.car(p, 0.1, tones[n], away) for away in (True, False) for n in range(4)}
            # People keep to the pavement's side of the road unless they own the street.
            self.walkers.x = float(np.clip(self.walkers.x, -3.0, 3.0))
        else:
            self.skyline = Skyline(stage, look.between("tall", 0.38, 0.52), 0.30, 3)
            self.lamp = props.street_lamp(p, 0.05, p.day < 0.6)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        if self.stage.brief.heading == "ahead":
            self._street(canvas, now)
        else:
            self._promenade(canvas, now)
        canvas.focus()
        self.weather.front(canvas, now)

    def _street(self, canvas: Canvas, now: Moment) -> None:
        stage, p = self.stage, self.stage.palette
        view = stage.view(now, travel=self.walkers.way(now))
        self.heavens.paint(canvas, view, now)
        sun_x, _ = self.heavens.place(view)
        self.surface[11] = view.centre if p.day < 0.3 else sun_x
        light = mix(p.lamp, p.horizon, 0.5) if p.day < 0.3 else p.halo
        canvas.soft.ground(
            view.array(), self.surface, self.kerb, self.far, self.road, mix(p.lamp, yuv("#ffffff"), 0.3), light
        )
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.skyline.paint(canvas, view, now, view.horizon + 2)
        self.weather.mist(canvas, view, now)
        self.street.fronts(canvas, view)
        canvas.unfold()
        self.street.windows(canvas, view)
        depth = self.walkers.depth
        things = [(s.depth, "lamp", s) for s in self.lamps.ahead(view.travel, 75.0, 3.0)]
        things += [
            (s.depth, "car", s)
            for s in self.cars.ahead(view.travel * 0.72 if stage.brief.people else view.travel * 0.9, 90.0, 5.0)
        ]
        if self.neon:
            things += [(s.depth, "sign", s) for s in self.signs.ahead(view.travel, 60.0, 4.0)]
        things.sort(key=lambda t: -t[0])
        for far in (True, False):
            for z, kind, thing in things:
                if (z > depth) == far:
                    getattr(self, f"_{kind}")(canvas, view, now, thing)
            if far:
                self.walkers.paint(canvas, view, now, stage.light_side, shadow=0.7 if p.day > 0.3 else 0.0)

    def _lamp(self, canvas: Canvas, view: View, now: Moment, thing: Standing) -> None:
        size = 6.2 * view.focal / thing.depth
        sketch = self.sketches[min(int(7.5 * thing.depth / (thing.depth + 45.0)), 7)]
        sketch.paint(canvas.mid, view.x(thing.x, thing.depth), view.y(0.0, thing.depth), size, mirrored=thing.x > 0)
        if self.stage.palette.day < 0.6:
            self._streak(
                canvas, view, thing.x * 0.82, thing.depth, 5.9, self.stage.palette.lamp, 0.34 if self.wet else 0.16
            )

    def _streak(self, canvas: Canvas, view: View, x: float, depth: float, height: float, colour, alpha: float) -> None:
        """A light's image on wet ground: below its foot, drawn out towards the viewer."""
        metre = view.focal / depth
        foot = view.y(0.0, depth)
        reach = height * metre * (0.75 if self.wet else 0.35)
        canvas.mid.glows(
            np.array(
                [(view.x(x, depth), foot + 0.8 * reach, max(0.30 * metre, 1.5), reach, 1.0, alpha, *colour)], np.float32
            )
        )

    def _car(self, canvas: Canvas, view: View, now: Moment, thing: Standing) -> None:
        away = thing.x > 0
        size = 1.45 * view.focal / thing.depth
        fade = min(max((90.0 - thing.depth) / 20.0, 0.0), max((thing.depth - 5.0) / 3.0, 0.0), 1.0)
        x, y = view.x(thing.x, thing.depth), view.y(0.0, thing.depth)
        self.autos[(away, int(thing.own[0] * 4) % 4)].paint(canvas.mid, x, y, size, alpha=fade)
        if self.stage.palette.day < 0.6:
            tone = yuv("#e02818") if away else self.stage.palette.lamp
            for side in (-0.7, 0.7):
                self._streak(canvas, view, thing.x + side, thing.depth, 1.0, tone, 0.30 * fade)

    def _sign(self, canvas: Canvas, view: View, now: Moment, thing: Standing) -> None:
        """A neon sign on a front, breathing with the beat."""
        colour = yuv(_NEON[int(thing.own[0] * 6) % 6])
        metre = view.focal / thing.depth
        x, y = view.x(thing.x, thing.depth), view.y(3.6 + 4.5 * thing.own[1], thing.depth)
        wide, high = (0.35 + 0.5 * thing.own[2]) * metre, (0.9 + 1.4 * thing.own[3]) * metre
        fade = min(max((60.0 - thing.depth) / 15.0, 0.0), max((thing.depth - 4.0) / 3.0, 0.0), 1.0)
        shine = fade * (0.80 + 0.20 * now.pulse)
        canvas.mid.glows(
            np.array([(x, y, 3.4 * wide + high * 0.6, 1.7 * high, 1.0, 0.34 * shine, *colour)], np.float32)
        )
        pale = mix(colour, yuv("#ffffff"), 0.45)
        canvas.mid.panes(
            np.array(
                [
                    (x - wide, y - high, x + wide, y + high, 0.25 * shine, *colour),
                    (x - wide, y - high, x - 0.80 * wide, y + high, shine, *pale),
                    (x + 0.80 * wide, y - high, x + wide, y + high, shine, *pale),
                    (x - 0.5 * wide, y - 0.6 * high, x + 0.5 * wide, y - 0.45 * high, shine, *pale),
                    (x - 0.5 * wide, y - 0.1 * high, x + 0.5 * wide, y + 0.05 * high, shine, *pale),
                    (x - 0.5 * wide, y + 0.4 * high, x + 0.3 * wide, y + 0.55 * high, shine, *pale),
                ],
                np.float32,
            )
        )
        self._streak(canvas, view, thing.x * 0.9, thing.depth, 4.5, colour, 0.36 * fade)

    def _promenade(self, canvas: Canvas, now: Moment) -> None:
        """The skyline behind a railing and lamps; those who walk there pass before it."""
        stage, p, unit, walkers = self.stage, self.stage.palette, self.stage.unit, self.walkers
        view = stage.view(now, across=walkers.facing * walkers.way(now))
        foot = max(0.80 * stage.height, view.horizon + 0.16 * unit)
        self.heavens.paint(canvas, view, now, below=0.5 * unit)
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.skyline.paint(canvas, view, now, foot - 0.03 * unit, nearest=False)
        self.weather.mist(canvas, view, now)
        canvas.unfold()
        edge = foot - 0.03 * unit
        self.skyline.paint(canvas, view, now, edge, nearest=True)
        layer = canvas.mid
        pave, dark = mix(mix(p.near, p.far, 0.22), p.middle, 0.08), scaled(p.near, 0.9)
        w = float(stage.width)
        rows = [(0, edge - 2, w, edge - 2, w, stage.height, 0, stage.height, 1.0, 1.0, -edge / (0.3 * unit), 0.0, 1 / (0.3 * unit), *pave, *dark),
                (0, edge - 4, w, edge - 4, w, edge + 1, 0, edge + 1, 1.0, 1.0, 0.0, 0.0, 0.0, *mix(pave, p.horizon, 0.25), *pave)]  # fmt: skip
        layer.quads(np.array(rows, np.float32))
        metre = view.focal / walkers.depth * 0.86
        self._railing(canvas, view, edge, metre)
        start = int(np.floor((view.across - view.centre / metre) / 9.0)) - 1
        for n in range(start, start + int(w / metre / 9.0) + 3):
            x = view.centre + (n * 9.0 - view.across) * metre
            self.lamp.paint(layer, x, edge + 0.01 * unit, 4.6 * metre)
            if p.day < 0.6:
                glow = 1.4 * metre
                layer.glows(
                    np.array(
                        [
                            (
                                x + 0.6 * metre,
                                foot + 0.03 * unit,
                                glow,
                                0.16 * glow,
                                1.0,
                                0.20 + 0.05 * now.pulse,
                                *p.lamp,
                            )
                        ],
                        np.float32,
                    )
                )
        walkers.paint(canvas, view, now, stage.light_side, foot=foot + 0.02 * unit)

    def _railing(self, canvas: Canvas, view: View, edge: float, metre: float) -> None:
        stage, tone = self.stage, mix(self.stage.palette.near, self.stage.palette.far, 0.12)
        high, gap = 1.05 * metre, 1.1 * metre
        first = (view.centre - view.across * metre) % gap
        count = int(stage.width / gap) + 2
        table = np.empty((count + 2, 8), np.float32)
        x = first + gap * (np.arange(count) - 1)
        table[:count, 0], table[:count, 2], table[:count, 1], table[:count, 3] = (
            x,
            x + max(0.03 * metre, 1.0),
            edge - high,
            edge,
        )
        for k, y in enumerate((edge - high, edge - 0.45 * high)):
            table[count + k, :4] = (0, y, stage.width, y + max(0.045 * metre, 1.0))
        table[:, 4], table[:, 5:] = 1.0, tone
        canvas.mid.panes(table)
