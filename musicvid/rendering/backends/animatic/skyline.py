"""A city from afar: rows of towers with lit windows, one row behind the other, and their lights in water."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas, Table
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, yuv
from musicvid.rendering.backends.animatic.stage import Stage, View

_TOWERS = 34


class Skyline:
    """``tall`` is the height of its highest tower in reference lengths, ``haze`` how far the nearest row has melted."""

    def __init__(self, stage: Stage, tall: float, haze: float, rows: int = 2) -> None:
        self.stage, self.tall = stage, tall
        p = stage.palette
        self.rows: list[tuple[Table, Table, float]] = []
        for n in range(rows):
            chance = stage.look.many(f"towers {n}", _TOWERS, 5)
            depth = 1.0 - n / max(rows - 1, 1)
            wide = (0.035 + 0.055 * chance[:, 0]) * (1.25 - 0.35 * depth)
            left = np.cumsum(wide * (0.80 + 0.35 * chance[:, 4])) - wide
            high = tall * (0.25 + 0.75 * chance[:, 1] ** 2.2) * (1.0 - 0.30 * (1 - depth))
            fade = haze + (0.92 - haze) * depth * 0.8
            towers = np.empty((_TOWERS, 8), np.float32)
            towers[:, 0], towers[:, 1], towers[:, 2], towers[:, 3] = left, -high, left + wide, 0.02
            towers[:, 4] = 1.0
            for k in range(_TOWERS):
                towers[k, 5:] = mix(p.haze(min(fade + 0.08 * (chance[k, 3] - 0.5), 1.0)), p.horizon, 0.12 * fade)
            self.rows.append((towers, self._windows(towers, n, fade), 900.0 * depth + 160.0))
        self.period = [float(t[-1, 2]) for t, _, _ in self.rows]

    def _windows(self, towers: Table, row: int, fade: float) -> Table:
        """Lit windows on a grid of each tower's own; by day few, at night many."""
        stage, p = self.stage, self.stage.palette
        share = 0.08 + 0.34 * (1.0 - p.day)
        out = []
        for k, tower in enumerate(towers):
            columns, floors = max(int((tower[2] - tower[0]) / 0.0105), 2), max(int(-tower[1] / 0.0125), 2)
            lit = stage.look.many(f"windows {row} {k}", floors, columns)
            cell, storey = (tower[2] - tower[0]) / columns, -tower[1] / floors
            for j, i in np.argwhere(lit < share):
                x, y = tower[0] + (i + 0.26) * cell, tower[1] + (j + 0.30) * storey
                warm = mix(p.lamp, yuv("#dfe8ff"), 0.7 if lit[j, i] < 0.25 * share else 0.0)
                tone = mix(warm, tower[5:8], min(0.25 + 0.55 * fade, 0.9))
                out.append((x, y, x + 0.48 * cell, y + 0.45 * storey, 1.0, *tone))
        return np.array(out, np.float32).reshape(-1, 8)

    def _placed(
        self, table: Table, view: View, depth_m: float, period: float, foot: float, onset: float = 0.0
    ) -> Table:
        """The table in pixels, repeated over the width of the picture."""
        stage = self.stage
        zoom = stage.unit * view.focal / stage.focal
        shift = -view.across / depth_m * stage.focal / stage.unit - 0.37 * period
        first = int(np.floor((-(view.centre / zoom) - shift) / period))
        last = int(np.floor(((stage.width - view.centre) / zoom - shift) / period))
        parts = []
        for n in range(first, last + 1):
            part = table.copy()
            part[:, 0] = view.centre + (table[:, 0] + shift + n * period) * zoom
            part[:, 2] = view.centre + (table[:, 2] + shift + n * period) * zoom
            part[:, 1], part[:, 3] = foot + table[:, 1] * zoom, foot + table[:, 3] * zoom
            parts.append(part[(part[:, 2] > 0) & (part[:, 0] < stage.width)])
        return np.concatenate(parts) if parts else table[:0]

    def paint(self, canvas: Canvas, view: View, now: Moment, foot: float, nearest: bool | None = None) -> None:
        """Paint the rows that stand on row ``foot``: all of them, or only the ``nearest``, or only the others."""
        for n, ((towers, windows, depth), period) in enumerate(zip(self.rows, self.period, strict=True)):
            if nearest is not None and nearest != (n == len(self.rows) - 1):
                continue
            canvas.mid.panes(self._placed(towers, view, depth, period, foot))
            canvas.mid.panes(self._placed(windows, view, depth, period, foot))

    def reflect(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Columns of light under the nearest row's windows, trembling with the water."""
        stage, p = self.stage, self.stage.palette
        if p.day > 0.6:
            return
        _, windows, depth = self.rows[-1]
        placed = self._placed(windows[::6], view, depth, self.period[-1], view.horizon)
        table = np.empty((len(placed), 9), np.float32)
        tremble = np.sin(2.2 * now.flow + 1.7 * np.arange(len(placed)))
        reach = (view.horizon - placed[:, 1]) * 0.55 + 0.03 * stage.unit
        table[:, 0] = 0.5 * (placed[:, 0] + placed[:, 2]) + 0.0025 * stage.unit * tremble
        table[:, 1], table[:, 2], table[:, 3] = view.horizon + 0.9 * reach, 0.0045 * stage.unit, reach
        table[:, 4], table[:, 5] = 1.0, 0.30 + 0.06 * tremble
        table[:, 6:] = placed[:, 5:]
        canvas.mid.glows(table)
