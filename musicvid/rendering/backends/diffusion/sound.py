"""The song as it sounds during a take, at the rate that a model hears."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.media.opening import existing_file
from musicvid.media.sound import song_file
from musicvid.media.sound_packets import SoundBlock, decoded_sound, to_stereo

if TYPE_CHECKING:
    from collections.abc import Iterator

    from musicvid.rendering.backend import SoundSlice
    from musicvid.schema.frames import FrameRate

_BLOCK_S = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class _Song:
    """A decoded song in blocks ``(2, samples)``; ``starts`` has the sample at which each begins."""

    key: tuple[str, int, int, int]
    blocks: tuple[NDArray[np.float32], ...]
    starts: tuple[int, ...]


_kept: list[_Song] = []
"""At most one: the takes of a film share their song."""
_keeping = Lock()


def slice_of(sound: SoundSlice, frame_count: int, rate: FrameRate, hz: int) -> NDArray[np.float32]:
    """What is heard during ``frame_count`` frames at ``rate`` from ``sound.first_frame`` on: float32 ``(2, n)`` at
    ``hz``, silence before the song's start and after its end.

    Samples are counted on the film's exact grid: slices of neighbouring takes join without a gap. The song is decoded
    once and kept (at ``hz``, in blocks) until another one, or a newer file at its path, is asked for. Songs with one
    channel are heard on both sides, those with more than two are mixed down. Raises :class:`SongError` and
    :class:`MediaError` as the media room does.
    """
    start = rate.sample_at(sound.first_frame, hz)
    return _between(sound.path, start, rate.sample_at(sound.first_frame + frame_count, hz), hz)


def heard(path: str, start_s: Fraction, duration_s: Fraction, hz: int) -> NDArray[np.float32]:
    """What :func:`slice_of` gives, for times that lie on no film's grid: those of a clip at a model's own rate."""
    return _between(path, round(start_s * hz), round((start_s + duration_s) * hz), hz)


def _between(path: str, start: int, stop: int, hz: int) -> NDArray[np.float32]:
    sound = np.zeros((2, stop - start), np.float32)
    song = _song(path, hz)
    for block, begins in zip(song.blocks, song.starts, strict=True):
        low, high = max(start, begins), min(stop, begins + block.shape[1])
        if low < high:
            sound[:, low - start : high - start] = block[:, low - begins : high - begins]
    return sound


def _song(path: str, hz: int) -> _Song:
    file = existing_file(path)
    facts = file.stat()
    key = (str(file), facts.st_mtime_ns, facts.st_size, hz)
    with _keeping:
        if not _kept or _kept[0].key != key:
            _kept.clear()  # before the next one is decoded: never two at once
            blocks = tuple(_resampled(path, hz))
            ends = accumulate(block.shape[1] for block in blocks)
            _kept.append(_Song(key, blocks, (0, *ends)[:-1]))
        return _kept[0]


def _resampled(path: str, hz: int) -> Iterator[NDArray[np.float32]]:
    """Blocks ``(2, samples)`` at ``hz`` (soxr, high quality, no delay), each resampled as it is decoded."""
    import soxr

    resampler: soxr.ResampleStream | None = None
    with song_file(path) as container:
        for block in decoded_sound(container, path, block_s=_BLOCK_S):
            planes = _stereo(block)
            if block.rate_hz == hz:
                yield planes
                continue
            if resampler is None:
                resampler = soxr.ResampleStream(block.rate_hz, hz, 2, dtype="float32", quality="HQ")
            yield np.ascontiguousarray(resampler.resample_chunk(np.ascontiguousarray(planes.T)).T)
    if resampler is not None:
        yield np.ascontiguousarray(resampler.resample_chunk(np.zeros((0, 2), np.float32), last=True).T)


def _stereo(block: SoundBlock) -> NDArray[np.float32]:
    if len(block.names) == 1:
        return np.repeat(block.planes, 2, axis=0)
    return block.planes if block.names == ("FL", "FR") else to_stereo(block).planes
