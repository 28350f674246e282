"""The picture being painted: a soft half-size layer for sky, ground and water, and the full picture for clean edges.

Coordinates are pixels of the full picture throughout; a :class:`Layer` scales them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from musicvid.rendering.backends.animatic.brushes.finish import double, expose
from musicvid.rendering.backends.animatic.brushes.ground import ground
from musicvid.rendering.backends.animatic.brushes.lights import beams, globe, glows
from musicvid.rendering.backends.animatic.brushes.ridges import ridge
from musicvid.rendering.backends.animatic.brushes.shapes import cones, quads
from musicvid.rendering.backends.animatic.brushes.silk import silk
from musicvid.rendering.backends.animatic.brushes.sky import clouds, sky
from musicvid.rendering.backends.animatic.brushes.sprites import panes, sprites
from musicvid.rendering.backends.animatic.brushes.tunnels import corridor, tube
from musicvid.rendering.backends.animatic.brushes.water import water
from musicvid.rendering.backends.animatic.colour import BLACK, Colour
from musicvid.rendering.backends.animatic.masks import Grove

Table = NDArray[np.float32]
_F = np.float32


class Layer:
    """Y, U, V planes (uint8) at ``scale`` of the full picture."""

    def __init__(self, width: int, height: int, scale: float) -> None:
        self.width, self.height, self.scale = width, height, scale
        # Filled: a pixel that no brush reaches must not show what was in memory before.
        self.buffer = np.full(width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2), 128, np.uint8)
        luma, chroma = width * height, ((width + 1) // 2) * ((height + 1) // 2)
        self.y = self.buffer[:luma].reshape(height, width)
        self.u = self.buffer[luma : luma + chroma].reshape((height + 1) // 2, -1)
        self.v = self.buffer[luma + chroma :].reshape((height + 1) // 2, -1)
        self.fill(BLACK)

    def fill(self, colour: Colour) -> None:
        """One colour all over."""
        for plane, value in zip((self.y, self.u, self.v), colour, strict=True):
            plane.fill(int(value + 0.5))

    def sky(self, rows: Table, unit: float, sun: Table, halo: Colour, disc: Colour, stop: float) -> None:
        """See ``brushes.sky.sky``; ``sun`` (x, y, radius, wide, tight) and ``stop`` in full-picture pixels."""
        place = sun.copy()
        place[:3] *= self.scale
        sky(self.y, self.u, self.v, rows, _F(unit * self.scale), place,
            halo, disc, int(np.ceil(stop * self.scale)) + 1)  # fmt: skip

    def clouds(
        self, density: Table, unit: float, horizon: float, sun: Table, edge: float, soft: float, alpha: float,
        lit: Colour, shade: Colour,
    ) -> None:  # fmt: skip
        """Clouds over the first rows: see ``brushes.sky.clouds``; lengths are pixels of the full picture."""
        s = self.scale
        place = (_F(unit * s), _F(horizon * s), (sun[:2] * s).astype(_F))
        clouds(self.y, self.u, self.v, density, *place, _F(edge), _F(soft), _F(alpha), lit, shade)

    def ridge(
        self, table: Table, stop: float, depth: float, top: Colour, base: Colour, light: Colour,
        soft: float = 1.0, alpha: float = 1.0,
    ) -> None:  # fmt: skip
        """``table`` is a crest of this layer, see ``brushes.ridges.crest``; lengths are pixels of the full picture."""
        s = self.scale
        rows = (int(np.ceil(stop * s)), _F(depth * s), _F(soft * s), _F(alpha))
        ridge(self.y, self.u, self.v, table, *rows, top, base, light)

    def ground(self, lens: Table, surface: Table, near: Colour, far: Colour, road: Colour, line: Colour,
               light: Colour) -> None:  # fmt: skip
        ground(self.y, self.u, self.v, lens, surface, near, far, road,
               line, light, _F(self.scale))  # fmt: skip

    def water(self, lens: Table, waves: Table, mirror: Table, own: Colour, light: Colour) -> None:
        water(self.y, self.u, self.v, lens, waves, mirror, own,
              light, _F(self.scale))  # fmt: skip

    def corridor(self, lens: Table, hall: Table, *colours: Colour) -> None:
        """``colours``: wall, dado, floor, ceiling, door, lamp, end."""
        corridor(self.y, self.u, self.v, lens, hall, *colours, _F(self.scale))

    def tube(self, lens: Table, radius: float, ring_m: float, strength: float, haze: float, *colours: Colour) -> None:
        """``colours``: wall, dark, lamp, end."""
        tube(self.y, self.u, self.v, lens, _F(radius), _F(ring_m), _F(strength), _F(haze),
             *colours, _F(self.scale))  # fmt: skip

    def silk(
        self, unit: float, centre: float, middle: float, t: float, zoom: float, fold: float, *colours: Colour
    ) -> None:
        """``colours``: the cloth's three and its shadows."""
        silk(self.y, self.u, self.v, _F(unit), _F(centre), _F(middle), _F(t), _F(zoom), _F(fold),
             *colours, _F(self.scale))  # fmt: skip

    def cones(self, table: Table) -> None:
        cones(self.y, self.u, self.v, table, _F(self.scale))

    def quads(self, table: Table) -> None:
        quads(self.y, self.u, self.v, table, _F(self.scale))

    def glows(self, table: Table) -> None:
        glows(self.y, self.u, self.v, table, _F(self.scale))

    def globe(self, place: Table, toward: Table, belts: float, day: Colour, night: Colour) -> None:
        globe(self.y, self.u, self.v, place, toward, _F(belts), day, night, _F(self.scale))

    def beams(self, table: Table) -> None:
        beams(self.y, self.u, self.v, table, _F(self.scale))

    def sprites(self, cuts: Grove, which: NDArray[np.int64], table: Table) -> None:
        """Lay cut-outs number ``which`` of ``cuts``; columns of ``table`` as in ``brushes.sprites.CUT``."""
        sprites(self.y, self.u, self.v, cuts.ink, cuts.spans, cuts.sheets, which, table, _F(self.scale))

    def panes(self, table: Table) -> None:
        panes(self.y, self.u, self.v, table, _F(self.scale))


class Canvas:
    """Layers from back to front: ``haze`` (quarter size from 360 lines up) for the sky, ``soft`` (half size) for ground
    and water, ``mid`` for what stands about, ``full`` for what must be sharp.

    With a ``shallow`` focus (close-ups) ``mid`` is soft as well. ``grey`` is black and white.
    """

    def __init__(self, width: int, height: int, shallow: bool = False, grey: bool = False) -> None:
        import cv2

        cv2.setNumThreads(1)
        self.width, self.height, self.shallow, self.grey = width, height, shallow, grey
        self.full = Layer(width, height, 1.0)
        halved = min(width, height) >= 360
        self.soft = Layer((width + 1) // 2, (height + 1) // 2, 0.5) if halved else self.full
        self.mid = self.soft
        s = self.soft
        self.haze = Layer((s.width + 1) // 2, (s.height + 1) // 2, s.scale / 2) if halved else s
        self._across, self._down, self._gain = _fall_of_light(width, 0.28), _fall_of_light(height, 0.20), 1.0

    def begin(self, gain: float) -> None:
        """Start a frame; all colours are seen under ``gain`` times the light."""
        self._gain = min(max(gain, 0.0), 2.0)
        self.mid = self.soft

    def clear(self, rows: float) -> None:
        """Enlarge the haze layer onto the soft one, down to row ``rows`` of the picture."""
        if self.haze is self.soft:
            return
        high = min(int(rows * self.soft.scale) // 4 * 4 + 8, self.soft.height)
        small, large = self.haze, self.soft
        double(small.y[: (high + 1) // 2], large.y[:high])
        half = (high + 1) // 2
        double(small.u[: (half + 1) // 2], large.u[:half])
        double(small.v[: (half + 1) // 2], large.v[:half])

    def unfold(self) -> None:
        """The backdrop is done: go on at full size, unless the focus is shallow."""
        if not self.shallow:
            self.focus()

    def focus(self) -> None:
        """Enlarge the soft layer onto the full picture, once per frame; from here on everything is sharp."""
        if self.mid is not self.full and self.soft is not self.full:
            double(self.soft.y, self.full.y)
            double(self.soft.u, self.full.u)
            double(self.soft.v, self.full.v)
        self.mid = self.full

    def finish(self) -> NDArray[np.uint8]:
        """Expose, with the lens's fall of light, and return the picture, uint8 (height * 3 // 2, width)."""
        self.focus()
        expose(self.full.y, self._across, self._down, _F(self._gain))
        if self.grey:
            self.full.u.fill(128)
            self.full.v.fill(128)
        return self.full.buffer.reshape(self.height * 3 // 2, self.width)


@lru_cache(maxsize=8)
def _fall_of_light(size: int, share: float) -> Table:
    """How much light reaches each column or row of ``size``, float32 in 0..1: the edges a little less, as lenses have
    it."""
    off = np.abs((np.arange(size, dtype=_F) + 0.5) / size * 2 - 1)
    fall = (1.0 - share * np.clip(off - 0.35, 0.0, 1.0) ** 1.6).astype(_F)
    fall.setflags(write=False)
    return fall
