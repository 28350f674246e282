"""RGB ↔ planar YUV 4:2:0, BT.709 limited range (OpenCV's own 4:2:0 conversions know BT.601 only)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.media.pictures import planes_of

_KR, _KG, _KB = 0.2126, 0.7152, 0.0722  # ITU-R BT.709-6, item 3.2
_TO_YUV = np.array(
    [
        [219 / 255 * _KR, 219 / 255 * _KG, 219 / 255 * _KB, 16],
        [-112 / 255 * _KR / (1 - _KB), -112 / 255 * _KG / (1 - _KB), 112 / 255, 128],
        [112 / 255, -112 / 255 * _KG / (1 - _KR), -112 / 255 * _KB / (1 - _KR), 128],
    ]
)
_BACK = np.linalg.inv(_TO_YUV[:, :3])
_TO_RGB = np.hstack([_BACK, -_BACK @ _TO_YUV[:, 3:]])


def yuv420p_of(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """sRGB uint8 ``(height, width, 3)``, both even → uint8 ``(height * 3 // 2, width)``: planes Y, U, V in a row."""
    import cv2

    height, width = rgb.shape[:2]
    yuv = cv2.transform(rgb, _TO_YUV)
    chroma = cv2.resize(yuv[..., 1:], (width // 2, height // 2), interpolation=cv2.INTER_AREA)
    return joined(yuv[..., 0], chroma[..., 0], chroma[..., 1])


def rgb_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 yuv420p ``(height * 3 // 2, width)`` → sRGB uint8 ``(height, width, 3)``."""
    import cv2

    planes = planes_of(np.ascontiguousarray(picture))
    size = (planes.y.shape[1], planes.y.shape[0])
    full = [cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR) for plane in (planes.u, planes.v)]
    return cv2.transform(cv2.merge([planes.y, *full]), _TO_RGB)


def joined(y: NDArray[np.uint8], u: NDArray[np.uint8], v: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """One yuv420p picture of three planes."""
    return np.concatenate([y.reshape(-1), u.reshape(-1), v.reshape(-1)]).reshape(-1, y.shape[1])
