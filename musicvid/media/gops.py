"""A finished film taken apart: its groups of pictures by the hash of their bytes, its timestamps, its ends.

A closed group of pictures decodes to the same pictures wherever it stands, so whatever was measured on one may be
remembered under the hash of its packets: measuring a film again after one shot changed decodes that shot alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import MediaError
from musicvid.media.opening import media_errors, open_media
from musicvid.media.packet_index import video_stream
from musicvid.media.pictures import Planes

if TYPE_CHECKING:
    import av
    import numpy as np
    from av.container import InputContainer
    from av.video.stream import VideoStream
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Gop:
    """``sha256`` covers the packets and the decoder's headers; ``times_s`` are presentation times in decode order."""

    sha256: str
    times_s: tuple[Fraction, ...]


def scan_gops(path: Path | str) -> list[Gop]:
    """The film's groups of pictures in file order, without decoding anything.

    Raises :class:`MediaError` when the file has no video or does not start with a keyframe.
    """
    gops: list[Gop] = []
    with media_errors(path), open_media(path, packets_only=True) as container:
        stream = _video(container, path)
        head = bytes(stream.codec_context.extradata or b"")
        digest, times = hashlib.sha256(head), []
        for packet in container.demux(stream):
            if packet.pts is None:
                continue
            if packet.is_keyframe and times:
                gops.append(Gop(digest.hexdigest(), tuple(times)))
                digest, times = hashlib.sha256(head), []
            elif not packet.is_keyframe and not times:
                raise MediaError("the film does not start with a keyframe", where=str(path))
            digest.update(memoryview(packet))
            times.append(packet.pts * packet.time_base)
    if times:
        gops.append(Gop(digest.hexdigest(), tuple(times)))
    return gops


def decode_gops(path: Path | str, gops: list[Gop], wanted: set[int]) -> Iterator[tuple[int, Planes]]:
    """Yield ``(gop index, planes)`` for every picture of the ``wanted`` groups, in order of presentation.

    Groups must be closed; ``gops`` come from :func:`scan_gops`. Runs of unwanted groups are sought over, not decoded.
    The planes are views that hold only until the next picture.
    """
    with media_errors(path), open_media(path) as container:
        stream = _video(container, path)
        # One thread costs a fifth less processor time than frame threads, and a film is measured once.
        stream.codec_context.thread_count = 1
        for run in _runs(wanted):
            of_time = {time: i for i in run for time in gops[i].times_s}
            left = len(of_time)
            container.seek(int(min(of_time) / stream.time_base), stream=stream)
            for frame in container.decode(stream):
                index = of_time.get(frame.pts * frame.time_base) if frame.pts is not None else None
                if index is None:
                    continue
                yield index, _planes(frame)
                left -= 1
                if not left:
                    break


def sound_end_s(path: Path | str) -> float | None:
    """When the film's sound ends on its own clock, in seconds; None when it has none. Only the end is decoded."""
    with media_errors(path), open_media(path) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        length = stream.duration * stream.time_base if stream.duration else Fraction(0)
        container.seek(max(0, int((length - 1) / stream.time_base)), stream=stream)
        end = None
        for frame in container.decode(stream):
            if frame.pts is not None:
                end = float(frame.pts * frame.time_base) + frame.samples / frame.sample_rate
        return end


def sound_sha256(path: Path | str) -> str:
    """The hash of the sound: its packets, when each is played, the decoder headers; empty without sound."""
    with media_errors(path), open_media(path, packets_only=True) as container:
        if not container.streams.audio:
            return ""
        stream = container.streams.audio[0]
        digest = hashlib.sha256(bytes(stream.codec_context.extradata or b""))
        digest.update(f"{stream.time_base} {stream.duration} {stream.start_time}".encode())
        for packet in container.demux(stream):
            if packet.pts is not None:
                digest.update(packet.pts.to_bytes(8, "little", signed=True) + bytes(packet))
        return digest.hexdigest()


def _runs(wanted: set[int]) -> Iterator[range]:
    start = None
    for i in sorted(wanted):
        if start is None:
            start = i
        if i + 1 not in wanted:
            yield range(start, i + 1)
            start = None


def _video(container: InputContainer, path: Path | str) -> VideoStream:
    stream = video_stream(container)
    if stream is None:
        raise MediaError("there is no video in this file", where=str(path))
    return stream


def _planes(frame: av.VideoFrame) -> Planes:
    if frame.format.name not in ("yuv420p", "yuvj420p"):
        frame = frame.reformat(format="yuv420p")
    half_w, half_h = (frame.width + 1) // 2, (frame.height + 1) // 2
    return Planes(
        _plane(frame.planes[0], frame.width, frame.height),
        _plane(frame.planes[1], half_w, half_h),
        _plane(frame.planes[2], half_w, half_h),
    )


def _plane(plane: av.video.plane.VideoPlane, width: int, height: int) -> NDArray[np.uint8]:
    import numpy as np

    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[:height, :width]
