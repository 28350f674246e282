"""``footage``: a folder of clips and stills made elsewhere."""

from musicvid.rendering.backends.footage.backend import Footage as Footage

__all__ = ["Footage"]
