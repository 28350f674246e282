"""The captions of a movie, and the part of them that belongs into one shot's pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from musicvid.assembly.captions.events import CaptionEvent, place_lines
from musicvid.assembly.captions.strip import strip_for
from musicvid.assembly.captions.typeface import Typeface, typeface
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.lyrics import LyricLine
from musicvid.schema.shots import Shot, ShotList
from musicvid.schema.storyboard import CaptionSpec
from musicvid.schema.timeline import Timeline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LOOK_VERSION = 1
"""Counts up whenever the same lines would be drawn with other pixels."""


@dataclass(frozen=True, slots=True)
class CaptionOverlay:
    """A :class:`musicvid.media.overlay.Overlay`: draws ``events`` into pictures ``width`` pixels wide.

    Small and picklable: letters are drawn where they are needed. ``key`` names the pixels it makes, relative to the
    span it was cut to, so that a shot that only moved keeps its take.
    """

    key: str
    events: tuple[CaptionEvent, ...]
    font: str
    width: int

    def apply(self, picture: NDArray[np.uint8], frame: int) -> None:
        """Draw what is seen at movie frame ``frame`` into ``picture`` (uint8 yuv420p) in place."""
        for event in self.events:
            if frame in event.span:
                strip = strip_for(event.rows, self.font, event.px, event.row_px, self.width)
                sung = event.wipe[frame - event.span.start] if event.wipe else ()
                strip.blend(picture, event.top, sung, from_right=event.rtl)


@dataclass(frozen=True, slots=True)
class Captions:
    """All captions of a movie, laid out once: lines that overlap must stand alike in every shot that shows them."""

    events: tuple[CaptionEvent, ...]
    face: Typeface
    width: int

    def over(self, span: FrameSpan) -> CaptionOverlay | None:
        """What is seen within ``span``; None if nothing is."""
        events = tuple(part for event in self.events if (part := event.cut(span)) is not None)
        if not events:
            return None
        drawn = [(e.span.start - span.start, len(e.span), e.rows, e.px, e.row_px, e.top, e.rtl, e.wipe) for e in events]
        text = json.dumps([LOOK_VERSION, self.face.sha256, self.width, drawn])
        return CaptionOverlay(hashlib.sha256(text.encode()).hexdigest(), events, self.face.path, self.width)


def lay_out(lines: Iterable[LyricLine], rate: FrameRate, size: FrameSize, spec: CaptionSpec) -> Captions | None:
    """The captions to burn in, or None when ``spec`` wants none or no line has text.

    Raises :class:`AssemblyError` for characters that the font lacks or lines that do not fit.
    """
    sung = [line for line in lines if line.text.strip()] if spec.burnt else []
    if not sung:
        return None
    face = typeface(size, spec)
    return Captions(place_lines(sung, rate, size, face, karaoke=spec.karaoke), face, size.width)


def timeline_captions(timeline: Timeline) -> Captions | None:
    """The captions of an edit."""
    return lay_out(timeline.lines, timeline.rate, timeline.size, timeline.captions)


def caption_overlay(
    lines: Iterable[LyricLine], rate: FrameRate, size: FrameSize, spec: CaptionSpec, *, span: FrameSpan | None = None
) -> CaptionOverlay | None:
    """An overlay that draws ``lines``, or None when there is nothing to draw (within ``span``, if given)."""
    captions = lay_out(lines, rate, size, spec)
    if captions is None:
        return None
    return captions.over(span or FrameSpan(0, max(event.span.stop for event in captions.events)))


def shot_captions(shots: ShotList) -> Callable[[Shot], CaptionOverlay | None]:
    """What to burn into each shot's take while it is rendered, so that assembly can copy it: for ``overlay_for``.

    Handles stay clean: captions stand over a dissolve, they do not dissolve. A held shot stays clean too, since it
    shows one frame for all its length; assembly draws its captions.
    """
    lines = dict.fromkeys(line for shot in shots.shots for line in shot.lines)
    captions = lay_out(lines, shots.rate, shots.size, shots.captions)
    places = {shot.id: index for index, shot in enumerate(shots.shots)}

    def overlay_for(shot: Shot) -> CaptionOverlay | None:
        head, tail = shots.handles(places[shot.id])
        first, stop = shot.span.start + head, shot.span.stop - tail
        return captions.over(FrameSpan(first, stop)) if captions and not shot.hold and first < stop else None

    return overlay_for
