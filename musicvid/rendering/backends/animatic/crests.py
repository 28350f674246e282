"""Ground that people walk along, seen from the side: its crest on the screen."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.brushes.ridges import crest
from musicvid.rendering.backends.animatic.canvas import Layer, Table
from musicvid.rendering.backends.animatic.stage import View


def crest_of(line: Table, layer: Layer, view: View, depth_m: float, length_m: float, base: float, tall: float) -> Table:
    """The crest table of ``layer`` (see ``brushes.ridges.crest``): ``line`` float32 (4096,) of 0..1 spread over
    ``length_m`` metres at ``depth_m``, between rows ``base`` + ``tall`` / 2 and ``base`` - ``tall`` / 2."""

    own, metre, f = layer.scale, view.focal / depth_m, np.float32
    step = line.size / length_m / metre / own
    start = (view.across - view.centre / metre) % length_m * (line.size / length_m) + 0.5 * step
    foot, rise = f((base + 0.5 * tall) * own), f(tall * own)
    smooth = int(0.06 * layer.height) + 1
    table: Table = crest(line, layer.width, f(step), f(start), foot, rise, smooth, f(0.0), f(1.0), f(0.0))
    return table


def row_at(table: Table, layer: Layer, column: float) -> float:
    """The row of the picture that the crest is at in ``column`` of the picture."""
    return float(table[0, int(min(max(column * layer.scale, 0.0), layer.width - 1.0))]) / layer.scale
