"""Sketches: small things (boats, houses, lamps) drawn once in their own units and placed anywhere, mirrored or upside
down as a reflection, one or many at a time."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.brushes.placing import sketch
from musicvid.rendering.backends.animatic.canvas import Layer, Table
from musicvid.rendering.backends.animatic.colour import Colour

Spot = tuple[float, float]
_KINDS = ("quad", "cone", "glow")
_NOTHING = np.zeros(3, np.float32)


class Sketch:
    """Shapes in the order they are painted. Own units: x to the right, y up, foot at (0, 0), the whole about 1 high."""

    def __init__(self) -> None:
        self._runs: list[tuple[str, list[tuple[float, ...]]]] = []
        self._tables: list[tuple[str, Table]] | None = None

    def _add(self, kind: str, row: tuple[float, ...]) -> None:
        if not self._runs or self._runs[-1][0] != kind:
            self._runs.append((kind, []))
        self._runs[-1][1].append(tuple(float(v) for v in row))
        self._tables = None

    def quad(
        self, a: Spot, b: Spot, c: Spot, d: Spot, colour: Colour, lower: Colour | None = None, alpha: float = 1.0
    ) -> Sketch:
        """A convex quadrilateral; its colour runs to ``lower`` from its highest to its lowest point."""
        ys = [p[1] for p in (a, b, c, d)]
        self._add("quad", (*a, *b, *c, *d, alpha, max(ys), min(ys), *colour, *(colour if lower is None else lower)))
        return self

    def box(
        self, left: float, low: float, right: float, high: float, colour: Colour, lower: Colour | None = None
    ) -> Sketch:
        return self.quad((left, high), (right, high), (right, low), (left, low), colour, lower)

    def cone(self, a: Spot, ra: float, b: Spot, rb: float, colour: Colour, alpha: float = 1.0) -> Sketch:
        self._add("cone", (*a, ra, *b, rb, alpha, *colour))
        return self

    def glow(self, at: Spot, rx: float, ry: float, soft: float, alpha: float, colour: Colour) -> Sketch:
        self._add("glow", (*at, rx, ry, soft, alpha, *colour))
        return self

    def paint(
        self, layer: Layer, x: float, y: float, size: float, alpha: float = 1.0, mirrored: bool = False,
        upside: bool = False, soft: float = 1.0, tilt: float = 0.0,
    ) -> None:  # fmt: skip
        """Paint with the foot at (x, y), ``size`` pixels per unit, leaning by ``tilt`` (sideways per height)."""
        places = np.array([(x, y, size, alpha, mirrored, 0.0)], np.float32)
        self.paint_many(layer, places, _NOTHING, upside, soft, tilt)

    def paint_many(
        self, layer: Layer, places: Table, into: Colour, upside: bool = False, soft: float = 1.0, tilt: float = 0.0
    ) -> None:
        """One copy for each row of ``places`` (columns as in ``brushes.placing.PLACE``), run by run over all copies, so
        copies that overlap should not differ much. Their haze mixes colours ``into`` one."""
        if self._tables is None:
            self._tables = [(kind, np.array(rows, np.float32)) for kind, rows in self._runs]
        for kind, table in self._tables:
            rows = sketch(_KINDS.index(kind), table, places, upside, np.float32(soft), np.float32(tilt), into)
            (layer.quads, layer.cones, layer.glows)[_KINDS.index(kind)](rows)
