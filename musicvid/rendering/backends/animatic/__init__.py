"""``animatic``: the embedded renderer, procedural moving pictures from the words of a prompt."""

from musicvid.rendering.backends.animatic.renderer import Animatic as Animatic

__all__ = ["Animatic"]
