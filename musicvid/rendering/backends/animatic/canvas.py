"""The picture being painted: a soft half-size layer for sky, ground and water, and the full picture for clean edges.

Coordinates are pixels of the full picture throughout; a :class:`Layer` scales them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from musicvid.rendering.backends.animatic.colour import Colour
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

    def sky(self, rows: Table, unit: float, sun: Table, halo: Colour, disc: Colour, stop: float) -> None:
        """See ``brushes.sky.sky``; ``sun`` (x, y, radius, wide, tight) and ``stop`` in full-picture pixels."""
        from musicvid.rendering.backends.animatic.brushes.sky import sky

        place = sun.copy()
        place[:3] *= self.scale
        sky(self.y, self.u, self.v, rows, _F(unit * self.scale), place,
            halo, disc, int(np.ceil(stop * self.scale)) + 1)  # fmt: skip

    def clouds(
        self, density: Table, unit: float, horizon: float, sun: Table, edge: float, soft: float, alpha: float,
        lit: Colour, shade: Colour,
    ) -> None:  # fmt: skip
        """Clouds over the first rows: see ``brushes.sky.clouds``; lengths are pixels of the full picture."""
        from musicvid.rendering.backends.animatic.brushes.sky import clouds

        s = self.scale
        place = (_F(unit * s), _F(horizon * s), (sun[:2] * s).astype(_F))
        clouds(self.y, self.u, self.v, density, *place, _F(edge), _F(soft), _F(alpha), lit, shade)

    def ridge(self, crest: Table, stop: float, depth: float, top: Colour, base: Colour, light: Colour,
              glow: Table, soft: float = 1.0, alpha: float = 1.0) -> None:  # fmt: skip
        """``crest`` (rows of this layer) and ``glow`` have one value per column of this layer; lengths otherwise are
        pixels of the full picture."""
        import cv2

        from musicvid.rendering.backends.animatic.brushes.ridges import ridge

        s, line = self.scale, crest
        reach = max(int(0.06 * self.height), 1)
        floor = cv2.blur(line[None, :], (2 * reach + 1, 1), borderType=cv2.BORDER_REPLICATE)[0]
        ridge(self.y, self.u, self.v, line, np.ascontiguousarray(line[::2]), floor, np.ascontiguousarray(floor[::2]), int(np.ceil(stop * s)), _F(depth * s),
              _F(soft * s), _F(alpha), top, base, glow, np.ascontiguousarray(glow[::2]), light)  # fmt: skip

    def ground(self, lens: Table, surface: Table, near: Colour, far: Colour, road: Colour, line: Colour,
               light: Colour) -> None:  # fmt: skip
        from musicvid.rendering.backends.animatic.brushes.ground import ground

        ground(self.y, self.u, self.v, lens, surface, near, far, road,
               line, light, _F(self.scale))  # fmt: skip

    def water(self, lens: Table, waves: Table, mirror: Table, own: Colour, light: Colour) -> None:
        from musicvid.rendering.backends.animatic.brushes.water import water

        water(self.y, self.u, self.v, lens, waves, mirror, own,
              light, _F(self.scale))  # fmt: skip

    def corridor(self, lens: Table, hall: Table, *colours: Colour) -> None:
        """``colours``: wall, dado, floor, ceiling, door, lamp, end."""
        from musicvid.rendering.backends.animatic.brushes.tunnels import corridor

        corridor(self.y, self.u, self.v, lens, hall, *colours, _F(self.scale))

    def tube(self, lens: Table, radius: float, ring_m: float, strength: float, haze: float, *colours: Colour) -> None:
        """``colours``: wall, dark, lamp, end."""
        from musicvid.rendering.backends.animatic.brushes.tunnels import tube

        tube(self.y, self.u, self.v, lens, _F(radius), _F(ring_m), _F(strength), _F(haze),
             *colours, _F(self.scale))  # fmt: skip

    def silk(
        self, unit: float, centre: float, middle: float, t: float, zoom: float, fold: float, *colours: Colour
    ) -> None:
        """``colours``: the cloth's three and its shadows."""
        from musicvid.rendering.backends.animatic.brushes.silk import silk

        silk(self.y, self.u, self.v, _F(unit), _F(centre), _F(middle), _F(t), _F(zoom), _F(fold),
             *colours, _F(self.scale))  # fmt: skip

    def cones(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.shapes import cones

        cones(self.y, self.u, self.v, table, _F(self.scale))

    def quads(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.shapes import quads

        quads(self.y, self.u, self.v, table, _F(self.scale))

    def glows(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.lights import glows

        glows(self.y, self.u, self.v, table, _F(self.scale))

    def globe(self, place: Table, toward: Table, belts: float, day: Colour, night: Colour) -> None:
        from musicvid.rendering.backends.animatic.brushes.lights import globe

        globe(self.y, self.u, self.v, place, toward, _F(belts), day, night, _F(self.scale))

    def beams(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.lights import beams

        beams(self.y, self.u, self.v, table, _F(self.scale))

    def sprites(self, cuts: Grove, which: NDArray[np.int64], table: Table) -> None:
        """Lay cut-outs number ``which`` of ``cuts``; columns of ``table`` as in ``brushes.sprites.CUT``."""
        from musicvid.rendering.backends.animatic.brushes.sprites import sprites

        sprites(self.y, self.u, self.v, cuts.ink, cuts.spans, cuts.sheets, which, table, _F(self.scale))

    def panes(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.sprites import panes

        panes(self.y, self.u, self.v, table, _F(self.scale))


class Canvas:
    """Layers from back to front: ``soft`` (half size from 360 lines up) for sky, ground and water, ``mid`` for what
    stands about, ``full`` for what must be sharp. With a ``shallow`` focus (close-ups) ``mid`` is soft as well.
    ``grey`` is black and white."""

    def __init__(self, width: int, height: int, shallow: bool = False, grey: bool = False) -> None:
        import cv2

        cv2.setNumThreads(1)
        self.width, self.height, self.shallow, self.grey = width, height, shallow, grey
        self.full = Layer(width, height, 1.0)
        halved = min(width, height) >= 360
        self.soft = Layer((width + 1) // 2, (height + 1) // 2, 0.5) if halved else self.full
        self.mid = self.soft
        self._fall, self._gain = _fall_of_light(width, height), 1.0

    def begin(self, gain: float) -> None:
        """Start a frame; all colours are seen under ``gain`` times the light."""
        self._gain = min(max(gain, 0.0), 2.0)
        self.mid = self.soft

    def unfold(self) -> None:
        """The backdrop is done: go on at full size, unless the focus is shallow."""
        if not self.shallow:
            self.focus()

    def focus(self) -> None:
        """Enlarge the soft layer onto the full picture, once per frame; from here on everything is sharp."""
        from musicvid.rendering.backends.animatic.brushes.finish import double

        if self.mid is not self.full and self.soft is not self.full:
            double(self.soft.y, self.full.y)
            double(self.soft.u, self.full.u)
            double(self.soft.v, self.full.v)
        self.mid = self.full

    def finish(self) -> NDArray[np.uint8]:
        """Expose, with the lens's fall of light, and return the picture, uint8 (height * 3 // 2, width)."""
        from musicvid.rendering.backends.animatic.brushes.finish import expose

        self.focus()
        expose(self.full.y, self._fall, _F(self._gain))
        if self.grey:
            self.full.u.fill(128)
            self.full.v.fill(128)
        return self.full.buffer.reshape(self.height * 3 // 2, self.width)


@lru_cache(maxsize=4)
def _fall_of_light(width: int, height: int) -> NDArray[np.uint8]:
    """How much light reaches each pixel, uint8 (height, width): corners a little less, as lenses have it."""
    x = (np.arange(width, dtype=_F) + 0.5) / width * 2 - 1
    y = (np.arange(height, dtype=_F) + 0.5) / height * 2 - 1
    off = np.clip(x[None, :] ** 2 * 0.75 + y[:, None] ** 2 * 0.6 - 0.25, 0, 1)
    fall = np.round(255.0 * (1.0 - 0.26 * off * np.sqrt(off))).astype(np.uint8)
    fall.setflags(write=False)
    return fall
