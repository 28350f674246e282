"""pydantic's errors and the checks between fields → our mistakes, each at its line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ValidationError

from musicvid.errors import InputError, Mistake, nearest
from musicvid.production.storyboard.anchors import parse_anchor, split_anchors
from musicvid.production.storyboard.places import parse_place, parse_section_key
from musicvid.production.storyboard.tree import Node, Spot, shown
from musicvid.schema.grid import Anchor, clashes

MAX_SHOWN = 200

Loc = tuple[str | int, ...]

_MISSING = {
    "musicvid": "missing: write musicvid: 1 (the version of the format) at the top",
    "is": "missing: write what she, he or it looks like",
    "in": "missing: say where the scene is, e.g. in: verse 1",
    "mode": "missing: write mode: off, burn, sidecar or both",
    "by": "missing: write who agreed",
    "on": "missing: write the day of the agreement, e.g. 2026-05-01",
    "proof": "missing: write the file that proves the agreement",
}


def mistakes_of(error: ValidationError, root: Node, model: type[BaseModel], file: str) -> Iterator[Mistake]:
    """One mistake per pydantic error, except those that follow from what the reader has reported already."""
    for entry in error.errors(include_url=False):
        raw: Loc = entry["loc"]
        at_key = raw[-1:] == ("[key]",) or entry["type"] == "extra_forbidden"
        loc = raw[:-1] if raw[-1:] == ("[key]",) else raw
        if all(node.sound for node in root.along(loc)):
            yield _mistake(root, loc, _message(entry, loc, model), file, at_key=at_key)


def mistakes_between(root: Node, file: str) -> Iterator[Mistake]:
    """What no field can see alone: the same place or section given twice, corrections of the beats that clash."""
    scenes = root.child("scenes")
    first: dict[object, int] = {}
    for i, scene in enumerate(scenes.value if scenes and isinstance(scenes.value, list) else ()):
        node = scene.child("in")
        place = _parsed(parse_place, node.value if node else None)
        if place is not None and first.setdefault(place, i) != i:
            message = f"{shown(node.value if node else None)} is the same place as scenes[{first[place]}]: join the two"
            yield _mistake(root, ("scenes", i, "in"), message, file)
    yield from _in_grid(root, file)
    yield from _two_beginnings(root, file)
    pace = root.child("pace")
    seen: dict[object, str] = {}
    for key in pace.value if pace and isinstance(pace.value, dict) else ():
        section = _parsed(parse_section_key, key)
        if section is not None and seen.setdefault(section, key) != key:
            message = f"{shown(key)} is the same section as {shown(seen[section])}: keep one"
            yield _mistake(root, ("pace", key), message, file, at_key=True)


def _in_grid(root: Node, file: str) -> Iterator[Mistake]:
    """Corrections that contradict each other, and anchors that do not fit those before them."""
    grid = root.child("grid")
    beats = grid.child("beats") if grid else None
    for key in ("bpm", "tracker"):
        other = grid.child(key) if grid else None
        if beats and other and beats.value is not None and other.value is not None:
            yield _mistake(root, ("grid", key), "contradicts `beats`: keep one of them", file, at_key=True)
    row = grid.child("anchors") if grid else None
    if row is None:
        return
    written = [node.value for node in row.value] if isinstance(row.value, list) else split_anchors(str(row.value))
    anchors = [_parsed(parse_anchor, value) for value in written]
    known = [(i, anchor) for i, anchor in enumerate(anchors) if isinstance(anchor, Anchor)]
    for clash in clashes(anchor for _, anchor in known):
        yield _mistake(
            root, ("grid", "anchors", known[clash.place][0]), f"{known[clash.place][1]}: {clash.message}", file
        )


def _two_beginnings(root: Node, file: str) -> Iterator[Mistake]:
    """A shot cannot both go on from another and begin with a picture of its own."""
    shots = root.child("shots")
    for key, shot in (shots.value if shots and isinstance(shots.value, dict) else {}).items():
        continues, picture = shot.child("continues"), shot.child("first_frame")
        if continues and continues.value is True and picture and picture.value is not None:
            message = "contradicts `first_frame`: keep one of them"
            yield _mistake(root, ("shots", key, "continues"), message, file, at_key=True)


def _parsed(parse: Any, value: object) -> object:
    """The meaning of ``value``, None where it has none: its own field reports that."""
    try:
        return parse(value) if isinstance(value, str) else None
    except InputError:
        return None


def _mistake(root: Node, loc: Loc, message: str, file: str, *, at_key: bool = False) -> Mistake:
    spot = spot_at(root, loc, at_key=at_key)
    nodes = list(root.along(loc))
    if len(nodes) <= len(loc) and not isinstance(nodes[-1].value, dict | list):
        loc = loc[: len(nodes) - 1]  # a short form such as `captions: burn`: its parts are not written
    return Mistake(file, spot.line, spot.column, dotted(loc), message)


def spot_at(root: Node, loc: Loc, *, at_key: bool = False) -> Spot:
    """Where the value (or its key) at ``loc`` stands; for what is missing, where its holder begins."""
    nodes = list(root.along(loc[:-1] if at_key else loc))
    if at_key and str(loc[-1]) in nodes[-1].keys:
        return nodes[-1].keys[str(loc[-1])]
    return nodes[-1].spot


def dotted(loc: Loc) -> str:
    """``scenes[1].in``; keys with dots or odd characters are quoted."""
    text = ""
    for step in loc:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            word = step if re.fullmatch(r"[\w/ '-]{1,60}", step) else shown(step)
            text += f".{word}" if text else word
    return text


def _message(entry: Any, loc: Loc, model: type[BaseModel]) -> str:
    kind, value = entry["type"], entry["input"]
    if kind == "value_error":
        return str(entry["ctx"]["error"])
    if kind == "extra_forbidden":
        return f"unknown key{nearest(str(loc[-1]), _keys_beside(loc, model))}"
    if kind == "missing":
        return _MISSING.get(str(loc[-1]), "missing")
    if not loc:
        return f"{shown(value)} where keys and values are needed"
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return f"{shown(value)} where a mapping is needed: write keys below it, indented"
    if kind == "list_type":
        cure = (
            "begin every item with '- '"
            if value is None or isinstance(value, dict | list)
            else f"write [{shown(value)}]"
        )
        return f"{shown(value)} is not a list: {cure}"
    return f"{shown(value)}: {entry['msg']}"


def _keys_beside(loc: Loc, model: type[BaseModel]) -> list[str]:
    """The keys that are known where ``loc`` ends: pydantic tells them by the path of models that leads there."""
    part: type[BaseModel] = model
    for step in loc[:-1]:
        field = next((f for n, f in part.model_fields.items() if (f.alias or n) == step), None)
        if field is not None and (inner := _model_in(field.annotation)) is not None:
            part = inner
    return [field.alias or name for name, field in part.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in getattr(annotation, "__args__", ()) if (found := _model_in(arg)) is not None), None)
