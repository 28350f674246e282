"""From packets to float blocks: damaged packets, downmix, promises that a file's header does not keep."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import SongError
from musicvid.media.sound_checks import check_promise, refuse_protected
from musicvid.media.sound_runs import decoded_runs

if TYPE_CHECKING:
    from av import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}
# ITU-R BS.775 stereo downmix, then both sides together. The low-frequency channel is left out, as there.
_GAIN = {"FC": 2**0.5, "LFE": 0.0, "LFE2": 0.0, "FL": 1.0, "FR": 1.0, "FLC": 1.0, "FRC": 1.0}
_GAIN_SURROUND = 0.5**0.5
_LEFT = ("FL", "BL", "SL", "FLC", "TFL", "TBL", "WL", "TSL")
_RIGHT = ("FR", "BR", "SR", "FRC", "TFR", "TBR", "WR", "TSR")
_CENTRE = ("FC", "BC")  # goes to both sides: half of the mono gain each
_KNOWN = (*_LEFT, *_RIGHT, *_CENTRE, "LFE", "LFE2", "TFC", "TBC", "TC")
_USUAL_NAMES = {
    2: ("FL", "FR"),
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
_LONGEST_GAP_S = 600


@dataclass(frozen=True, slots=True)
class SoundBlock:
    """Float32 samples ``(channels, n)``, finite, in -1 to 1, and the channels' names (FL, FR, FC, …).

    ``start_s`` is the presentation time of the first (None where the file has none). ``bits`` is their precision.
    """

    planes: NDArray[np.float32]
    names: tuple[str, ...]
    rate_hz: int
    start_s: Fraction | None
    bits: int

    @property
    def mono(self) -> NDArray[np.float32]:
        """The downmix ``(n,)``, gains adding up to 1 so that nothing clips."""
        if len(self.names) == 1:
            return self.planes[0]
        gains = np.array([_GAIN.get(name, _GAIN_SURROUND) for name in self.names], np.float32)
        return _mixed(gains, self.planes)


def to_stereo(block: SoundBlock) -> SoundBlock:
    """The stereo downmix of a block with more channels; each side's gains add up to 1."""
    left = [
        0.0 if name in _RIGHT else _GAIN.get(name, _GAIN_SURROUND) / (1 + (name in _CENTRE)) for name in block.names
    ]
    right = [
        0.0 if name in _LEFT else _GAIN.get(name, _GAIN_SURROUND) / (1 + (name in _CENTRE)) for name in block.names
    ]
    planes = [_mixed(np.array(gains, np.float32), block.planes) for gains in (left, right)]
    return replace(block, planes=np.stack(planes), names=("FL", "FR"))


def _mixed(gains: NDArray[np.float32], planes: NDArray[np.float32]) -> NDArray[np.float32]:
    if not gains.any():
        gains = np.ones_like(gains)
    return (gains / gains.sum()) @ planes


def decoded_sound(
    container: InputContainer, path: str | os.PathLike[str], *, block_s: float = 0.0
) -> Iterator[SoundBlock]:
    """Yield the first audio stream in order; the samples are counted, never dropped or doubled.

    A block holds one packet, or what is at least ``block_s`` seconds of packets in a row: the same samples at less
    cost, but the presentation times of all packets but the first are forgotten.

    A packet that cannot be decoded becomes silence of its length, so later samples keep their place; more than one in
    a hundred, or an end long before the one that the header promises, raises :class:`SongError`.
    """
    where = os.fspath(path)
    stream = container.streams.audio[0]
    refuse_protected(stream, where)
    stream.thread_type = "NONE"  # one packet in, its frames out: damage stays where it is
    count = 0
    last: SoundBlock | None = None
    for run in decoded_runs(container, stream, where, block_s):
        if run.frame is not None:
            block = _block(run.frame, run.start_s)
            last = block if last is None else _like(block, last, count, where)
            block = _until(last, _stated_end(container, stream, last.rate_hz) - count)
        elif last is not None:  # nothing can be lost before something was heard
            silence = np.zeros((len(last.names), round(run.lost_s * last.rate_hz)), np.float32)
            block = replace(last, planes=silence, start_s=None)
        count += block.planes.shape[1]
        yield block
    if last is None:
        raise SongError("no sound could be decoded: the file is damaged or protected (DRM)", where=where)
    check_promise(container, stream, count / last.rate_hz, where)


def _stated_end(container: InputContainer, stream: AudioStream, rate_hz: int) -> float:
    """How many samples an MP4 file says it plays: its last packet is padded, the header tells by how much."""
    if container.format.name.startswith("mov") and stream.duration and stream.time_base:
        return round(stream.duration * stream.time_base * rate_hz)
    return float("inf")


def _until(block: SoundBlock, left: float) -> SoundBlock:
    """The first ``left`` samples of a block."""
    if block.planes.shape[1] <= left:
        return block
    return replace(block, planes=block.planes[:, : max(0, int(left))])


def _like(block: SoundBlock, first: SoundBlock, count: int, where: str) -> SoundBlock:
    """Hold a song to the channels it began with; a song that changes its sampling rate is refused."""
    if block.rate_hz != first.rate_hz:
        raise SongError(
            f"the sampling rate changes from {first.rate_hz} to {block.rate_hz} Hz after {count / first.rate_hz:.1f} s",
            where=where,
            hint="convert it to WAV",
        )
    if block.names == first.names:
        return block
    return replace(block, planes=np.repeat(block.mono[None], len(first.names), axis=0), names=first.names)


def _block(frame: AudioFrame, start_s: Fraction | None) -> SoundBlock:
    names = _names(frame)
    kind = frame.format.name.removesuffix("p")
    bits = {"u8": 16, "s16": 16}.get(kind, 24)
    if len(names) >= 8 and frame.format.is_planar:
        frame = _packed(frame)
        kind = "flt"
    data = frame.to_ndarray()
    if not frame.format.is_planar:
        data = data.reshape(-1, len(names)).T
    planes = np.ascontiguousarray(data, np.float32)
    if kind == "u8":
        planes -= 128
    if kind in _FULL_SCALE:
        planes /= np.float32(_FULL_SCALE[kind])
    elif not np.isfinite(planes).all():  # float files may hold NaN; one would poison every filter after it
        planes = np.nan_to_num(planes, nan=0.0, posinf=1.0, neginf=-1.0)
    return SoundBlock(planes, names, frame.sample_rate, start_s, bits)


def _names(frame: AudioFrame) -> tuple[str, ...]:
    """Channel names; plain WAV and AIFF files do not say, so the usual order is taken."""
    names = tuple(channel.name for channel in frame.layout.channels)
    if len(names) == 1:
        return ("FC",)
    return names if all(name in _KNOWN for name in names) else _USUAL_NAMES.get(len(names), names)


def _packed(frame: AudioFrame) -> AudioFrame:
    """The same samples in one plane: PyAV 18 reads past the end of a list of eight planes and crashes."""
    import av

    frame.pts = None
    return av.AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate).resample(frame)[0]


def placed_at_timestamps(blocks: Iterable[SoundBlock], path: str | os.PathLike[str]) -> Iterator[SoundBlock]:
    """Shift samples to their presentation times: gaps become silence, what lies before zero or overlaps is cut."""
    position = 0
    for block in blocks:
        planes = block.planes
        if block.start_s is not None:
            gap = round(block.start_s * block.rate_hz) - position
            if gap > _LONGEST_GAP_S * block.rate_hz:
                raise SongError(f"the sound has a hole of {gap / block.rate_hz:.0f} s", where=os.fspath(path))
            if gap > 0:
                planes = np.concatenate([np.zeros((len(planes), gap), np.float32), planes], axis=1)
            elif gap < 0:
                planes = planes[:, -gap:]
        position += planes.shape[1]
        yield replace(block, planes=planes)
