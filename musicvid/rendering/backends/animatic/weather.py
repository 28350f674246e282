"""Weather and what else is in the air, over any scene: some of it behind the people, most before the lens."""

from __future__ import annotations

import math

import numpy as np

from musicvid.rendering.backends.animatic import particles
from musicvid.rendering.backends.animatic.aloft import Aloft
from musicvid.rendering.backends.animatic.canvas import Canvas, Layer
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, yuv
from musicvid.rendering.backends.animatic.particles import Own, Swarm
from musicvid.rendering.backends.animatic.stage import Stage, View

_GLOWS = {
    "snow": (particles.snow, 190),
    "embers": (particles.embers, 60),
    "fireflies": (particles.fireflies, 34),
    "dust": (particles.dust, 46),
}
_CONES = {
    "rain": (particles.rain, 150),
    "leaves": (particles.leaves, 44),
    "petals": (particles.petals, 60),
    "confetti": (particles.paper, 80),
}
_BURSTS = ("#ffd27a", "#ff7a8a", "#8ac8ff", "#a8f0b0", "#e0a8ff", "#fff0d0")


class Weather:
    def __init__(self, stage: Stage) -> None:
        self.stage, kinds = stage, stage.brief.weather
        self.glows = [(f, Swarm(stage, name, n)) for name, (f, n) in _GLOWS.items() if name in kinds]
        self.cones = [(f, Swarm(stage, name, n)) for name, (f, n) in _CONES.items() if name in kinds]
        self.lanterns = Swarm(stage, "lanterns", 22) if "lanterns" in kinds else None
        self.fireworks = Chance("fireworks", stage.shot.number("fireworks")) if "fireworks" in kinds else None
        self.birds = self._flocks(stage.shot.many("birds", 3, 4)) if "birds" in kinds else None
        self.dark = mix(stage.palette.near, stage.palette.far, 0.35)
        self._kept: dict[int, tuple[Own, Own]] = {}
        self.aloft = Aloft(stage)
        self.fog = stage.shot.many("fog", 5, 4) if "fog" in kinds else None

    @staticmethod
    def _flocks(own: Own) -> Own:
        """(5, birds): the four numbers of each bird's flock, and which of it the bird is."""
        flocks = [np.column_stack([np.tile(o, (4 + int(o[0] * 5), 1)), np.arange(4 + int(o[0] * 5))]) for o in own]
        return np.concatenate(flocks).T

    def behind(self, canvas: Canvas, view: View, now: Moment) -> None:
        """What is far away: painted when the sky is there and nothing stands before it yet."""
        self.aloft.paint(canvas, view, now)
        if self.fireworks:
            self._fireworks(canvas, view, now)
        if self.birds is not None:
            self._birds(canvas, view, now)
        if self.lanterns:
            light, paper = particles.lanterns(self.lanterns, now)
            far = self.lanterns.near < 0.6
            canvas.mid.glows(light[far])
            canvas.mid.cones(paper[far])

    def mist(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Banks of fog about the horizon, on whatever has been painted so far."""
        if self.fog is None:
            return
        stage, o = self.stage, self.fog
        table = np.empty((len(o), 9), np.float32)
        table[:, 0] = ((o[:, 0] + 0.012 * now.flow * (0.4 + o[:, 1])) % 1.0 * 2.0 - 0.5) * stage.width
        table[:, 1] = view.horizon + (0.16 * o[:, 2] - 0.04) * stage.unit
        table[:, 2], table[:, 3] = (0.8 + 0.6 * o[:, 3]) * stage.unit, (0.06 + 0.07 * o[:, 1]) * stage.unit
        table[:, 4], table[:, 5] = 1.0, 0.55
        table[:, 6:] = mix(stage.palette.horizon, stage.palette.far, 0.25)
        canvas.mid.glows(table)

    def front(self, layer: Layer, now: Moment) -> None:
        """What falls or flies before everything that is on ``layer`` so far."""
        for table, swarm in self.glows:
            layer.glows(table(swarm, now))
        for table, swarm in self.cones:
            layer.cones(table(swarm, now))
        if self.lanterns:
            light, paper = particles.lanterns(self.lanterns, now)
            near = self.lanterns.near >= 0.6
            layer.glows(light[near])
            layer.cones(paper[near])

    def _birds(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Flocks in loose formation, wings beating out of step."""
        stage, (a, b, c, d, n) = self.stage, self.birds
        way, span = np.where(c > 0.5, 1.0, -1.0), (0.011 + 0.012 * b) * stage.unit
        x = ((d + way * 0.012 * now.flow * (1 + b)) % 1.0 * 1.4 - 0.2) * stage.width - way * ((n + 1) // 2) * 1.7 * span
        y = view.horizon * (0.18 + 0.55 * b) + 0.01 * stage.unit * np.sin(0.7 * now.flow + 9.0 * a)
        y = y + np.where(n % 2, 0.75, -0.75) * ((n + 1) // 2) * span
        lift = np.sin(now.flow * (5.0 + c) + 1.1 * n + 9.0 * a)
        table = np.empty((len(n), 2, 2, 11), np.float32)
        table[..., 6:8], table[..., 8:] = 1.0, self.dark
        for k, side in enumerate((-0.22, 0.22)):
            inner, outer = table[:, k, 0], table[:, k, 1]
            inner[:, 0], inner[:, 1], inner[:, 2] = x, y, 0.045 * span
            inner[:, 3], inner[:, 4], inner[:, 5] = x + side * span, y - (0.10 + 0.10 * lift) * span, 0.030 * span
            outer[:, :3] = inner[:, 3:6]
            outer[:, 3], outer[:, 4], outer[:, 5] = x + 2.27 * side * span, y - 0.24 * lift * span, 0.012 * span
        canvas.mid.cones(table.reshape(-1, 11))

    def _bursts(self, view: View, now: Moment) -> list[tuple[float, float, float, float, str, int]]:
        """(column, row, reach, age, colour, number) of what is alight: one burst a beat, four alive."""
        stage, chance, out = self.stage, self.fireworks, []
        if chance is None:
            return out
        latest = math.floor(now.beats)
        for number in range(latest - 4, latest + 1):
            age = (now.beats - number) * 0.55
            x = stage.width * chance.between(f"x {number}", 0.10, 0.90) + (view.centre - 0.5 * stage.width)
            y = view.horizon - stage.unit * chance.between(f"y {number}", 0.20, 0.46)
            reach = stage.unit * chance.between(f"reach {number}", 0.10, 0.25)
            out.append((x, y, reach, age, chance.choose(f"colour {number}", _BURSTS), number))
        return out

    def _sparks(self, chance: Chance, number: int) -> tuple[Own, Own]:
        """Directions and speeds of a burst's sparks."""
        if number not in self._kept:
            push = 0.30 + 0.70 * np.sqrt(chance.many(f"push {number}", 84))
            self._kept[number] = (6.2832 * chance.many(f"angle {number}", 84), push)
        return self._kept[number]

    def _fireworks(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Sparks flung out, slowed, falling, fading. Their light on the sky stays gentle."""
        stage, chance = self.stage, self.fireworks
        unit, glows, trails = stage.unit, [], []
        for x, y, reach, age, name, number in self._bursts(view, now):
            if chance is None or not 0.0 <= age < 2.3:
                continue
            colour, fade = yuv(name), max(0.0, 1.0 - age / 2.3) ** 1.2
            angle, push = self._sparks(chance, number)
            ends = []
            for t in (age, max(age - 0.10, 0.0) * 0.97):
                r = reach * push * (1.0 - math.exp(-2.8 * t))
                ends.append((x + r * np.cos(angle), y + r * np.sin(angle) * 0.96 + 0.020 * unit * t * t))
            table = np.empty((84, 11), np.float32)
            table[:, 0], table[:, 1], table[:, 2] = ends[0][0], ends[0][1], 0.0024 * unit
            table[:, 3], table[:, 4], table[:, 5] = ends[1][0], ends[1][1], 0.0008 * unit
            table[:, 6] = 1.0
            table[:, 7] = fade * (0.75 + 0.25 * np.sin(9.0 * age + angle * 5.0))
            table[:, 8:] = mix(colour, yuv("#fff6e0"), max(0.0, 0.75 - 1.1 * age))
            trails.append(table)
            glows.append((x, y, 2.4 * reach, 2.4 * reach, 1.0, 0.26 * fade * min(age * 5.0, 1.0), *colour))
        if trails:
            canvas.mid.glows(np.array(glows, np.float32))
            canvas.mid.cones(np.concatenate(trails))

    def reflections(self, canvas: Canvas, view: View, now: Moment) -> None:
        """The fireworks' light in the water below the horizon."""
        rows = []
        for x, y, reach, age, name, _ in self._bursts(view, now):
            if 0.0 <= age < 2.3:
                fade = max(0.0, 1.0 - age / 2.3) * min(age * 5.0, 1.0)
                below = view.horizon + 0.75 * (view.horizon - y)
                rows.append((x, below, 0.8 * reach, 1.5 * reach, 1.0, 0.24 * fade, *yuv(name)))
        if rows:
            canvas.mid.glows(np.array(rows, np.float32))
