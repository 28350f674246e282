"""The song with clicks on its beats, to hear whether they are right."""

from __future__ import annotations

import os
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError
from musicvid.media.files import part_file
from musicvid.media.sound import sound_blocks
from musicvid.schema.song import Song

if TYPE_CHECKING:
    from soundfile import SoundFile

Samples = NDArray[np.float32]

CLICK_S = 0.04
_DOWNBEAT_HZ, _BEAT_HZ = 1760.0, 880.0
_SONG_GAIN, _CLICK_GAIN = 0.55, 0.45
_FORMATS = {".wav": "PCM_16", ".flac": "PCM_16"}


def write_click(song: Song, song_path: str | os.PathLike[str], to: str | os.PathLike[str]) -> None:
    """Write the song's mono mix with a click from sample ``round(time_s * rate)`` of every beat on; an octave higher
    on downbeats. As long as the song, at its rate, streamed.

    ``to`` ends in .wav or .flac. Raises :class:`InputError` for another ending, :class:`SongError`,
    :class:`StorageError`.
    """
    suffix = Path(to).suffix.lower()
    if suffix not in _FORMATS:
        raise InputError(f"clicks cannot be written as {suffix or 'a file without ending'!r}", where=os.fspath(to),
                         hint="use a name that ends in .wav or .flac")  # fmt: skip
    rate_hz = song.sample_rate_hz
    starts = [round(beat.time_s * rate_hz) for beat in song.beats]
    clicks = [_click(_DOWNBEAT_HZ if beat.position == 1 else _BEAT_HZ, rate_hz) for beat in song.beats]
    position = 0
    with part_file(to) as part, _writer(part, to, rate_hz) as file:
        for block in sound_blocks(song_path):
            mixed = _SONG_GAIN * block
            _add(mixed, position, starts, clicks)
            file.write(mixed)
            position += len(block)


@contextmanager
def _writer(part: Path, to: str | os.PathLike[str], rate_hz: int) -> Iterator[SoundFile]:
    import soundfile

    try:
        with soundfile.SoundFile(part, "w", rate_hz, 1, _FORMATS[part.suffix.lower()]) as file:
            yield file
    except soundfile.LibsndfileError as error:
        raise InputError(f"the clicks cannot be written: {error}", where=os.fspath(to)) from error


def _click(pitch_hz: float, rate_hz: int) -> Samples:
    """A struck tone whose first sample is its loudest, so that its place can be seen in an editor."""
    t = np.arange(max(1, round(CLICK_S * rate_hz))) / rate_hz
    pitch_hz = min(pitch_hz, rate_hz / 4)
    return (_CLICK_GAIN * np.cos(2 * np.pi * pitch_hz * t) * np.exp(-t / (CLICK_S / 5))).astype(np.float32)


def _add(block: Samples, position: int, starts: list[int], clicks: list[Samples]) -> None:
    """Add to ``block``, whose first sample is number ``position``, the parts of clicks that fall into it."""
    stop = position + len(block)
    longest = max((len(click) for click in clicks), default=0)
    for k in range(bisect_left(starts, position - longest), bisect_left(starts, stop)):
        low, high = max(starts[k], position), min(starts[k] + len(clicks[k]), stop)
        if high > low:
            block[low - position : high - position] += clicks[k][low - starts[k] : high - starts[k]]
