"""A corridor with doors and windows, or a round tunnel with rings of light: always onward."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import Colour, mix, scaled, yuv
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.palette import Palette
from musicvid.rendering.backends.animatic.particles import Swarm, dust
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.walkers import Walkers

_WALLS = ("#b8b49c", "#a4b4a8", "#c0a890", "#a8b0bc", "#bca498")
_DADOES = ("#5c7468", "#6c5444", "#4c6078", "#7a4c44", "#5a6450")


class Tunnel:
    def __init__(self, stage: Stage) -> None:
        brief, look, shot = stage.brief, stage.look, stage.shot
        self.stage = stage
        drawn = "corridor" not in brief.kinds and not brief.people and look.either("round", 0.55)
        self.round = "round" in brief.kinds or drawn
        self._light(stage)
        self.walkers, self.hero = Walkers(stage, "ahead", 3.0 + 4.0 * brief.energy), Hero(stage)
        room = 0.5 if self.round else float(self.hall[0]) - 0.75
        self.walkers.x = float(np.clip(self.walkers.x, -room, room))
        self.hero.x = float(np.clip(self.hero.x, -room, room))
        if self.walkers.company:
            self.hero.beside(self.walkers.x, self.walkers.depth)
        self.motes = Swarm(stage, "motes", 40)
        # The vanishing point off the middle, by side and height, is what tells two shots of one corridor apart.
        self.off = min(stage.unit, 0.7 * stage.width) * shot.choose("off", [-0.34, -0.20, -0.06, 0.06, 0.20, 0.34])
        share = shot.choose("low", [0.38, 0.47, 0.56]) if brief.framing != "close" else 0.42
        self.low = stage.height * share

    def _light(self, stage: Stage) -> None:
        brief, p, look = stage.brief, stage.palette, stage.look
        light = 0.52 + 0.48 * p.day
        self.end = mix(p.halo, p.sun, 0.6 if brief.time != "night" else 0.2)
        if brief.time in ("dusk", "night"):
            self.end = mix(self.end, p.lamp, 0.35)
        names = (look.choose("wall", _WALLS), look.choose("dado", _DADOES), "#7c6a58", "#c8c4b8", "#5a4030")
        self.colours = [_under(p, yuv(n), light * k) for n, k in zip(names, (1.0, 1.0, 0.9, 0.8, 1.0), strict=True)]
        self.colours += [mix(p.lamp, p.sun, 0.4 * p.day), self.end]
        sunny = brief.time in ("dawn", "day", "golden", "sunset")
        glazed = sunny and ("window" in brief.things or look.either("windows", 0.75))
        window = stage.shot.side("window") if glazed else 0.0
        half, above, lamps = (
            look.between("half", 1.45, 2.0),
            look.between("above", 1.15, 1.6),
            look.between("lamps", 4.5, 6.5),
        )
        strength, gloss, haze = (
            0.55 if window else 0.95,
            look.between("gloss", 0.5, 0.9),
            look.between("haze", 20.0, 34.0),
        )
        hall = (half, above, 3.6, 0.75, lamps, strength, gloss, haze, window, 0.55 if window else 0.0)
        self.hall = np.array(hall, np.float32)
        self.radius, self.rings = look.between("radius", 1.9, 2.6), look.between("rings", 3.6, 6.0)
        lively = brief.energy > 0.55 or "neon" in brief.moods
        tone = mix(p.middle, p.accent, 0.30) if lively else mix(p.middle, p.far, 0.4)
        self.tube = [mix(p.near, tone, 0.62), scaled(p.near, 0.8), mix(p.lamp, tone, 0.25), self.end]

    def view(self, now: Moment) -> View:
        """The camera, nearer to the floor or the ceiling than outdoors."""
        view = self.stage.view(now, travel=self.walkers.way(now))
        horizon = view.horizon - self.stage.horizon + self.low
        return replace(view, focal=view.focal * 0.78, centre=view.centre + self.off, horizon=horizon, across=0.0)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, view = self.stage, self.view(now)
        if self.round:
            strength = 0.85 + 0.15 * now.pulse
            canvas.soft.tube(view.array(), self.radius, self.rings, strength, 30.0, *self.tube)
        else:
            canvas.soft.corridor(view.array(), self.hall, *self.colours)
        glow = 0.34 * stage.unit * (1.0 + 0.08 * now.pulse)
        rows = [
            (view.centre, view.horizon, k * glow, k * glow, 1.0, a, *self.end) for k, a in ((1.0, 0.62), (0.4, 0.5))
        ]
        canvas.soft.glows(np.array(rows, np.float32))
        canvas.unfold()
        self.hero.paint(canvas, view, now)
        self.walkers.paint(canvas, view, now, stage.light_side, shadow=0.9)
        canvas.focus()
        canvas.full.glows(dust(self.motes, now))


def _under(palette: Palette, colour: Colour, light: float) -> Colour:
    """A wall's own colour under the light of the scene."""
    return mix(mix(scaled(colour, light), mix(palette.middle, palette.far, 0.5), 0.14), palette.halo, 0.12)
