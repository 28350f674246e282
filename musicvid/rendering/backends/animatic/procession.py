"""Things that stand along the way and pass by: trees, lamps, posts. They repeat for ever and never the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.rendering.backends.animatic.brushes.placing import standing, trees
from musicvid.rendering.backends.animatic.canvas import Layer
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.masks import grove
from musicvid.rendering.backends.animatic.stage import Stage, View

_TURN = 256
Row = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands ahead, the farthest first: ``depth`` and ``x`` (metres to the right) float32 (n,), ``own`` float32
    (n, 4) numbers 0..1 of each, ``number`` its place in the row."""

    depth: Row
    x: Row
    own: Row
    number: NDArray[np.int64]

    def where(self, chosen: NDArray[np.bool_]) -> Standing:
        return Standing(self.depth[chosen], self.x[chosen], self.own[chosen], self.number[chosen])

    def beyond(self, metres: float) -> Standing:
        return self.where(self.depth > metres)

    def within(self, metres: float) -> Standing:
        return self.where(self.depth <= metres)


class Wayside:
    """A place each ``gap_m`` metres on one ``side`` (-1, 1) or both (0), ``near_m`` to ``far_m`` from the middle."""

    def __init__(
        self, chance: Chance, gap_m: float, near_m: float, far_m: float, side: float = 0.0, jitter: float = 0.7
    ) -> None:
        self.gap = gap_m
        own = chance.many("wayside", _TURN, 6)
        self.own = np.ascontiguousarray(own[:, 2:])
        self.late = (jitter * gap_m * (own[:, 0] - 0.5)).astype(np.float32)
        sides = np.where(np.arange(_TURN) % 2, 1.0, -1.0) if side == 0.0 else side
        self.x = (sides * (near_m + (far_m - near_m) * own[:, 1] ** 1.5)).astype(np.float32)

    def ahead(self, travel: float, limit_m: float, closest_m: float = 3.5) -> Standing:
        """What stands between ``closest_m`` and ``limit_m`` ahead."""
        f = np.float32
        number, depth = standing(self.late, f(self.gap), float(travel), f(closest_m), f(limit_m))
        turn = number % _TURN
        return Standing(depth, self.x[turn], self.own[turn], number)


class Hedge:
    """Places every ``gap_m`` metres along a line that is passed sideways."""

    def __init__(self, chance: Chance, gap_m: float) -> None:
        self.gap, self._own = gap_m, chance.many("hedge", _TURN, 5)

    def passing(self, view: View, depth_m: float, width: float) -> Standing:
        """What is within or near a picture ``width`` pixels wide, from left to right; ``x`` is in pixels here."""
        metre = view.focal / depth_m
        left = view.across - view.centre / metre
        number = np.arange(int(np.floor(left / self.gap)) - 2, int(np.floor((left + width / metre) / self.gap)) + 3)
        own = self._own[number % _TURN]
        x = view.centre + ((number + 0.8 * own[:, 0]) * self.gap - view.across) * metre
        return Standing(np.full(len(number), depth_m, np.float32), x.astype(np.float32), own[:, 1:], number)


HEIGHTS_M = {
    "pine": 8.5, "poplar": 10.0, "oak": 6.8, "birch": 7.5, "bare": 6.8, "palm": 6.2, "cactus": 3.0, "crown": 4.6,
    "bush": 1.9, "reeds": 1.3,
}  # fmt: skip


class Trees:
    """Cut-outs of some kinds along the way, the far ones hazier. ``scale`` is their size against the usual, ``haze_m``
    the distance at which half the colour is haze."""

    def __init__(self, stage: Stage, kinds: tuple[str, ...], haze_m: float, scale: float = 1.0) -> None:
        self.stage, self.cuts, self.haze = stage, grove(*kinds), haze_m
        self.heights = np.array([HEIGHTS_M[k] * scale for k in kinds], np.float32)

    def paint(
        self, layer: Layer, view: View, row: Wayside, limit_m: float, nearest_m: float = 3.5, farthest_m: float = 1e9
    ) -> None:
        """Those along ``row`` between two distances, fading in at ``limit_m`` and out just before the lens."""
        f, cuts = np.float32, self.cuts
        reach = (f(row.gap), view.array(), f(max(nearest_m, 3.5)), f(farthest_m), f(self.haze), f(limit_m))
        look = (self.heights, cuts.sheets, cuts.tall, self.stage.tones, f(self.stage.width))
        which, table = trees(row.late, row.x, row.own, *reach, *look)
        layer.sprites(cuts, which, table)

    def stand(self, layer: Layer, passing: Standing, metre: float, foot: Row | float, haze: float) -> None:
        """Those that are passed sideways, ``metre`` pixels to a metre, their feet on row ``foot``."""
        own = passing.own
        kind = (own[:, 1] * len(self.heights)).astype(np.int64) % len(self.heights)
        rows = (self.heights[kind] * (0.7 + 0.6 * own[:, 0]) * metre).astype(np.float32)
        variant, turned = (own[:, 2] > 0.5).astype(np.int64), (own[:, 3] > 0.5).astype(np.int64)
        number, size, wide = self.cuts.choose(kind, variant, turned, rows)
        table = np.empty((len(rows), 10), np.float32)
        table[:, 0], table[:, 1], table[:, 2], table[:, 3] = passing.x - 0.5 * wide, foot - rows, size, 1.0
        table[:, 4:] = self.stage.tones[int(haze * 31)]
        seen = (table[:, 0] < self.stage.width) & (table[:, 0] + wide > 0)
        layer.sprites(self.cuts, number[seen], np.ascontiguousarray(table[seen]))
