"""Many channels to the one that is analysed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from musicvid.media.sound_packets import SoundBlock

_CANCELLED = 0.005
"""Power of the mono mix over that of the loudest channel. One surround channel alone in 7.1 leaves 0.013."""


class Downmix:
    """The mono mix of a song's blocks, or one channel of them while the channels cancel each other.

    A recording with one side wired upside down is silent, or robbed of its drums, in mono. What counts is the power
    of all that was heard so far, so that the choice does not flutter. ``alone`` is the name of the channel that was
    heard instead of the mix, None where the mix was.
    """

    def __init__(self) -> None:
        self.alone: str | None = None
        self._mixed = 0.0
        self._channels: NDArray[np.float64] = np.zeros(0)

    def heard(self, block: SoundBlock) -> NDArray[np.float32]:
        """The samples ``(n,)`` of one block. All blocks have the same channels."""
        mono = block.mono
        if len(block.names) == 1:
            return mono
        if not len(self._channels):
            self._channels = np.zeros(len(block.names))
        self._mixed += float(np.vdot(mono, mono))
        self._channels += [float(np.vdot(plane, plane)) for plane in block.planes]
        if self._mixed >= _CANCELLED * self._channels.max():
            return mono
        if self.alone is None:
            self.alone = block.names[int(self._channels.argmax())]
        return block.planes[block.names.index(self.alone)]

    @property
    def notes(self) -> tuple[str, ...]:
        """Remarks for the user."""
        if self.alone is None:
            return ()
        return (f"the channels cancel each other in mono (is one upside down?): {self.alone} was heard alone",)
