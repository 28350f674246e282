"""One file per scene family; :func:`scene_for` finds the one a brief asks for."""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from musicvid.rendering.backends.animatic.canvas import Canvas
from musicvid.rendering.backends.animatic.clock import Moment
from musicvid.rendering.backends.animatic.stage import Stage

SCENES = {
    "landscape": "Landscape",
    "water": "Water",
    "canal": "Canal",
    "city": "City",
    "forest": "Forest",
    "hall": "Hall",
    "room": "Room",
    "cosmos": "Cosmos",
    "tunnel": "Tunnel",
    "silk": "Silk",
    "bokeh": "Bokeh",
}


class Scene(Protocol):
    """Paints whole frames: first the soft layer, then :meth:`Canvas.unfold`, then the full picture."""

    def paint(self, canvas: Canvas, now: Moment) -> None: ...


def scene_for(stage: Stage) -> Scene:
    """The scene of ``stage``'s family."""
    family = stage.brief.family
    module = import_module(f"{__name__}.{family}")
    scene: Scene = getattr(module, SCENES[family])(stage)
    return scene
