"""A hall: ballroom, club, stage or church. A floor that takes the light, beams that turn with the bar, people or none."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, turned, yuv
from musicvid.rendering.backends.animatic.particles import Swarm, dust
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_CLUB = ("#ff3d9a", "#3d9aff", "#a04dff", "#30e0c8", "#ffb03d")


class Hall:
    def __init__(self, stage: Stage) -> None:
        brief, p, look, shot = stage.brief, stage.palette, stage.look, stage.shot
        self.stage, self.weather = stage, Weather(stage)
        kinds = brief.kinds
        self.kind = next((k for k in ("church", "stage", "club", "ballroom") if k in kinds), "") or look.choose(
            "kind", ["ballroom", "club", "stage"]
        )
        if "neon" in brief.moods:
            self.kind = "club"
        self.wide, self.deep, self.high = look.between("wide", 6.5, 8.5), look.between("deep", 11.0, 14.0), 6.4
        if self.kind == "church":
            self.wide, self.deep, self.high = 5.6, 17.0, 10.5
        warm = {"ballroom": "#7a4a34", "club": "#241a3c", "stage": "#301c28", "church": "#8a7c6c"}[self.kind]
        own = scaled(yuv(warm), 0.5 + 0.5 * p.day)
        self.wall = mix(mix(mix(own, p.near, 0.15), p.middle, 0.16), p.lamp, 0.08)
        self.floor = mix(mix(own, yuv("#6a4426"), 0.4 if self.kind in ("ballroom",) else 0.1), p.near, 0.35)
        self.top = mix(self.wall, p.near, 0.55)
        self.lights = (
            [yuv(c) for c in _CLUB]
            if self.kind == "club"
            else [p.lamp, mix(p.lamp, p.accent, 0.35), mix(p.halo, p.lamp, 0.5)]
        )
        self.lights = [turned(c, look.between("tilt", -12, 12), 1.0) for c in self.lights]
        self.sparkles = np.stack([mix(c, yuv("#ffffff"), 0.6) for c in self.lights])
        self.beams = shot.many("beams", 6, 3)
        self.spots = shot.many("spots", 40, 4)
        self.motes = Swarm(stage, "motes", 50)
        self.walkers = Walkers(stage, "ahead", 0.8)
        self.hero = Hero(stage)
        if self.walkers.company:
            self.hero.beside(self.walkers.x, self.walkers.depth)
        self.off = min(stage.unit, 0.7 * stage.width) * shot.choose("off", [-0.30, -0.16, 0.16, 0.30])
        self.crowd = (
            brief.crowd or (self.kind in ("club", "stage") and bool(brief.people or look.either("crowd", 0.6)))
        ) and "empty" not in str(stage.request.prompt).lower()
        self.heads = shot.many("heads", 30, 4)
        self.heads[:, 0] = (np.arange(30) + 0.8 * self.heads[:, 0]) / 30.0
        self.heads = self.heads[np.argsort(self.heads[:, 1])]
        self.rim = mix(p.near, self.lights[0], 0.45)
        self.piano = props.piano(p, 0.12) if "piano" in brief.things else None
        self.surface = np.array([40.0, 0.03, 2.0, 0.035, 0.5, 0.0, 0.0, 0.0, 0.01, 0.0, 0.35, 0.0, 5.0], np.float32)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, p = self.stage, self.stage.palette
        view = stage.view(now)
        travel = 0.45 * (now.flow - stage.clock.at(0).flow) if stage.move == "forward" else 0.0
        deep = max(self.deep - travel, 7.0)
        view = replace(view, focal=view.focal * 0.82, centre=view.centre + self.off, across=0.0, eye=1.5)
        self.surface[11] = view.centre
        glow = mix(self.lights[0], p.halo, 0.3)
        canvas.soft.ground(
            view.array(),
            self.surface,
            self.floor,
            mix(self.floor, glow, 0.30),
            self.floor,
            p.lamp,
            mix(self.floor, glow, 0.55),
        )
        self._walls(canvas, view, deep, now)
        self._lamps(canvas, view, deep, now)
        self._beams(canvas, view, now)
        canvas.unfold()
        if self.kind in ("club", "ballroom"):
            self._ball(canvas, view, now, deep)
        if self.piano:
            self.piano.paint(canvas.mid, view.x(-2.2, 8.0), view.y(0.0, 8.0), 1.15 * view.focal / 8.0)
        if self.kind == "stage":
            self._platform(canvas, view, deep)
        raised = view.y(0.9, 0.78 * deep) if self.kind == "stage" and stage.brief.framing != "close" else None
        self.hero.paint(canvas, view, now)
        self.walkers.paint(canvas, view, now, stage.light_side, foot=raised, shadow=0.5 if raised is None else 0.0)
        canvas.focus()
        canvas.full.glows(dust(self.motes, now))
        if self.crowd:
            self._crowd(canvas, now)
        self.weather.front(canvas.full, now)

    def _walls(self, canvas: Canvas, view: View, deep: float, now: Moment) -> None:
        stage, w, h = self.stage, self.wide, self.high
        near = 0.6
        far = {s: (view.x(s * w, deep), view.x(s * w, near)) for s in (-1, 1)}
        yt, yb = view.y(h, deep), view.y(0.0, deep)
        nt, nb = view.y(h, near), view.y(0.0, near)
        rows = []
        back, side_far, side_near = (
            mix(self.wall, self.lights[0], 0.10),
            mix(self.wall, self.lights[0], 0.05),
            mix(self.wall, stage.palette.near, 0.62),
        )
        rows.append(
            (
                far[-1][0],
                yt,
                far[1][0],
                yt,
                far[1][1],
                nt,
                far[-1][1],
                nt,
                1.0,
                1.0,
                -yt / min(nt - yt, -1.0),
                0.0,
                1.0 / min(nt - yt, -1.0),
                *mix(self.top, back, 0.4),
                *scaled(self.top, 0.6),
            )
        )
        rows.append(
            (
                far[-1][0] - 1,
                yt - 1,
                far[1][0] + 1,
                yt - 1,
                far[1][0] + 1,
                yb,
                far[-1][0] - 1,
                yb,
                1.0,
                1.0,
                -yt / (yb - yt),
                0.0,
                1.0 / (yb - yt),
                *mix(back, self.top, 0.3),
                *back,
            )
        )
        for s in (-1, 1):
            a, b = far[s]
            reach = 0.9 * stage.unit * s
            rows.append((a, yt, b, nt, b, nb, a, yb, 1.0, 1.0, -a / reach, 1.0 / reach, 0.0, *side_far, *side_near))
        canvas.soft.quads(np.array(rows, np.float32))
        self._windows(canvas, view, deep, now)

    def _windows(self, canvas: Canvas, view: View, deep: float, now: Moment) -> None:
        """Tall windows in the back wall and the sides; a curtain and screen for a stage."""
        stage, p = self.stage, self.stage.palette
        outside = mix(mix(p.middle, p.horizon, 0.5), p.halo, 0.25) if p.day > 0.2 else mix(p.middle, p.horizon, 0.35)
        if self.kind == "club":
            return
        if self.kind == "stage":
            red = scaled(yuv("#7a1c24"), 0.75)
            x0, x1, y0, y1 = (
                view.x(-self.wide, deep),
                view.x(self.wide, deep),
                view.y(self.high, deep),
                view.y(0.9, deep),
            )
            folds = 22
            edges = np.linspace(x0, x1, folds + 1)
            rows = [
                (a, y0, b, y0, b, y1, a, y1, 1.0, 1.0, -a / (b - a), 1.0 / (b - a), 0.0, *scaled(red, 0.55), *red)
                for a, b in zip(edges[:-1], edges[1:], strict=True)
            ]
            canvas.soft.quads(np.array(rows, np.float32))
            return
        cones, quads = [], []
        count, low, top = (3, 0.7, 4.4) if self.kind == "ballroom" else (3, 2.2, 7.6)
        for n in range(count):
            x = (n - (count - 1) / 2) * 2.0 * self.wide / (count + 0.4)
            half = 0.85 if self.kind == "ballroom" else 0.95
            cx, metre = view.x(x, deep), view.focal / deep
            y0, y1 = view.y(top, deep), view.y(low, deep)
            cones.append((cx, y0, half * metre, cx, y0, half * metre, 1.0, 1.0, *outside))
            quads.append(
                (
                    cx - half * metre,
                    y0,
                    cx + half * metre,
                    y0,
                    cx + half * metre,
                    y1,
                    cx - half * metre,
                    y1,
                    1.0,
                    1.0,
                    -y0 / (y1 - y0),
                    0.0,
                    1.0 / (y1 - y0),
                    *outside,
                    *mix(outside, p.horizon, 0.5),
                )
            )
        canvas.soft.cones(np.array(cones, np.float32))
        canvas.soft.quads(np.array(quads, np.float32))
        bars = []
        for q in quads:
            for t in (0.33, 0.67):
                bars.append(
                    (
                        q[0] + (q[2] - q[0]) * t - 1,
                        q[1] - (q[2] - q[0]) * 0.45,
                        q[0] + (q[2] - q[0]) * t + 1,
                        q[5],
                        1.0,
                        *self.top,
                    )
                )
            bars.append((q[0], q[1] + 0.3 * (q[5] - q[1]), q[2], q[1] + 0.3 * (q[5] - q[1]) + 2, 1.0, *self.top))
        canvas.soft.panes(np.array(bars, np.float32))
        light = [
            (view.x(x, z), view.y(0.0, z), 1.3 * view.focal / z, 0.22 * view.focal / z, 1.0, 0.26, *outside)
            for x, z in ((-2.5, deep * 0.72), (0.0, deep * 0.6), (2.5, deep * 0.72))
        ]
        canvas.soft.glows(np.array(light, np.float32))

    def _lamps(self, canvas: Canvas, view: View, deep: float, now: Moment) -> None:
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

    def _beams(self, canvas: Canvas, view: View, now: Moment) -> None:
        stage, unit = self.stage, self.stage.unit
        strength = {"club": 0.40, "stage": 0.36, "ballroom": 0.13, "church": 0.20}[self.kind] * (0.9 + 0.25 * now.pulse)
        rows, pools = [], []
        for n, own in enumerate(self.beams):
            x = view.centre + (float(own[0]) - 0.5) * 1.7 * unit
            y = -0.06 * unit
            if self.kind == "church":
                lean = -0.55 * stage.light_side + 0.04 * (float(own[1]) - 0.5)
            else:
                lean = (
                    0.75 * math.sin(0.42 * now.flow * (0.7 + 0.6 * float(own[1])) + 6.28 * float(own[2]))
                    + 0.08 * now.sway
                )
            length = math.hypot(lean, 1.0)
            colour = self.lights[n % len(self.lights)]
            rows.append(
                (
                    x,
                    y,
                    lean / length,
                    1.0 / length,
                    1.25 * unit * length,
                    0.075 + 0.05 * float(own[1]),
                    strength,
                    *colour,
                )
            )
            foot = view.horizon + (0.12 + 0.25 * float(own[2])) * unit
            pools.append(
                (
                    x + lean * (foot - y),
                    foot,
                    0.17 * unit,
                    0.034 * unit,
                    1.0,
                    0.9 * strength,
                    *mix(colour, yuv("#ffffff"), 0.2),
                )
            )
        canvas.soft.beams(np.array(rows, np.float32))
        canvas.soft.glows(np.array(pools, np.float32))

    def _ball(self, canvas: Canvas, view: View, now: Moment, deep: float) -> None:
        """A mirror ball and its points of light wandering over walls and floor."""
        stage, unit, o = self.stage, self.stage.unit, self.spots
        turn = 0.035 * now.flow
        x, y = (o[:, 0] + turn * (0.6 + 0.8 * o[:, 2])) % 1.0, o[:, 1]
        table = np.empty((len(o), 9), np.float32)
        table[:, 0], table[:, 1] = (x * 1.2 - 0.1) * stage.width, y * stage.height
        below = np.clip((table[:, 1] - view.horizon) / (0.5 * unit), 0.0, 1.0)
        table[:, 2] = (0.008 + 0.010 * o[:, 3]) * unit * (1.0 + below)
        table[:, 3] = table[:, 2] * (1.0 - 0.68 * below)
        table[:, 4], table[:, 5] = 0.7, (0.16 + 0.16 * o[:, 2]) * (0.85 + 0.3 * now.onset)
        table[:, 6:] = np.stack(self.lights)[np.arange(len(o)) % len(self.lights)]
        canvas.mid.glows(table)
        bx, by, r = view.x(0.0, deep * 0.55), view.y(self.high - 1.5, deep * 0.55), 0.42 * view.focal / (deep * 0.55)
        dark = mix(self.top, yuv("#b8c0cc"), 0.45)
        canvas.mid.cones(
            np.array(
                [
                    (bx, by - 60 * r, 0.012 * r + 0.6, bx, by, 0.012 * r + 0.6, 1.0, 1.0, *self.top),
                    (bx, by, r, bx, by, r, 1.0, 1.0, *dark),
                ],
                np.float32,
            )
        )
        j, i = np.divmod(np.arange(49), 7)
        lat, tint = (j - 3) * 0.40, (i + j - 3) % len(self.lights)
        lon = ((i / 7 + 0.10 * now.flow + 0.07 * (j - 3)) % 1.0 - 0.5) * np.pi
        fx, fy = bx + r * np.sin(lon) * np.cos(lat), by + r * np.sin(lat)
        shine = 0.25 + 0.75 * np.maximum(0.0, np.sin(3.0 * lon + 1.7 * (j - 3) + 2.0 * now.flow)) ** 3
        facets = np.empty((49, 8), np.float32)
        wide = 0.10 * r * np.cos(lon)
        facets[:, 0], facets[:, 1], facets[:, 2], facets[:, 3] = fx - wide, fy - 0.10 * r, fx + wide, fy + 0.10 * r
        facets[:, 4], facets[:, 5:] = 0.85 * shine, self.sparkles[tint]
        canvas.mid.panes(facets)
        canvas.mid.glows(
            np.array([(bx, by, 3.2 * r, 3.2 * r, 1.0, 0.20 + 0.05 * now.pulse, *self.lights[0])], np.float32)
        )

    def _platform(self, canvas: Canvas, view: View, deep: float) -> None:
        p, z = self.stage.palette, deep * 0.72
        y0, y1 = view.y(0.9, z), view.y(0.0, z)
        edge = mix(self.floor, self.lights[0], 0.25)
        rows = [(0.0, y0, self.stage.width, y0, self.stage.width, y1, 0.0, y1, 1.0, 1.0, -y0 / (y1 - y0), 0.0, 1.0 / (y1 - y0), *mix(self.floor, p.near, 0.4), *p.near),
                (0.0, y0 - 3, self.stage.width, y0 - 3, self.stage.width, y0, 0.0, y0, 1.0, 1.0, 0.0, 0.0, 0.0, *edge, *edge)]  # fmt: skip
        canvas.mid.quads(np.array(rows, np.float32))

    def _crowd(self, canvas: Canvas, now: Moment) -> None:
        """Heads and raised hands before the lens, bouncing on the beat."""
        stage, unit, own = self.stage, self.stage.unit, self.heads
        size = (0.026 + 0.016 * own[:, 1]) * unit
        x = own[:, 0] * stage.width
        bounce = 0.010 * unit * np.abs(np.sin(np.pi * (now.beats + 0.25 * own[:, 2])))
        y = stage.height - (0.145 - 0.10 * own[:, 1]) * unit - bounce
        wave = 0.35 * np.sin(np.pi * now.beats + 6.28 * own[:, 3])
        side, zero = np.where(own[:, 2] > 0.5, 1.0, -1.0), np.zeros(len(own))
        hand = np.where(own[:, 3] > 0.5, 1.0, 0.0)  # the others keep their hands down: limbs without size
        limbs = [(zero, -0.15, 0.86, zero, 0.35, 0.72), (zero - 1.25, 2.35, 0.85, zero + 1.25, 2.35, 0.85), (zero, 0.8, 0.45, zero, 3.0, 0.9),
                 (side * 1.5, 2.1, 0.40 * hand, side * 2.3 + 0.4 * wave, 0.2, 0.30 * hand), (side * 2.3 + 0.4 * wave, 0.2, 0.30 * hand, side * 1.9 + wave, -2.1, 0.26 * hand)]  # fmt: skip
        table = np.empty((len(own), 2, len(limbs), 11), np.float32)
        for ring, (shift, less, tone) in enumerate(((0.0, 1.0, self.rim), (0.10, 0.95, stage.palette.near))):
            left, top = x - stage.light_side * shift * size, y + shift * size
            for k, (x0, y0, r0, x1, y1, r1) in enumerate(limbs):
                row = table[:, ring, k]
                row[:, 0], row[:, 1], row[:, 2] = left + x0 * size, top + y0 * size, r0 * size * less
                row[:, 3], row[:, 4], row[:, 5] = left + x1 * size, top + y1 * size, r1 * size * less
                row[:, 7] = hand if k > 2 else 1.0
            table[:, ring, :, 8:] = tone
        table[..., 6] = 1.0
        canvas.full.cones(table.reshape(-1, 11))
