"""Rows of houses on both sides of a way that leads into the picture, with lit windows, coming towards the viewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musicvid.rendering.backends.animatic.brushes.houses import fronts, windows
from musicvid.rendering.backends.animatic.canvas import Canvas, Table
from musicvid.rendering.backends.animatic.colour import Colour, mix, scaled, yuv
from musicvid.rendering.backends.animatic.stage import Stage, View

_TURN = 64


@dataclass(frozen=True, slots=True)
class Style:
    """``half_m``: from the middle to the fronts; ``deep_m``: shortest and longest front; ``tall_m``: lowest and highest
    house; ``storey_m`` and ``bay_m``: the grid of windows; ``lit``: share of lit ones; ``gables``: pointed tops."""

    half_m: float
    deep_m: tuple[float, float]
    tall_m: tuple[float, float]
    storey_m: float
    bay_m: float
    lit: float
    gables: bool
    walls: tuple[str, ...]
    left_m: float = 0.0


class Street:
    """Two rows of houses that repeat after 64 and slide by with the view's travel."""

    def __init__(self, stage: Stage, style: Style, far_m: float) -> None:
        self.stage, self.style, self.far_m = stage, style, far_m
        p = stage.palette
        self.haze = mix(p.far, p.horizon, 0.45)
        self.sides = [self._side(side) for side in (-1, 1)]

    def _side(self, side: int) -> tuple[float, float, Table, Table]:
        """(x in metres, period in metres, houses, windows) of one side: tables as in ``brushes.houses``, sorted along
        the way."""
        stage, style = self.stage, self.style
        p, own = stage.palette, stage.look.many(f"houses {side}", _TURN, 6)
        deep = style.deep_m[0] + (style.deep_m[1] - style.deep_m[0]) * own[:, 0]
        tall = style.tall_m[0] + (style.tall_m[1] - style.tall_m[0]) * own[:, 1] ** 1.4
        start = np.concatenate([[0.0], np.cumsum(deep)])
        lit_tones = np.stack(
            [mix(p.lamp, yuv(c), k) for c, k in (("#ffffff", 0.15), ("#e8a050", 0.4), ("#cfe0ff", 0.6))]
        )
        walls = [self._tone(colour, side) for colour in style.walls]
        tones = np.stack(walls)[(own[:, 2] * len(walls)).astype(int) % len(walls)]
        houses = np.concatenate([np.stack([start[:-1], start[1:], tall], 1), tones], 1).astype(np.float32)
        # All windows that any house could have, then those that fit it.
        most = (int(style.deep_m[1] / style.bay_m) + 1, int(style.tall_m[1] / style.storey_m) + 1)
        lit = stage.look.many(f"lit {side}", _TURN, *most)
        bays = np.maximum((deep / style.bay_m).astype(int), 1)
        floors = np.maximum(((tall - 1.0) / style.storey_m).astype(int), 1)
        n, b, f = np.indices(lit.shape)
        n, b, f = (axis[(b < bays[:, None, None]) & (f < floors[:, None, None])] for axis in (n, b, f))
        value = lit[n, b, f]
        windows = np.empty((len(n), 8), np.float32)
        windows[:, 0] = start[n] + 0.5 * (deep[n] - bays[n] * style.bay_m) + (b + 0.25) * style.bay_m
        windows[:, 1] = windows[:, 0] + 0.5 * style.bay_m
        windows[:, 2] = 1.0 + f * style.storey_m
        windows[:, 3] = windows[:, 2] + 0.55 * style.storey_m
        on = value < style.lit
        dark = tones + (mix(p.near, p.middle, 0.35) - tones) * np.float32(0.5)
        windows[:, 4] = np.where(on, 1.0, 0.75)
        windows[:, 5:] = np.where(on[:, None], lit_tones[(value * 977).astype(int) % 3], dark[n])
        return side * style.half_m + style.left_m, float(start[-1]), houses, windows

    def _tone(self, colour: str, side: int) -> Colour:
        """A front's colour; the side that the light falls on is brighter."""
        p = self.stage.palette
        tone = mix(p.near, scaled(yuv(colour), 0.45 + 0.5 * p.day), 0.28 + 0.55 * p.day)
        return mix(tone, p.halo, 0.08) if side * self.stage.light_side < 0 else mix(tone, p.near, 0.28)

    def fronts(self, canvas: Canvas, view: View) -> None:
        """All fronts, the farthest first; the two sides meet only at the vanishing point."""
        f, style, near = np.float32, self.style, self.stage.palette.near
        for x, period, houses, _ in self.sides:
            place = (f(period), f(x), f(style.left_m), view.array(), f(self.far_m))
            canvas.mid.quads(fronts(houses, *place, style.gables, self.haze, near))

    def windows(self, canvas: Canvas, view: View, nearest: float = 1.2, farthest: float = 1e3) -> None:
        """Their windows between two distances. Fronts of one side lie in one plane and hide none."""
        f, farthest = np.float32, min(farthest, 0.75 * self.far_m)
        for x, period, _, table in self.sides:
            reach = (f(nearest), f(farthest), f(self.far_m))
            canvas.mid.panes(windows(table, f(period), f(x), view.array(), *reach, self.haze, f(self.stage.width)))
