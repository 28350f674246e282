"""Read a movie's frames by index, exactly, whatever its codec, B-frames or frame rate."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING

from musicvid.errors import MediaError
from musicvid.media.opening import media_errors, open_media
from musicvid.media.packet_index import index_packets, rate_of, video_stream
from musicvid.media.pictures import Picture, conform, read_still, to_picture
from musicvid.media.probe import VideoInfo, first_frame, video_info

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer

__all__ = ["MovieReader", "conform", "read_still"]


class MovieReader:
    """A movie as a list of pictures; use as a context manager.

    Frames are numbered from 0 in the order they are shown. Reading forward decodes every frame once; a jump seeks to a
    keyframe. Raises :class:`MediaError` naming the file when it is cut off, damaged or has no moving pictures.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._container: InputContainer | None = None
        self._frames: Iterator[tuple[int, VideoFrame]] | None = None
        self._at = -1  # the last frame that was decoded
        self._kept: tuple[int, VideoFrame] | None = None

    def __enter__(self) -> MovieReader:
        from av.video.reformatter import VideoReformatter

        self._reformatter = VideoReformatter()
        try:
            with media_errors(self.path):
                self._open()
                self._index = index_packets(self._container, self._stream, self.path)
                self._open()
                frame = first_frame(self._container, self._stream, self.path)
                self.info: VideoInfo = video_info(self._stream, self._index, frame, self.path)
                self._times = self._shown_times()
        except BaseException:
            self._close()
            raise
        self._number_of = {time: k for k, time in enumerate(self._index.times)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def _open(self) -> None:
        """Open from the start, again if need be: not every format can be wound back."""
        self._close()
        self._container = open_media(self.path)
        stream = video_stream(self._container)
        if stream is None:
            raise MediaError("the file has no moving pictures", where=self.path)
        self._stream = stream
        stream.thread_type = "AUTO"
        self._at = -1

    def _close(self) -> None:
        self._frames = self._kept = None
        if self._container is not None:
            self._container.close()

    @property
    def frame_count(self) -> int:
        """How many frames the movie shows, exactly."""
        return len(self._times)

    def timestamps(self) -> tuple[Fraction, ...]:
        """The presentation time of every frame in seconds, exactly as the file says (the first need not be 0)."""
        return self._times

    def picture(self, index: int) -> Picture:
        """Frame ``index`` as uint8 yuv420p ``(height * 3 // 2, width)`` of ``info.size``, BT.709 limited range."""
        return next(self.pictures([index]))

    def pictures(self, indices: Iterable[int]) -> Iterator[Picture]:
        """Yield the frames with these numbers, each a fresh array. Repeated numbers cost no decoding."""
        for index in indices:
            if not 0 <= index < self.frame_count:
                raise MediaError(f"there is no frame {index}: the movie has {self.frame_count}", where=self.path)
            with media_errors(self.path):
                if self._kept is None or self._kept[0] != index:
                    self._kept = (index, self._find(index))
                picture = to_picture(self._kept[1], self.info.size, self.info.rotation_deg // 90, self._reformatter)
            yield picture

    def _find(self, index: int) -> VideoFrame:
        """Decode up to frame ``index``, by the shortest way that leads there."""
        for enter in self._ways_to(index):
            enter()
            for number, frame in self._frames or ():
                self._at = number
                if number == index:
                    return frame
                if number > index:  # it lies before the place sought to: take the next way
                    break
        raise MediaError(f"frame {index} cannot be decoded: the video is damaged", where=self.path)

    def _ways_to(self, index: int) -> Iterator[Callable[[], None]]:
        """On from here; from the keyframe before it; from the one before that (open groups); from the start."""
        if self._frames is not None and index > self._at and not self._worth_a_jump(index):
            yield lambda: None
        if self._index.seekable:
            for key in self._index.keys_before(self._index.times[index]):
                yield partial(self._jump, key)
        yield self._restart

    def _worth_a_jump(self, index: int) -> bool:
        """Whether a keyframe stands between the frame that comes next and ``index``."""
        if not self._index.seekable or index <= self._at + 1:
            return False
        keys = self._index.keys_before(self._index.times[index])
        return bool(keys) and keys[0] > self._index.times[self._at + 1]

    def _jump(self, key: int) -> None:
        self._container.seek(key, stream=self._stream, backward=True, any_frame=False)
        self._frames = self._numbered()

    def _restart(self) -> None:
        self._open()
        self._frames = self._numbered()

    def _numbered(self) -> Iterator[tuple[int, VideoFrame]]:
        """Decode from here on and tell each frame's number: by its time, or by counting from the start."""
        count = 0
        for frame in self._container.decode(self._stream):
            if not self._index.seekable:
                yield count, frame
                count += 1
            elif (number := self._number_of.get(frame.pts)) is not None:
                yield number, frame

    def _shown_times(self) -> tuple[Fraction, ...]:
        if self._index.seekable:
            return tuple(time * self._index.time_base for time in self._index.times)
        self._open()
        rate, _ = rate_of((), self._stream.average_rate)
        step = 1 / rate.fps if rate else Fraction(1, 25)
        times: list[Fraction] = []
        for k, frame in enumerate(self._container.decode(self._stream)):
            time = k * step if frame.pts is None else frame.pts * frame.time_base
            times.append(time if not times or time > times[-1] else times[-1] + step)
        return tuple(times)
