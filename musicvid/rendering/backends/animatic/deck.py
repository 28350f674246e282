"""The deck of clouds: dense here, thin there, drifting slowly. Worked out now and then, and moved along meanwhile."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.brushes.sky import deck
from musicvid.rendering.backends.animatic.canvas import Layer, Table
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.noise import field
from musicvid.rendering.backends.animatic.stage import Stage, View

_MARGIN, _LASTS_S, _COARSE = 24, 0.22, 3


class Deck:
    """Clouds drift by a pixel or two in a fifth of a second: so long a density is kept, with a margin of 24 samples for
    the camera's own movement."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.texture = field(7 + stage.look.number("clouds") % 3, 256, 1.35)
        self.size = stage.words.between("cloud size", 0.16, 0.30)
        self.across, self.ahead = stage.shot.between("cloud x", 0, 5), stage.shot.between("cloud z", 0, 5)
        self._kept: Table | None = None
        self._time = self._centre = 0.0
        self._rows = 0

    def density(self, layer: Layer, view: View, now: Moment) -> Table | None:
        """float32 (rows down to the horizon, layer width); None when there is no room for clouds."""
        rows = min(int(view.horizon * layer.scale), layer.height)
        if rows < 2:
            return None
        left = _MARGIN - round((view.centre - self._centre) * layer.scale)
        top = self._rows - rows
        fresh = self._kept is None or not 0.0 <= now.time - self._time < _LASTS_S
        if fresh or self._kept is None or not (0 <= left <= 2 * _MARGIN and 0 <= top <= 2 * _MARGIN):
            self._kept = self._worked_out(layer, view, now, rows)
            self._time, self._centre, self._rows = now.time, view.centre, rows + _MARGIN
            left = top = _MARGIN
        kept = self._kept
        return np.ascontiguousarray(kept[top : top + rows, left : left + layer.width])

    def _worked_out(self, layer: Layer, view: View, now: Moment, rows: int) -> Table:
        import cv2

        high, wide, f = rows + _MARGIN, layer.width + 2 * _MARGIN, np.float32
        coarse = np.empty(((high + _COARSE - 1) // _COARSE, (wide + _COARSE - 1) // _COARSE), f)
        s = layer.scale / _COARSE
        across = self.across + 0.006 * now.flow + 0.004 * view.across
        horizon, centre = view.horizon * s + _MARGIN / _COARSE, view.centre * s + _MARGIN / _COARSE
        place = (
            f(self.stage.unit * s),
            f(horizon),
            f(centre),
            f(self.size),
            f(across),
            f(self.ahead + 0.010 * now.flow),
        )
        deck(coarse, self.texture, *place)
        density: Table = cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_LINEAR)
        return density
