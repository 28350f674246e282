"""Sketches: small things (boats, houses, lamps) drawn once in their own units and placed anywhere, mirrored or upside
down as a reflection."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Layer, Table
from musicvid.rendering.backends.animatic.colour import Colour

Spot = tuple[float, float]


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
        self,
        left: float,
        low: float,
        right: float,
        high: float,
        colour: Colour,
        lower: Colour | None = None,
        alpha: float = 1.0,
    ) -> Sketch:
        return self.quad((left, high), (right, high), (right, low), (left, low), colour, lower, alpha)

    def cone(self, a: Spot, ra: float, b: Spot, rb: float, colour: Colour, alpha: float = 1.0) -> Sketch:
        self._add("cone", (*a, ra, *b, rb, alpha, *colour))
        return self

    def glow(self, at: Spot, rx: float, ry: float, soft: float, alpha: float, colour: Colour) -> Sketch:
        self._add("glow", (*at, rx, ry, soft, alpha, *colour))
        return self

    def paint(self, layer: Layer, x: float, y: float, size: float, alpha: float = 1.0, mirrored: bool = False,
              upside: bool = False, soft: float = 1.0, tilt: float = 0.0) -> None:  # fmt: skip
        """Paint with the foot at (x, y), ``size`` pixels per unit, leaning by ``tilt`` (sideways per height)."""
        if self._tables is None:
            self._tables = [(kind, np.array(rows, np.float32)) for kind, rows in self._runs]
        sx, sy = (-size if mirrored else size), (size if upside else -size)
        if x + abs(3 * size) < 0 or x - abs(3 * size) > layer.width / layer.scale:
            return
        for kind, table in self._tables:
            if kind == "quad":
                out = np.empty((len(table), 19), np.float32)
                out[:, 0:8:2], out[:, 1:8:2] = (
                    x + sx * (table[:, 0:8:2] + tilt * table[:, 1:8:2]),
                    y + sy * table[:, 1:8:2],
                )
                out[:, 8], out[:, 9] = table[:, 8] * alpha, soft
                top, low = y + sy * table[:, 9], y + sy * table[:, 10]
                span = np.where(np.abs(low - top) < 1e-3, 1.0, low - top)
                out[:, 10], out[:, 11], out[:, 12] = -top / span, 0.0, 1.0 / span
                out[:, 13:] = table[:, 11:]
                layer.quads(out)
            elif kind == "cone":
                out = np.empty((len(table), 11), np.float32)
                out[:, 0], out[:, 1], out[:, 2] = (
                    x + sx * (table[:, 0] + tilt * table[:, 1]),
                    y + sy * table[:, 1],
                    table[:, 2] * size,
                )
                out[:, 3], out[:, 4], out[:, 5] = (
                    x + sx * (table[:, 3] + tilt * table[:, 4]),
                    y + sy * table[:, 4],
                    table[:, 5] * size,
                )
                out[:, 6], out[:, 7] = soft, table[:, 6] * alpha
                out[:, 8:] = table[:, 7:]
                layer.cones(out)
            else:
                out = np.empty((len(table), 9), np.float32)
                out[:, 0], out[:, 1] = x + sx * (table[:, 0] + tilt * table[:, 1]), y + sy * table[:, 1]
                out[:, 2:4], out[:, 4], out[:, 5] = table[:, 2:4] * size, table[:, 4], table[:, 5] * alpha
                out[:, 6:] = table[:, 6:]
                layer.glows(out)
