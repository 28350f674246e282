"""A thing as the hero of a shot: the paper boat on the floor, the car ahead. It keeps its place in the frame."""

from __future__ import annotations

import math

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas, Layer
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.sketch import Sketch
from musicvid.rendering.backends.animatic.stage import Stage, View

_DEPTH_M = {"wide": 4.4, "medium": 2.7, "close": 1.5}


class Hero:
    """``sketch`` is None where the prompt names nothing of the kind. ``size_m`` is its height in metres."""

    def __init__(self, stage: Stage, on_water: bool = False) -> None:
        brief, p, shot = stage.brief, stage.palette, stage.shot
        self.stage, self.sketch, self.size_m, self.floats = stage, None, 0.4, False
        self.depth = _DEPTH_M[brief.framing] * shot.between("hero depth", 0.85, 1.2)
        self.x = 0.5 * self.depth * shot.choose("hero x", [-0.42, -0.16, 0.16, 0.42]) * stage.width / stage.unit
        sketch: Sketch | None = None
        if "paperboat" in brief.things:
            sketch, self.size_m, self.floats = props.paper_boat(p, 0.0, brief.painted or "#f0c830"), 0.36, True
        elif "car" in brief.things and not brief.people and not on_water:
            sketch, self.size_m = (
                props.car(p, 0.0, brief.painted or shot.choose("car", ["#b02828", "#2848a0", "#c8c0b0"]), True),
                1.45,
            )
            self.depth, self.x = self.depth + 5.0, self.x * 1.4
        self.sketch = sketch

    def beside(self, x_m: float, depth_m: float) -> None:
        """Go along with people who stand at (``x_m``, ``depth_m``)."""
        side = -1.0 if x_m > 0 else 1.0
        self.x, self.depth = x_m + side * (0.75 + 0.08 * depth_m), 0.90 * depth_m

    def paint(self, canvas: Canvas, view: View, now: Moment) -> None:
        """On the ground, with its shadow."""
        if self.sketch is None:
            return
        metre = view.focal / self.depth
        x = view.centre + metre * self.x
        y = view.y(0.0, self.depth)
        self.at(canvas.mid, x, y, self.size_m * metre, now)

    def at(self, layer: Layer, x: float, y: float, size: float, now: Moment, mirror: float = 0.16) -> None:
        """At a place of the picture; a paper boat rocks, and the floor or the water below mirrors it faintly."""
        if self.sketch is None:
            return
        dark = self.stage.palette.near
        layer.glows(np.array([(x, y + 0.03 * size, 1.3 * size, 0.22 * size, 1.0, 0.45, *dark)], np.float32))
        tilt = 0.07 * math.sin(1.3 * now.flow) + 0.02 * now.sway if self.floats else 0.0
        lift = (0.05 * math.sin(1.9 * now.flow) + 0.03 * now.pulse) * size if self.floats else 0.0
        self.sketch.paint(
            layer, x, y + 0.04 * size, size, alpha=mirror, upside=True, soft=max(0.06 * size, 1.0), tilt=-tilt
        )
        self.sketch.paint(layer, x, y - max(lift, 0.0), size, tilt=tilt)
