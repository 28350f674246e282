"""The caption face at one picture size: how large, how wide, how far from the edges."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import AssemblyError
from musicvid.media.files import sha256_of
from musicvid.media.fonts import font_path, missing_glyphs
from musicvid.schema.frames import FrameSize
from musicvid.schema.storyboard import CaptionSpec

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

SMALLEST = 0.6
"""A long line is set smaller, down to this part of the usual size, before it may take more rows."""


@dataclass(frozen=True, slots=True)
class Typeface:
    """A font file and the measures that follow from the picture's size. All in pixels.

    ``full_px`` is the usual letter size. Text stays ``side_px`` from the sides, ``bottom_px`` from the bottom and
    ``top_px`` from the top: inside what television and phone screens show free of controls.
    """

    path: str
    sha256: str
    full_px: int
    width_px: int
    side_px: int
    bottom_px: int
    top_px: int

    def font(self, px: int) -> FreeTypeFont:
        return open_font(self.path, px)

    def refuse_missing(self, text: str, where: str) -> None:
        """Raise :class:`AssemblyError` naming the characters that the font cannot draw."""
        missing = missing_glyphs(text, self.path)
        if missing:
            named = ", ".join(f"{c} (U+{ord(c):04X})" for c in dict.fromkeys(missing))
            raise AssemblyError(
                f"the caption font {Path(self.path).name} has no letters for {named}",
                where=where,
                hint="name a font that has them in the storyboard: captions: {font: path/to/font.ttf}, "
                "or write captions beside the movie: captions: {mode: sidecar}",
            )


def typeface(size: FrameSize, spec: CaptionSpec) -> Typeface:
    """The face of ``spec`` for pictures of ``size``. Raises :class:`AssemblyError` for a font that cannot be used."""
    path = Path(spec.font) if spec.font else font_path("bold")
    if not path.is_file():
        raise AssemblyError(
            "the caption font does not exist", where=str(path), hint="correct captions: {font: …} in the storyboard"
        )
    width, height = size.width, size.height
    upright = height > width
    full = max(8, round(min(height * 0.060, width * 0.058)))
    face = Typeface(
        path=str(path),
        sha256=sha256_of(path),
        full_px=full,
        width_px=width,
        side_px=round(width * 0.08),
        # Phones lay their buttons over the lower part of upright pictures.
        bottom_px=max(round(height * (0.18 if upright else 0.075)), pad_px(full)),
        top_px=max(round(height * 0.06), pad_px(full)),
    )
    face.font(full)
    return face


def outline_px(px: int) -> int:
    """Thickness of the dark outline for letters of ``px``."""
    return max(1, round(px * 0.07))


def pad_px(px: int) -> int:
    """Room around the letters for the outline and its soft shadow; even."""
    return (outline_px(px) + round(px * 0.22) + 3) // 2 * 2


@lru_cache(maxsize=64)
def open_font(path: str, px: int) -> FreeTypeFont:
    """The font file at a letter size. Raises :class:`AssemblyError` when it is not a font."""
    from PIL import ImageFont

    try:
        return ImageFont.truetype(path, px)
    except OSError as error:
        raise AssemblyError(
            f"the caption font cannot be read: {error}", where=path, hint="use a .ttf or .otf font"
        ) from error
