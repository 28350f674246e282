"""What drifts through the air: snow, rain, leaves, sparks, lanterns. Each kind is a table of shapes per frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.rendering.backends.animatic.canvas import Table
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.colour import Colour, mix, scaled, yuv
from musicvid.rendering.backends.animatic.stage import Stage

Own = NDArray[np.float32]


class Swarm:
    """``count`` particles with six numbers 0..1 each; ``near`` 0..1 is how close each is to the lens."""

    def __init__(self, stage: Stage, name: str, count: int) -> None:
        area = stage.width * stage.height / stage.unit**2
        self.stage, self.count = stage, max(int(count * min(max(area / 1.78, 0.5), 1.6)), 4)
        self.own: Own = stage.shot.many(name, self.count, 6)
        self.near = self.own[:, 2] ** 2.2

    def fall(self, now: Moment, speed: float, sway: float, slant: float = 0.0) -> tuple[Own, Own]:
        """Columns and rows of particles that fall by ``speed`` reference lengths per second (negative: rise)."""
        stage, o = self.stage, self.own
        pace = 0.35 + 0.65 * self.near
        y = (o[:, 1] + now.flow * speed * pace * stage.unit / (1.2 * stage.height)) % 1.0
        x = o[:, 0] + sway * np.sin(now.flow * (0.6 + o[:, 3]) + 6.28 * o[:, 4]) + slant * now.flow * pace
        return ((x % 1.0) * 1.2 - 0.1) * stage.width, (y * 1.2 - 0.1) * stage.height

    def glows(self, x: Own, y: Own, radius: Own, soft: Own | float, alpha: Own | float, colour: Colour) -> Table:
        table = np.empty((self.count, 9), np.float32)
        table[:, 0], table[:, 1], table[:, 2], table[:, 3], table[:, 4], table[:, 5] = x, y, radius, radius, soft, alpha
        table[:, 6:] = colour
        return table

    def flakes(self, x: Own, y: Own, size: Own, turn: Own, colours: Table, alpha: float) -> Table:
        """Small tumbling bits (leaves, petals, paper) as cones."""
        table = np.empty((self.count, 11), np.float32)
        dx, dy = np.cos(turn) * size, np.sin(turn * 0.7) * size * 0.8
        table[:, 0], table[:, 1], table[:, 3], table[:, 4] = x - dx, y - dy, x + dx, y + dy
        table[:, 2] = table[:, 5] = size * (0.25 + 0.3 * np.abs(np.sin(turn)))
        table[:, 6], table[:, 7] = 1.0, alpha
        table[:, 8:] = colours[np.arange(self.count) % len(colours)]
        return table


def snow(swarm: Swarm, now: Moment) -> Table:
    unit, p = swarm.stage.unit, swarm.stage.palette
    x, y = swarm.fall(now, 0.16, 0.02, 0.010)
    return swarm.glows(x, y, (0.0016 + 0.0075 * swarm.near) * unit, 0.45 + 0.4 * swarm.near, 0.85 - 0.45 * swarm.near,
                       mix(yuv("#ffffff"), p.horizon, 0.25))  # fmt: skip


def rain(swarm: Swarm, now: Moment) -> Table:
    """Streaks, as cones."""
    unit, p = swarm.stage.unit, swarm.stage.palette
    x, y = swarm.fall(now, 1.9, 0.0, -0.10)
    long = (0.022 + 0.05 * swarm.near) * unit
    table = np.empty((swarm.count, 11), np.float32)
    table[:, 0], table[:, 1], table[:, 3], table[:, 4] = x, y, x - 0.09 * long, y + long
    table[:, 2] = table[:, 5] = (0.0006 + 0.0007 * swarm.near) * unit
    table[:, 6], table[:, 7] = 1.0, 0.22 + 0.2 * swarm.near
    table[:, 8:] = mix(p.horizon, yuv("#ffffff"), 0.5)
    return table


_LEAVES = ("#c8641c", "#a8341c", "#d89a28", "#84481c", "#c8841c")
_PETALS = ("#f8c8d4", "#f4a8bc", "#fce4e8")
_PAPER = ("#e8483c", "#f0c030", "#3c8ae0", "#40b068", "#e070b0")


def leaves(swarm: Swarm, now: Moment, tones: tuple[str, ...] = _LEAVES) -> Table:
    unit, p = swarm.stage.unit, swarm.stage.palette
    x, y = swarm.fall(now, 0.13 if tones is not _PAPER else 0.2, 0.05, 0.02)
    colours = np.stack([scaled(yuv(c), 0.45 + 0.55 * max(p.day, 0.3)) for c in tones])
    size = (0.0045 + 0.010 * swarm.near) * unit * (0.7 if tones is not _LEAVES else 1.0)
    return swarm.flakes(x, y, size, 6.28 * swarm.own[:, 4] + now.flow * (1.0 + 2.4 * swarm.own[:, 5]), colours, 0.95)


def embers(swarm: Swarm, now: Moment) -> Table:
    unit = swarm.stage.unit
    x, y = swarm.fall(now, -0.20, 0.03, 0.01)
    flicker = 0.6 + 0.4 * np.sin(now.flow * (3.0 + 5.0 * swarm.own[:, 3]) + 6.28 * swarm.own[:, 5])
    return swarm.glows(
        x, y, (0.002 + 0.006 * swarm.near) * unit, 0.8, flicker * (0.55 + 0.35 * now.onset), yuv("#ffa048")
    )


def fireflies(swarm: Swarm, now: Moment) -> Table:
    stage, o = swarm.stage, swarm.own
    t = now.flow * 0.35
    x = (
        o[:, 0] + 0.06 * np.sin(t * (1 + o[:, 3]) + 6.28 * o[:, 4]) + 0.03 * np.sin(2.7 * t + 9 * o[:, 5])
    ) * stage.width
    y = (0.42 + 0.52 * o[:, 1] + 0.05 * np.sin(1.4 * t * (1 + o[:, 4]) + 6.28 * o[:, 3])) * stage.height
    blink = np.clip(np.sin(now.flow * (0.8 + o[:, 5]) + 6.28 * o[:, 2]) * 1.4, 0.0, 1.0)
    return swarm.glows(
        x, y, (0.007 + 0.012 * swarm.near) * stage.unit, 1.0, blink * (0.7 + 0.25 * now.onset), yuv("#e8f08c")
    )


def dust(swarm: Swarm, now: Moment) -> Table:
    unit, p = swarm.stage.unit, swarm.stage.palette
    x, y = swarm.fall(now, -0.018, 0.02, 0.006)
    return swarm.glows(
        x,
        y,
        (0.0015 + 0.010 * swarm.near) * unit,
        0.8,
        (0.30 - 0.16 * swarm.near) * (0.8 + 0.4 * now.onset),
        mix(p.halo, p.sun, 0.5),
    )


def lanterns(swarm: Swarm, now: Moment) -> tuple[Table, Table]:
    """(light around, paper lanterns): glows and cones."""
    unit, lamp = swarm.stage.unit, yuv("#ffb050")
    x, y = swarm.fall(now, -0.045, 0.015, 0.004)
    size = (0.006 + 0.022 * swarm.near) * unit
    paper = np.empty((swarm.count, 11), np.float32)
    paper[:, 0], paper[:, 1], paper[:, 2] = x, y - 0.55 * size, 0.62 * size
    paper[:, 3], paper[:, 4], paper[:, 5] = x, y + 0.7 * size, 0.46 * size
    paper[:, 6], paper[:, 7] = 1.0, 0.95
    paper[:, 8:] = mix(lamp, yuv("#ffe8b0"), 0.3)
    return swarm.glows(x, y, 4.0 * size, 1.0, 0.26 + 0.06 * now.pulse, lamp), paper


def paper(swarm: Swarm, now: Moment) -> Table:
    return leaves(swarm, now, _PAPER)


def petals(swarm: Swarm, now: Moment) -> Table:
    return leaves(swarm, now, _PETALS)
