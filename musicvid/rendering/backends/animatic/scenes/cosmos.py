"""Space: stars that come closer, a nebula, a planet on the way."""

from __future__ import annotations

import math

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, turned, yuv
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_STARS = 380


class Cosmos:
    def __init__(self, stage: Stage) -> None:
        p, look, shot = stage.palette, stage.look, stage.shot
        self.stage = stage
        hue = look.between("nebula", -55.0, 55.0)
        base = mix(p.middle, p.accent, 0.35)
        bright = mix(base, p.halo, 0.45)
        self.cloth = [
            scaled(turned(bright, hue, 1.5), 0.95),
            scaled(turned(bright, hue + 60.0, 1.6), 0.75),
            scaled(turned(p.halo, hue - 40.0, 1.5), 0.70),
        ]
        self.deep = mix(yuv("#03040a"), p.zenith, 0.35)
        self.own = shot.many("stars", _STARS, 5)
        own = look.many("band", 30, 2)
        self.band = np.linspace(-0.5, 0.5, 30, dtype=np.float32), own[:, 0] - 0.5, own[:, 1]
        self.lean, self.milk = 0.75 * shot.side("lean"), mix(p.halo, yuv("#f0e8ff"), 0.5)
        self.x, self.y = shot.between("x", -1.5, 1.5), shot.between("y", -1.2, 1.2)
        self.moon = "moon" in stage.brief.things
        self.planet = self.moon or look.either("planet", 0.7)
        self.side = shot.side("planet side")
        self.size = (
            stage.unit
            * {"wide": 0.16, "medium": 0.34, "close": 0.75}[stage.brief.framing]
            * shot.between("planet size", 0.8, 1.25)
        )
        self.tone = (
            mix(p.halo, yuv("#d8d4cc"), 0.5)
            if "moon" in stage.brief.things
            else turned(mix(p.middle, p.halo, 0.6), hue + 30.0, 1.2)
        )
        self.weather, self.hero = Weather(stage), Hero(stage)
        self.walkers = Walkers(stage, "side", action="stand")
        self.centre = (0.5 + shot.between("cx", -0.16, 0.16), 0.48 + shot.between("cy", -0.12, 0.12))

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, unit = self.stage, self.stage.unit
        view = stage.view(now)
        cx, cy = self.centre[0] * stage.width + (view.centre - 0.5 * stage.width), self.centre[1] * stage.height
        canvas.haze.silk(
            unit,
            cx + self.x * unit,
            cy + self.y * unit,
            0.10 * now.flow,
            1.05 * stage.focal / view.focal,
            1.05,
            *self.cloth,
            self.deep,
        )
        self._band(canvas, cx, cy)
        canvas.clear(stage.height)
        canvas.unfold()
        self._stars(canvas, now, cx, cy)
        if self.planet:
            self._planet(canvas, now, view.centre)
        if self.hero.sketch:
            self._sail(canvas, view, now)
        self.walkers.paint(canvas, view, now, stage.light_side, foot=0.9 * stage.height)
        canvas.focus()
        self.weather.front(canvas.full, now)

    def _band(self, canvas: Canvas, cx: float, cy: float) -> None:
        """A band of countless stars across the picture, as soft light."""
        unit, (t, off, size) = self.stage.unit, self.band
        table = np.empty((len(t), 9), np.float32)
        table[:, 0], table[:, 1] = cx + t * 1.15 * self.stage.width, cy + (self.lean * t + 0.05 * off) * unit
        table[:, 2], table[:, 3], table[:, 4] = (0.16 + 0.14 * size) * unit, (0.07 + 0.06 * size) * unit, 1.0
        table[:, 5], table[:, 6:] = 0.13, self.milk
        canvas.haze.glows(table)

    def _sail(self, canvas: Canvas, view: View, now: Moment) -> None:
        """A paper boat on the river of stars, in a light of its own."""
        stage, unit = self.stage, self.stage.unit
        size = {"wide": 0.09, "medium": 0.15, "close": 0.26}[stage.brief.framing] * unit
        x = view.centre - self.side * 0.16 * stage.width + 0.02 * unit * math.sin(0.3 * now.flow)
        y = 0.62 * stage.height + 0.012 * unit * math.sin(0.7 * now.flow)
        canvas.mid.glows(
            np.array(
                [(x, y - 0.4 * size, 3.6 * size, 2.6 * size, 1.0, 0.26 + 0.06 * now.pulse, *stage.palette.lamp)],
                np.float32,
            )
        )
        self.hero.at(canvas.mid, x, y, size, now, mirror=0.22)

    def _stars(self, canvas: Canvas, now: Moment, cx: float, cy: float) -> None:
        """Each star has its own lap from far to near; streaks where it is close and the song is fast."""
        stage, o = self.stage, self.own
        speed = 0.03 + 0.06 * stage.brief.energy
        tables = []
        for back in (0.0, 0.05):
            z = 1.0 - (o[:, 2] + speed * (now.flow - back * (0.3 + 1.2 * now.loudness))) % 1.0
            z = 0.06 + 0.94 * z
            tables.append(
                (
                    cx + (o[:, 0] - 0.5) * 1.5 * stage.width / z * 0.55,
                    cy + (o[:, 1] - 0.5) * 1.5 * stage.height / z * 0.55,
                    z,
                )
            )
        (x, y, z), (bx, by, _) = tables
        table = np.empty((_STARS, 11), np.float32)
        size = (0.0009 + 0.00052 * (0.3 + o[:, 3]) / z) * stage.unit
        table[:, 0], table[:, 1], table[:, 2] = x, y, size
        table[:, 3], table[:, 4], table[:, 5] = bx, by, 0.6 * size
        table[:, 6] = 1.0
        table[:, 7] = (
            np.clip((1.0 - z) * 5.0, 0.0, 1.0)
            * np.clip((z - 0.06) * 20.0, 0.0, 1.0)
            * (0.65 + 0.35 * o[:, 4])
            * (0.85 + 0.15 * now.onset)
        )
        table[:, 8:] = mix(yuv("#ffffff"), stage.palette.halo, 0.2)
        # A lap that starts anew would draw a streak across the picture.
        table = table[np.abs(x - bx) + np.abs(y - by) < 0.2 * stage.unit]
        canvas.mid.cones(table)

    def _planet(self, canvas: Canvas, now: Moment, centre: float) -> None:
        stage, r = self.stage, self.size * (1.0 + 0.004 * now.flow % 0.2)
        x = centre + self.side * (0.30 * stage.width + 0.25 * r)
        y = 0.42 * stage.height + (0.30 * r if stage.brief.framing == "close" else 0.0)
        lx, ly = -self.side * 0.74, -0.52
        light, night = self.tone, mix(self.deep, self.tone, 0.05)
        glow = [(x + 0.10 * lx * r, y + 0.10 * ly * r, 1.36 * r, 1.36 * r, 1.0, 0.42 + 0.05 * now.pulse, *light)]
        canvas.mid.glows(np.array(glow, np.float32))
        toward = np.array([lx * 0.93, ly * 0.93, 0.40], np.float32)
        canvas.mid.globe(np.array([x, y, r], np.float32), toward, 0.02 if self.moon else 0.06, light, night)
