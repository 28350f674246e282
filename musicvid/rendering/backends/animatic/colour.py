"""Colours as BT.709 limited-range Y, U, V: what the brushes mix and the encoder takes, with no RGB step per pixel.

Mixing two Y'UV colours is mixing their gamma-coded R'G'B' (the transform is linear), so palettes can be thought of as
screen colours.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Colour = NDArray[np.float32]
"""float32 (3,): Y in 16..235, U and V in 16..240."""

_KR, _KB = 0.2126, 0.0722
BLACK = np.array([16.0, 128.0, 128.0], np.float32)


def yuv(colour: str) -> Colour:
    """``"#rrggbb"`` (sRGB) as BT.709 limited-range Y'UV, ITU-R BT.709-6 items 3.2 to 3.4."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    luma = _KR * red + (1 - _KR - _KB) * green + _KB * blue
    u, v = (blue - luma) / (2 * (1 - _KB)), (red - luma) / (2 * (1 - _KR))
    return np.array([16 + 219 * luma, 128 + 224 * u, 128 + 224 * v], np.float32)


def mix(a: Colour, b: Colour, share: float) -> Colour:
    """``share`` 0 gives ``a``, 1 gives ``b``."""
    return (a + (b - a) * np.float32(share)).astype(np.float32)


def scaled(colour: Colour, light: float, saturation: float | None = None) -> Colour:
    """``colour`` under ``light`` times as much light; chroma follows unless ``saturation`` is given."""
    chroma = light if saturation is None else saturation
    return (BLACK + (colour - BLACK) * np.array([light, chroma, chroma], np.float32)).astype(np.float32)


def turned(colour: Colour, degrees: float, saturation: float = 1.0) -> Colour:
    """``colour`` with its hue turned in the U, V plane and its saturation scaled; its luma stays."""
    u, v = float(colour[1]) - 128, float(colour[2]) - 128
    c, s = math.cos(math.radians(degrees)) * saturation, math.sin(math.radians(degrees)) * saturation
    return np.array([colour[0], 128 + c * u - s * v, 128 + s * u + c * v], np.float32)


def gradient(stops: list[tuple[float, Colour]], at: NDArray[np.float32]) -> NDArray[np.float32]:
    """Colours (n, 3) at positions ``at`` (n,) between ``stops`` (position, colour), rising; ends are held."""
    places = [p for p, _ in stops]
    return np.stack([np.interp(at, places, [c[i] for _, c in stops]) for i in range(3)], 1).astype(np.float32)
