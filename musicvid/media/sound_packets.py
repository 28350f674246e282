"""From packets to mono float blocks: downmix, damaged packets, promises that a file's header does not keep."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import SongError

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}
# ITU-R BS.775 stereo downmix, then both sides together. The low-frequency channel is left out, as there.
_GAIN = {"FC": 2**0.5, "LFE": 0.0, "LFE2": 0.0, "FL": 1.0, "FR": 1.0, "FLC": 1.0, "FRC": 1.0}
_GAIN_SURROUND = 0.5**0.5
_LONGEST_GAP_S = 600
_TRUNCATED_S = 0.5
_DAMAGED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """Mono float32 samples of one packet; ``start_s`` is their presentation time (None where the file has none)."""

    mono: NDArray[np.float32]
    rate_hz: int
    channels: int
    start_s: Fraction | None


def decoded_sound(container: InputContainer, path: str | os.PathLike[str]) -> Iterator[SoundBlock]:
    """Yield the first audio stream in order, mixed to mono; the samples are counted, never dropped or doubled.

    A packet that cannot be decoded becomes silence of its length, so later samples keep their place; more than one in
    a hundred, or an end long before the one that the header promises, raises :class:`SongError`.
    """
    import av

    where = os.fspath(path)
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise SongError("the sound is in an unknown or protected (DRM) format", where=where, hint="convert it to WAV")
    stream.thread_type = "NONE"  # one packet in, its frames out: damage stays where it is
    rate_hz = channels = count = good = bad = 0
    for packet in _packets(container, stream):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            if not good:  # leading garbage: tags, half a frame
                bad += packet.size > 0
                continue
            if packet.dts is None:  # the flush at the end
                break
            bad += 1
            _check_damage(bad, good, where, error)
            lost = round((packet.duration or 0) * packet.time_base * rate_hz)
            count += lost
            yield SoundBlock(np.zeros(lost, np.float32), rate_hz, channels, None)
            continue
        for frame in frames:
            if rate_hz and frame.sample_rate != rate_hz:
                raise SongError(
                    f"the sampling rate changes from {rate_hz} to {frame.sample_rate} Hz after {count / rate_hz:.1f} s",
                    where=where,
                    hint="convert it to WAV",
                )
            rate_hz, channels = frame.sample_rate, frame.layout.nb_channels
            good += 1
            count += frame.samples
            start_s = _start(frame)
            yield SoundBlock(_mono(frame), rate_hz, channels, start_s)
    if not count:
        raise SongError("no sound could be decoded: the file is damaged or protected (DRM)", where=where)
    _check_damage(bad, good, where, None)
    _check_promise(container, stream, count / rate_hz, where)


def _packets(container: InputContainer, stream: AudioStream) -> Iterator[object]:
    """Packets until the end of what can be read; a cut-off file ends early and is judged by its length."""
    import av

    try:
        yield from container.demux(stream)
    except av.InvalidDataError:
        return


def _check_damage(bad: int, good: int, where: str, error: Exception | None) -> None:
    if bad > 3 and bad > _DAMAGED_SHARE * (bad + good):
        raise SongError(
            f"the sound is damaged: {bad} of {bad + good} packets cannot be decoded", where=where
        ) from error


def _check_promise(container: InputContainer, stream: AudioStream, found_s: float, where: str) -> None:
    """Formats that state an exact length must keep it. MPEG audio only guesses its length and is not judged."""
    if stream.duration is None or container.format.name in ("mp3", "aac", "mpegts", "mpeg", "avi", "ac3", "eac3"):
        return
    promised_s = float(stream.duration * stream.time_base)
    if found_s < promised_s - max(_TRUNCATED_S, 0.01 * promised_s):
        raise SongError(
            f"the file is cut off or damaged: it ends after {found_s:.1f} s of {promised_s:.1f} s",
            where=where,
            hint="get the whole file again",
        )


def _mono(frame: AudioFrame) -> NDArray[np.float32]:
    """The downmix of one frame, float32 ``(samples,)``, gains adding up to 1 so that nothing clips."""
    channels = frame.layout.nb_channels
    if channels >= 8 and frame.format.is_planar:
        frame = _packed(frame)
    data = frame.to_ndarray()
    planes = data if frame.format.is_planar else data.reshape(-1, channels).T
    scale = _FULL_SCALE.get(frame.format.name.removesuffix("p"))
    if channels == 1:
        mixed = planes[0].astype(np.float32)
    else:
        gains = np.array([_GAIN.get(c.name, _GAIN_SURROUND) for c in frame.layout.channels], np.float32)
        if not gains.any():
            gains[:] = 1
        mixed = (gains / gains.sum()) @ planes.astype(np.float32)
    if frame.format.name.startswith("u8"):
        mixed -= 128
    if scale:
        mixed /= np.float32(scale)
    if not np.isfinite(mixed).all():  # float files may hold NaN; one would poison every filter after it
        mixed = np.nan_to_num(mixed, nan=0.0, posinf=1.0, neginf=-1.0)
    return np.ascontiguousarray(mixed, np.float32)


def _packed(frame: AudioFrame) -> AudioFrame:
    """The same samples in one plane: PyAV 18 reads past the end of a list of eight planes and crashes."""
    import av

    frame.pts = None
    return av.AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate).resample(frame)[0]


def _start(frame: AudioFrame) -> Fraction | None:
    return None if frame.pts is None else frame.pts * frame.time_base


def placed_at_timestamps(blocks: Iterable[SoundBlock], path: str | os.PathLike[str]) -> Iterator[SoundBlock]:
    """Shift samples to their presentation times: gaps become silence, what lies before zero or overlaps is cut."""
    position = 0
    for block in blocks:
        samples = block.mono
        if block.start_s is not None:
            gap = round(block.start_s * block.rate_hz) - position
            if gap > _LONGEST_GAP_S * block.rate_hz:
                raise SongError(f"the sound has a hole of {gap / block.rate_hz:.0f} s", where=os.fspath(path))
            if gap > 0:
                samples = np.concatenate([np.zeros(gap, np.float32), samples])
            elif gap < 0:
                samples = samples[-gap:]
        position += len(samples)
        yield SoundBlock(samples, block.rate_hz, block.channels, block.start_s)
