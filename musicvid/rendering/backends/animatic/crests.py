"""Ground that people walk along, seen from the side: its crest on the screen."""

from __future__ import annotations

import numpy as np

from musicvid.rendering.backends.animatic.canvas import Layer, Table
from musicvid.rendering.backends.animatic.stage import View


def crest_of(line: Table, layer: Layer, view: View, depth_m: float, length_m: float, base: float, tall: float) -> Table:
    """The crest float32 (width,) in rows of ``layer``: ``line`` float32 (4096,) of 0..1 spread over ``length_m`` metres
    at ``depth_m``, between rows ``base`` + ``tall`` / 2 and ``base`` - ``tall`` / 2 of the picture."""
    from musicvid.rendering.backends.animatic.brushes.ridges import crest_line

    own, metre, f = layer.scale, view.focal / depth_m, np.float32
    step = line.size / length_m / metre / own
    start = (view.across - view.centre / metre) % length_m * (line.size / length_m) + 0.5 * step
    crest: Table = crest_line(line, layer.width, f(step), f(start), f((base + 0.5 * tall) * own), f(tall * own))
    return crest


def row_at(crest: Table, layer: Layer, column: float) -> float:
    """The row of the picture that ``crest`` is at in ``column`` of the picture."""
    return float(crest[int(min(max(column * layer.scale, 0.0), layer.width - 1.0))]) / layer.scale
