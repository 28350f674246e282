"""What is drawn over pictures while they are encoded: the seam between captions and whoever writes frames."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Overlay(Protocol):
    """Draws over finished pictures, e.g. lyric captions. Instances must be picklable: shots are made in processes.

    ``key`` names everything that determines what is drawn; it becomes part of the key of each take.
    """

    @property
    def key(self) -> str: ...

    def apply(self, picture: NDArray[np.uint8], frame: int) -> None:
        """Draw onto ``picture`` in place: uint8 yuv420p ``(height * 3 // 2, width)``, BT.709 limited range.

        ``frame`` is the movie's frame number.
        """
