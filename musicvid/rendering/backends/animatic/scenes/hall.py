"""A hall: ballroom, club, stage or church. A floor that takes the light, beams, people or none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, turned, yuv
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.particles import Swarm, dust
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.stagecraft import Beams, Crowd, MirrorBall
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_CLUB = ("#ff3d9a", "#3d9aff", "#a04dff", "#30e0c8", "#ffb03d")
_KINDS = ("church", "stage", "club", "ballroom")
_WALLS = {"ballroom": "#7a4a34", "club": "#241a3c", "stage": "#301c28", "church": "#8a7c6c"}
_BEAMS = {"club": 0.40, "stage": 0.36, "ballroom": 0.13, "church": 0.20}


class Hall:
    def __init__(self, stage: Stage) -> None:
        brief, look = stage.brief, stage.look
        self.stage, self.weather = stage, Weather(stage)
        said = "club" if "neon" in brief.moods else next((k for k in _KINDS if k in brief.kinds), "")
        self.kind = said or look.choose("kind", ["ballroom", "club", "stage"])
        church = self.kind == "church"
        self.wide, self.high = 5.6 if church else look.between("wide", 6.5, 8.5), 10.5 if church else 6.4
        self.deep = 17.0 if church else look.between("deep", 11.0, 14.0)
        self._colours(stage)
        self.walkers, self.hero = Walkers(stage, "ahead", 0.8), Hero(stage)
        if self.walkers.company:
            self.hero.beside(self.walkers.x, self.walkers.depth)
        self.beams = Beams(stage, self.lights, _BEAMS[self.kind], still=church)
        self.ball = MirrorBall(stage, self.lights, self.top) if self.kind in ("club", "ballroom") else None
        lively = self.kind in ("club", "stage") and bool(brief.people or look.either("crowd", 0.6))
        self.crowd = Crowd(stage, self.lights[0]) if (brief.crowd or lively) and not brief.deserted else None
        self.piano = props.piano(stage.palette, 0.12) if "piano" in brief.things else None
        self.motes = Swarm(stage, "motes", 50)
        self.off = min(stage.unit, 0.7 * stage.width) * stage.shot.choose("off", [-0.30, -0.16, 0.16, 0.30])
        surface = (40.0, 0.03, 2.0, 0.035, 0.5, 0.0, 0.0, 0.0, 0.01, 0.0, 0.35, 0.0, 5.0)
        self.surface = np.array(surface, np.float32)

    def _colours(self, stage: Stage) -> None:
        p, tilt = stage.palette, stage.look.between("tilt", -12.0, 12.0)
        own = scaled(yuv(_WALLS[self.kind]), 0.5 + 0.5 * p.day)
        self.wall = mix(mix(mix(own, p.near, 0.15), p.middle, 0.16), p.lamp, 0.08)
        self.floor = mix(mix(own, yuv("#6a4426"), 0.4 if self.kind == "ballroom" else 0.1), p.near, 0.35)
        self.top = mix(self.wall, p.near, 0.55)
        lights = (
            [yuv(c) for c in _CLUB]
            if self.kind == "club"
            else [p.lamp, mix(p.lamp, p.accent, 0.35), mix(p.halo, p.lamp, 0.5)]
        )
        self.lights = [turned(c, tilt) for c in lights]
        glow = mix(self.lights[0], p.halo, 0.3)
        self.far_floor, self.sheen = mix(self.floor, glow, 0.30), mix(self.floor, glow, 0.55)
        self.back, self.side = mix(self.wall, self.lights[0], 0.10), mix(self.wall, self.lights[0], 0.05)
        sky = mix(p.middle, p.horizon, 0.5)
        self.outside = mix(sky, p.halo, 0.25) if p.day > 0.2 else mix(p.middle, p.horizon, 0.35)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, p = self.stage, self.stage.palette
        view = stage.view(now)
        view = replace(view, focal=view.focal * 0.82, centre=view.centre + self.off, across=0.0, eye=1.5)
        forward = 0.45 * (now.flow - stage.clock.at(0).flow) if stage.move == "forward" else 0.0
        deep = max(self.deep - forward, 7.0)
        self.surface[11] = view.centre
        layer = canvas.haze
        layer.fill(self.top)  # walls meet in soft edges: what lies behind these must be a wall too
        layer.ground(view.array(), self.surface, self.floor, self.far_floor, self.floor, p.lamp, self.sheen)
        self._walls(canvas, view, deep)
        self.beams.paint(layer, view, now)
        canvas.clear(stage.height)
        self._openings(canvas, view, deep)
        self._bulbs(canvas, view, deep, now)
        canvas.unfold()
        if self.ball:
            z = 0.55 * deep
            self.ball.paint(canvas, view, now, view.x(0.0, z), view.y(self.high - 1.5, z), 0.42 * view.focal / z)
        if self.piano:
            self.piano.paint(canvas.mid, view.x(-2.2, 8.0), view.y(0.0, 8.0), 1.15 * view.focal / 8.0)
        if self.kind == "stage":
            self._platform(canvas, view, deep)
        raised = view.y(0.9, 0.78 * deep) if self.kind == "stage" and stage.brief.framing != "close" else None
        self.hero.paint(canvas, view, now)
        self.walkers.paint(canvas, view, now, stage.light_side, raised, 0.5 if raised is None else 0.0)
        canvas.focus()
        canvas.full.glows(dust(self.motes, now))
        if self.crowd:
            self.crowd.paint(canvas.full, now)
        self.weather.front(canvas.full, now)

    def _walls(self, canvas: Canvas, view: View, deep: float) -> None:
        near, high, reach = 0.6, self.high, 0.9 * self.stage.unit
        xs = {s: (view.x(s * self.wide, deep), view.x(s * self.wide, near)) for s in (-1, 1)}
        top, foot = view.y(high, deep), view.y(0.0, deep)
        near_top, near_foot = view.y(high, near), view.y(0.0, near)
        (a, b), (c, d), up = xs[-1], xs[1], min(near_top - top, -1.0)
        dim, shade = scaled(self.top, 0.6), mix(self.wall, self.stage.palette.near, 0.62)
        ceiling = (a, top, c, top, d, near_top, b, near_top, 1.0, 1.0, -top / up, 0.0, 1.0 / up)
        back = (
            a - 1,
            top - 1,
            c + 1,
            top - 1,
            c + 1,
            foot,
            a - 1,
            foot,
            1.0,
            1.0,
            -top / (foot - top),
            0.0,
            1 / (foot - top),
        )
        rows = [(*ceiling, *mix(self.top, self.back, 0.4), *dim), (*back, *mix(self.back, self.top, 0.3), *self.back)]
        for s, (far_x, near_x) in xs.items():
            wall = (far_x, top, near_x, near_top, near_x, near_foot, far_x, foot)
            rows.append((*wall, 1.0, 1.0, -far_x / (s * reach), s / reach, 0.0, *self.side, *shade))
        canvas.haze.quads(np.array(rows, np.float32))

    def _openings(self, canvas: Canvas, view: View, deep: float) -> None:
        """Tall windows in the back wall and their light on the floor, or a stage's curtain; a club has neither."""
        if self.kind == "stage":
            self._curtain(canvas, view, deep)
        if self.kind in ("club", "stage"):
            return
        p, metre, out = self.stage.palette, view.focal / deep, self.outside
        low, top, half = (0.7, 4.4, 0.85) if self.kind == "ballroom" else (2.2, 7.6, 0.95)
        y0, y1, r = view.y(top, deep), view.y(low, deep), half * metre
        cones, quads, bars = [], [], []
        for n in (-1, 0, 1):
            x = view.x(n * 2.0 * self.wide / 3.4, deep)
            cones.append((x, y0, r, x, y0, r, 1.0, 1.0, *out))
            ramp = (1.0, 1.0, -y0 / (y1 - y0), 0.0, 1.0 / (y1 - y0))
            quads.append((x - r, y0, x + r, y0, x + r, y1, x - r, y1, *ramp, *out, *mix(out, p.horizon, 0.5)))
            bars += [(x + t * r - 1, y0 - 0.9 * r, x + t * r + 1, y1, 1.0, *self.top) for t in (-0.34, 0.34)]
            bars.append((x - r, y0 + 0.3 * (y1 - y0), x + r, y0 + 0.3 * (y1 - y0) + 2, 1.0, *self.top))
        canvas.soft.cones(np.array(cones, np.float32))
        canvas.soft.quads(np.array(quads, np.float32))
        canvas.soft.panes(np.array(bars, np.float32))
        spots = ((-2.5, 0.72 * deep), (0.0, 0.6 * deep), (2.5, 0.72 * deep))
        light = [
            (view.x(x, z), view.y(0.0, z), 1.3 * view.focal / z, 0.22 * view.focal / z, 1.0, 0.26, *out)
            for x, z in spots
        ]
        canvas.soft.glows(np.array(light, np.float32))

    def _curtain(self, canvas: Canvas, view: View, deep: float) -> None:
        red, folds = scaled(yuv("#7a1c24"), 0.75), 22
        x0, x1, y0, y1 = view.x(-self.wide, deep), view.x(self.wide, deep), view.y(self.high, deep), view.y(0.9, deep)
        edge = np.linspace(x0, x1, folds + 1)
        table, a, b, wide = np.ones((folds, 19), np.float32), edge[:-1], edge[1:], (x1 - x0) / folds
        table[:, 0], table[:, 2], table[:, 4], table[:, 6] = a, b, b, a
        table[:, 1:4:2], table[:, 5:8:2] = y0, y1
        table[:, 10], table[:, 11], table[:, 12] = -a / wide, 1.0 / wide, 0.0
        table[:, 13:16], table[:, 16:] = scaled(red, 0.55), red
        canvas.soft.quads(table)

    def _bulbs(self, canvas: Canvas, view: View, deep: float, now: Moment) -> None:
        """Strings of bulbs under the ceiling; candles in a church."""
        if self.kind == "club":
            return
        lamp, t = self.stage.palette.lamp, np.linspace(0.0, 1.0, 18)
        z, sag = deep * (1 - t) + 3.0 * t, 0.55 * np.sin(np.pi * ((t * 4.0) % 1.0))
        metre = view.focal / z
        y = view.horizon + (view.eye - (4.1 - sag if self.kind != "church" else 1.0 + 0.1 * sag)) * metre
        shine = 0.70 + 0.30 * np.exp(-3.0 * ((now.beats * 0.5 + 0.13 * np.arange(18)) % 1.0))
        table = np.empty((2, 2, 18, 9), np.float32)
        for k, side in enumerate((-1.0, 1.0)):
            table[k, :, :, 0] = view.centre + side * self.wide * 0.94 * metre
        table[..., 1], table[:, 0, :, 2:4], table[:, 1, :, 2:4] = y, 0.34 * metre[:, None], 0.075 * metre[:, None]
        table[:, 0, :, 4], table[:, 1, :, 4] = 1.0, 0.5
        table[:, 0, :, 5], table[:, 1, :, 5] = 0.26 * shine, shine
        table[:, 0, :, 6:], table[:, 1, :, 6:] = lamp, mix(lamp, yuv("#ffffff"), 0.4)
        canvas.soft.glows(table.reshape(-1, 9))

    def _platform(self, canvas: Canvas, view: View, deep: float) -> None:
        p, z, w = self.stage.palette, 0.72 * deep, float(self.stage.width)
        y0, y1 = view.y(0.9, z), view.y(0.0, z)
        front = (0.0, y0, w, y0, w, y1, 0.0, y1, 1.0, 1.0, -y0 / (y1 - y0), 0.0, 1.0 / (y1 - y0))
        edge = (0.0, y0 - 3, w, y0 - 3, w, y0, 0.0, y0, 1.0, 1.0, 0.0, 0.0, 0.0)
        lit = mix(self.floor, self.lights[0], 0.25)
        canvas.mid.quads(np.array([(*front, *mix(self.floor, p.near, 0.4), *p.near), (*edge, *lit, *lit)], np.float32))
