"""Text as a strip that is drawn once and blended into many frames, straight in planar YUV 4:2:0."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from musicvid.assembly.captions.typeface import open_font, outline_px, pad_px
from musicvid.errors import AssemblyError

if TYPE_CHECKING:
    from numpy.typing import NDArray

# (Y, U, V) in BT.709, limited range: white letters, the sung part in a warm yellow, a near-black outline.
PLAIN = (235, 128, 128)
SUNG = (188, 58, 160)
DARK = (16, 128, 128)

_OUTLINE, _SHADOW = 0.92, 0.62


class Strip:
    """The letters of one caption with outline and soft shadow, centred, ready to blend into pictures of one width.

    A blend is ``(picture * keep + add) >> 8`` in 16 bits, with ``keep`` (0 to 256) and ``add`` (colour times coverage
    times 256) computed once; only the strip's own pixels are touched.
    """

    def __init__(self, rows: tuple[tuple[str, int], ...], font: str, px: int, row_px: int, picture_width: int) -> None:
        self.pad = pad_px(px)
        widest = min(max(width for _, width in rows) + 2 * self.pad, picture_width)
        # Both edges of the strip must fall on even columns, as chroma samples do.
        self.width = picture_width - (picture_width - widest) // 4 * 4
        self.height = len(rows) * row_px + 2 * self.pad
        self.left = (picture_width - self.width) // 2
        self._row_edges = (0, *(self.pad + i * row_px for i in range(1, len(rows))), self.height)
        self._row_spans = tuple(((self.width - width) // 2, (self.width + width) // 2) for _, width in rows)
        letters, dark = self._draw(rows, font, px, row_px)
        masks = [(letters, dark), *[(_halved(letters), _halved(dark))] * 2]
        self._keep = [_keep(*mask) for mask in masks]
        self._plain = [_add(*mask, PLAIN[i], DARK[i]) for i, mask in enumerate(masks)]
        self._sung = [_add(*mask, SUNG[i], DARK[i]) for i, mask in enumerate(masks)]

    def blend(
        self, picture: NDArray[np.uint8], top: int, sung: tuple[int, ...] = (), *, from_right: bool = False
    ) -> None:
        """Blend into ``picture`` (uint8 yuv420p, ``(height * 3 // 2, width)``) in place, text rows from row ``top``.

        ``sung`` is how many pixels of each row stand in the second colour, counted from the side where reading starts.
        """
        for index, plane in enumerate(_planes(picture)):
            scale = 2 if index else 1
            first_row, left = (top - self.pad) // scale, self.left // scale
            for row, (row_start, row_stop) in enumerate(self._row_spans):
                rows = slice(self._row_edges[row] // scale, self._row_edges[row + 1] // scale)
                count = sung[row] if sung else 0
                edge = (row_stop - count if from_right else row_start + count) // scale
                before, after = (self._plain, self._sung) if from_right else (self._sung, self._plain)
                if not count:
                    edge, after = 0, self._plain
                for columns, add in ((slice(0, edge), before), (slice(edge, self.width // scale), after)):
                    region = plane[
                        first_row + rows.start : first_row + rows.stop, left + columns.start : left + columns.stop
                    ]
                    mixed = np.multiply(region, self._keep[index][rows, columns], dtype=np.uint16)
                    mixed += add[index][rows, columns]
                    mixed >>= 8
                    region[...] = mixed

    def _draw(
        self, rows: tuple[tuple[str, int], ...], font: str, px: int, row_px: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Coverage (0 to 1) of the letters, and of the outline with the shadow below them."""
        from PIL import Image, ImageChops, ImageDraw, ImageFilter

        face = open_font(font, px)
        ascent, descent = face.getmetrics()
        letters = Image.new("L", (self.width, self.height))
        outline = Image.new("L", (self.width, self.height))
        for number, ((text, _), (start, _)) in enumerate(zip(rows, self._row_spans, strict=True)):
            place = (start, self.pad + number * row_px + (row_px + ascent - descent) // 2)
            ImageDraw.Draw(letters).text(place, text, 255, font=face, anchor="ls")
            ImageDraw.Draw(outline).text(place, text, 255, font=face, anchor="ls", stroke_width=outline_px(px))
        shadow = ImageChops.offset(outline, 0, outline_px(px)).filter(ImageFilter.GaussianBlur(px * 0.09))
        outline = outline.filter(ImageFilter.GaussianBlur(px * 0.012))
        dark = np.maximum(np.asarray(outline, np.float32) * _OUTLINE, np.asarray(shadow, np.float32) * _SHADOW) / 255
        return np.asarray(letters, np.float32) / 255, dark


@lru_cache(maxsize=12)
def strip_for(rows: tuple[tuple[str, int], ...], font: str, px: int, row_px: int, picture_width: int) -> Strip:
    """The strip for a caption; the last few are kept, since neighbouring frames ask for the same."""
    return Strip(rows, font, px, row_px, picture_width)


def _planes(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], ...]:
    """Writable views of Y, U and V."""
    if not picture.flags.c_contiguous:
        raise AssemblyError("a picture must lie in one piece of memory to be captioned")
    rows, width = picture.shape
    height = rows * 2 // 3
    flat = picture.reshape(-1)
    size = height * width
    half = (height // 2, width // 2)
    return (
        flat[:size].reshape(height, width),
        flat[size : size * 5 // 4].reshape(half),
        flat[size * 5 // 4 :].reshape(half),
    )


def _halved(mask: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = mask.shape
    return mask.reshape(height // 2, 2, width // 2, 2).mean(axis=(1, 3), dtype=np.float32)


def _keep(letters: NDArray[np.float32], dark: NDArray[np.float32]) -> NDArray[np.uint16]:
    return np.rint((1 - letters) * (1 - dark) * 256).astype(np.uint16)


def _add(letters: NDArray[np.float32], dark: NDArray[np.float32], colour: int, dark_colour: int) -> NDArray[np.uint16]:
    # +128 rounds the shift; untouched pixels stay exactly as they are.
    return np.rint((letters * colour + (1 - letters) * dark * dark_colour) * 256 + 128).astype(np.uint16)
