"""Which size a clip is made in: one that the model was made for, or of the same area, that fills the movie's frame."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache

from musicvid.diffusion.models import VideoModel
from musicvid.errors import InputError, RenderError
from musicvid.schema.frames import FrameSize

HEADROOM = Fraction(8, 100)
"""Most of a clip's picture that may be cropped away before a size of the movie's own aspect is computed."""
_ENLARGING = Fraction(21, 20)
"""A clip that must grow by no more than this counts as large enough (704 lines in a frame of 720)."""
_SMALLER = Fraction(3, 4)
_AREA_WEIGHT = Fraction(1, 4)
"""Computed sizes: four percent more or less area weighs as much as one percent of cropping."""
_LOWEST_PX, _HIGHEST_PX = 16, 8192


def clip_size(model: VideoModel, movie: FrameSize, *, wish: FrameSize | None = None, shrink: int = 0) -> FrameSize:
    """A legal size for clips of ``model`` in a movie of size ``movie``.

    Of the model's usual sizes (also turned upright) that lose at most :data:`HEADROOM` to cropping, the smallest that
    the movie's frame need not enlarge, else the one that is enlarged least. If they all lose more, a size is computed:
    about the same area, both sides multiples of ``size_multiple``, the movie's aspect as nearly as that allows.

    ``wish`` is taken as it is. Each step of ``shrink`` goes down to about three quarters of the area. Raises
    :class:`InputError` for a wish that is not legal, :class:`RenderError` when it cannot be smaller.
    """
    multiple = math.lcm(model.size_multiple, 2)
    if wish is None:
        size = _usual_or_computed(model, movie, multiple)
    else:
        size = _checked(wish, multiple, model)
    for step in range(shrink):
        smaller = _sized(size.width * size.height * _SMALLER, movie.aspect, multiple, size.width * size.height)
        if smaller is None:
            raise RenderError(
                f"{model.key} cannot make pictures smaller than {size}: {shrink - step} steps down remain"
            )
        size = smaller
    return size


def crop_loss(aspect: Fraction, frame_aspect: Fraction) -> Fraction:
    """The share of a picture that is lost when it fills a frame of another aspect and is cropped: 0 to below 1."""
    wider = aspect / frame_aspect
    return 1 - min(wider, 1 / wider)


def _usual_or_computed(model: VideoModel, movie: FrameSize, multiple: int) -> FrameSize:
    usual = list(dict.fromkeys([*model.sizes, *(FrameSize(one.height, one.width) for one in model.sizes)]))
    fitting = [one for one in usual if crop_loss(one.aspect, movie.aspect) <= HEADROOM]
    if fitting:
        return _large_enough(fitting, movie)
    area = movie.width * movie.height
    if usual:
        nearest = _large_enough(usual, movie)
        area = nearest.width * nearest.height
    computed = _sized(Fraction(area), movie.aspect, multiple, None)
    # On a coarse grid a computed size may lose more than a usual one.
    return min([*filter(None, [computed]), *usual], key=lambda one: crop_loss(one.aspect, movie.aspect))


def _large_enough(sizes: list[FrameSize], movie: FrameSize) -> FrameSize:
    def order(size: FrameSize) -> tuple[Fraction, int, Fraction]:
        grows = max(Fraction(movie.width, size.width), Fraction(movie.height, size.height))
        # All that are large enough are equal in the first.
        return max(grows, _ENLARGING), size.width * size.height, crop_loss(size.aspect, movie.aspect)

    return min(sizes, key=order)


@lru_cache(maxsize=256)
def _sized(area: Fraction, aspect: Fraction, multiple: int, below: int | None) -> FrameSize | None:
    """The legal size nearest to ``area`` (square pixels) and ``aspect``; its area is less than ``below``."""
    best: tuple[Fraction, int, int] | None = None
    lines = math.isqrt(math.ceil(area / aspect))
    first = max(1, lines // 2 // multiple)
    for height in range(first * multiple, min(2 * lines + 2 * multiple, _HIGHEST_PX) + 1, multiple):
        columns = math.floor(height * aspect / multiple) * multiple
        for width in (columns, columns + multiple):
            if min(width, height) < _LOWEST_PX or width > _HIGHEST_PX or (below and width * height >= below):
                continue
            score = crop_loss(Fraction(width, height), aspect) + abs(width * height / area - 1) * _AREA_WEIGHT
            best = min(filter(None, [best, (score, width, height)]))
    return FrameSize(best[1], best[2]) if best else None


def _checked(wish: FrameSize, multiple: int, model: VideoModel) -> FrameSize:
    if wish.width % multiple == 0 and wish.height % multiple == 0:
        return wish
    near = "x".join(str(max(multiple, multiple * round(side / multiple))) for side in (wish.width, wish.height))
    raise InputError(
        f"{model.key} makes pictures whose sides are multiples of {multiple}, {wish} was asked for", hint=f"use {near}"
    )
