"""What hangs in the sky because the prompt says so: hot-air balloons, kites."""

from __future__ import annotations

import math

import numpy as np

from musicvid.rendering.backends.animatic import props
from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import mix, scaled, yuv
from musicvid.rendering.backends.animatic.sketch import Sketch
from musicvid.rendering.backends.animatic.stage import Stage, View

_KITES = ("#e8483c", "#f0c030", "#3c8ae0", "#e070b0")


class Aloft:
    def __init__(self, stage: Stage) -> None:
        p, things, shot = stage.palette, stage.brief.things, stage.shot
        self.stage = stage
        self.floats: list[tuple[Sketch, float, float, float]] = []
        if "balloon" in things:
            for n in range(shot.choose("balloons", [2, 3, 4])):
                size = (0.26, 0.13, 0.09, 0.06)[n] * shot.between(f"balloon size {n}", 0.85, 1.15)
                haze = 0.08 + 0.18 * n
                self.floats.append(
                    (
                        props.balloon(p, haze),
                        shot.between(f"balloon x {n}", -0.42, 0.42),
                        shot.between(f"balloon y {n}", 0.12, 0.40),
                        size,
                    )
                )
        if "kite" in things:
            for n in range(2):
                self.floats.append(
                    (
                        self._kite(_KITES[(n + shot.number("kite")) % 4]),
                        shot.between(f"kite x {n}", -0.4, 0.4),
                        shot.between(f"kite y {n}", 0.18, 0.38),
                        0.075 - 0.02 * n,
                    )
                )

    def _kite(self, colour: str) -> Sketch:
        p = self.stage.palette
        a = mix(scaled(yuv(colour), 0.55 + 0.45 * p.day), p.far, 0.12)
        b = scaled(a, 0.82)
        out = (
            Sketch()
            .quad((0.0, 1.0), (0.36, 0.62), (0.0, 0.0), (0.0, 0.0), a)
            .quad((0.0, 1.0), (-0.36, 0.62), (0.0, 0.0), (0.0, 0.0), b)
        )
        for n in range(4):
            out.cone((0.05 * (-1) ** n, -0.22 * n), 0.02, (0.05 * (-1) ** (n + 1), -0.22 * (n + 1)), 0.016, a)
        return out

    def paint(self, canvas: Canvas, view: View, now: Moment) -> None:
        stage, unit = self.stage, self.stage.unit
        for n, (sketch, x, y, size) in reversed(list(enumerate(self.floats))):
            px = (
                view.centre
                + x * stage.width
                + 0.02 * unit * math.sin(0.23 * now.flow + 2.0 * n)
                + 0.006 * unit * now.flow * (1 - 2 * (n % 2))
            )
            py = view.horizon - y * unit + 0.012 * unit * math.sin(0.4 * now.flow + 1.3 * n)
            sketch.paint(
                canvas.mid,
                float(np.clip(px, -unit, stage.width + unit)),
                py,
                size * unit,
                tilt=0.05 * math.sin(0.5 * now.flow + n),
            )
