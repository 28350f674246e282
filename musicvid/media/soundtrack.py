"""The song as a file whose sound can be copied into a movie, packet by packet, without shifting it.

AAC and MP3 are copied as they are, if decoding the copy gives the very samples that decoding the song gives. All else
is encoded once and kept under the hash of the song.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import SongError
from musicvid.media.files import part_file, sha256_of
from musicvid.media.seals import is_sealed, seal
from musicvid.media.sound import song_file
from musicvid.media.sound_encode import encode_sound
from musicvid.media.sound_packets import SoundBlock, decoded_sound

if TYPE_CHECKING:
    from av.container import InputContainer

_VERSION = 1  # raise when the same song gives another file
_COPIED = ("aac", "mp3", "mp3float")
_COPIED_LOSSLESS = {"mp4": (*_COPIED, "flac"), "mov": _COPIED}
_LONGEST_PACKET_S = 1 / 30  # the end of the sound is cut at a packet; longer ones could miss the last frame by more


def soundtrack(
    song: str | os.PathLike[str],
    folder: str | os.PathLike[str],
    *,
    container: Literal["mp4", "mov"] = "mp4",
    lossless: bool = False,
) -> Path:
    """A file in ``folder`` whose first sound stream starts at time 0 and may be copied into a ``container``.

    Default: AAC and MP3 copied, the rest as AAC (256 kbit/s for stereo, mono to 5.1). ``lossless``: FLAC in mp4, PCM in
    mov. Made once per song content. Raises :class:`SongError`, :class:`StorageError`.
    """
    kind = f"{container}-{'lossless' if lossless else 'aac'}-v{_VERSION}"
    key = hashlib.sha256(f"{_hash_of(song)} {kind}".encode()).hexdigest()[:24]
    target = Path(folder).absolute() / f"sound-{key}.{container}"
    if is_sealed(target):
        return target
    with part_file(target) as part:
        copyable = _COPIED_LOSSLESS[container] if lossless else _COPIED
        if not (_is_copyable(song, copyable) and _copy(song, part, container) and _same_samples(song, part)):
            encode_sound(song, part, container=container, lossless=lossless)
    seal(target)
    return target


def _hash_of(song: str | os.PathLike[str]) -> str:
    with song_file(song):  # says clearly what is wrong with a missing or silent file
        return sha256_of(song)


def _is_copyable(song: str | os.PathLike[str], codecs: tuple[str, ...]) -> bool:
    """Whether the codec is a copied one, its packets are short, and times in this container are exact to a sample."""
    with song_file(song) as source:
        stream = source.streams.audio[0]
        context = stream.codec_context
        if context is None or context.name not in codecs or not context.sample_rate or not stream.time_base:
            return False
        block = next(decoded_sound(source, song))
        exact = (1 / (stream.time_base * block.rate_hz)).denominator == 1
        return exact and (context.frame_size or 1152) <= _LONGEST_PACKET_S * block.rate_hz


def _first_sample_s(song: str | os.PathLike[str]) -> Fraction | None:
    """The time that the container gives to the first sample that is heard (priming comes before it)."""
    with song_file(song) as source:
        return next(decoded_sound(source, song)).start_s


def _copy(song: str | os.PathLike[str], part: Path, container: str) -> bool:
    """Copy the packets of the first sound stream, moved so that the first sample heard is at time 0.

    False when this container does not take them.
    """
    import av

    start_s = _first_sample_s(song)
    if start_s is None:
        return False
    try:
        with song_file(song) as source:
            _write_packets(source, part, container, start_s)
    except (ValueError, av.FFmpegError) as error:
        if isinstance(error, OSError):  # the disk, not the format
            raise
        return False
    return True


def _write_packets(source: InputContainer, part: Path, container: str, start_s: Fraction) -> None:
    import av

    stream = source.streams.audio[0]
    shift = round(start_s / stream.time_base)
    exact_end = {"movie_timescale": str(stream.codec_context.sample_rate)}
    with av.open(f"file:{part}", "w", format=container, container_options=exact_end) as target:
        copied = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is None or packet.pts is None:
                continue
            packet.pts -= shift
            packet.dts -= shift
            packet.stream = copied
            target.mux_one(packet)


def _same_samples(song: str | os.PathLike[str], copy: Path) -> bool:
    """Whether the copy starts at 0 and decodes to the song's samples; only silence of a cut last packet may follow."""
    try:
        if _first_sample_s(copy) != 0:
            return False
        with song_file(song) as one, song_file(copy) as two:
            ours, theirs = _in_seconds(decoded_sound(one, song)), _in_seconds(decoded_sound(two, copy))
            for a, b in zip_longest(ours, theirs):
                if a is None:
                    return b is None or b.shape[1] < 4096
                if b is None or b.shape[1] < a.shape[1] or not np.array_equal(a, b[:, : a.shape[1]]):
                    return False
    except SongError:
        return False
    return True


def _in_seconds(blocks: Iterator[SoundBlock]) -> Iterator[NDArray[np.float32]]:
    """Regroup blocks into pieces of one second."""
    held: list[NDArray[np.float32]] = []
    count = 0
    for block in blocks:
        held.append(block.planes)
        count += block.planes.shape[1]
        while count >= block.rate_hz:
            joined = np.concatenate(held, axis=1)
            yield joined[:, : block.rate_hz]
            held, count = [joined[:, block.rate_hz :]], count - block.rate_hz
    if held:
        yield np.concatenate(held, axis=1)
