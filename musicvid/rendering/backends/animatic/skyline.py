"""A city from afar: rows of towers with lit windows, one row behind the other, and their lights in water."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Canvas, Table
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, yuv
from musicvid.rendering.backends.animatic.ridgeline import Part
from musicvid.rendering.backends.animatic.stage import Stage, View

_TOWERS = 34


@dataclass(frozen=True, slots=True)
class _Row:
    """Towers and windows as panes in reference lengths (y down from the foot), sorted from left to right; the row
    repeats after ``period`` and slides by as what is ``depth_m`` away."""

    towers: Table
    windows: Table
    period: float
    depth_m: float


class Skyline:
    """``tall`` is the height of its highest tower in reference lengths, ``haze`` how far the nearest row has melted."""

    def __init__(self, stage: Stage, tall: float, haze: float, rows: int = 2) -> None:
        self.stage = stage
        self.rows = [self._row(n, 1.0 - n / max(rows - 1, 1), tall, haze) for n in range(rows)]

    def _row(self, n: int, away: float, tall: float, haze: float) -> _Row:
        p, own = self.stage.palette, self.stage.look.many(f"towers {n}", _TOWERS, 5)
        wide = (0.035 + 0.055 * own[:, 0]) * (1.25 - 0.35 * away)
        left = np.cumsum(wide * (0.80 + 0.35 * own[:, 4])) - wide
        fade = haze + (0.92 - haze) * away * 0.8
        towers = np.empty((_TOWERS, 8), np.float32)
        towers[:, 0], towers[:, 2], towers[:, 3], towers[:, 4] = left, left + wide, 0.02, 1.0
        towers[:, 1] = -tall * (0.25 + 0.75 * own[:, 1] ** 2.2) * (1.0 - 0.30 * (1 - away))
        for k in range(_TOWERS):
            towers[k, 5:] = mix(p.haze(min(fade + 0.08 * (own[k, 3] - 0.5), 1.0)), p.horizon, 0.12 * fade)
        windows = self._windows(towers, n, fade)
        return _Row(towers, windows[np.argsort(windows[:, 0])], float(towers[-1, 2]), 900.0 * away + 160.0)

    def _windows(self, towers: Table, row: int, fade: float) -> Table:
        """Lit windows on a grid of each tower's own; by day few, at night many."""
        p, share = self.stage.palette, 0.08 + 0.34 * (1.0 - self.stage.palette.day)
        warm, cool, tables = p.lamp, mix(p.lamp, yuv("#dfe8ff"), 0.7), []
        many = self.stage.look.many(f"windows {row}", _TOWERS, 48, 16)
        for k, tower in enumerate(towers):
            columns, floors = max(int((tower[2] - tower[0]) / 0.0105), 2), max(int(-tower[1] / 0.0125), 2)
            lit = many[k, :floors, :columns]
            cell, storey = (tower[2] - tower[0]) / columns, -tower[1] / floors
            j, i = np.nonzero(lit < share)
            table = np.empty((len(i), 8), np.float32)
            table[:, 0], table[:, 1] = tower[0] + (i + 0.26) * cell, tower[1] + (j + 0.30) * storey
            table[:, 2], table[:, 3], table[:, 4] = table[:, 0] + 0.48 * cell, table[:, 1] + 0.45 * storey, 1.0
            tone = np.where((lit[j, i] < 0.25 * share)[:, None], cool, warm)
            table[:, 5:] = tone + (tower[5:8] - tone) * min(0.25 + 0.55 * fade, 0.9)
            tables.append(table)
        return np.concatenate(tables)

    def _placed(self, row: _Row, table: Table, view: View, foot: float) -> Table:
        """What of ``table`` is in the picture, in pixels; the row repeats over its width."""
        stage = self.stage
        zoom = stage.unit * view.focal / stage.focal
        shift = -view.across / row.depth_m * stage.focal / stage.unit - 0.37 * row.period
        left, right = -view.centre / zoom - shift, (stage.width - view.centre) / zoom - shift
        parts = []
        for n in range(int(np.floor(left / row.period)), int(np.floor(right / row.period)) + 1):
            off = n * row.period
            first, last = np.searchsorted(table[:, 0], (left - off - 0.1, right - off))
            part = table[first:last].copy()
            part[:, 0:4:2] = view.centre + (part[:, 0:4:2] + (shift + off)) * zoom
            part[:, 1:4:2] = foot + part[:, 1:4:2] * zoom
            parts.append(part)
        return np.concatenate(parts) if parts else table[:0]

    def paint(self, canvas: Canvas, view: View, foot: float, part: Part = "all") -> None:
        """Paint the rows that stand on row ``foot`` of the picture: all, only the nearest, or only the others."""
        for n, row in enumerate(self.rows):
            if part == "all" or (part == "near") == (n == len(self.rows) - 1):
                canvas.mid.panes(self._placed(row, row.towers, view, foot))
                canvas.mid.panes(self._placed(row, row.windows, view, foot))

    def reflect(self, canvas: Canvas, view: View, now: Moment) -> None:
        """Columns of light under the nearest row's windows, trembling with the water."""
        stage = self.stage
        if stage.palette.day > 0.6:
            return
        nearest = self.rows[-1]
        placed = self._placed(nearest, nearest.windows[::6], view, view.horizon)
        table = np.empty((len(placed), 9), np.float32)
        tremble = np.sin(2.2 * now.flow + 1.7 * np.arange(len(placed)))
        reach = (view.horizon - placed[:, 1]) * 0.55 + 0.03 * stage.unit
        table[:, 0] = 0.5 * (placed[:, 0] + placed[:, 2]) + 0.0025 * stage.unit * tremble
        table[:, 1], table[:, 2], table[:, 3] = view.horizon + 0.9 * reach, 0.0045 * stage.unit, reach
        table[:, 4], table[:, 5], table[:, 6:] = 1.0, 0.30 + 0.06 * tremble, placed[:, 5:]
        canvas.mid.glows(table)
