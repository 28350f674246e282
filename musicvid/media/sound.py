"""Decode sound. One decoder (FFmpeg) for analysis and for the movie, so that both count the same samples.

Samples are counted, presentation times are ignored: decoders tell priming times differently per container (an MP3's
first sample claims to come 25 ms late), but the samples themselves agree.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import MediaError, SongError
from musicvid.media.files import part_file
from musicvid.media.opening import open_media
from musicvid.media.sound_packets import decoded_sound, placed_at_timestamps

if TYPE_CHECKING:
    from av.container import InputContainer

Samples = NDArray[np.float32]

_DECODED_S = 1.0
"""Sound is handled in pieces this long: the cost of each call is spread, and a piece fits the processor's cache."""


@dataclass(frozen=True, slots=True)
class SoundInfo:
    """What decoding found: rate and channels of the file, samples per channel."""

    sample_rate_hz: int
    channels: int
    sample_count: int

    @property
    def duration_s(self) -> float:
        return self.sample_count / self.sample_rate_hz


def measure_sound(path: str | os.PathLike[str]) -> SoundInfo:
    """Rate, channels and the exact number of samples, counted by decoding the whole file.

    Raises :class:`SongError` for a file without readable sound, or one that is cut off or damaged.
    """
    rate_hz = channels = count = 0
    with song_file(path) as container:
        for block in decoded_sound(container, path, block_s=_DECODED_S):
            rate_hz, channels = block.rate_hz, len(block.names)
            count += block.planes.shape[1]
    return SoundInfo(rate_hz, channels, count)


def sound_blocks(
    path: str | os.PathLike[str], *, rate_hz: int | None = None, block_s: float = 10.0
) -> Iterator[Samples]:
    """Yield the mono mix as float32 blocks of ``block_s`` seconds (the last may be shorter), -1 to 1.

    ``rate_hz`` resamples (soxr, high quality, no delay); None keeps the file's rate. Memory is flat however long the
    file. Raises as :func:`measure_sound`.
    """
    return _blocks(path, rate_hz, block_s, by_timestamps=False)


def read_sound(
    path: str | os.PathLike[str],
    *,
    rate_hz: int | None = None,
    start_s: float = 0.0,
    stop_s: float | None = None,
    by_timestamps: bool = False,
) -> Samples:
    """The mono mix from ``start_s`` to ``stop_s`` (None: to the end) as one float32 array ``(n,)``.

    ``by_timestamps`` puts samples where a player would play them (silence before a late start, gaps as silence): for
    measuring finished movies. Otherwise samples are counted, as everywhere else.
    """
    parts: list[Samples] = []
    rate = rate_hz or _rate_of(path)
    first = round(start_s * rate)
    last = None if stop_s is None else round(stop_s * rate)
    position = 0
    for block in _blocks(path, rate, 10.0, by_timestamps=by_timestamps):
        low = max(first - position, 0)
        high = len(block) if last is None else min(last - position, len(block))
        if high > low:
            parts.append(block[low:high])
        position += len(block)
        if last is not None and position >= last:
            break
    return np.concatenate(parts) if parts else np.zeros(0, np.float32)


def write_sound(path: str | os.PathLike[str], samples: NDArray[np.floating], rate_hz: int) -> None:
    """Write float samples ``(n,)`` or ``(n, channels)`` in -1 to 1; the format follows the suffix (.wav, .flac, .ogg).

    Values beyond full scale are clipped. Raises :class:`SongError` for an unknown suffix, :class:`StorageError`.
    """
    import soundfile

    try:
        with part_file(path) as part:
            soundfile.write(part, np.clip(samples, -1.0, 1.0), rate_hz)
    except (soundfile.LibsndfileError, TypeError, ValueError) as error:
        raise SongError(
            f"the sound cannot be written: {error}", where=os.fspath(path), hint="use .wav, .flac or .ogg"
        ) from error


@contextmanager
def song_file(path: str | os.PathLike[str]) -> Iterator[InputContainer]:
    """Open a file that must have sound. Raises :class:`SongError`."""
    try:
        container = open_media(path)
    except MediaError as error:
        raise SongError(error.message, where=error.where, hint=error.hint) from error
    with container:
        if not container.streams.audio:
            kind = "pictures but no sound" if container.streams.video else "no sound"
            raise SongError(f"the file has {kind}", where=os.fspath(path), hint="give a file with music in it")
        yield container


def _rate_of(path: str | os.PathLike[str]) -> int:
    with song_file(path) as container:
        return next(decoded_sound(container, path)).rate_hz


def _blocks(
    path: str | os.PathLike[str], rate_hz: int | None, block_s: float, *, by_timestamps: bool
) -> Iterator[Samples]:
    """Resample and regroup what the decoder gives into equal blocks."""
    import soxr

    resampler: soxr.ResampleStream | None = None
    waiting: list[Samples] = []
    length = held = 0
    with song_file(path) as container:
        decoded = decoded_sound(container, path, block_s=0.0 if by_timestamps else _DECODED_S)
        for block in placed_at_timestamps(decoded, path) if by_timestamps else decoded:
            samples = block.mono
            if not length:
                rate = rate_hz or block.rate_hz
                length = max(1, round(block_s * rate))
                if rate != block.rate_hz:
                    resampler = soxr.ResampleStream(block.rate_hz, rate, 1, dtype="float32", quality="HQ")
            waiting.append(resampler.resample_chunk(samples) if resampler else samples)
            held += len(waiting[-1])
            if held >= length:
                joined = np.concatenate(waiting)
                whole = held - held % length
                yield from np.split(joined[:whole], whole // length)
                waiting, held = [joined[whole:]], held - whole
    if resampler:
        waiting.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    rest = np.concatenate(waiting)
    for start in range(0, len(rest), length):
        yield rest[start : start + length]
