"""The fonts that come with musicvid, and which characters a font cannot draw.

A machine without fonts draws nothing and says nothing, so one open font (Inter, SIL OFL) is shipped: Latin, Greek,
Cyrillic and Vietnamese. Other scripts need a font of the user's.
"""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Literal

from musicvid.errors import MediaError

_FOLDER = Path(__file__).parent / "fonts"
_FILES = {"medium": "Inter-Medium.ttf", "bold": "Inter-Bold.ttf"}
_INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")  # controls, joiners and spaces need no glyph
_VARIATION_SELECTORS = range(0xFE00, 0xFE10)


def font_path(weight: Literal["medium", "bold"] = "medium") -> Path:
    """The shipped font file of this weight."""
    return _FOLDER / _FILES[weight]


def missing_glyphs(text: str, font: str | os.PathLike[str]) -> str:
    """The characters of ``text`` that ``font`` (.ttf, .otf, .ttc) has no glyph for, once each, in order of appearance.

    Raises :class:`MediaError` for a file that is not a font.
    """
    known = _characters(os.fspath(font))
    return "".join(c for c in dict.fromkeys(text) if ord(c) not in known and _is_visible(c))


def _is_visible(character: str) -> bool:
    return unicodedata.category(character) not in _INVISIBLE and ord(character) not in _VARIATION_SELECTORS


@lru_cache(maxsize=8)
def _characters(font: str) -> frozenset[int]:
    """Every code point that the font maps to a glyph."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(font, lazy=True, fontNumber=0) as opened:
            return frozenset(opened.getBestCmap() or ())
    except (TTLibError, OSError, KeyError, AssertionError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise MediaError(
            f"this is not a font that can be used: {reason}", where=font, hint="use a .ttf or .otf"
        ) from error
