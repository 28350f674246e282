"""Where the picture really changes, found from pixels alone and then compared with the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from musicvid.vision.thumbs import distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

VISIBLE = 1.2
"""Least jump of a cut in 8-bit levels above the motion on both sides of it."""
PROMINENCE = 2.0
"""A cut must stand this many times above the liveliest other step in its window."""


def frame_steps(thumbs: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Thumbs ``(n, THUMB_SIZE)`` to ``(n,)``: how far frame ``k`` is from frame ``k - 1`` (the first is 0)."""
    steps = np.zeros(len(thumbs), np.float32)
    if len(thumbs) > 1:
        steps[1:] = distance(thumbs[1:], thumbs[:-1])
    return steps


def find_cut(steps: NDArray[np.float32], low: int, high: int) -> int | None:
    """The frame in ``[low, high)`` at which a new shot begins, or None when no jump stands out.

    A cut is a single tall step: motion and light change over several frames, a cut in one. ``steps`` come from
    :func:`frame_steps`. The window must hold at most one cut.
    """
    window = steps[low:high]
    if not len(window):
        return None
    best = int(np.argmax(window))
    rest = np.delete(window, best)
    beside = float(rest.max()) if len(rest) else 0.0
    tall = float(window[best])
    if tall - beside < VISIBLE or tall < PROMINENCE * beside:
        return None
    return low + best


def find_dissolve(thumbs: NDArray[np.uint8], start: int, stop: int) -> int | None:
    """The first frame of ``[start, stop)`` in which the incoming shot outweighs the outgoing one.

    The frames just outside are taken as the two pure pictures; each frame's mixing weight is its least-squares
    projection on the line between them, and a straight line through the weights gives the crossing of one half.
    None when both sides look alike.
    """
    if start < 1 or stop >= len(thumbs) or stop - start < 2:
        return None
    before, after = thumbs[start - 1].astype(np.float64), thumbs[stop].astype(np.float64)
    way = after - before
    length = float(way @ way)
    if length < VISIBLE**2 * len(way):
        return None
    weights = (thumbs[start:stop].astype(np.float64) - before) @ way / length
    slope, offset = np.polyfit(np.arange(stop - start), weights, 1)
    if slope <= 0:
        return None
    return start + int(np.ceil((0.5 - offset) / slope - 1e-9))
