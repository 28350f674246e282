"""The picture being painted: a soft half-size layer for sky, ground and water, and the full picture for clean edges.

Coordinates are pixels of the full picture throughout; a :class:`Layer` scales them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.rendering.backends.animatic.colour import Colour
from musicvid.rendering.backends.animatic.masks import Cutout

Table = NDArray[np.float32]
_F = np.float32


class Layer:
    """Y, U, V planes (uint8) at ``scale`` of the full picture. ``gain`` is the light that all colours are seen under."""

    def __init__(self, width: int, height: int, scale: float) -> None:
        self.width, self.height, self.scale = width, height, scale
        self.buffer = np.empty(width * height + 2 * ((width + 1) // 2) * ((height + 1) // 2), np.uint8)
        luma, chroma = width * height, ((width + 1) // 2) * ((height + 1) // 2)
        self.y = self.buffer[:luma].reshape(height, width)
        self.u = self.buffer[luma : luma + chroma].reshape((height + 1) // 2, -1)
        self.v = self.buffer[luma + chroma :].reshape((height + 1) // 2, -1)
        self.gain = 1.0

    def _lit(self, colour: Colour) -> Colour:
        c = np.empty(3, _F)
        c[0] = min(max(16.0 + (colour[0] - 16.0) * self.gain, 16.0), 235.0)
        c[1:] = colour[1:]
        return c

    def _lit_table(self, table: Table, columns: tuple[int, ...]) -> Table:
        if self.gain != 1.0:
            table = table.copy()
            for c in columns:
                np.clip(16.0 + (table[:, c] - 16.0) * _F(self.gain), 16.0, 235.0, out=table[:, c])
        return table

    def sky(self, rows: Table, unit: float, sun: Table, halo: Colour, disc: Colour, stop: float) -> None:
        """See ``brushes.sky.sky``; ``sun`` (x, y, radius, wide, tight) and ``stop`` in full-picture pixels."""
        from musicvid.rendering.backends.animatic.brushes.sky import sky

        place = sun.copy()
        place[:3] *= self.scale
        sky(self.y, self.u, self.v, self._lit_table(rows, (0,)), _F(unit * self.scale), place,
            self._lit(halo), self._lit(disc), int(np.ceil(stop * self.scale)) + 1)  # fmt: skip

    def clouds(self, noise: Table, unit: float, horizon: float, centre: float, sun: Table, size: float,
               across: float, ahead: float, edge: float, soft: float, alpha: float, lit: Colour, shade: Colour) -> None:  # fmt: skip
        """A deck of clouds from the top down to ``horizon``: see ``brushes.sky``."""
        import cv2

        from musicvid.rendering.backends.animatic.brushes.sky import clouds, deck

        s, rows = self.scale, min(int(horizon * self.scale), self.height)
        if rows < 2:
            return
        coarse = np.empty(((rows + 2) // 3, (self.width + 2) // 3), _F)
        deck(coarse, noise, _F(unit * s / 3), _F(horizon * s / 3), _F(centre * s / 3), _F(size), _F(across), _F(ahead))
        density = cv2.resize(coarse, (self.width, rows), interpolation=cv2.INTER_LINEAR)
        clouds(self.y, self.u, self.v, density, _F(unit * s), _F(horizon * s), (sun[:2] * s).astype(_F),
               _F(edge), _F(soft), _F(alpha), self._lit(lit), self._lit(shade))  # fmt: skip

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
              _F(soft * s), _F(alpha), self._lit(top), self._lit(base), glow, np.ascontiguousarray(glow[::2]), self._lit(light))  # fmt: skip

    def ground(self, lens: Table, surface: Table, near: Colour, far: Colour, road: Colour, line: Colour,
               light: Colour) -> None:  # fmt: skip
        from musicvid.rendering.backends.animatic.brushes.ground import ground

        ground(self.y, self.u, self.v, lens, surface, self._lit(near), self._lit(far), self._lit(road),
               self._lit(line), self._lit(light), _F(self.scale))  # fmt: skip

    def water(self, lens: Table, waves: Table, mirror: Table, own: Colour, light: Colour) -> None:
        from musicvid.rendering.backends.animatic.brushes.water import water

        water(self.y, self.u, self.v, lens, waves, self._lit_table(mirror, (0,)), self._lit(own),
              self._lit(light), _F(self.scale))  # fmt: skip

    def corridor(self, lens: Table, hall: Table, *colours: Colour) -> None:
        """``colours``: wall, dado, floor, ceiling, door, lamp, end."""
        from musicvid.rendering.backends.animatic.brushes.tunnels import corridor

        corridor(self.y, self.u, self.v, lens, hall, *[self._lit(c) for c in colours], _F(self.scale))

    def tube(self, lens: Table, radius: float, ring_m: float, strength: float, haze: float, *colours: Colour) -> None:
        """``colours``: wall, dark, lamp, end."""
        from musicvid.rendering.backends.animatic.brushes.tunnels import tube

        tube(self.y, self.u, self.v, lens, _F(radius), _F(ring_m), _F(strength), _F(haze),
             *[self._lit(c) for c in colours], _F(self.scale))  # fmt: skip

    def silk(
        self, unit: float, centre: float, middle: float, t: float, zoom: float, fold: float, *colours: Colour
    ) -> None:
        """``colours``: the cloth's three and its shadows."""
        from musicvid.rendering.backends.animatic.brushes.silk import silk

        silk(self.y, self.u, self.v, _F(unit), _F(centre), _F(middle), _F(t), _F(zoom), _F(fold),
             *[self._lit(c) for c in colours], _F(self.scale))  # fmt: skip

    def cones(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.shapes import cones

        cones(self.y, self.u, self.v, self._lit_table(table, (8,)), _F(self.scale))

    def quads(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.shapes import quads

        quads(self.y, self.u, self.v, self._lit_table(table, (13, 16)), _F(self.scale))

    def glows(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.lights import glows

        glows(self.y, self.u, self.v, self._lit_table(table, (6,)), _F(self.scale))

    def beams(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.lights import beams

        beams(self.y, self.u, self.v, self._lit_table(table, (7,)), _F(self.scale))

    def sprite(
        self, cut: Cutout, left: float, top: float, size: float, alpha: float, high: Colour, low: Colour
    ) -> None:
        """Lay ``cut`` at ``size`` pixels per mask pixel with its corner at (left, top) of the full picture."""
        from musicvid.rendering.backends.animatic.brushes.sprites import sprite

        sprite(self.y, self.u, self.v, cut.mask, cut.spans, np.array([left, top, size], _F), _F(alpha),
               self._lit(high), self._lit(low), _F(self.scale))  # fmt: skip

    def panes(self, table: Table) -> None:
        from musicvid.rendering.backends.animatic.brushes.sprites import panes

        panes(self.y, self.u, self.v, self._lit_table(table, (5,)), _F(self.scale))


class Canvas:
    """Layers from back to front: ``soft`` (half size from 360 lines up) for sky, ground and water, ``mid`` for what
    stands about, ``full`` for what must be sharp. With a ``shallow`` focus (close-ups) ``mid`` is soft as well."""

    def __init__(self, width: int, height: int, shallow: bool = False) -> None:
        import cv2

        cv2.setNumThreads(1)
        self.width, self.height, self.shallow = width, height, shallow
        self.full = Layer(width, height, 1.0)
        halved = min(width, height) >= 360
        self.soft = Layer((width + 1) // 2, (height + 1) // 2, 0.5) if halved else self.full
        self.mid = self.soft
        x = (np.arange(width, dtype=_F) + 0.5) / width * 2 - 1
        y = (np.arange(height, dtype=_F) + 0.5) / height * 2 - 1
        fall = 255.0 * (1.0 - 0.26 * np.clip((x[None, :] ** 2 * 0.75 + y[:, None] ** 2 * 0.6 - 0.25), 0, 1) ** 1.4)
        self._fall = np.round(fall).astype(np.uint8)

    def begin(self, gain: float) -> None:
        """Start a frame; all colours are seen under ``gain`` times the light."""
        self.full.gain = self.soft.gain = gain
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
        """Draw the lens's fall of light and return the picture, uint8 (height * 3 // 2, width)."""
        from musicvid.rendering.backends.animatic.brushes.finish import darken

        self.focus()
        darken(self.full.y, self._fall)
        return self.full.buffer.reshape(self.height * 3 // 2, self.width)
