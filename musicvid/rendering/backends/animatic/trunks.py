"""Trunks that leave the picture at the top: on both sides of a path, or in ranks that slide by."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.brushes.placing import trunks
from musicvid.rendering.backends.animatic.canvas import Layer
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.procession import Hedge, Standing, Trees, Wayside
from musicvid.rendering.backends.animatic.stage import Stage, View

_CROWNS = {"pine": "pine", "birch": "birch", "oak": "crown", "bare": "bare"}


class Trunks:
    """``wood`` is the kind of tree (pine, birch, oak, bare), ``limit_m`` where trunks come into view."""

    def __init__(self, stage: Stage, wood: str, limit_m: float) -> None:
        p = stage.palette
        self.stage, self.limit = stage, limit_m
        birch = wood == "birch"
        pale = scaled(yuv("#d8d0c0") if birch else yuv("#5c4434"), 0.4 + 0.5 * p.day)
        bark = mix(p.near, pale, 0.16 + (0.34 if birch else 0.12) * p.day)
        fog = np.linspace(0.0, 1.0, 32, dtype=np.float32)[:, None]
        self.bark = (bark + (mix(p.far, p.horizon, 0.35) - bark) * fog).astype(np.float32)
        self.wayside = Wayside(Chance("trunks", stage.shot.number("trunks")), 2.3, 1.9, 12.0)
        self.hedge = Hedge(Chance("rank", stage.look.number("rank")), 3.2)
        self.near = Hedge(Chance("near", stage.shot.number("near")), 15.0)
        self.crowns, self.hung = Trees(stage, (_CROWNS[wood],), 11.0, 1.1), wood == "oak"

    def paint(self, layer: Layer, view: View, nearest_m: float = 1.6, farthest_m: float = 1e9) -> None:
        """Trunks with two branches each, between two distances."""
        f, row = np.float32, self.wayside
        reach = (f(row.gap), view.array(), f(max(nearest_m, 1.6)), f(farthest_m), f(self.limit))
        layer.cones(trunks(row.late, row.x, row.own, *reach, self.bark, f(-0.05 * self.stage.height)))

    def rank(self, layer: Layer, view: View, foot: float, depth_m: float, haze: float) -> None:
        """A rank of trees ``depth_m`` metres away, its feet on row ``foot``."""
        passing = self.hedge.passing(view, depth_m, self.stage.width)
        metre, own = view.focal / depth_m, passing.own
        self._upright(layer, passing, foot, metre, 1.0, self.bark[int(31 * haze)], 1.0)
        # Crowns hang high above the feet, other trees stand beside the trunks.
        feet = foot - (1.0 + 2.2 * own[:, 1]) * metre if self.hung else foot
        beside = Standing(passing.depth, passing.x + np.float32(1.2 * metre), own, passing.number)
        self.crowns.stand(layer, beside, metre, feet, min(haze + 0.06, 1.0))

    def before_lens(self, layer: Layer, view: View, depth_m: float) -> None:
        """Now and then a trunk passes right before the lens, out of focus."""
        passing = self.near.passing(view, depth_m, self.stage.width)
        foot, soft = 1.1 * self.stage.height, 0.016 * self.stage.unit
        self._upright(layer, passing, foot, view.focal / depth_m, 0.55, self.stage.palette.near, soft)

    def _upright(
        self, layer: Layer, passing: Standing, foot: float, metre: float, slim: float, tone, soft: float
    ) -> None:
        own = passing.own
        wide, lean = (0.11 + 0.16 * own[:, 1]) * metre * slim, 0.5 * (own[:, 0] - 0.5) * metre
        table = np.empty((len(own), 11), np.float32)
        table[:, 0], table[:, 1], table[:, 2] = passing.x, foot, 1.15 * wide
        table[:, 3], table[:, 5] = passing.x + lean, 0.75 * wide
        table[:, 4] = min(foot - 9.0 * metre, -0.05 * self.stage.height)
        table[:, 6], table[:, 7], table[:, 8:] = soft, 1.0, tone
        layer.cones(table)
