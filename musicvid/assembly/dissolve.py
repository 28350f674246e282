"""The dissolve: two pictures mixed in the planes they are coded in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def mix(outgoing: NDArray[np.uint8], incoming: NDArray[np.uint8], number: int, frame_count: int) -> NDArray[np.uint8]:
    """Frame ``number`` (from 0) of a dissolve of ``frame_count`` frames, as a new array.

    The incoming picture weighs ``(number + 1/2) / frame_count``: even steps, symmetric about the planned cut, and
    neither end repeats a neighbour's pure picture. Y, U and V are mixed as they stand (gamma space), which is what
    editors show. Rounded to nearest.
    """
    later = 2 * number + 1
    whole = 2 * frame_count
    # 16.16 fixed point: exact to half a level for any length.
    weight = (later * 65536 + frame_count) // whole
    mixed = np.multiply(outgoing, 65536 - weight, dtype=np.uint32)
    mixed += np.multiply(incoming, weight, dtype=np.uint32)
    mixed += 32768
    mixed >>= 16
    return mixed.astype(np.uint8)
