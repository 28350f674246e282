"""Decode a song once: measured exactly, and resampled for the analysis on the way."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.downmix import Downmix
from musicvid.analysis.loudness import LoudnessMeter
from musicvid.analysis.spectrum import RATE_HZ
from musicvid.media.sound import SoundInfo, song_file
from musicvid.media.sound_packets import SoundBlock, decoded_sound

if TYPE_CHECKING:
    from soxr import ResampleStream

Array = NDArray[np.float32]

_BLOCK_S = 10.0
_PIECE_S = 1.0
"""Decoded and resampled at a time: what fits the processor's cache."""


class Listening:
    """One pass over the sound of ``path``.

    ``stated_s`` is the length that the header promises (0 if it says nothing); ``info`` and ``peak`` (the largest
    sample of what was heard, 1 is full scale) are known once :meth:`blocks` has come to its end.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = path
        self.stated_s = 0.0
        self.info = SoundInfo(RATE_HZ, 0, 0)
        self.peak = 0.0
        self.meter = LoudnessMeter()
        self.downmix = Downmix()

    def blocks(self) -> Iterator[Array]:
        """The mono mix (see :mod:`.downmix`) at ``RATE_HZ``, about ten seconds at a time. Raises :class:`SongError`.

        Decoding costs more than all of the analysis, which is why the samples are counted here as well.
        """
        resampler: ResampleStream | None = None
        heard: list[Array] = []
        count = due = 0
        with song_file(self.path) as container:
            self.stated_s = max(container.duration or 0, 0) / 1e6
            for block in decoded_sound(container, self.path, block_s=_PIECE_S):
                if not count:
                    resampler = _resampler(block)
                    due = round(_BLOCK_S * block.rate_hz)
                self.meter.push(block.planes, block.names, block.rate_hz)
                mono = self.downmix.heard(block)
                count += len(mono)
                self.info = SoundInfo(block.rate_hz, len(block.names), count)
                self.peak = max(self.peak, float(mono.max(initial=0.0)), -float(mono.min(initial=0.0)))
                heard.append(mono if resampler is None else resampler.resample_chunk(mono))
                if count >= due:
                    due += round(_BLOCK_S * block.rate_hz)
                    yield np.concatenate(heard)
                    heard = []
        if resampler is not None:
            heard.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
        yield np.concatenate([np.zeros(0, np.float32), *heard])


def _resampler(first: SoundBlock) -> ResampleStream | None:
    import soxr

    if first.rate_hz == RATE_HZ:
        return None
    return soxr.ResampleStream(first.rate_hz, RATE_HZ, 1, dtype="float32", quality="HQ")
