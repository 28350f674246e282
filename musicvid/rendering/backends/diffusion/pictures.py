"""Pictures that a clip is made from (its first or last frame, references), in the size that the model works in."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import RenderError
from musicvid.media.pictures import open_still, read_still
from musicvid.rendering.clip_sizes import crop_loss
from musicvid.schema.frames import FrameSize

_LEAST_PX = 16
_BLURRED = 4
"""A picture that must grow by more than this shows it."""
_MUCH_CROPPED = Fraction(1, 3)
_TURNED = (5, 6, 7, 8)
_ORIENTATION = 0x0112


def condition_picture(path: str | os.PathLike[str], size: FrameSize) -> NDArray[np.uint8]:
    """The still at ``path`` scaled to fill ``size`` and cropped to its middle: uint8 sRGB ``(height, width, 3)``.

    Raises :class:`MediaError` for a file that is no readable still, :class:`RenderError` for one below 16 pixels.
    """
    from PIL import Image, ImageOps

    rgb = read_still(path)
    height, width = rgb.shape[:2]
    if min(height, width) < _LEAST_PX:
        raise RenderError(
            f"a picture of {width}x{height} pixels is too small to make a clip from",
            where=os.fspath(path),
            hint=f"use one of about {size}",
        )
    if (width, height) == (size.width, size.height):
        return np.ascontiguousarray(rgb)
    fitted = ImageOps.fit(Image.fromarray(rgb), (size.width, size.height), Image.Resampling.LANCZOS)
    return np.ascontiguousarray(fitted)


def note_on_picture(path: str | os.PathLike[str], size: FrameSize) -> str:
    """What the person should know about using the still at ``path`` in ``size``; empty: nothing. Decodes nothing; a
    file that cannot be read is left to :func:`condition_picture`."""
    image = open_still(path)
    if image is None:
        return ""
    with image:
        width, height = image.size
        if image.getexif().get(_ORIENTATION) in _TURNED:
            width, height = height, width
    if min(width, height) < _LEAST_PX:
        return ""
    name = Path(path).name
    grows = max(Fraction(size.width, width), Fraction(size.height, height))
    if grows > _BLURRED:
        return f"{name} is only {width}x{height}: enlarged {float(grows):.1f} times to {size}, it is blurred"
    loss = crop_loss(Fraction(width, height), size.aspect)
    if loss > _MUCH_CROPPED:
        return f"{round(100 * loss)} % of {name} is cropped to fill {size}"
    return ""
