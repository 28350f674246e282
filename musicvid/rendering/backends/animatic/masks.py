"""Cut-outs grown once per process: trees, bushes, reeds. uint8, foot at the bottom, seeded by their own name only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from musicvid.rendering.backends.animatic.growth import HEIGHT, KINDS, WIDTH, Mask

_SHRINKS = (1, 2, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class Grove:
    """Cut-outs of some kinds, two variants each, both ways round, at five sizes, packed for ``brushes.sprites``.

    A cut-out's number is ``((kind * 2 + variant) * 2 + mirrored) * 5 + shrink``. ``tall`` and ``wide`` are float32
    (kinds, 2): rows and columns of each variant at full size.
    """

    ink: Mask
    spans: NDArray[np.int32]
    sheets: NDArray[np.int64]
    tall: NDArray[np.float32]
    wide: NDArray[np.float32]

    def choose(
        self,
        kind: NDArray[np.int64],
        variant: NDArray[np.int64],
        mirrored: NDArray[np.int64],
        rows: NDArray[np.float32],
    ) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.float32]]:
        """(numbers, pixels per mask pixel, widths in pixels) of cut-outs that are to be ``rows`` pixels high: each the
        smallest copy that is still larger."""
        full = self.tall[kind, variant]
        shrink = np.clip(np.floor(np.log2(np.maximum(full / np.maximum(rows, 1.0), 1.0))), 0, 4).astype(np.int64)
        number = ((kind * 2 + variant) * 2 + mirrored) * len(_SHRINKS) + shrink
        size = rows / self.sheets[number, 1]
        return number, size.astype(np.float32), (size * self.sheets[number, 2]).astype(np.float32)


@lru_cache(maxsize=16)
def grove(*kinds: str) -> Grove:
    """The cut-outs of ``kinds`` (keys of ``KINDS``)."""
    inks, spans, sheets, full = [], [], [], []
    for kind in kinds:
        for variant in (0, 1):
            picture = _grown(kind, variant)
            full.append(picture.shape)
            for turned in (picture, picture[:, ::-1]):
                for shrink in _SHRINKS:
                    size = (max(picture.shape[1] // shrink, 2), max(picture.shape[0] // shrink, 2))
                    copy = turned if shrink == 1 else cv2.resize(turned, size, interpolation=cv2.INTER_AREA)
                    sheets.append((sum(i.size for i in inks), *copy.shape, sum(len(s) for s in spans)))
                    inks.append(np.ascontiguousarray(copy).ravel())
                    spans.append(_spans(copy))
    shapes = np.array(full, np.float32).reshape(len(kinds), 2, 2)
    return Grove(
        np.concatenate(inks), np.concatenate(spans), np.array(sheets, np.int64), shapes[..., 0], shapes[..., 1]
    )


def _grown(kind: str, variant: int) -> Mask:
    """One cut-out at full size, cropped, its foot in the middle of the last row."""
    picture = np.zeros((HEIGHT, WIDTH), np.uint8)
    KINDS[kind](picture, np.random.default_rng([variant, *kind.encode()]))
    columns, middle = np.flatnonzero(picture.any(0)), WIDTH // 2
    reach = max(middle - int(columns[0]), int(columns[-1]) - middle) + 2
    highest = int(np.flatnonzero(picture.any(1))[0])
    return picture[max(highest - 2, 0) :, max(middle - reach, 0) : middle + reach]


def _spans(picture: Mask) -> NDArray[np.int32]:
    full = picture > 0
    some = full.any(1)
    first = np.where(some, full.argmax(1), 0)
    last = np.where(some, picture.shape[1] - full[:, ::-1].argmax(1), 0)
    return np.stack([first, last], 1).astype(np.int32)
