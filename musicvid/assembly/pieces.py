"""Which frames of the movie are copied as packets, from which file, and which must be encoded first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

from musicvid.assembly.parts import Part
from musicvid.assembly.segments import SegmentStore
from musicvid.media.gops import scan_gops
from musicvid.media.join import Piece, stream_signature
from musicvid.media.seals import is_sealed


@dataclass(frozen=True, slots=True)
class PlannedPiece:
    """A part and the packets that will stand for it.

    ``encoded`` is true when the packets come from the segment cache, not from a take; ``ready`` when they are there.
    """

    part: Part
    piece: Piece
    encoded: bool
    ready: bool


def plan_pieces(parts: Iterable[Part], store: SegmentStore) -> tuple[PlannedPiece, ...]:
    """Choose for every part: the take's own packets where they are exactly the frames and the stream wanted, else a
    segment of its own."""
    return tuple(_plan(part, store) for part in parts)


def _plan(part: Part, store: SegmentStore) -> PlannedPiece:
    copied = _copied(part, store)
    if copied is not None:
        return PlannedPiece(part, copied, encoded=False, ready=True)
    path = store.path_of(part)
    return PlannedPiece(part, Piece(path, 0, len(part.span)), encoded=True, ready=is_sealed(path))


def _copied(part: Part, store: SegmentStore) -> Piece | None:
    """The take's packets for ``part``; None when the pictures differ or another encoder setting made them.

    Dropping packets at the end is always right, since segments have no B-frames; the first must be a keyframe.
    """
    if len(part.clips) != 1 or part.overlay is not None:
        return None
    (clip,) = part.clips
    take = clip.take
    first = clip.source_frame(part.span.start)
    plain = clip.frames.step == 1 and first + len(part.span) <= clip.frames.available
    if not plain or take.rate != store.rate or take.size != store.size:
        return None
    path = Path(take.path)
    if stream_signature(path) != store.signature or not _is_keyframe(path, first):
        return None
    return Piece(path, first, len(part.span))


def _is_keyframe(path: Path, frame: int) -> bool:
    """Whether decoding can begin at ``frame``. Every segment begins with a keyframe, so 0 needs no look."""
    return frame == 0 or frame in accumulate(len(gop.times_s) for gop in scan_gops(path))
