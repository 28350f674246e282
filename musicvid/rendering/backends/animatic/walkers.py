"""Where the people of a shot stand, and how far their steps have carried them."""

from __future__ import annotations

from dataclasses import replace

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.figure import Company, Stand
from musicvid.rendering.backends.animatic.stage import Stage, View


class Walkers:
    """A company that stays in the frame while the world goes by at the pace of its steps.

    ``company`` is None in a shot without people; the way then follows the music's flow at ``pace_m_s``. ``x`` and
    ``depth`` are metres; ``across`` is where the camera stands when the company is off the world's middle line.
    """

    def __init__(self, stage: Stage, heading: str, pace_m_s: float = 1.6, action: str = "") -> None:
        shot, brief = stage.shot, stage.brief
        action = action or brief.action
        self.stage, self.heading, self.pace, self.across = stage, heading, pace_m_s, 0.0
        self.company = Company(brief.people, stage.palette, action) if brief.people else None
        tall = stage.tall * (1.25 if brief.framing == "wide" and heading == "side" else 1.0)
        self.depth = stage.focal * max(self.company.moves.sizes if self.company else [1.7]) / tall
        reach = 0.5 * stage.width / stage.focal * self.depth
        third = shot.choose("third", [-0.36, -0.14, 0.14, 0.36])
        self.x = reach * third * (0.6 if brief.framing == "close" else 1.0)
        self.facing = shot.side("facing")
        if action in ("stand", "dance"):
            self.yaw = shot.between("yaw", -0.9, 0.9)
        elif heading == "ahead":
            self.yaw = shot.between("yaw", -0.35, 0.35)
        else:
            self.yaw = self.facing * shot.between("yaw", 1.15, 1.62)
        if heading == "side":
            self.x = -self.facing * abs(self.x)

    def way(self, now: Moment) -> float:
        """Metres gone, so that feet do not slide."""
        if self.company and self.company.moves.step_m:
            return now.steps * self.company.moves.step_m
        return now.flow * self.pace * (0.15 if self.company else 1.0)

    def turn(self, now: Moment) -> float:
        """The way they face; a waltz turns with the bars."""
        if self.company and self.company.moves.waltz:
            return self.yaw + 0.5 * now.flow + 0.25 * now.sway
        return self.yaw

    def standing(self, view: View, foot: float | None = None) -> View:
        """The view in which the company's feet are at row ``foot``; in close-ups heads are in the frame instead."""
        if self.stage.brief.framing == "close":
            foot = 0.17 * self.stage.height + self.stage.tall
        if foot is None:
            return replace(view, across=self.across)
        return replace(view, across=self.across, horizon=foot - view.focal * view.eye / self.depth)

    def paint(
        self, canvas: Canvas, view: View, now: Moment, light_side: float, foot: float | None = None, shadow: float = 0.0
    ) -> None:
        """Paint the company, with its feet at row ``foot`` or on the view's ground."""
        if self.company is not None:
            stand = Stand(self.x, self.depth, self.turn(now), light_side, shadow)
            self.company.paint(canvas, now, self.standing(view, foot), stand)
