"""Write pictures as one segment that can later be joined to others by copying its packets.

What makes copying legal: no B-frames (so a segment may be cut short anywhere), closed groups of pictures that start
with an IDR, the same encoder settings everywhere (so that all segments share one decoder header), BT.709 tags, and a
time base in which every frame's start is a whole number of ticks.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from musicvid.errors import InputError, MediaError, UnknownNameError
from musicvid.media.files import writing
from musicvid.schema.frames import FrameRate, FrameSize

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import OutputContainer
    from av.video.stream import VideoStream

PRESETS = ("ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower", "veryslow")
_ENCODERS = {"h264": "libx264", "h265": "libx265", "prores": "prores_ks"}
CODECS = tuple(_ENCODERS)
_FORMATS = {"h264": "yuv420p", "h265": "yuv420p", "prores": "yuv422p10le"}
_BT709 = 1  # matrix, primaries and transfer share this number in ITU-T H.273
_LIMITED_RANGE = 1
_KEYFRAME_EVERY_S = 2
_VERSION = 1  # raise when the same settings give other pictures


@dataclass(frozen=True, slots=True)
class EncodeSettings:
    """How pictures are compressed. ``crf`` is 1 (best) to 51 and, like ``preset``, unused by ProRes.

    Segments made with equal settings, rate and size can be joined without encoding again.
    """

    codec: Literal["h264", "h265", "prores"] = "h264"
    preset: str = "veryfast"
    crf: int = 20
    threads: int = 1

    def __post_init__(self) -> None:
        if self.codec not in _ENCODERS:
            raise UnknownNameError("codec", self.codec, _ENCODERS)
        if self.preset not in PRESETS:
            raise UnknownNameError("preset", self.preset, PRESETS)
        if not 1 <= self.crf <= 51:
            raise InputError(f"crf {self.crf} is outside 1 (best) to 51 (smallest)", hint="20 is a good start")
        if not 1 <= self.threads <= 64:
            raise InputError(f"{self.threads} encoder threads are outside 1 to 64")

    @property
    def key(self) -> str:
        """Names everything here that changes the pixels; part of every take's key."""
        if self.codec == "prores":
            return f"prores-hq-v{_VERSION}"
        threads = f"-t{self.threads}" if self.threads > 1 else ""
        return f"{self.codec}-{self.preset}-crf{self.crf}{threads}-v{_VERSION}"

    @property
    def suffix(self) -> str:
        """The container: ``.mov`` for ProRes, else ``.mp4``."""
        return ".mov" if self.codec == "prores" else ".mp4"

    def options(self, rate: FrameRate) -> dict[str, str]:
        """Encoder options for FFmpeg."""
        if self.codec == "prores":
            return {"profile": "hq", "vendor": "apl0"}
        group = str(round(_KEYFRAME_EVERY_S * rate.fps))
        common = {"preset": self.preset, "crf": str(self.crf), "bf": "0", "g": group, "forced-idr": "1"}
        if self.codec == "h264":
            return common | {"x264-params": "open-gop=0"}
        pools = "pools=none:frame-threads=1" if self.threads == 1 else f"pools={self.threads}"
        return common | {"x265-params": f"open-gop=0:bframes=0:info=0:log-level=error:{pools}"}


class SegmentWriter:
    """Encode pictures to ``path``, one :meth:`write` per frame; use as a context manager.

    ``keyframes`` are frame numbers (from 0) that must be cut points; frame 0 always is. If the block raises, the
    file is removed. Raises :class:`MediaError` for a picture of another shape or an empty segment,
    :class:`StorageError` for a full disk.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        rate: FrameRate,
        size: FrameSize,
        settings: EncodeSettings,
        *,
        keyframes: Iterable[int] = (),
    ) -> None:
        self.path = Path(path).absolute()
        self.rate, self.size, self.settings = rate, size, settings
        self.frame_count = 0
        self._keyframes = frozenset(keyframes)

    def __enter__(self) -> SegmentWriter:
        import av
        from av.video.reformatter import VideoReformatter

        with writing(self.path):
            self._container: OutputContainer = av.open(f"file:{self.path}", "w", format=self.settings.suffix[1:])
            self._stream = self._add_stream()
        self._reformatter = VideoReformatter()
        return self

    def _add_stream(self) -> VideoStream:
        settings, rate = self.settings, self.rate.fps
        stream = self._container.add_stream(_ENCODERS[settings.codec], rate=rate, options=settings.options(self.rate))
        context = stream.codec_context
        stream.width, stream.height = self.size.width, self.size.height
        stream.pix_fmt = _FORMATS[settings.codec]
        context.time_base = 1 / rate
        context.thread_count = settings.threads
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        if settings.codec == "h265":
            context.codec_tag = "hvc1"  # the name under which Apple players know it
        return stream

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Encode the next frame: uint8 yuv420p ``(height * 3 // 2, width)`` in BT.709 limited range, or rgb24
        ``(height, width, 3)`` in sRGB. The array may be reused after the call."""
        from av.video.frame import PictureType

        frame = self._frame(picture)
        frame.pts, frame.time_base = self.frame_count, 1 / self.rate.fps
        if self.frame_count == 0 or self.frame_count in self._keyframes:
            frame.pict_type = PictureType.I
        with writing(self.path):
            for packet in self._stream.encode(frame):
                self._container.mux_one(packet)
        self.frame_count += 1

    def _frame(self, picture: NDArray[np.uint8]) -> VideoFrame:
        from av import VideoFrame

        width, height = self.size.width, self.size.height
        rgb = picture.ndim == 3
        if picture.shape != ((height, width, 3) if rgb else (height * 3 // 2, width)) or picture.dtype != np.uint8:
            raise MediaError(
                f"frame {self.frame_count} is {picture.dtype} {picture.shape}, uint8 {(height * 3 // 2, width)} "
                f"or {(height, width, 3)} was expected",
                where=str(self.path),
            )
        picture = np.ascontiguousarray(picture)
        if rgb:
            frame = VideoFrame.from_numpy_buffer(picture, format="rgb24")
        elif height % 4:  # PyAV rounds the height of a borrowed buffer down to fours
            frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        else:
            frame = VideoFrame.from_numpy_buffer(picture, format="yuv420p")
        if not rgb:
            frame.colorspace, frame.color_range = _BT709, _LIMITED_RANGE
        if rgb or self.settings.codec == "prores":
            frame = self._reformatter.reformat(
                frame,
                format=_FORMATS[self.settings.codec],
                dst_colorspace="ITU709",
                dst_color_range="MPEG",
                threads=1,
            )
        frame.color_primaries = frame.color_trc = _BT709  # ProRes writes these into every picture
        return frame

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            self._discard()
            return
        try:
            with writing(self.path):
                if not self.frame_count:
                    raise MediaError("no frames were written", where=str(self.path))
                for packet in self._stream.encode():
                    self._container.mux_one(packet)
                self._container.close()
        except BaseException:
            self._discard()
            raise

    def _discard(self) -> None:
        """Close and remove the file; the reason is already on its way up, so a failing trailer says nothing new."""
        import av

        with contextlib.suppress(av.FFmpegError, OSError, ValueError):
            self._container.close()
        self.path.unlink(missing_ok=True)
