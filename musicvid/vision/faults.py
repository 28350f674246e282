"""Clips that no one wanted: black, white, one colour, noise, burnt out or frozen. Measured from pixels alone.

Only what is certain counts. A dark night, a white studio, a fade to black, a still camera or a grainy picture pass:
a false alarm costs minutes of a graphics card, a miss is seen by the person who looks at the take.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

FaultKind = Literal["black", "white", "flat", "noise", "oversaturated", "frozen"]

MOST_FRAMES = 0.95
"""A clip has a fault when more than this share of its frames has: one that fades out is fine, and one that is black
after a given first frame is not."""
NEARLY_ALL = 0.999
"""Share of a picture's samples. A sky with a few stars, or small white writing on black, has more that is not black."""
BLACK_LUMA, WHITE_LUMA = 20, 231
"""BT.709 black is 16 and white 235; four levels are what rounding and compression of the source may add."""
FLAT_DEVIATION = 1.0
"""Standard deviation, in levels, of each plane of a picture of one colour. A wall in fog has three or more."""
EXTREME_CHROMA = 98
"""How far U or V is from 128 at least in all six pure colours of BT.709 (magenta and green: 102, the others 112)."""
PURE_SHARE = 0.5
"""Real pictures hold a few percent of pure colour, a stage in red light a tenth, because lights have a slope."""
CLIPPED_SHARE, CLIPPED_PURE_SHARE = 0.9, 0.1
"""Nearly every sample at black, white or a pure colour, and not only black and white: a picture in ink is fine."""
NOISE_DEVIATION = 16.0
"""Less is grain: on a plain wall even coarse film has under ten levels."""
NOISE_PEAK = 10.0
"""The strongest of ``n`` frequencies of white noise is about ``ln n`` times as strong as their mean, and more than
``ln n + 10`` once in twenty thousand. In pictures it is hundreds of times as strong, even in those of a random net."""
MOVED_LEVELS, MOVED_SHARE = 2, 1e-4
"""A frame has moved when more than this share of samples changed by more than this. A candle in a still room is more,
rounding in a decoder is less."""
LEAST_FRAMES = 5
"""Shorter clips may be still."""

_WINDOW_PX = 256


@dataclass(frozen=True, slots=True)
class Fault:
    """``detail`` says it in figures."""

    kind: FaultKind
    detail: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.detail}"


class FaultFinder:
    """Sees a clip's pictures one by one, as they are made, and keeps one of them."""

    def __init__(self) -> None:
        self.frame_count = 0
        self._found: dict[FaultKind, int] = dict.fromkeys(("black", "white", "flat", "noise"), 0)
        self._pure = self._clipped = 0.0
        self._still: NDArray[np.uint8] | None = None
        self._moved = False

    def see(self, picture: NDArray[np.uint8]) -> None:
        """The next frame: uint8 yuv420p ``(height * 3 // 2, width)``, BT.709 limited range. It may be reused after."""
        height = picture.shape[0] * 2 // 3
        y, chroma = picture[:height], picture[height:].reshape(2, -1)
        self._found["black"] += _share(y <= BLACK_LUMA) >= NEARLY_ALL
        self._found["white"] += _share(y >= WHITE_LUMA) >= NEARLY_ALL
        self._found["flat"] += max(y.std(), chroma[0].std(), chroma[1].std()) <= FLAT_DEVIATION
        self._found["noise"] += _is_white_noise(y)
        self._see_colour(y, chroma)
        self._see_movement(picture)
        self.frame_count += 1

    def _see_colour(self, y: NDArray[np.uint8], chroma: NDArray[np.uint8]) -> None:
        far = ((chroma >= 128 + EXTREME_CHROMA) | (chroma <= 128 - EXTREME_CHROMA)).any(0)
        corner = y[::2, ::2]  # one of the four samples that share their chroma
        self._pure += _share(far)
        self._clipped += _share(far | (corner <= BLACK_LUMA).reshape(-1) | (corner >= WHITE_LUMA).reshape(-1))

    def _see_movement(self, picture: NDArray[np.uint8]) -> None:
        if self.frame_count == 0 or self._moved:
            return  # the first frame may be a given one, or coded alone: it tells nothing about the rest
        if self._still is None:
            self._still = picture.copy()
            return
        import cv2

        self._moved = _share(cv2.absdiff(picture, self._still) > MOVED_LEVELS) > MOVED_SHARE

    def fault(self) -> Fault | None:
        """What is wrong with the clip that was seen; None: nothing that can be told from pixels."""
        if not self.frame_count:
            return None
        for kind, found in self._found.items():
            if found / self.frame_count > MOST_FRAMES:
                return Fault(kind, f"{found} of {self.frame_count} frames are {_WORDS[kind]}")
        pure, clipped = self._pure / self.frame_count, self._clipped / self.frame_count
        if pure > PURE_SHARE or (clipped > CLIPPED_SHARE and pure > CLIPPED_PURE_SHARE):
            return Fault("oversaturated", f"{pure:.0%} of the picture is pure colour, {clipped:.0%} is clipped")
        if self.frame_count >= LEAST_FRAMES and not self._moved:
            return Fault("frozen", f"no frame of {self.frame_count} differs from the others")
        return None


def fault_of(frames: Iterable[NDArray[np.uint8]]) -> Fault | None:
    """The fault of a whole clip; see :class:`FaultFinder`."""
    finder = FaultFinder()
    for picture in frames:
        finder.see(picture)
    return finder.fault()


_WORDS: dict[FaultKind, str] = {
    "black": "black",
    "white": "white",
    "flat": "of one colour",
    "noise": "nothing but noise",
}


def _share(mask: NDArray[np.bool_]) -> float:
    return np.count_nonzero(mask) / mask.size


def _is_white_noise(y: NDArray[np.uint8]) -> bool:
    """Whether no frequency stands out in the middle of the picture."""
    top, left = (max(0, side - _WINDOW_PX) // 2 for side in y.shape)
    window = y[top : top + _WINDOW_PX, left : left + _WINDOW_PX]
    if window.std() < NOISE_DEVIATION:
        return False
    power = np.abs(np.fft.rfft2(window)).reshape(-1)[1:] ** 2  # without the mean
    return bool(power.max() < (np.log(power.size) + NOISE_PEAK) * power.mean())
