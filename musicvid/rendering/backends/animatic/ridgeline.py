"""Chains of hills, mountains, dunes or woods, one behind the other, melting into the haze."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from musicvid.rendering.backends.animatic.brushes.ridges import crest
from musicvid.rendering.backends.animatic.canvas import Canvas, Table
from musicvid.rendering.backends.animatic.colour import mix
from musicvid.rendering.backends.animatic.noise import profile
from musicvid.rendering.backends.animatic.stage import Stage, View

_SIZE = 4096
Part = Literal["all", "far", "near"]


@dataclass(frozen=True, slots=True)
class Chain:
    """One ridge. ``line`` float32 (4096,) in 0..1; ``base`` and ``height`` in reference lengths above the horizon,
    ``wide`` reference lengths per turn of the line, ``depth_m`` how far away it slides by, ``haze`` 0 near to 1 far."""

    line: Table
    base: float
    height: float
    wide: float
    depth_m: float
    haze: float
    offset: float


@lru_cache(maxsize=16)
def teeth(kind: int, count: int, sharp: float) -> Table:
    """Tree tops along a line: float32 (4096,), 0..1, ``count`` trees; ``sharp`` 1 spruces, 0 round crowns."""
    rng = np.random.default_rng([kind, count])
    x, out = np.arange(_SIZE, dtype=np.float32), np.zeros(_SIZE, np.float32)
    for centre, height, wide in zip(
        rng.uniform(0, _SIZE, count), rng.uniform(0.35, 1.0, count) ** 1.3, rng.uniform(0.7, 1.5, count), strict=True
    ):
        reach = _SIZE / count * 1.5 * wide
        off = np.abs((x - centre + _SIZE / 2) % _SIZE - _SIZE / 2) / reach
        shape = (1 - off) if sharp else np.sqrt(np.maximum(1 - off * off, 0))
        np.maximum(out, height * shape, out=out)
    return out


_SHAPES = {
    #            roughness, slowest wave, height far and near, width of a turn, share of tree tops
    "mountains": (1.42, 3, 0.42, 0.09, 3.4, 0.14),
    "hills": (2.1, 2, 0.16, 0.06, 2.4, 0.16),
    "dunes": (2.6, 2, 0.18, 0.04, 2.2, 0.0),
    "woods": (2.0, 2, 0.14, 0.08, 2.0, 0.42),
}
_BARE_ABOVE = {"mountains": 0.6, "hills": 0.5, "dunes": 2.0, "woods": -1.0}
"""Ranks 0 (far) to 1 (near) up to which a ridge shows no trees."""


def chains(stage: Stage, kind: str, count: int, lift: float = 0.0) -> list[Chain]:
    """``count`` ridges of ``kind`` (mountains, hills, dunes, woods), from far to near."""
    look, shot, out = stage.look, stage.shot, []
    seed = look.number("ridges") % 997
    rough, lowest, high, low, wide, trees = _SHAPES[kind]
    sharp = 0.0 if kind == "hills" or "autumn" in stage.brief.moods else 1.0
    for n in range(count):
        t = n / max(count - 1, 1)
        line = profile(seed + 11 * n, _SIZE, rough + 0.25 * t, lowest + n % 2)
        if t > _BARE_ABOVE[kind]:
            line = (1 - trees) * line + trees * teeth(seed + n, int(130 - 50 * t), sharp)
        height = (high + (low - high) * t**0.8) * look.between(f"height {n}", 0.8, 1.2)
        offset = look.between(f"offset {n}", 0, 1) + shot.between(f"offset {n}", 0, 1)
        depth, haze = 400.0 * (1 - t) ** 2 + 45.0, 0.92 - 0.55 * t
        line = line.astype(np.float32)
        out.append(Chain(line, lift * (1 - t), height, wide * (1 + 0.2 * t), depth, haze, offset))
    return out


def slopes(stage: Stage, kind: str, low: float) -> list[Chain]:
    """Two wooded or bare slopes between the horizon and ``low`` (reference lengths below it), for views across."""
    look, shot = stage.look, stage.shot
    out = []
    for n, (share, depth, haze) in enumerate(((0.25, 60.0, 0.45), (0.62, 32.0, 0.26))):
        line = profile(look.number("slopes") % 997 + 5 * n, _SIZE, 1.9, 3 + 2 * n).copy()
        if kind in ("woods", "mountains", "hills"):
            rich = 0.30 if kind == "woods" else 0.20
            line = (1 - rich) * line + rich * teeth(
                look.number("slopes") % 97 + n, 190 - 80 * n, 0.0 if kind == "hills" else 1.0
            )
        out.append(
            Chain(
                line.astype(np.float32),
                -low * share - 0.03,
                0.13 - 0.02 * n,
                2.6 + 0.6 * n,
                depth,
                haze,
                shot.between(f"slope {n}", 0, 1),
            )
        )
    return out


class Ridges:
    """Paints chains down to the horizon, lit by the haze before the sun."""

    def __init__(self, stage: Stage, links: list[Chain]) -> None:
        p = stage.palette
        # Under a high horizon the ridges stay low, so that the sky keeps its room.
        self.low = min(1.0, 0.25 + 0.75 * stage.horizon / (0.55 * stage.unit))
        if stage.brief.time == "night":  # and leave the moon alone
            self.low *= 0.75
        self.stage, self.links, self.halo = stage, links, p.halo
        self.tones = [(p.haze(c.haze), mix(p.haze(min(c.haze + 0.22, 1.0)), p.horizon, 0.35 * c.haze)) for c in links]

    def paint(self, canvas: Canvas, view: View, sun_x: float, stop: float, part: Part = "all") -> None:
        """Paint down to row ``stop``: all chains, or the half that belongs to the distance, or the near half."""
        unit, layer, f = self.stage.unit, canvas.mid, np.float32
        s, zoom = layer.scale, unit * view.focal / self.stage.focal * self.low
        links = [n for n, c in enumerate(self.links) if part == "all" or (c.haze > 0.3) == (part == "far")]
        tables, angle = [], 1.1 / view.focal
        for chain in (self.links[n] for n in links):
            step = angle / chain.wide / s * _SIZE
            place = (view.across / chain.depth_m - view.centre * angle) / chain.wide + chain.offset
            line = (chain.line, layer.width, f(step), f(place % 1.0 * _SIZE + 0.5 * step))
            high = (f((view.horizon - chain.base * zoom) * s), f(chain.height * zoom * s), int(0.06 * layer.height) + 1)
            tables.append(crest(*line, *high, f(sun_x * s), f(0.42 * unit * s), f(0.42 * chain.haze)))
        for k, (n, table) in enumerate(zip(links, tables, strict=True)):
            hidden = float(tables[k + 1][0].max()) / s + 3.0 if k + 1 < len(tables) else stop
            layer.ridge(table, min(stop, hidden), 0.22 * unit, *self.tones[n], self.halo, soft=1.0 / s)
