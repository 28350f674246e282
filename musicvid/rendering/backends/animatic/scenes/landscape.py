"""Open country: a road or a field that runs to the horizon, or hills that pass by."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.heavens import Heavens
from musicvid.rendering.backends.animatic.noise import profile
from musicvid.rendering.backends.animatic.procession import Wayside, trees
from musicvid.rendering.backends.animatic.ridgeline import Ridges, chains, slopes, teeth
from musicvid.rendering.backends.animatic.stage import Stage, View
from musicvid.rendering.backends.animatic.walkers import Walkers
from musicvid.rendering.backends.animatic.weather import Weather


class Landscape:
    def __init__(self, stage: Stage) -> None:
        brief, look = stage.brief, stage.look
        self.stage = stage
        self.heavens, self.weather = Heavens(stage), Weather(stage)
        kinds = brief.kinds
        self.country = next((k for k in ("desert", "mountains", "fields") if k in kinds), "") or look.choose(
            "country", ["mountains", "fields", "fields"]
        )
        ridge = {"desert": "dunes", "mountains": "mountains", "fields": "hills"}[self.country]
        links = chains(stage, ridge, 4 if ridge == "mountains" else 3)
        self.walkers = Walkers(stage, brief.heading, 3.2)
        if brief.heading == "side":
            drop = max(0.80 * stage.height - stage.horizon, 0.16 * stage.unit) / stage.unit
            links += slopes(stage, ridge, drop)
        self.ridges = Ridges(stage, links)
        self.road = "road" in kinds or (self.country != "fields" and look.either("road", 0.5)) or bool(brief.people)
        self._dress(stage)

    def _dress(self, stage: Stage) -> None:
        brief, p, look = stage.brief, stage.palette, stage.look
        winter, autumn = "winter" in brief.moods, "autumn" in brief.moods
        self.near = mix(p.ground, p.near, 0.30)
        if winter:
            self.near = mix(p.ground, scaled(yuv("#e4ecf4"), 0.45 + 0.5 * p.day), 0.6)
        if self.country == "desert":
            self.near = mix(p.ground, scaled(yuv("#c89058"), 0.35 + 0.6 * p.day), 0.6)
        self.far = mix(mix(p.far, p.horizon, 0.35), p.ground, 0.25)
        self.path = mix(mix(self.near, p.horizon, 0.34), yuv("#b0a090"), 0.12 * p.day)
        asphalt = "road" in brief.kinds and look.either("asphalt", 0.5)
        if asphalt:
            self.path = mix(p.near, p.far, 0.45)
        self.dash = 0.85 if asphalt else 0.0
        half = 2.6 if asphalt else 1.15
        furrow = 0.16 if self.country == "fields" and not winter else 0.0
        self.surface = np.array([55.0, 0.10, look.between("grain", 2.0, 4.0), furrow, look.between("furrow", 1.2, 2.2), half if self.road else 0.0,
                                 self.walkers.x if self.walkers.company else 0.0,
                                 look.between("bend", 1.5, 4.0), 0.045, self.dash, 0.30, stage.sun_x, self.walkers.depth], np.float32)  # fmt: skip
        chance = Chance("trees", stage.shot.number("trees"))
        if self.country == "desert":
            self.kinds, gap = ("palm",) if look.either("oasis", 0.3) else ("cactus",), 14.0
        elif self.country == "mountains":
            self.kinds, gap = ("pine",), 5.0
        else:
            self.kinds, gap = (
                (
                    ("bare", "bush")
                    if winter
                    else look.choose(
                        "wood", [("oak", "bush"), ("poplar",), ("oak", "poplar", "bush"), ("birch", "bush")]
                    )
                ),
                7.0,
            )
        if winter and self.country != "mountains":
            self.kinds = ("bare",)
        if autumn and self.country == "mountains":
            self.kinds = ("birch", "pine")
        self.wayside = Wayside(chance, gap, half + 2.2, half + 16.0)
        self.tree_m = {"pine": 8.0, "poplar": 10.0, "palm": 6.0, "cactus": 3.2}.get(self.kinds[0], 6.5)
        grass = 0.0 if self.country == "desert" or winter else 0.035
        self.crest = profile(look.number("crest") % 997, 4096, 2.4, 3) + grass * teeth(
            look.number("grass") % 97, 1500, 1.0
        )

    def paint(self, canvas: Canvas, now: Moment) -> None:
        if self.stage.brief.heading == "ahead":
            self._ahead(canvas, now)
        else:
            self._side(canvas, now)
        canvas.focus()
        self.weather.front(canvas, now)

    def _ahead(self, canvas: Canvas, now: Moment) -> None:
        stage, p = self.stage, self.stage.palette
        view = stage.view(now, travel=self.walkers.way(now))
        sun_x, _ = self.heavens.place(view)
        self.heavens.paint(canvas, view, now)
        self.surface[11] = sun_x
        canvas.soft.ground(view.array(), self.surface, self.near, self.far, self.path, p.lamp, p.halo)
        self.ridges.paint(canvas, view, now, sun_x, view.horizon + 1, far=True)
        self.weather.mist(canvas, view, now)
        canvas.unfold()
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.ridges.paint(canvas, view, now, sun_x, view.horizon + 1, far=False)
        limit = 75.0
        standing = self.wayside.ahead(view.travel, limit)
        shadow = 0.0 if p.day < 0.2 else 1.1
        split = (
            [s for s in standing if s.depth > self.walkers.depth],
            [s for s in standing if s.depth <= self.walkers.depth],
        )
        trees(canvas, stage, view, split[0], self.kinds, self.tree_m, 26.0, limit)
        self.walkers.paint(canvas, view, now, stage.light_side, shadow=shadow)
        trees(canvas, stage, view, split[1], self.kinds, self.tree_m, 26.0, limit)

    def _side(self, canvas: Canvas, now: Moment) -> None:
        from musicvid.rendering.backends.animatic.brushes.ridges import crest_line

        stage, p, unit = self.stage, self.stage.palette, self.stage.unit
        walkers = self.walkers
        view = stage.view(now, across=walkers.facing * walkers.way(now))
        sun_x, _ = self.heavens.place(view)
        low = view.horizon + 0.16 * unit
        self.heavens.paint(canvas, view, now, below=0.2 * unit)
        self.ridges.paint(canvas, view, now, sun_x, stage.height * 0.86, far=True)
        self.weather.mist(canvas, view, now)
        canvas.unfold()
        self.heavens.stars(canvas, view, now)
        self.weather.behind(canvas, view, now)
        self.ridges.paint(canvas, view, now, sun_x, stage.height * 0.92, far=False)
        # The rise that they walk along, in metres of its own.
        depth = walkers.depth
        metre, layer = view.focal / depth, canvas.mid
        base = max(low, stage.height * 0.80)
        step, tall = 4096 / 160.0 / metre, 0.10 * unit
        start = (view.across - view.centre / metre) % 160.0 * (4096 / 160.0)
        own, f = layer.scale, np.float32
        crest = crest_line(
            self.crest,
            layer.width,
            f(step / own),
            f(start + 0.5 * step / own),
            f((base + 0.5 * tall) * own),
            f(tall * own),
        )
        self._trees_behind(canvas, view, base)
        layer.ridge(
            crest,
            stage.height,
            0.35 * unit,
            mix(self.near, p.near, 0.55),
            p.near,
            p.halo,
            np.zeros(layer.width, f),
            soft=1.0 / own,
        )
        column = (view.centre + view.focal * walkers.x / depth) * own
        foot = float(crest[int(min(max(column, 0), layer.width - 1))]) / own + 0.004 * unit
        walkers.paint(canvas, view, now, stage.light_side, foot=foot)

    def _trees_behind(self, canvas: Canvas, view: View, base: float) -> None:
        """A few trees on the slope, sliding by."""
        stage = self.stage
        from musicvid.rendering.backends.animatic.masks import fitting

        far = self.walkers.depth * 2.4
        metre = view.focal / far
        start = int(np.floor((view.across - 0.5 * stage.width / metre) / 9.0)) - 1
        own = Chance("slope", stage.shot.number("slope")).many("slope", 64, 4)
        for n in range(start, start + int(stage.width / metre / 9.0) + 4):
            mine = own[n % 64]
            if mine[0] < 0.35:
                continue
            kind = self.kinds[int(mine[1] * len(self.kinds)) % len(self.kinds)]
            rows = self.tree_m * (0.7 + 0.6 * float(mine[2])) * metre
            cut, size = fitting(kind, n % 2, rows, bool(n % 3))
            x = view.centre + (n * 9.0 + 6.0 * float(mine[3]) - view.across) * metre
            canvas.mid.sprite(
                cut, x - 0.5 * cut.mask.shape[1] * size, base + 0.04 * stage.unit - rows, size, 1.0, *stage.tones[10]
            )
