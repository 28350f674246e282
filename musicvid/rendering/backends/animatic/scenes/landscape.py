"""Open country: a road or a field that runs to the horizon, or hills that pass by."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.crests import crest_of, row_at
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.hero import Hero
from musicvid.rendering.backends.animatic.landmarks import Landmarks
from musicvid.rendering.backends.animatic.noise import profile
from musicvid.rendering.backends.animatic.procession import Hedge, Trees, Wayside
from musicvid.rendering.backends.animatic.ridgeline import Ridges, chains, slopes, teeth
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather

_RIDGES = {"desert": "dunes", "mountains": "mountains", "fields": "hills"}
_LIMIT_M, _SHARP_M = 75.0, 18.0


class Landscape:
    def __init__(self, stage: Stage) -> None:
        brief, look = stage.brief, stage.look
        self.stage = stage
        self.heavens, self.weather, self.landmarks = Heavens(stage), Weather(stage), Landmarks(stage)
        known = next((k for k in _RIDGES if k in brief.kinds), "")
        self.country = known or look.choose("country", ["mountains", "fields", "fields"])
        self.walkers, self.hero = Walkers(stage, brief.heading, 3.2), Hero(stage)
        if self.walkers.company:
            self.hero.beside(self.walkers.x, self.walkers.depth)
        ridge = _RIDGES[self.country]
        links = chains(stage, ridge, 4 if ridge == "mountains" else 3)
        if brief.heading == "side":
            drop = max(0.80 * stage.height - stage.horizon, 0.16 * stage.unit) / stage.unit
            links += slopes(stage, ridge, drop)
        self.ridges = Ridges(stage, links)
        self._ground(stage)
        self._wood(stage)

    def _ground(self, stage: Stage) -> None:
        brief, p, look = stage.brief, stage.palette, stage.look
        winter = "winter" in brief.moods
        self.near = mix(p.ground, p.near, 0.30)
        if winter:
            self.near = mix(p.ground, scaled(yuv("#e4ecf4"), 0.45 + 0.5 * p.day), 0.6)
        if self.country == "desert":
            self.near = mix(p.ground, scaled(yuv("#c89058"), 0.35 + 0.6 * p.day), 0.6)
        self.far = mix(mix(p.far, p.horizon, 0.35), p.ground, 0.25)
        asphalt = "road" in brief.kinds and look.either("asphalt", 0.5)
        self.path = mix(mix(self.near, p.horizon, 0.34), yuv("#b0a090"), 0.12 * p.day)
        if asphalt:
            self.path = mix(p.near, p.far, 0.45)
        road = "road" in brief.kinds or (self.country != "fields" and look.either("road")) or bool(brief.people)
        self.half = 2.6 if asphalt else 1.15
        x, pivot = (self.walkers.x if self.walkers.company else 0.0), self.walkers.depth
        if "car" in brief.things and self.hero.sketch:  # a car keeps to its lane
            road, self.half, x, pivot = True, max(self.half, 2.2), self.hero.x - 0.9, self.hero.depth
        furrow = 0.16 if self.country == "fields" and not winter else 0.0
        surface = (55.0, 0.10, look.between("grain", 2.0, 4.0), furrow, look.between("furrow", 1.2, 2.2))
        way = (self.half if road else 0.0, x, look.between("bend", 1.5, 4.0), 0.045, 0.85 if asphalt else 0.0)
        self.surface = np.array([*surface, *way, 0.30, stage.sun_x, pivot], np.float32)
        grass = 0.0 if self.country == "desert" or winter else 0.035
        crest = profile(look.number("crest") % 997, 4096, 2.4, 3) + grass * teeth(look.number("grass") % 97, 1500, 1.0)
        self.crest = crest.astype(np.float32)

    def _wood(self, stage: Stage) -> None:
        brief, look = stage.brief, stage.look
        gap = 7.0
        if self.country == "desert":
            kinds, gap = ("palm",) if look.either("oasis", 0.3) else ("cactus",), 14.0
        elif self.country == "mountains":
            kinds, gap = ("birch", "pine") if "autumn" in brief.moods else ("pine",), 5.0
        elif "winter" in brief.moods:
            kinds = ("bare",)
        else:
            kinds = look.choose("wood", [("oak", "bush"), ("poplar",), ("oak", "poplar", "bush"), ("birch", "bush")])
        self.trees = Trees(stage, kinds, 26.0)
        chance = Chance("trees", stage.shot.number("trees"))
        self.wayside = Wayside(chance, gap, self.half + 2.2, self.half + 16.0)
        self.slope = Hedge(chance, 11.0)

    def paint(self, canvas: Canvas, now: Moment) -> None:
        if self.stage.brief.heading == "ahead":
            self._ahead(canvas, now)
        else:
            self._side(canvas, now)
        canvas.focus()
        self.weather.front(canvas.full, now)

    def _ahead(self, canvas: Canvas, now: Moment) -> None:
        stage, p, walkers = self.stage, self.stage.palette, self.walkers
        view = stage.view(now, travel=walkers.way(now))
        sun_x, _ = self.heavens.place(view)
        self.heavens.paint(canvas, view, now)
        self.surface[11] = sun_x
        canvas.soft.ground(view.array(), self.surface, self.near, self.far, self.path, p.lamp, p.halo)
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.ridges.paint(canvas, view, sun_x, view.horizon + 1)
        self.weather.mist(canvas, view, now)
        self.landmarks.crossing(canvas, now, view.horizon + 0.012 * stage.unit, 0.030 * stage.unit)
        sharp, row = max(_SHARP_M, walkers.depth), self.wayside
        self.trees.paint(canvas.soft, view, row, _LIMIT_M, nearest_m=sharp)
        canvas.unfold()
        self.landmarks.ahead(canvas, view, walkers.depth, 1e9)
        self.trees.paint(canvas.mid, view, row, _LIMIT_M, walkers.depth, sharp)
        own = walkers.standing(view)
        self.hero.paint(canvas, own, now)
        walkers.paint(canvas, view, now, stage.light_side, shadow=0.0 if p.day < 0.2 else 1.1)
        self.landmarks.ahead(canvas, view, 0.0, walkers.depth)
        self.trees.paint(canvas.mid, view, row, _LIMIT_M, farthest_m=walkers.depth)

    def _side(self, canvas: Canvas, now: Moment) -> None:
        stage, p, unit, walkers = self.stage, self.stage.palette, self.stage.unit, self.walkers
        view = stage.view(now, across=walkers.facing * walkers.way(now))
        sun_x, _ = self.heavens.place(view)
        base = max(view.horizon + 0.16 * unit, stage.height * 0.80)
        self.heavens.paint(canvas, view, now, below=0.2 * unit)
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.ridges.paint(canvas, view, sun_x, base + 0.1 * unit, part="far")
        self.weather.mist(canvas, view, now)
        canvas.unfold()
        self.ridges.paint(canvas, view, sun_x, base + 0.1 * unit, part="near")
        depth, layer = walkers.depth, canvas.mid
        self.landmarks.crossing(canvas, now, base - 0.02 * unit, 0.055 * unit)
        self.landmarks.across(canvas, view, base - 0.014 * unit, 2.6 * depth)
        self._slope(canvas, view, base + 0.04 * unit, 2.4 * depth)
        self.weather.mist(canvas, view, now)
        crest = crest_of(self.crest, layer, view, depth, 160.0, base, 0.10 * unit)
        top = mix(self.near, p.near, 0.55)
        layer.ridge(crest, stage.height, 0.35 * unit, top, p.near, p.halo, soft=1.0 / layer.scale)
        foot = row_at(crest, layer, view.centre + view.focal * walkers.x / depth) + 0.004 * unit
        if stage.brief.framing != "close":
            x = view.centre - 0.3 * view.focal * walkers.x / depth
            self.hero.at(layer, x, foot + 0.006 * unit, 0.30 * view.focal / depth, now)
        walkers.paint(canvas, view, now, stage.light_side, foot=foot)

    def _slope(self, canvas: Canvas, view: View, foot: float, depth_m: float) -> None:
        """A few trees behind the rise, sliding by."""
        passing = self.slope.passing(view, depth_m, self.stage.width)
        passing = passing.where(passing.own[:, 3] > 0.3)
        self.trees.stand(canvas.mid, passing, view.focal / depth_m, foot, 0.30)
