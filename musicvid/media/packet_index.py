"""Which frames a movie has and when, from its packets: exact and without decoding, where packets can be trusted."""

from __future__ import annotations

import bisect
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from musicvid.errors import InputError, MediaError
from musicvid.schema.frames import FrameRate

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_USUAL = tuple(Fraction(r) for r in (8, 10, 12, 15, 16, 20, 24, 25, 30, 48, 50, 60, 90, 100, 120, 144, 240))
_NTSC = tuple(Fraction(r * 1000, 1001) for r in (24, 30, 48, 60, 120))
# Formats whose packets have no reliable presentation times, and codecs with packets that show nothing.
_UNTRUSTED_FORMATS = ("avi", "mpeg", "mpegvideo", "asf")
_UNTRUSTED_CODECS = ("vp8",)


@dataclass(frozen=True, slots=True)
class PacketIndex:
    """Presentation times of all frames and of the keyframes, rising, in ticks of ``time_base``.

    ``seekable`` is false where packets do not tell: such a file is counted by decoding it from its start.
    """

    times: tuple[int, ...]
    keys: tuple[int, ...]
    time_base: Fraction
    seekable: bool

    def keys_before(self, time: int) -> tuple[int, ...]:
        """The last two keyframes that are shown at ``time`` or earlier, latest first."""
        at = bisect.bisect_right(self.keys, time)
        return self.keys[max(0, at - 2) : at][::-1]


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first real video stream: cover art and thumbnails are no movie."""
    from av.stream import Disposition

    pictures = Disposition.attached_pic | Disposition.timed_thumbnails
    for stream in container.streams.video:
        if not stream.disposition & pictures:
            return stream
    return None


def index_packets(container: InputContainer, stream: VideoStream, path: str | os.PathLike[str]) -> PacketIndex:
    """Read all packets of ``stream`` (nothing is decoded).

    Raises :class:`MediaError` when the file ends before what its header promises.
    """
    import av

    times: list[int] = []
    keys: list[int] = []
    found = 0
    end = Fraction(0)
    seekable = container.format.name not in _UNTRUSTED_FORMATS and stream.codec_context.name not in _UNTRUSTED_CODECS
    cut_off = False
    try:
        for packet in container.demux(stream):
            if not packet.size:
                continue
            found += 1
            if packet.pts is None:
                seekable = False
            elif not packet.is_discard:
                times.append(packet.pts)
                end = max(end, (packet.pts + (packet.duration or 0)) * packet.time_base)
            if packet.is_keyframe and packet.pts is not None:
                keys.append(packet.pts)
    except av.InvalidDataError:
        cut_off = True
    if cut_off or found < stream.frames or _ends_early(container, stream, end):
        raise MediaError("the video is cut off or damaged: its end is missing", where=os.fspath(path))
    times.sort()
    unique = all(a < b for a, b in itertools.pairwise(times))
    return PacketIndex(tuple(times), tuple(sorted(keys)), stream.time_base, seekable and unique and bool(keys))


def _ends_early(container: InputContainer, stream: VideoStream, end: Fraction) -> bool:
    """Whether a Matroska file stops long before the length in its header, which it writes last."""
    if "matroska" not in container.format.name or container.streams.audio or not container.duration or not end:
        return False
    promised = Fraction(container.duration, 1_000_000)
    return end < promised - max(Fraction(1, 2), promised / 50)


def rate_of(times_s: Sequence[Fraction], stated: Fraction | None) -> tuple[FrameRate | None, bool]:
    """The nearest usual frame rate and whether the frames leave that grid by more than half a frame (variable rate).

    ``times_s`` are rising presentation times; ``stated`` is what the file says. None: no rate that we support.
    """
    if len(times_s) < 2:
        return _nearest(stated), False
    fitted = (len(times_s) - 1) / (times_s[-1] - times_s[0])
    near = stated is not None and stated > 0 and abs(stated / fitted - 1) < Fraction(1, 100)
    rate = _nearest(stated if near else fitted)
    if rate is None:
        return None, True
    drift = max(abs((time - times_s[0]) * rate.fps - k) for k, time in enumerate(times_s))
    return rate, drift > Fraction(1, 2)


def _nearest(fps: Fraction | None) -> FrameRate | None:
    """The usual rate within 0.05 % (24 and 23.976 are 0.1 % apart), else the fraction itself."""
    if not fps:
        return None
    usual = min(_USUAL + _NTSC, key=lambda r: abs(r - fps))
    try:
        return FrameRate(usual if abs(fps / usual - 1) < Fraction(1, 2000) else fps.limit_denominator(1001))
    except InputError:
        return None
