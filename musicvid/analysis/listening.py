"""Decode a song once: measured exactly, and resampled for the analysis on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.spectrum import RATE_HZ
from musicvid.media.sound import SoundInfo, song_file
from musicvid.media.sound_packets import SoundBlock, decoded_sound

if TYPE_CHECKING:
    from soxr import ResampleStream

Array = NDArray[np.float32]

_BLOCK_S = 10.0


class Listening:
    """One pass over the sound of ``path``.

    ``stated_s`` is the length that the header promises (0 if it says nothing); ``info`` and ``peak`` (the largest
    sample of the mono mix, 1 is full scale) are known once :meth:`blocks` has come to its end.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self.stated_s = 0.0
        self.info = SoundInfo(RATE_HZ, 0, 0)
        self.peak = 0.0

    def blocks(self) -> Iterator[Array]:
        """The mono mix at ``RATE_HZ``, about ten seconds at a time. Raises :class:`SongError`.

        Decoding costs more than all of the analysis, which is why the samples are counted here as well.
        """
        resampler: ResampleStream | None = None
        waiting: list[Array] = []
        held = count = 0
        with song_file(self.path) as container:
            self.stated_s = max(container.duration or 0, 0) / 1e6
            for block in decoded_sound(container, self.path):
                if not count:
                    resampler = _resampler(block)
                waiting.append(block.mono)
                count += len(waiting[-1])
                held += len(waiting[-1])
                self.info = SoundInfo(block.rate_hz, len(block.names), count)
                if held >= _BLOCK_S * block.rate_hz:
                    yield self._heard(waiting, resampler)
                    waiting, held = [], 0
        yield self._heard(waiting, resampler, last=True)

    def _heard(self, parts: list[Array], resampler: ResampleStream | None, *, last: bool = False) -> Array:
        joined = np.concatenate([np.zeros(0, np.float32), *parts])
        sound = np.nan_to_num(joined, nan=0.0, posinf=1.0, neginf=-1.0)
        self.peak = max(self.peak, float(np.abs(sound).max(initial=0.0)))
        return sound if resampler is None else resampler.resample_chunk(sound, last=last)


def _resampler(first: SoundBlock) -> ResampleStream | None:
    import soxr

    if first.rate_hz == RATE_HZ:
        return None
    return soxr.ResampleStream(first.rate_hz, RATE_HZ, 1, dtype="float32", quality="HQ")
