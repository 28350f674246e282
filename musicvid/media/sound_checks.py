"""What is wrong with a song file: protected, damaged, or shorter than its header promises."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from musicvid.errors import SongError

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_TRUNCATED_S = 0.5
_DAMAGED_SHARE = 0.01
_PROTECTED_TAGS = ("drms", "enca", "aavd")  # FairPlay, common encryption, Audible
# Formats that only guess their length, from the first packets.
_NO_PROMISE = ("mp3", "aac", "mpegts", "mpeg", "avi", "ac3", "eac3", "amr")
_STREAMED = 0x7FFFF000  # WAV sizes from here on mean "unknown": the writer could not go back


def refuse_protected(stream: AudioStream, where: str) -> None:
    """Raise :class:`SongError` for sound that is encrypted or in a format that nobody here decodes."""
    if stream.codec_context is None:
        raise SongError("the sound is in an unknown or protected (DRM) format", where=where, hint="convert it to WAV")
    if stream.codec_context.codec_tag in _PROTECTED_TAGS:
        raise SongError("the sound is protected (DRM), so it cannot be decoded", where=where, hint="get it without DRM")


def check_damage(bad: int, good: int, where: str, error: Exception | None) -> None:
    if bad > 3 and bad > _DAMAGED_SHARE * (bad + good):
        raise SongError(
            f"the sound is damaged: {bad} of {bad + good} packets cannot be decoded", where=where
        ) from error


def check_promise(container: InputContainer, stream: AudioStream, found_s: float, where: str) -> None:
    """Formats that state an exact length must keep it. MPEG audio only guesses its length and is not judged."""
    if stream.duration is None or container.format.name in _NO_PROMISE:
        return
    promised_s = float(stream.duration * stream.time_base)
    if container.format.name == "wav":
        promised_s *= _wav_shortfall(where)
    if found_s < promised_s - max(_TRUNCATED_S, 0.01 * promised_s):
        raise SongError(
            f"the file is cut off or damaged: it ends after {found_s:.1f} s of {promised_s:.1f} s",
            where=where,
            hint="get the whole file again",
        )


def _wav_shortfall(path: str) -> float:
    """The promised over the present length of a WAV file's samples: FFmpeg quietly believes the file size."""
    with open(path, "rb") as file:
        if file.read(4) != b"RIFF" or file.seek(12) != 12:
            return 1.0
        while len(head := file.read(8)) == 8:
            name, size = struct.unpack("<4sI", head)
            start = file.tell()
            if name == b"data":
                present = file.seek(0, 2) - start
                return size / present if present < size < _STREAMED and present else 1.0
            file.seek(start + size + size % 2)
    return 1.0
