"""The stage of one shot: how large the picture is, how the camera stands and moves, where the light comes from."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.animatic.brief import Brief
from musicvid.rendering.backends.animatic.clock import Clock, Moment
from musicvid.rendering.backends.animatic.colour import mix
from musicvid.rendering.backends.animatic.palette import Palette, palette_for

_FOCAL = {"wide": 0.95, "medium": 1.15, "close": 1.7}
_TALL = {"wide": (0.20, 0.27), "medium": (0.44, 0.56), "close": (1.25, 1.5)}
_HORIZONS = {"wide": (0.40, 0.52, 0.62, 0.69), "medium": (0.42, 0.52, 0.60), "close": (0.50, 0.60)}


@dataclass(frozen=True, slots=True)
class View:
    """The camera at one frame: a pin-hole at height ``eye`` above level ground, looking ahead. Lengths on the screen in
    pixels of the full picture, in the world in metres; ``travel`` is its way ahead, ``across`` to the right."""

    focal: float
    horizon: float
    centre: float
    eye: float
    travel: float
    across: float
    unit: float

    def array(self) -> NDArray[np.float32]:
        """As ``brushes.ground.LENS`` wants it."""
        return np.array(
            [self.focal, self.horizon, self.centre, self.eye, self.travel, self.across, self.unit], np.float32
        )

    def x(self, metres: float, depth: float) -> float:
        """Column of what stands ``metres`` to the right of the world's middle line, ``depth`` metres ahead."""
        return self.centre + self.focal * (metres - self.across) / depth

    def y(self, height: float, depth: float) -> float:
        """Row of what is ``height`` metres above the ground, ``depth`` metres ahead."""
        return self.horizon + self.focal * (self.eye - height) / depth

    def depth_of(self, row: float) -> float:
        """How far ahead the ground is at ``row``."""
        return self.focal * self.eye / max(row - self.horizon, 1e-3)


class Stage:
    """Everything a scene needs to know about its shot; ``view`` gives the camera of a frame."""

    def __init__(self, request: RenderRequest, brief: Brief) -> None:
        self.request, self.brief = request, brief
        self.width, self.height = request.size.width, request.size.height
        self.unit = min(self.height, 1.25 * self.width)
        self.look, self.words, self.shot = brief.look, brief.words, brief.shot
        self.palette: Palette = palette_for(brief)
        p = self.palette
        #: float32 (32, 6): silhouettes at depths from near to far, their colours above and at the foot
        self.tones = np.stack(
            [np.concatenate([p.haze(n / 31), mix(p.haze(min(n / 31 + 0.08, 1.0)), p.ground, 0.2)]) for n in range(32)]
        )
        self.clock = Clock(request, self.shot.between("phase", 0.0, 40.0))
        self.start_s = self.clock.at(min(request.head_frames, request.frame_count - 1)).time
        #: how bright the shot is exposed: neighbours should differ
        self.key = self.shot.choose("key", [0.90, 0.96, 1.02, 1.08])
        self.light_side = self.shot.side("light")
        self.sun_x = self.width * (0.5 + self.light_side * self.shot.between("sun x", 0.06, 0.36))
        share = self.shot.choose("horizon", _HORIZONS[brief.framing])
        self.horizon = self.height * share
        self.focal = self.unit * _FOCAL[brief.framing]
        self.tall = self.unit * self.shot.between("tall", *_TALL[brief.framing])
        self.eye = self.shot.between("eye", 1.0, 1.65)
        self.move = brief.move or self.shot.choose("move", ["forward", "right", "left", "forward", "up"])

    def view(self, now: Moment, travel: float = 0.0, across: float = 0.0) -> View:
        """The camera at ``now``. Scenes add how far it has come along with its subject."""
        t = now.time - self.start_s
        unit = self.unit
        focal, horizon, centre = self.focal * (1.0 + 0.012 * now.bass), self.horizon, self.width * 0.5
        centre += 0.004 * unit * now.sway
        swing = 1.6 * math.tanh(t / 6.0)
        if self.move == "forward":
            focal *= 1.0 + 0.05 * swing
        elif self.move == "back":
            focal *= 1.08 - 0.05 * swing
        elif self.move in ("left", "right"):
            side = 1.0 if self.move == "right" else -1.0
            centre -= side * unit * (0.10 * swing - 0.05)
            across += side * 0.5 * t
        elif self.move in ("up", "down"):
            rise = 1.0 if self.move == "up" else -1.0
            horizon += rise * unit * (0.09 * swing - 0.06)
        elif self.move == "orbit":
            centre += unit * 0.16 * math.sin(0.35 * t)
            across += 2.2 * math.sin(0.35 * t)
        elif self.move == "handheld":
            centre += unit * (0.006 * math.sin(5.1 * t) + 0.008 * math.sin(2.3 * t + 1.0))
            horizon += unit * (0.005 * math.sin(6.3 * t + 2.0) + 0.006 * math.sin(2.9 * t))
        return View(focal, horizon, centre, self.eye, travel, across, unit)
