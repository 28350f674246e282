"""Between our planar pictures and the RGB arrays of other libraries, in BT.709 both ways."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import MediaError
from musicvid.media.pictures import Picture, planes_of, size_of

_BT709, _LIMITED = 1, 1


def rgb_of(picture: Picture) -> NDArray[np.uint8]:
    """A yuv420p picture ``(height * 3 // 2, width)`` as sRGB ``(height, width, 3)``."""
    from av import VideoFrame

    size = size_of(picture)
    frame = VideoFrame(size.width, size.height, "yuv420p")
    planes = planes_of(np.ascontiguousarray(picture))
    for plane, source in zip(frame.planes, (planes.y, planes.u, planes.v), strict=True):
        target = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        target[: source.shape[0], : source.shape[1]] = source
    frame.colorspace, frame.color_range = _BT709, _LIMITED
    rgb = frame.reformat(
        format="rgb24",
        src_colorspace="ITU709",
        src_color_range="MPEG",
        dst_color_range="JPEG",
        interpolation="BICUBIC",
        threads=1,
    )
    return rgb.to_ndarray()


def picture_of(rgb: NDArray[np.uint8]) -> Picture:
    """An sRGB array ``(height, width, 3)`` as a yuv420p picture; an odd last row or column is cropped.

    Raises :class:`MediaError` for arrays of another type or shape.
    """
    from av import VideoFrame

    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or min(rgb.shape[:2]) < 2:
        raise MediaError(f"{rgb.dtype} {rgb.shape} is no RGB picture: uint8 (height, width, 3) was expected")
    height, width = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
    frame = VideoFrame.from_ndarray(np.ascontiguousarray(rgb[:height, :width]), format="rgb24")
    planar = frame.reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG", interpolation="BICUBIC", threads=1
    )
    return np.ascontiguousarray(planar.to_ndarray())
