"""Rows of houses on both sides of a way that leads into the picture, with lit windows, coming towards the viewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
        """(x in metres, period, houses, windows). Houses: start, stop, height, Y, U, V; windows: start, stop, low, high,
        alpha, Y, U, V; both sorted along the way."""
        stage, style = self.stage, self.style
        p, own = stage.palette, stage.look.many(f"houses {side}", _TURN, 6)
        deep = style.deep_m[0] + (style.deep_m[1] - style.deep_m[0]) * own[:, 0]
        tall = style.tall_m[0] + (style.tall_m[1] - style.tall_m[0]) * own[:, 1] ** 1.4
        start = np.concatenate([[0.0], np.cumsum(deep)])
        panes = [mix(p.lamp, yuv("#ffffff"), 0.15), mix(p.lamp, yuv("#e8a050"), 0.4), mix(p.lamp, yuv("#cfe0ff"), 0.6)]
        houses, windows = [], []
        for n in range(_TURN):
            tone = self._tone(style.walls[int(own[n, 2] * len(style.walls)) % len(style.walls)], side)
            houses.append((start[n], start[n + 1], tall[n], *tone))
            bays, floors = max(int(deep[n] / style.bay_m), 1), max(int((tall[n] - 1.0) / style.storey_m), 1)
            lit = stage.look.many(f"lit {side} {n}", bays, floors)
            dark = mix(tone, mix(p.near, p.middle, 0.35), 0.5)
            for b in range(bays):
                z = start[n] + 0.5 * (deep[n] - bays * style.bay_m) + (b + 0.25) * style.bay_m
                for f in range(floors):
                    low, on = 1.0 + f * style.storey_m, lit[b, f] < style.lit
                    tone_here = panes[int(lit[b, f] * 977) % 3] if on else dark
                    windows.append(
                        (z, z + 0.5 * style.bay_m, low, low + 0.55 * style.storey_m, 1.0 if on else 0.75, *tone_here)
                    )
        return (
            side * style.half_m + style.left_m,
            float(start[-1]),
            np.array(houses, np.float32),
            np.array(windows, np.float32),
        )

    def _tone(self, colour: str, side: int) -> Colour:
        """A front's colour; the side that the light falls on is brighter."""
        p = self.stage.palette
        tone = mix(p.near, scaled(yuv(colour), 0.45 + 0.5 * p.day), 0.28 + 0.55 * p.day)
        return mix(tone, p.halo, 0.08) if side * self.stage.light_side < 0 else mix(tone, p.near, 0.28)

    def _fog(self, depth: Table) -> Table:
        return np.clip(depth / (depth + 0.42 * self.far_m) + np.maximum(depth / self.far_m - 0.7, 0.0), 0.0, 1.0)

    def _visible(self, table: Table, period: float, travel: float, closest: float) -> Table:
        """Rows between ``closest`` and the far end, their first two columns as depths, the farthest first."""
        lap = float(np.floor(travel / period)) * period
        twice = np.concatenate([table, table])
        twice[: len(table), :2] += np.float32(lap - travel)
        twice[len(table) :, :2] += np.float32(lap + period - travel)
        twice = twice[(twice[:, 1] > closest) & (twice[:, 0] < self.far_m)]
        return twice[::-1]

    def fronts(self, canvas: Canvas, view: View) -> None:
        """All fronts, the farthest first."""
        parts = [
            self._fronts(view, x, self._visible(houses, period, view.travel, 1.2))
            for x, period, houses, _ in self.sides
        ]
        canvas.mid.quads(np.concatenate(parts))

    def windows(self, canvas: Canvas, view: View) -> None:
        """Their windows. Fronts of one side lie in one plane and hide none."""
        parts = [
            self._panes(view, x, self._visible(windows, period, view.travel, 2.4))
            for x, period, _, windows in self.sides
        ]
        canvas.mid.panes(np.concatenate(parts))

    def _fronts(self, view: View, x: float, houses: Table) -> Table:
        near, far = np.maximum(houses[:, 0], 1.0), houses[:, 1]
        ends = []
        for z in (near, far):
            metre = view.focal / z
            ends.append(
                (
                    view.centre + (x - view.across) * metre,
                    view.horizon + (view.eye - houses[:, 2]) * metre,
                    view.horizon + view.eye * metre + 1,
                )
            )
        (xa, ya, ga), (xb, yb, gb) = ends
        out_x = view.centre + (x + np.sign(x - self.style.left_m) * 9.0 - view.across) * view.focal / near
        tone = houses[:, 3:6]
        haze = self.haze[None, :]
        ca = tone + (haze - tone) * self._fog(near)[:, None]
        cb = tone + (haze - tone) * self._fog(far)[:, None]
        end = ca + (self.stage.palette.near - ca) * np.float32(0.30)
        span = np.where(np.abs(xb - xa) < 0.5, 0.5, xb - xa)
        zero, one = np.zeros_like(xa), np.ones_like(xa)
        back = np.stack([xa, ya, out_x, ya, out_x, ga, xa, ga, one, one, zero, zero, zero], 1)
        front = np.stack([xa, ya, xb, yb, xb, gb, xa, ga, one, one, -xa / span, 1 / span, zero], 1)
        runs = [np.concatenate([back, end, end], 1), np.concatenate([front, ca, cb], 1)]
        if self.style.gables:
            peak = 0.5 * (near + far)
            metre = view.focal / peak
            xm, ym = view.centre + (x - view.across) * metre, view.horizon + (view.eye - houses[:, 2] - 2.4) * metre
            gable = np.stack([xa, ya + 1, xm, ym, xb, yb + 1, xb, yb + 1, one, one, -xa / span, 1 / span, zero], 1)
            runs.append(np.concatenate([gable, ca, cb], 1))
        return np.stack(runs, 1).reshape(-1, 19).astype(np.float32)

    def _panes(self, view: View, x: float, windows: Table) -> Table:
        metre_a, metre_b = view.focal / windows[:, 0], view.focal / windows[:, 1]
        xa, xb = view.centre + (x - view.across) * metre_a, view.centre + (x - view.across) * metre_b
        metre = 0.5 * (metre_a + metre_b)
        out = np.empty((len(windows), 8), np.float32)
        out[:, 0], out[:, 2] = np.minimum(xa, xb), np.maximum(xa, xb)
        out[:, 1], out[:, 3] = (
            view.horizon + (view.eye - windows[:, 3]) * metre,
            view.horizon + (view.eye - windows[:, 2]) * metre,
        )
        fog = self._fog(windows[:, 0])
        out[:, 4] = windows[:, 4]
        out[:, 5:] = windows[:, 5:] + (self.haze[None, :] - windows[:, 5:]) * (0.85 * fog)[:, None]
        seen = (out[:, 2] > 0) & (out[:, 0] < self.stage.width) & (out[:, 3] > 0) & (out[:, 2] - out[:, 0] > 0.3)
        return out[seen & ((windows[:, 4] == 1.0) | (metre > 7))]
