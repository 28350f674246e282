"""From packets to runs: frames that belong together are joined inside FFmpeg, packets that are damaged are counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from musicvid.media.sound_checks import check_damage

if TYPE_CHECKING:
    from av import AudioFrame, Packet
    from av.audio.stream import AudioStream
    from av.container import InputContainer


@dataclass(frozen=True, slots=True)
class Run:
    """Samples in a row, and when the first one is presented (None where the file does not say).

    ``frame`` is None for a packet that could not be decoded; ``lost_s`` is how long it would have played.
    """

    frame: AudioFrame | None
    start_s: Fraction | None
    lost_s: Fraction = Fraction(0)


def decoded_runs(container: InputContainer, stream: AudioStream, where: str, run_s: float) -> Iterator[Run]:
    """Decode a stream to runs of one format, of at least ``run_s`` seconds each (0: one per frame) where it goes on.

    What stands before the first sound is skipped: tags, half a frame. More than one damaged packet in a hundred raises
    :class:`SongError`, once all that came before has been given out.
    """
    import av

    good = bad = 0
    queue = _Queue()
    for packet in _packets(container, stream):
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            if not good:
                bad += packet.size > 0
                continue
            yield from queue.emptied()
            if packet.dts is None:  # the flush at the end
                break
            bad += 1
            check_damage(bad, good, where, error)
            yield Run(None, None, Fraction((packet.duration or 0) * packet.time_base))
            continue
        for frame in frames:
            if not frame.samples:
                continue
            good += 1
            if not run_s:
                yield Run(frame, _start_s(frame))
                continue
            if not queue.takes(frame):
                yield from queue.emptied()
            queue.put(frame)
            if queue.samples >= run_s * frame.sample_rate:
                yield from queue.emptied()
    yield from queue.emptied()
    if good:
        check_damage(bad, good, where, None)


class _Queue:
    """Frames of one format waiting to be joined. Joining in numpy would cost more than decoding does."""

    def __init__(self) -> None:
        self.samples = 0
        self._format: tuple[object, ...] = ()
        self._start_s: Fraction | None = None

    def takes(self, frame: AudioFrame) -> bool:
        """Whether a frame is of the same format as those that wait."""
        return not self.samples or self._format == _format(frame)

    def put(self, frame: AudioFrame) -> None:
        import av

        if not self.samples:
            self._start_s = _start_s(frame)
            if self._format != _format(frame):
                self._format = _format(frame)
                self._fifo = av.AudioFifo()
        frame.pts = None  # or the FIFO would insist on times without a gap
        self._fifo.write(frame)
        self.samples += frame.samples

    def emptied(self) -> Iterator[Run]:
        """All that waits as one run; nothing if nothing does."""
        if self.samples:
            self.samples = 0
            yield Run(self._fifo.read(), self._start_s)


def _format(frame: AudioFrame) -> tuple[object, ...]:
    return frame.sample_rate, frame.format.name, frame.layout


def _start_s(frame: AudioFrame) -> Fraction | None:
    return None if frame.pts is None else frame.pts * frame.time_base


def _packets(container: InputContainer, stream: AudioStream) -> Iterator[Packet]:
    """Packets until the end of what can be read; a cut-off file ends early and is judged by its length."""
    import av

    try:
        yield from container.demux(stream)
    except av.FFmpegError:
        return
