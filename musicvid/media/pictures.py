"""Pictures as arrays: planar yuv420p in BT.709 limited range, whatever the file held; stills as RGB.

A picture is uint8 of shape ``(height * 3 // 2, width)``: the Y plane, then U and V, each a quarter of its size.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import get_ident
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import MediaError
from musicvid.schema.frames import FrameSize

if TYPE_CHECKING:
    from av import VideoFrame
    from av.video.reformatter import VideoReformatter
    from PIL.Image import Image

Picture = NDArray[np.uint8]
STILL_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "TIFF", "GIF", "AVIF")
_BT709, _UNSPECIFIED = 1, 2
_LIMITED, _FULL = 1, 2
_HDR_TRANSFERS = (16, 18)  # PQ and HLG in ITU-T H.273


@dataclass(frozen=True, slots=True)
class Planes:
    """Views into one picture: ``y`` is ``(height, width)``, ``u`` and ``v`` are half as wide and high."""

    y: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]


def planes_of(picture: Picture) -> Planes:
    """The three planes of a contiguous yuv420p picture, as views: writing to them writes to the picture."""
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    flat = picture.reshape(-1)
    luma, chroma = height * width, height * width // 4
    half = (height // 2, width // 2)
    return Planes(
        flat[:luma].reshape(height, width),
        flat[luma : luma + chroma].reshape(half),
        flat[luma + chroma :].reshape(half),
    )


def size_of(picture: Picture) -> FrameSize:
    """The size of a yuv420p picture."""
    return FrameSize(picture.shape[1], picture.shape[0] * 2 // 3)


def is_hdr(frame: VideoFrame) -> bool:
    """Whether the frame uses a high-dynamic-range transfer curve (PQ or HLG)."""
    return frame.color_trc in _HDR_TRANSFERS


def to_picture(frame: VideoFrame, size: FrameSize, quarter_turns: int, reformatter: VideoReformatter) -> Picture:
    """A decoded frame as a picture of ``size``, after ``quarter_turns`` counter-clockwise.

    Other matrices, full range, RGB, deeper samples and other chroma layouts are converted; HDR is mapped to BT.709 by
    FFmpeg's scaler; an odd last row or column is cropped; pixels that are not square are stretched until they are.
    """
    turned = quarter_turns % 2 == 1
    width, height = (size.height, size.width) if turned else (size.width, size.height)
    fits = frame.width - frame.width % 2 == width and frame.height - frame.height % 2 == height
    if not (fits and _is_plain(frame)):
        frame = _converted(frame, reformatter, *((frame.width, frame.height) if fits else (width, height)))
    picture = np.empty((size.height * 3 // 2, size.width), np.uint8)
    planes = planes_of(picture)
    for k, target in enumerate((planes.y, planes.u, planes.v)):
        rows, columns = (height, width) if k == 0 else (height // 2, width // 2)
        plane = frame.planes[k]
        source = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[:rows, :columns]
        target[:] = np.rot90(source, quarter_turns) if quarter_turns % 4 else source
    return picture


def _matrix_is_bt709(frame: VideoFrame) -> bool:
    """What players assume for untagged video: BT.709 for HD, BT.601 below."""
    if frame.colorspace == _UNSPECIFIED:
        return frame.width >= 1280 or frame.height > 576
    return frame.colorspace == _BT709


def _is_plain(frame: VideoFrame) -> bool:
    return (
        frame.format.name == "yuv420p" and frame.color_range != _FULL and _matrix_is_bt709(frame) and not is_hdr(frame)
    )


def _converted(frame: VideoFrame, reformatter: VideoReformatter, width: int, height: int) -> VideoFrame:
    from av.video.reformatter import ColorPrimaries, ColorTrc

    source: str | None = None
    if not frame.format.is_rgb and frame.colorspace == _UNSPECIFIED:
        source = "ITU709" if _matrix_is_bt709(frame) else "ITU601"
    hdr = is_hdr(frame)
    if hdr:
        reformatter = _hdr_reformatter(get_ident(), frame.width, frame.height, frame.format.name, frame.color_trc)
    full = frame.format.name.startswith("yuvj") or frame.color_range == _FULL
    return reformatter.reformat(
        frame,
        width=width,
        height=height,
        format="yuv420p",
        interpolation="BICUBIC",
        src_colorspace=source,
        dst_colorspace="ITU709",
        src_color_range=None if frame.format.is_rgb else ("JPEG" if full else "MPEG"),
        dst_color_range="MPEG",
        dst_color_trc=ColorTrc.BT709 if hdr else None,
        dst_color_primaries=ColorPrimaries.BT709 if hdr else None,
        threads=1,
    )


@lru_cache(maxsize=4)
def _hdr_reformatter(thread: int, width: int, height: int, pixel_format: str, transfer: int) -> VideoReformatter:
    """A scaler kept between readers: working out its colour table takes over two seconds. Never shared by threads."""
    from av.video.reformatter import VideoReformatter

    return VideoReformatter()


def conform(picture: Picture, size: FrameSize) -> Picture:
    """Scale a yuv420p picture until it fills ``size`` and crop the middle; the same array if it already fits."""
    from av import VideoFrame

    own = size_of(picture)
    if own == size:
        return picture
    width = min(own.width, 2 * round(own.height * size.aspect / 2))
    height = min(own.height, 2 * round(own.width / size.aspect / 2))
    left, top = (own.width - width) // 4 * 2, (own.height - height) // 4 * 2  # even: chroma is half as fine
    frame = VideoFrame(width, height, "yuv420p")
    planes = planes_of(np.ascontiguousarray(picture))
    for k, source in enumerate((planes.y, planes.u, planes.v)):
        part = 1 if k == 0 else 2
        rows, columns = slice(top // part, (top + height) // part), slice(left // part, (left + width) // part)
        plane = frame.planes[k]
        target = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        target[: height // part, : width // part] = source[rows, columns]
    frame.colorspace, frame.color_range = _BT709, _LIMITED
    scaled = frame.reformat(width=size.width, height=size.height, interpolation="BICUBIC", threads=1)
    return np.ascontiguousarray(scaled.to_ndarray())


def open_still(path: str | os.PathLike[str]) -> Image | None:
    """The still picture in a file, not yet decoded; None for anything else, moving pictures included."""
    from PIL import Image, UnidentifiedImageError

    try:
        if not Path(path).is_file():  # opening a pipe would wait for ever
            return None
        image = Image.open(Path(path), formats=STILL_FORMATS)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None
    if getattr(image, "n_frames", 1) > 1 and image.format in ("GIF", "PNG"):
        image.close()
        return None
    return image


def read_still(path: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """A still as uint8 sRGB ``(height, width, 3)``, upright (EXIF), on black where it is transparent.

    Raises :class:`MediaError` for what is not a still picture, or a damaged or monstrous one.
    """
    from PIL import Image, ImageOps

    where = os.fspath(path)
    if (image := open_still(path)) is None:
        raise MediaError("this is not a still picture that can be read", where=where, hint="use PNG or JPEG")
    try:
        with image:
            return _to_rgb(ImageOps.exif_transpose(image))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise MediaError(f"the picture is damaged or too large: {error}", where=where) from error


def _to_rgb(image: Image) -> NDArray[np.uint8]:
    from PIL import Image as Images

    if image.mode.startswith("I"):  # 16-bit grey: Pillow would clip it to white
        grey = np.asarray(image).astype(np.int64)
        return np.repeat(np.clip(grey >> 8, 0, 255).astype(np.uint8)[..., None], 3, axis=2)
    image = _to_srgb(image)
    if image.has_transparency_data:
        image = image.convert("RGBA")
        image = Images.alpha_composite(Images.new("RGBA", image.size, (0, 0, 0, 255)), image)
    return np.asarray(image.convert("RGB"))


def _to_srgb(image: Image) -> Image:
    """Apply the picture's colour profile; a profile that cannot be used is left alone, as viewers do."""
    import io

    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        return ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode) or image
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
