"""Open video models as a renderer.

The model makes *clips*: legal frame counts, its own rate and size, costly, kept without loss. *Takes* are conformed
from them: exactly the movie's frames, size and rate, cheap to make again.
"""

from musicvid.rendering.backends.diffusion.backend import Diffusion as Diffusion

__all__ = ["Diffusion"]
