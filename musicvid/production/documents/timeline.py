"""The edit as a document: which take is shown when, and which of its frames."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

from musicvid.production.documents.envelope import Document, Kind, read_document, write_document
from musicvid.production.documents.fields import Fields
from musicvid.production.documents.take import (
    caption_values,
    line_values,
    read_captions,
    read_line,
    read_take,
    take_values,
)
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.timeline import Clip, CutPoint, Dissolve, FrameMap, Timeline

KIND = Kind("timeline", 1)


def timeline_to_document(timeline: Timeline) -> Document:
    """JSON values of ``timeline`` (or a subclass, whose own methods are not kept)."""
    return {
        **KIND.header(),
        "title": timeline.title,
        "rate": str(timeline.rate),
        "size": str(timeline.size),
        "frame_count": int(timeline.frame_count),
        "audio": timeline.audio,
        "captions": caption_values(timeline.captions),
        "notes": list(timeline.notes),
        "clips": [_clip_values(clip) for clip in timeline.clips],
        "cuts": [
            {
                "frame": int(c.frame),
                "to_shot": c.to_shot,
                "kind": c.kind,
                "time_s": float(c.time_s),
                "dissolve_frames": int(c.dissolve_frames),
            }
            for c in timeline.cuts
        ],
        "dissolves": [
            {"start": int(d.span.start), "stop": int(d.span.stop), "from_shot": d.from_shot, "to_shot": d.to_shot}
            for d in timeline.dissolves
        ],
    }


def timeline_from_document(document: object, where: str = "") -> Timeline:
    """The timeline in ``document``; ``where`` is the file's name for messages. Raises :class:`InputError`."""
    fields = KIND.open(document, where)
    with fields.building():
        return Timeline(
            title=fields.text("title"),
            rate=FrameRate(fields.fraction("rate")),
            size=FrameSize.parse(fields.text("size")),
            frame_count=fields.whole("frame_count"),
            clips=fields.parts("clips", _clip),
            cuts=fields.parts("cuts", _cut),
            audio=fields.text("audio"),
            dissolves=fields.parts("dissolves", _dissolve),
            captions=fields.part("captions", read_captions),
            notes=fields.texts("notes"),
        )


def read_timeline(path: str | Path) -> Timeline:
    """The timeline in a file. Raises :class:`InputError`."""
    return timeline_from_document(read_document(path), str(path))


def write_timeline(path: str | Path, timeline: Timeline) -> None:
    """Raises :class:`StorageError`."""
    write_document(path, timeline_to_document(timeline))


def _clip_values(clip: Clip) -> Document:
    return {
        "shot": clip.shot_id,
        "start": int(clip.span.start),
        "stop": int(clip.span.stop),
        "head_frames": int(clip.head_frames),
        "tail_frames": int(clip.tail_frames),
        "frames": {
            "start": int(clip.frames.start),
            "available": int(clip.frames.available),
            "step": str(clip.frames.step),
            "past_end": clip.frames.past_end,
        },
        "take": take_values(clip.take),
        "lines": [line_values(line) for line in clip.lines],
    }


def _clip(f: Fields) -> Clip:
    return Clip(
        shot_id=f.text("shot"),
        span=FrameSpan(f.whole("start"), f.whole("stop")),
        take=f.part("take", read_take),
        frames=f.part("frames", _frame_map),
        head_frames=f.whole("head_frames"),
        tail_frames=f.whole("tail_frames"),
        lines=f.parts("lines", read_line),
    )


def _frame_map(f: Fields) -> FrameMap:
    past_end = cast(Literal["hold", "loop"], f.one_of("past_end", Literal["hold", "loop"]))
    return FrameMap(f.whole("start"), f.whole("available"), f.fraction("step"), past_end)


def _cut(f: Fields) -> CutPoint:
    return CutPoint(f.whole("frame"), f.text("to_shot"), f.text("kind"), f.number("time_s"), f.whole("dissolve_frames"))


def _dissolve(f: Fields) -> Dissolve:
    return Dissolve(FrameSpan(f.whole("start"), f.whole("stop")), f.text("from_shot"), f.text("to_shot"))
