"""The movie as a row of parts, each made in one go: the body of a shot, or a dissolve between two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from musicvid.assembly.captions.overlay import CaptionOverlay, Captions
from musicvid.errors import AssemblyError
from musicvid.schema.frames import FrameSpan
from musicvid.schema.timeline import Clip, Timeline


@dataclass(frozen=True, slots=True)
class Part:
    """Movie frames ``span``: of one clip, or of two (outgoing, incoming) that dissolve over exactly these frames.

    ``overlay`` draws the captions that are not yet in the takes' pictures; None when there are none to draw.
    """

    span: FrameSpan
    clips: tuple[Clip, ...]
    overlay: CaptionOverlay | None = None

    @property
    def name(self) -> str:
        return " > ".join(clip.shot_id for clip in self.clips)

    def source_frames(self, clip: Clip) -> list[int]:
        """The frame of ``clip``'s take that is shown at each frame of the part."""
        return [clip.source_frame(frame) for frame in self.span.frames()]


def parts_of(timeline: Timeline, captions: Captions | None) -> tuple[Part, ...]:
    """The parts of a movie; they tile ``[0, frame_count)``.

    Raises :class:`AssemblyError` where dissolves do not fit between the clips, or a take has captions burnt in that are
    not the wanted ones (they cannot be taken out again).
    """
    parts = tuple(_parts(timeline, captions))
    edge = 0
    for part in parts:
        if part.span.start != edge:
            raise AssemblyError(
                f"the dissolve at frame {part.span.start} does not fit its shots: frame {edge} was expected",
                where=part.name,
                hint="edit the shots again: musicvid.edit(shots, takes)",
            )
        edge = part.span.stop
    return parts


def _parts(timeline: Timeline, captions: Captions | None) -> Iterator[Part]:
    into = {dissolve.to_shot: dissolve.span for dissolve in timeline.dissolves}
    out_of = {dissolve.from_shot: dissolve.span for dissolve in timeline.dissolves}
    before: Clip | None = None
    for clip in timeline.clips:
        entry = into.get(clip.shot_id)
        if entry is not None and before is not None:
            yield Part(entry, (before, clip), captions.over(entry) if captions else None)
        start = entry.stop if entry else clip.span.start
        leave = out_of.get(clip.shot_id)
        stop = leave.start if leave else clip.span.stop
        if start < stop:
            yield _body(clip, FrameSpan(start, stop), captions)
        before = clip


def _body(clip: Clip, span: FrameSpan, captions: Captions | None) -> Part:
    wanted = captions.over(span) if captions else None
    burnt = clip.take.overlay_key
    if not burnt:
        return Part(span, (clip,), wanted)
    # Captions move with their pictures: only a body shown frame by frame, where it was rendered for, keeps them right.
    first = clip.source_frame(span.start)
    in_place = first == span.start - clip.span.start + clip.take.head_frames
    plain = clip.frames.step == 1 and first + len(span) <= clip.frames.available
    if wanted is None or wanted.key != burnt or not (in_place and plain):
        raise AssemblyError(
            f"take {clip.take.number} has other captions burnt in than this edit wants",
            where=f"shot {clip.shot_id}",
            hint=f"render it again: musicvid render WORKSPACE --only {clip.shot_id}",
        )
    return Part(span, (clip,))
