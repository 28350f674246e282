"""Join finished segments into a movie by copying packets: nothing is decoded, every frame lands on the exact grid.

Adding up file durations drifts, because containers store them in milliseconds. Here a packet's time is its frame
number, counted over the whole movie.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import MediaError
from musicvid.media.files import writing
from musicvid.media.opening import media_errors, open_media
from musicvid.schema.frames import FrameRate

if TYPE_CHECKING:
    from av import Packet
    from av.container import OutputContainer
    from av.stream import Stream
    from av.video.stream import VideoStream

_WHOLE = ("aac", "mp3", "mp3float")
_TAGS = {"hevc": "hvc1"}  # the name under which Apple players know H.265


@dataclass(frozen=True, slots=True)
class Piece:
    """Frames ``[start, start + count)`` of a segment; frame ``start`` must be a keyframe."""

    path: Path
    start: int
    count: int


def stream_signature(path: str | os.PathLike[str]) -> str:
    """What must be equal for packets to share one track: codec, decoder header, size, colour, time base."""
    with open_media(path, packets_only=True) as container, media_errors(path):
        return _signature(_video(container.streams.video, path))


def join(
    pieces: Sequence[Piece],
    rate: FrameRate,
    to: str | os.PathLike[str],
    *,
    sound: str | os.PathLike[str] | None = None,
    title: str = "",
    comment: str = "",
) -> None:
    """Write ``pieces`` one after the other to ``to`` (.mp4 or .mov), with the first sound stream of ``sound``.

    ``sound`` comes from :func:`musicvid.media.soundtrack.soundtrack`: its times are kept, and it is cut within a frame
    of the end of the picture. Memory is flat: one segment is open at a time.

    Raises :class:`MediaError` for segments that do not fit together, have B-frames or end early, and
    :class:`StorageError`; then ``to`` is removed.
    """
    import av

    if not pieces:
        raise MediaError("there is nothing to join", where=os.fspath(to))
    target = Path(to).absolute()
    container = "mov" if target.suffix.lower() == ".mov" else "mp4"
    options = {"movflags": "+faststart", "movie_timescale": str(_timescale(rate))}
    try:
        with writing(target), av.open(f"file:{target}", "w", format=container, container_options=options) as movie:
            movie.metadata.update({"title": title, "comment": comment})
            _write(movie, pieces, rate, sound)
    except BaseException:
        target.unlink(missing_ok=True)
        raise


def _timescale(rate: FrameRate) -> int:
    """Ticks per second of the whole movie, in which every frame's start is a whole number."""
    return rate.fps.numerator * -(-10_000 // rate.fps.numerator)


def _write(
    movie: OutputContainer, pieces: Sequence[Piece], rate: FrameRate, sound: str | os.PathLike[str] | None
) -> None:
    with open_media(pieces[0].path, packets_only=True) as first:
        template = _video(first.streams.video, pieces[0].path)
        track = movie.add_stream_from_template(template, opaque=True)
        track.codec_context.codec_tag = _TAGS.get(template.codec_context.name, template.codec_context.codec_tag)
        track.time_base = template.time_base
        signature = _signature(template)
    pictures = _picture_packets(pieces, rate, signature)
    if sound is None:
        for packet in pictures:
            packet.stream = track
            movie.mux_one(packet)
        return
    end_s = rate.seconds_at(sum(piece.count for piece in pieces))
    with open_media(sound) as source:
        if not source.streams.audio:
            raise MediaError("the file has no sound", where=os.fspath(sound))
        stream = source.streams.audio[0]
        sound_track = movie.add_stream_from_template(stream)
        sounds = _sound_packets(source.demux(stream), end_s, 1 / rate.fps, sound)
        waiting = next(sounds, None)
        for packet in pictures:
            while waiting is not None and waiting.dts * waiting.time_base <= packet.dts * packet.time_base:
                _mux(movie, waiting, sound_track)
                waiting = next(sounds, None)
            _mux(movie, packet, track)
        while waiting is not None:
            _mux(movie, waiting, sound_track)
            waiting = next(sounds, None)


def _mux(movie: OutputContainer, packet: Packet, track: Stream) -> None:
    packet.stream = track
    movie.mux_one(packet)


def _picture_packets(pieces: Sequence[Piece], rate: FrameRate, signature: str) -> Iterator[Packet]:
    """The packets of all pieces, timed by the number of their frame in the movie."""
    frame = 0
    for piece in pieces:
        with open_media(piece.path, packets_only=True) as container, media_errors(piece.path):
            stream = _video(container.streams.video, piece.path)
            if _signature(stream) != signature:
                raise MediaError(
                    "the segment was encoded differently from the first one, so their packets cannot be joined",
                    where=str(piece.path),
                    hint="encode it again with the settings of the others",
                )
            tick = 1 / (rate.fps * stream.time_base)
            if tick.denominator != 1:
                raise MediaError(f"the segment's clock cannot count frames at {rate}", where=str(piece.path))
            for packet in _wanted(container.demux(stream), piece):
                packet.pts = packet.dts = frame * tick.numerator
                packet.duration = tick.numerator
                frame += 1
                yield packet


def _wanted(packets: Iterator[Packet], piece: Piece) -> Iterator[Packet]:
    """Packets ``[start, start + count)``, checked: the first a keyframe, none out of order, none missing."""
    stop = piece.start + piece.count
    number = 0
    for packet in packets:
        if not packet.size:
            continue
        if packet.pts != packet.dts:
            raise MediaError("the segment has B-frames, so it cannot be cut", where=str(piece.path))
        if number == piece.start and not packet.is_keyframe:
            raise MediaError(f"frame {number} of the segment is not a keyframe", where=str(piece.path))
        if number >= piece.start:
            yield packet
        number += 1
        if number == stop:
            return
    raise MediaError(f"the segment has {number} frames, {stop} are needed", where=str(piece.path))


def _sound_packets(
    packets: Iterator[Packet], end_s: Fraction, frame_s: Fraction, path: str | os.PathLike[str]
) -> Iterator[Packet]:
    """Packets up to the end of the picture. The last may overhang by less than a frame; one that overhangs by more is
    dropped if the sound then ends nearer to the end of the picture."""
    longest = 0
    with media_errors(path):
        for packet in packets:
            if packet.dts is None or not packet.size:
                continue
            # AAC and MP3 always decode to whole packets, whatever the last one claims.
            longest = max(longest, packet.duration) if packet.stream.codec_context.name in _WHOLE else packet.duration
            start_s = packet.pts * packet.time_base
            overhang_s = start_s + longest * packet.time_base - end_s
            if start_s >= end_s or (overhang_s >= frame_s and overhang_s > end_s - start_s):
                return
            yield packet


def _video(streams: Sequence[VideoStream], path: str | os.PathLike[str]) -> VideoStream:
    if not streams:
        raise MediaError("the segment has no pictures", where=os.fspath(path))
    return streams[0]


def _signature(stream: VideoStream) -> str:
    context = stream.codec_context
    facts = (
        (context.codec.canonical_name, context.codec_tag),
        (context.width, context.height),
        (context.colorspace, context.color_primaries, context.color_trc, context.color_range),
        str(stream.time_base),
        hashlib.sha256(bytes(context.extradata or b"")).hexdigest(),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()
