"""The shot list as a document. ``start`` and ``stop`` are frames, half-open, and tile ``[0, frame_count)``."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from musicvid.production.documents.envelope import Document, Kind, read_document, write_document
from musicvid.production.documents.fields import Fields, float32_block
from musicvid.production.documents.take import caption_values, line_values, read_captions, read_line
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.release import Release, Use
from musicvid.schema.shots import MOTION_CHANNELS, CutCause, CutKind, Motion, Reference, Shot, ShotList
from musicvid.schema.storyboard import RendererSpec

KIND = Kind("shots", 1)


def shots_to_document(shots: ShotList) -> Document:
    """JSON values of ``shots``; the motion comes last, it is the bulk."""
    renderer = shots.renderer
    return {
        **KIND.header(),
        "title": shots.title,
        "rate": str(shots.rate),
        "size": str(shots.size),
        "frame_count": int(shots.frame_count),
        "renderer": {
            "name": renderer.name,
            "model": renderer.model,
            "takes": int(renderer.takes),
            "seed": int(renderer.seed),
            "base": renderer.base,
            "options": dict(renderer.options),
        },
        "captions": caption_values(shots.captions),
        "release": {
            "territories": list(shots.release.territories),
            "use": shots.release.use,
            "yearly_revenue_usd": shots.release.yearly_revenue_usd,
        },
        "notes": list(shots.notes),
        "shots": [_shot_values(shot) for shot in shots.shots],
        "motion": {"channels": list(MOTION_CHANNELS), "values": float32_block(shots.motion.data)},
    }


def shots_from_document(document: object, where: str = "") -> ShotList:
    """The shot list in ``document``; ``where`` is the file's name for messages. Raises :class:`InputError`."""
    fields = KIND.open(document, where)
    with fields.building():
        frame_count = fields.whole("frame_count")
        return ShotList(
            title=fields.text("title"),
            rate=FrameRate(fields.fraction("rate")),
            size=FrameSize.parse(fields.text("size")),
            frame_count=frame_count,
            shots=fields.parts("shots", _shot),
            motion=fields.part("motion", lambda f: _motion(f, frame_count)),
            renderer=fields.part("renderer", _renderer),
            captions=fields.part("captions", read_captions),
            notes=fields.texts("notes"),
            release=fields.part("release", _release) if "release" in fields else Release(),
        )


def read_shots(path: str | Path) -> ShotList:
    """The shot list in a file. Raises :class:`InputError`."""
    return shots_from_document(read_document(path), str(path))


def write_shots(path: str | Path, shots: ShotList) -> None:
    """Raises :class:`StorageError`."""
    write_document(path, shots_to_document(shots))


def _shot_values(shot: Shot) -> Document:
    return {
        "id": shot.id,
        "start": int(shot.span.start),
        "stop": int(shot.span.stop),
        "section": shot.section,
        "label": shot.label,
        "prompt": shot.prompt,
        "avoid": shot.avoid,
        "seed": int(shot.seed),
        "cut_on": {"kind": shot.cut_on.kind, "time_s": float(shot.cut_on.time_s)},
        "energy": float(shot.energy),
        "cast": list(shot.cast),
        "note": shot.note,
        "camera": shot.camera,
        "references": [{"name": r.name, "path": r.path} for r in shot.references],
        "lines": [line_values(line) for line in shot.lines],
        "dissolve_frames": int(shot.dissolve_frames),
        "take": shot.chosen_take,
        "hold": shot.hold,
        "scene": shot.scene,
        "continues": shot.continues,
        "first_frame": shot.first_frame,
        "last_frame": shot.last_frame,
    }


def _shot(f: Fields) -> Shot:
    return Shot(
        id=f.text("id"),
        span=FrameSpan(f.whole("start"), f.whole("stop")),
        section=f.text("section"),
        label=f.text("label"),
        prompt=f.text("prompt"),
        avoid=f.text("avoid"),
        seed=f.whole("seed"),
        cut_on=f.part("cut_on", _cause),
        energy=f.number("energy"),
        cast=f.texts("cast"),
        note=f.text("note"),
        camera=f.text("camera"),
        references=f.parts("references", lambda r: Reference(r.text("name"), r.text("path"))),
        lines=f.parts("lines", read_line),
        dissolve_frames=f.whole("dissolve_frames"),
        chosen_take=f.whole_or_none("take"),
        hold=f.flag("hold"),
        scene=f.whole_or_none("scene"),
        continues=_text_if_there(f, "continues"),
        first_frame=_text_if_there(f, "first_frame"),
        last_frame=_text_if_there(f, "last_frame"),
    )


def _text_if_there(f: Fields, name: str) -> str:
    """Empty in documents that were written before shots had this field."""
    return f.text(name) if name in f else ""


def _cause(f: Fields) -> CutCause:
    return CutCause(cast(CutKind, f.one_of("kind", CutKind)), f.number("time_s"))


def _renderer(f: Fields) -> RendererSpec:
    return RendererSpec(
        name=f.text("name"),
        model=f.text("model"),
        takes=f.whole("takes"),
        seed=f.whole("seed"),
        options=f.scalars("options"),
        base=f.text("base"),
    )


def _release(f: Fields) -> Release:
    return Release(f.texts("territories"), cast(Use, f.one_of("use", Use)), f.whole_or_none("yearly_revenue_usd"))


def _motion(f: Fields, frame_count: int) -> Motion:
    if f.texts("channels") != MOTION_CHANNELS:
        raise f.wrong("channels", f"{', '.join(MOTION_CHANNELS)} were expected")
    return Motion(f.float32("values", frame_count * len(MOTION_CHANNELS)))
