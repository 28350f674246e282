"""People as silhouettes with a little colour and the light's edge."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from musicvid.rendering.backends.animatic.brushes.placing import body
from musicvid.rendering.backends.animatic.canvas import Canvas, Table
from musicvid.rendering.backends.animatic.cast import Person
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.clothes import INNER, materials
from musicvid.rendering.backends.animatic.colour import mix
from musicvid.rendering.backends.animatic.movement import colourless, movement
from musicvid.rendering.backends.animatic.palette import Palette
from musicvid.rendering.backends.animatic.stage import View


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a company stands and faces: metres to the right and away, ``yaw`` 0 away from the viewer, pi/2 to the
    right. ``light`` is the side that the light comes from, -1 or 1; ``shadow`` its shadow's length per body height."""

    x_m: float
    depth_m: float
    yaw: float
    light: float
    shadow: float = 0.0


class Company:
    """The people of a shot: they walk together, in step with the beat."""

    def __init__(self, people: Sequence[Person], palette: Palette, action: str) -> None:
        self.palette = palette
        self.moves = movement(tuple(colourless(p) for p in people), action)
        colours = [materials(p, i, palette) for i, p in enumerate(people)]
        self.tones = [c[m].astype(np.float32) for c, m in zip(colours, self.moves.materials, strict=True)]
        self.rim = mix(palette.halo, palette.sun, 0.5)

    def paint(self, canvas: Canvas, now: Moment, view: View, stand: Stand) -> None:
        """Paint shadows, lit edges and bodies. With a shallow focus all edges lie softly behind everybody."""
        bodies, places = self.moves.at(now.steps), self._places(stand.yaw)
        if stand.shadow:
            canvas.mid.cones(self._shadow([b for _, b in bodies], places, view, stand))
        order = sorted(range(len(places)), key=lambda i: -places[i][1])
        tables = [self._cones(i, bodies[i][0], places[i], view, stand) for i in order]
        if canvas.shallow:
            canvas.mid.cones(np.concatenate([rim for rim, _ in tables]))
            canvas.focus()
            canvas.full.cones(np.concatenate([own for _, own in tables]))
        else:
            canvas.focus()
            canvas.full.cones(np.concatenate([table for pair in tables for table in pair]))

    def _places(self, yaw: float) -> list[tuple[float, float, float]]:
        """(metres to the right, metres away, own yaw) of everyone about the company's middle."""
        c, s = math.cos(yaw), math.sin(yaw)
        if self.moves.waltz:
            return [(-0.19 * s, -0.19 * c, yaw), (0.19 * s, 0.19 * c, yaw + math.pi)]
        # Seen from the side they walk a little staggered, so that neither hides the other.
        slant = 0.75 * abs(s)
        return [(p * (c + s * slant), p * (c * slant - s), yaw) for p in self.moves.places]

    def _cones(
        self, i: int, shape: Table, place: tuple[float, float, float], view: View, stand: Stand
    ) -> tuple[Table, Table]:
        """(lit edges, body): all cones in the light's colour, and again a little smaller and away from the light, so
        that a lit edge stays only where the outline faces it."""
        depth, f = max(stand.depth_m + place[1], 0.3), np.float32
        foot = (f(view.x(stand.x_m + place[0], depth)), f(view.y(0.0, depth)))
        pixels, facing = f(view.focal / depth * self.moves.sizes[i]), (f(math.cos(place[2])), f(math.sin(place[2])))
        rim, own = body(shape, self.tones[i], self.rim, *foot, pixels, *facing, f(stand.light), f(INNER))
        return rim, own

    def _shadow(self, bones: list[Table], places: list[tuple[float, float, float]], view: View, stand: Stand) -> Table:
        """Shadows on the ground, falling towards the viewer and away from the light."""
        out = np.empty((len(bones), 4, 11), np.float32)
        for i, bone in enumerate(bones):
            c, s, size = math.cos(places[i][2]), math.sin(places[i][2]), self.moves.sizes[i]
            depth = max(stand.depth_m + places[i][1], 0.3)
            for column, k in ((0, 0), (3, 4)):
                high = bone[:, k + 1] * size
                z = np.maximum(depth - high * stand.shadow, 0.35)
                metre = view.focal / z
                x = stand.x_m + places[i][0] + (bone[:, k] * c + bone[:, k + 2] * s) * size
                out[i, :, column] = view.centre + (x - stand.light * high * stand.shadow * 0.45 - view.across) * metre
                out[i, :, column + 1] = view.horizon + view.eye * metre
                out[i, :, column + 2] = bone[:, k + 3] * size * metre
            out[i, :, 6] = 0.5 * (out[i, :, 2] + out[i, :, 5])
        out[:, :, 7], out[:, :, 8:] = 0.34, self.palette.near
        return out.reshape(-1, 11)
