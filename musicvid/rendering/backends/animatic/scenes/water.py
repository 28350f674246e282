"""The sea, a lake or a harbour: water to the horizon, with a boat on it or people on its shore."""

from __future__ import annotations

import math

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.brief import Brief
from musicvid.rendering.backends.animatic.canvas import Canvas, Table
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import gradient, mix, scaled, yuv
from musicvid.rendering.backends.animatic.crests import crest_of
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.noise import profile
from musicvid.rendering.backends.animatic.ridgeline import Chain, Ridges, chains
from musicvid.rendering.backends.animatic.skyline import Skyline
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather


def mirror_of(heavens: Heavens, land: Table | None, rise: float) -> Table:
    """What calm water shows, from the horizon up to one reference length: the sky, and ``land`` below ``rise``."""
    at = np.linspace(0.0, 1.0, 96, dtype=np.float32)
    table = gradient(heavens.stops, at * 0.95)
    if land is not None:
        share = np.clip((rise - at) / max(0.6 * rise, 1e-3), 0.0, 1.0)[:, None]
        table = table + (land - table) * share * 0.8
    return np.ascontiguousarray(table, np.float32)


class Water:
    def __init__(self, stage: Stage) -> None:
        brief, p, look, shot = stage.brief, stage.palette, stage.look, stage.shot
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        if brief.framing == "wide":
            stage.eye = shot.between("eye", 1.6, 3.2)
        self.harbour = "harbour" in brief.kinds
        self.skyline = Skyline(stage, 0.20, 0.50) if self.harbour else None
        self.land = self._land(stage)
        self.ridges = Ridges(stage, self.land)
        beach = "beach" in brief.kinds
        self.shore = bool(brief.people) or (beach and shot.either("shore", 0.7))
        self.walkers = Walkers(stage, "side" if self.shore else brief.heading, 2.0)
        land_tone = mix(p.haze(0.75), p.horizon, 0.2) if self.land or self.harbour else None
        self.mirror = mirror_of(self.heavens, land_tone, 0.06)
        self.own = mix(mix(p.zenith, p.near, 0.45), p.middle, 0.22)
        rough = 1.5 if "storm" in brief.moods else 1.0
        self.waves = np.array(
            [
                look.between("waves", 2.6, 4.2) * rough,
                0.0,
                0.20 * rough,
                0.62,
                stage.sun_x,
                0.22,
                0.85 if self.heavens.radius else 0.35,
                26.0,
            ],
            np.float32,
        )
        self.glint = mix(p.halo, p.sun, 0.55)
        self.boat = self._boat(brief) if not self.shore or {"boat", "paperboat"} & brief.things else None
        self.boat_x = stage.width * (0.5 - stage.light_side * shot.between("boat x", 0.04, 0.26))
        self.boat_depth = (
            shot.between("boat depth", 0.035, 0.11)
            + (0.05 if brief.people else 0.0)
            + {"wide": 0.0, "medium": 0.07, "close": 0.17}[brief.framing]
        )
        self.tower = (
            props.lighthouse(p, 0.35)
            if "lighthouse" in brief.things or (self.land and not self.harbour and look.either("tower", 0.25))
            else None
        )
        self.sand = mix(mix(p.ground, scaled(yuv("#e4c8a0"), 0.40 + 0.6 * p.day), 0.70), p.near, 0.12)
        self.crest = profile(look.number("shore") % 997, 4096, 2.6, 2)

    def _land(self, stage: Stage) -> list[Chain]:
        if self.harbour or not stage.look.either("land", 0.65):
            return []
        return [
            Chain(c.line, c.base, c.height * 0.45, c.wide, c.depth_m * 3, min(c.haze + 0.1, 1.0), c.offset)
            for c in chains(stage, "hills", 2)
        ]

    def _boat(self, brief: Brief) -> tuple[object, float] | None:
        p, look = self.stage.palette, self.stage.look
        if "paperboat" in brief.things:
            return props.paper_boat(p, 0.0, brief.painted or "#f0c830"), 0.05 if brief.people else 0.10
        if "boat" in brief.things or look.either("boat", 0.6):
            return (props.sailboat(p, 0.12), 0.26) if look.either("sail", 0.75) else (props.rowboat(p, 0.1), 0.10)
        return None

    def paint(self, canvas: Canvas, now: Moment) -> None:
        stage, walkers = self.stage, self.walkers
        way = walkers.way(now)
        view = stage.view(
            now, travel=way if not self.shore else 0.35 * now.flow, across=walkers.facing * way if self.shore else 0.0
        )
        sun_x, _ = self.heavens.place(view)
        self.heavens.paint(canvas, view, now)
        self.ridges.paint(canvas, view, sun_x, view.horizon + 2)
        self.waves[1], self.waves[4] = 1.15 * now.flow, sun_x
        self.waves[6] = (0.85 if self.heavens.radius else 0.35) * (0.9 + 0.2 * now.onset)
        canvas.soft.water(view.array(), self.waves, self.mirror, self.own, self.glint)
        self.weather.reflections(canvas, view, now)
        self.weather.mist(canvas, view, now)
        canvas.unfold()
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        if self.skyline:
            self.skyline.paint(canvas, view, view.horizon + 2)
            self.skyline.reflect(canvas, view, now)
        if self.tower:
            x = 0.5 * stage.width - stage.light_side * 0.62 * stage.unit + view.centre - 0.5 * stage.width
            self.tower.paint(canvas.mid, x, view.horizon + 0.012 * stage.unit, 0.20 * stage.unit)
            if stage.palette.day < 0.6:
                self._beam(canvas, view, now, x)
        if self.boat:
            self._sail(canvas, view, now)
        if self.shore:
            self._shore(canvas, view, now)
        canvas.focus()
        self.weather.front(canvas.full, now)

    def _beam(self, canvas: Canvas, view: View, now: Moment, x: float) -> None:
        """The lighthouse's beam goes round once every two bars or so."""
        unit, turn = self.stage.unit, 0.9 * now.flow
        reach = abs(math.cos(turn)) * 0.9 + 0.05
        way = 1.0 if math.cos(turn) > 0 else -1.0
        y = view.horizon + 0.012 * unit - 0.92 * 0.20 * unit
        canvas.mid.beams(
            np.array(
                [(x, y, way * 0.9985, 0.055 * math.sin(turn), reach * unit, 0.09, 0.55, *self.stage.palette.lamp)],
                np.float32,
            )
        )
        canvas.mid.glows(np.array([(x, y, 0.05 * unit, 0.05 * unit, 1.0, 0.8, *self.stage.palette.lamp)], np.float32))

    def _sail(self, canvas: Canvas, view: View, now: Moment) -> None:
        stage = self.stage
        if self.boat is None:
            return
        sketch, size = self.boat
        unit = stage.unit
        size = size * unit * (0.5 + 4.2 * self.boat_depth) * view.focal / stage.focal
        x = self.boat_x + (view.centre - 0.5 * stage.width) + 0.010 * unit * math.sin(0.35 * now.flow)
        y = view.horizon + self.boat_depth * unit + 0.004 * unit * math.sin(1.9 * now.flow)
        tilt = 0.035 * math.sin(1.1 * now.flow) + 0.012 * now.sway
        sketch.paint(canvas.mid, x, y + 0.01 * size, size, alpha=0.42, upside=True, soft=0.03 * size, tilt=-1.6 * tilt)
        sketch.paint(canvas.mid, x, y, size, tilt=tilt)

    def _shore(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Sand before the water, wet where the last wave reached, and those who walk on it."""
        stage, p, unit, walkers = self.stage, self.stage.palette, self.stage.unit, self.walkers
        layer, depth = canvas.mid, self.walkers.depth
        base = max(stage.height * 0.78, view.horizon + 0.2 * unit)
        wash, sharp = 0.010 * unit * math.sin(0.8 * now.flow), 1.0 / layer.scale
        foam = crest_of(self.crest, layer, view, depth, 38.0, base - 0.006 * unit - wash, 0.035 * unit)
        spray, damp = mix(p.horizon, p.sun, 0.4), mix(mix(self.sand, p.near, 0.30), p.middle, 0.30)
        layer.ridge(foam, stage.height, 0.01 * unit, spray, mix(p.horizon, self.sand, 0.5), p.halo, 2 * sharp, 0.75)
        wet = crest_of(self.crest, layer, view, depth, 55.0, base + 0.013 * unit - 0.6 * wash, 0.030 * unit)
        layer.ridge(wet, stage.height, 0.10 * unit, damp, self.sand, p.halo, 2.5 * sharp)
        dry = crest_of(self.crest, layer, view, depth, 120.0, base + 0.12 * unit, 0.08 * unit)
        layer.ridge(dry, stage.height, 0.2 * unit, self.sand, mix(self.sand, p.near, 0.5), p.halo, sharp)
        walkers.paint(canvas, view, now, stage.light_side, foot=base + 0.085 * unit)
