"""At which rate a clip is made: the movie's own or a part of it where the model can, so that frames stay frames."""

from __future__ import annotations

import math
from fractions import Fraction

from musicvid.diffusion.models import VideoModel
from musicvid.errors import InputError
from musicvid.schema.frames import FrameRate

_SAME_RATE = Fraction(1, 500)


def is_nearly(fps: Fraction, other_fps: Fraction) -> bool:
    """Rates this near are taken as one (23.976 and 24): nobody sees the difference of speed, everybody would see a
    frame shown twice."""
    return abs(fps / other_fps - 1) <= _SAME_RATE


def clip_rate(model: VideoModel, movie: FrameRate, wish: FrameRate | None = None) -> FrameRate:
    """The movie's rate divided by the least whole number that brings it into what the model takes; else the model's.

    A model that takes one rate only is not told it: a ``wish`` then says how fast its frames are shown, and may be any.
    Raises :class:`InputError` for a wish outside the range that the model is told.
    """
    low, high = model.rates_fps or (model.rate_fps, model.rate_fps)
    if wish:
        if model.rates_fps and not low <= wish.fps <= high:
            raise InputError(f"{model.key} makes {low} to {high} frames per second, {wish} was asked for")
        return wish
    parts = max(1, math.ceil(movie.fps / (high * (1 + _SAME_RATE))))
    fps = movie.fps / parts
    return FrameRate(fps if fps >= low * (1 - _SAME_RATE) else model.rate_fps)
