"""The slate: shot, bar and beat, timecode and prompt, burnt into the corners.

Type is drawn by Pillow into masks once per shot, digits once per glyph; a frame only lays masks over its planes.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from musicvid.media.fonts import font_path, missing_glyphs
from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.animatic.brushes.finish import stamp
from musicvid.rendering.backends.animatic.canvas import Layer
from musicvid.rendering.backends.animatic.clock import Moment

Ink = NDArray[np.uint8]
_WHITE = np.array([225.0, 128.0, 128.0], np.float32)
_BLACK = np.array([16.0, 128.0, 128.0], np.float32)
_LONGEST_LINES = 3


class Slate:
    """``burn`` lays the slate over a finished frame."""

    def __init__(self, request: RenderRequest) -> None:
        width, height = request.size.width, request.size.height
        unit = min(height, 1.25 * width)
        self.request = request
        self.margin = max(int(0.032 * unit) // 2 * 2, 2)
        self.size = max(round(0.030 * unit), 8)
        self.bold, self.small = _font("bold", self.size), _font("medium", max(round(0.0225 * unit), 7))
        room = width - 2 * self.margin
        self.name = _ink([_drawable(request.shot_id, "bold")], self.bold, room)
        self.prompt = _ink(
            _wrapped(_drawable(request.prompt, "medium"), self.small, int(room * (0.62 if width > height else 1.0))),
            self.small,
            room,
        )
        self.cells = {c: _ink([c], self.bold, room, self._advance(c)) for c in "0123456789:."}

    def _advance(self, glyph: str) -> int:
        """All digits as wide as the widest, so that running numbers do not jitter."""
        return math.ceil(max(self.bold.getlength(c) for c in (glyph if glyph in ":." else "0123456789")))

    def _line(self, text: str) -> tuple[Ink, Ink]:
        parts = [self.cells[c] for c in text]
        ink = np.concatenate([p[0] for p in parts], 1)
        shade = np.concatenate([p[1] for p in parts], 1)
        return ink, shade

    def burn(self, layer: Layer, now: Moment) -> None:
        request, m = self.request, self.margin
        width, height = layer.width, layer.height
        timecode = self._line(request.rate.timecode(request.first_timecode_frame + now.frame))
        place = self._line(f"{now.bar}.{now.beat}")
        self._stamp(layer, self.name, m, m)
        self._stamp(layer, timecode, width - m - timecode[0].shape[1], m)
        self._stamp(layer, self.prompt, m, height - m - self.prompt[0].shape[0])
        self._stamp(layer, place, width - m - place[0].shape[1], height - m - place[0].shape[0])

    def _stamp(self, layer: Layer, inks: tuple[Ink, Ink], left: int, top: int) -> None:
        ink, shade = inks
        left, top = max(left, 0) // 2 * 2, max(top, 0) // 2 * 2
        stamp(layer.y, layer.u, layer.v, shade, left, top, np.float32(0.55 / 255.0), _BLACK)
        stamp(layer.y, layer.u, layer.v, ink, left, top, np.float32(0.94 / 255.0), _WHITE)


def undrawable(request: RenderRequest) -> str:
    """Characters of the slate that the shipped font has no glyph for."""
    return missing_glyphs(request.shot_id + request.prompt, font_path("medium"))


def _font(weight, size: int):
    from PIL import ImageFont

    return ImageFont.truetype(str(font_path(weight)), size)


def _drawable(text: str, weight) -> str:
    missing = set(missing_glyphs(text, font_path(weight)))
    return "".join("·" if c in missing else c for c in " ".join(text.split()))


def _wrapped(text: str, font, room: int) -> list[str]:
    """``text`` in lines of at most ``room`` pixels, three at most; what is left over is told by an ellipsis."""
    lines, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if font.getlength(longer) <= room or not line:
            line = longer
            continue
        lines.append(line)
        line = word
    lines.append(line)
    if len(lines) > _LONGEST_LINES:
        lines = lines[:_LONGEST_LINES]
        while lines[-1] and font.getlength(lines[-1] + " …") > room:
            lines[-1] = lines[-1].rpartition(" ")[0]
        lines[-1] += " …"
    return lines


def _ink(lines: list[str], font, room: int, cell: int = 0) -> tuple[Ink, Ink]:
    """(type, its soft shadow) as uint8 cover masks of even size; ``cell`` fixes the width of a single glyph."""
    import cv2
    from PIL import Image, ImageDraw

    ascent, descent = font.getmetrics()
    step = round((ascent + descent) * 1.12)
    pad = 0 if cell else 2
    width = cell or min(math.ceil(max(font.getlength(line) for line in lines)), room) + 2 * pad
    width, height = cell or (width + 1) // 2 * 2, (step * len(lines) + 5) // 2 * 2
    picture = Image.new("L", (width, height))
    draw = ImageDraw.Draw(picture)
    for n, line in enumerate(lines):
        left = (cell - font.getlength(line)) / 2 if cell else pad
        draw.text((left, 2 + n * step), line, 255, font=font)
    ink = np.ascontiguousarray(np.array(picture))
    blur = cv2.GaussianBlur(ink, (0, 0), max(0.09 * step, 0.8)).astype(np.float32)
    return ink, np.ascontiguousarray(np.clip(blur * 1.9, 0, 255).astype(np.uint8))
