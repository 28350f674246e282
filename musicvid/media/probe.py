"""What is in a media file: moving pictures, a still, or sound only."""

from __future__ import annotations

import os
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from musicvid.errors import InputError, MediaError
from musicvid.media.opening import media_errors, open_media
from musicvid.media.packet_index import PacketIndex, index_packets, rate_of, video_stream
from musicvid.media.pictures import is_hdr, open_still
from musicvid.schema.frames import FrameRate, FrameSize

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.video.stream import VideoStream


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """``size`` is as shown: upright, with square pixels, even. ``rate`` is the nearest exact one (None: unknown).

    ``frame_count`` is None where only decoding the file could tell. ``rotation_deg`` is what was turned, counter-
    clockwise, to get there. ``hdr`` pictures are mapped to BT.709 when read.
    """

    size: FrameSize
    rate: FrameRate | None
    frame_count: int | None
    variable_rate: bool
    rotation_deg: int
    hdr: bool
    pixel_format: str
    codec: str


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """``video`` is set for movies and stills. ``duration_s`` is 0 for a still."""

    path: str
    kind: Literal["movie", "still", "sound"]
    duration_s: float
    video: VideoInfo | None
    sound_streams: int


def probe(path: str | os.PathLike[str]) -> MediaInfo:
    """Look into a file without decoding more than one frame.

    Raises :class:`MediaError` for a file that is neither moving pictures, a still nor sound, or that is cut off.
    """
    if (still := _probe_still(path)) is not None:
        return still
    with open_media(path) as container, media_errors(path):
        sounds = len(container.streams.audio)
        stream = video_stream(container)
        if stream is None:
            if not sounds:
                raise MediaError("the file has neither pictures nor sound", where=os.fspath(path))
            length_s = (container.duration or 0) / 1_000_000
            return MediaInfo(os.fspath(path), "sound", length_s, None, sounds)
        index = index_packets(container, stream, path)
    with open_media(path) as container, media_errors(path):  # opened again: not every format can be wound back
        stream = video_stream(container)
        assert stream is not None
        video = video_info(stream, index, first_frame(container, stream, path), path)
        return MediaInfo(os.fspath(path), "movie", _length_s(container, index, video), video, sounds)


def first_frame(container: InputContainer, stream: VideoStream, path: str | os.PathLike[str]) -> VideoFrame:
    """The first frame of a container that was just opened."""
    if stream.codec_context is not None:
        for frame in container.decode(stream):
            return frame
    raise MediaError("the video has no picture that can be decoded", where=os.fspath(path))


def video_info(stream: VideoStream, index: PacketIndex, frame: VideoFrame, path: str | os.PathLike[str]) -> VideoInfo:
    """Put together what the stream, its packets and its first frame say."""
    times = [time * index.time_base for time in index.times]
    rate, variable = rate_of(times, stream.average_rate)
    turn = round(frame.rotation / 90) * 90 % 360
    return VideoInfo(
        size=_shown_size(stream, frame, turn, path),
        rate=rate,
        frame_count=len(times) if index.seekable else None,
        variable_rate=variable,
        rotation_deg=turn,
        hdr=is_hdr(frame),
        pixel_format=frame.format.name,
        codec=stream.codec_context.codec.canonical_name,
    )


def _shown_size(stream: VideoStream, frame: VideoFrame, turn: int, path: str | os.PathLike[str]) -> FrameSize:
    width, height = frame.width, frame.height
    aspect = stream.sample_aspect_ratio
    if aspect and abs(aspect - 1) > Fraction(1, 100):
        width = round(width * aspect)
    if turn % 180:
        width, height = height, width
    try:
        return FrameSize(width - width % 2, height - height % 2)
    except InputError as error:
        raise MediaError(f"the picture is {error.message}", where=os.fspath(path)) from error


def _length_s(container: InputContainer, index: PacketIndex, video: VideoInfo) -> float:
    if not index.times:
        return (container.duration or 0) / 1_000_000
    span = (index.times[-1] - index.times[0]) * index.time_base
    return float(span + (1 / video.rate.fps if video.rate else 0))


def _probe_still(path: str | os.PathLike[str]) -> MediaInfo | None:
    image = open_still(path)
    if image is None:
        return None
    with image:
        width, height = image.size
        turn = {3: 180, 6: 270, 8: 90}.get(image.getexif().get(0x0112, 1), 0)
        if turn % 180:
            width, height = height, width
        try:
            size = FrameSize(width - width % 2, height - height % 2)
        except InputError as error:
            raise MediaError(f"the picture is {error.message}", where=os.fspath(path)) from error
        video = VideoInfo(size, None, 1, False, turn, False, image.mode, (image.format or "").lower())
        return MediaInfo(os.fspath(path), "still", 0.0, video, 0)
