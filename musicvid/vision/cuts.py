"""Where the picture really changes, found from pixels alone and then compared with the plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from musicvid.vision.thumbs import distance

if TYPE_CHECKING:
    from numpy.typing import NDArray

VISIBLE = 1.2
"""Least jump of a cut in 8-bit levels above the motion on both sides of it."""
CROSSING_SLACK = 0.25
"""Weights are read from compressed thumbs; in a dissolve of even length the crossing lies half a frame before a frame,
so that a quarter to either side is noise."""
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


def find_dissolve(film: NDArray[np.uint8], outgoing: NDArray[np.uint8], incoming: NDArray[np.uint8]) -> int | None:
    """The first frame in which the incoming shot outweighs the outgoing one, counted within the window.

    All three are thumbs ``(n, THUMB_SIZE)`` of the same frames: the film's, and what either shot shows alone. Each
    frame's mixing weight is the least-squares projection of the film on the way from one to the other, and a straight
    line through the weights gives the crossing of one half. None when both shots look alike or nothing is mixed.
    """
    before, way = outgoing.astype(np.float64), incoming.astype(np.float64) - outgoing
    lengths = (way * way).sum(1)
    if len(film) < 2 or float(lengths.min()) < VISIBLE**2 * film.shape[1]:
        return None
    weights = ((film - before) * way).sum(1) / lengths
    slope, offset = np.polyfit(np.arange(len(film)), weights, 1)
    if slope <= 0:
        return None
    return int(np.ceil((0.5 - offset) / slope - CROSSING_SLACK))
