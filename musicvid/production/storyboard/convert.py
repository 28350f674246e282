"""The storyboard file → the noun, or every mistake at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar

from pydantic import ValidationError

from musicvid.errors import InputError, Mistake, StoryboardError
from musicvid.production.storyboard.fields import KNOWN_VERSIONS, Reading
from musicvid.production.storyboard.mistakes import MAX_SHOWN, mistakes_between, mistakes_of, spot_at
from musicvid.production.storyboard.model import (
    CastPart,
    GridPart,
    ReleasePart,
    RendererPart,
    ScenePart,
    SectionPart,
    ShotPart,
    StoryboardFile,
)
from musicvid.production.storyboard.reader import read_tree
from musicvid.production.storyboard.syntax import read_bytes
from musicvid.production.storyboard.tree import Node, shown
from musicvid.schema import storyboard as nouns
from musicvid.schema.grid import Corrections
from musicvid.schema.release import Release

Noun = TypeVar("Noun")


@dataclass(frozen=True, slots=True)
class Storyboard(nouns.Storyboard):
    """A storyboard that knows how to read itself. All values are those of the noun."""

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read the file at ``path``.

        Raises :class:`StoryboardError` with every mistake (file:line:column), :class:`InputError` when there is no
        such file. The song need not exist: one on the command line may stand in for it.
        """
        file = Path(path)
        try:
            data = read_bytes(file)
        except FileNotFoundError as error:
            hint = "musicvid init SONG writes a starter storyboard"
            raise InputError("no such storyboard", where=str(path), hint=hint) from error
        except IsADirectoryError as error:
            raise InputError("is a folder, a storyboard file is needed", where=str(path)) from error
        except (OSError, ValueError) as error:
            raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", where=str(path)) from error
        return cls.parse(data, folder=file.parent, file=str(path))

    @classmethod
    def parse(cls, data: bytes, *, folder: str | Path = ".", file: str = "storyboard") -> Self:
        """Read the bytes of a storyboard whose relative paths start from ``folder``; ``file`` is for messages."""
        home = Path(folder).absolute()
        tree = read_tree(data, file)
        root = tree.root
        if root is None or (root.value is None and root.sound):
            message = "the storyboard is empty: it begins with musicvid: 1"
            raise StoryboardError([*tree.mistakes, Mistake(file, 1, 1, "", message)])
        mistakes = list(tree.mistakes)
        if not isinstance(root.value, dict) and root.sound:
            message = f"{shown(root.value)} where a storyboard is needed: it begins with musicvid: 1"
            raise StoryboardError([*mistakes, Mistake(file, *root.spot, "", message)])
        version = root.child("musicvid")
        if version is not None and _is_later(version):  # the rest would only be noise: its keys are not known here
            root = Node(root.spot, {"musicvid": version}, root.keys)
        try:
            document = StoryboardFile.model_validate(root.plain(), context=Reading(home, _names(root)))
        except ValidationError as error:
            mistakes += mistakes_of(error, root, StoryboardFile, file)
        mistakes += mistakes_between(root, file)
        if mistakes:
            raise StoryboardError(_bounded(mistakes, file))
        return cls(**_values(document, root, file, home))


def _is_later(version: Node) -> bool:
    return type(version.value) is int and version.value > max(KNOWN_VERSIONS)


def _names(root: Node) -> tuple[str, ...]:
    cast = root.child("cast")
    return tuple(cast.value) if cast and isinstance(cast.value, dict) else ()


def _bounded(mistakes: list[Mistake], file: str) -> list[Mistake]:
    """A file of another kind may have thousands of mistakes: the first ones tell enough."""
    ordered = sorted(mistakes, key=lambda m: (m.line, m.column, m.field))
    if len(ordered) <= MAX_SHOWN:
        return ordered
    rest = ordered[MAX_SHOWN]
    more = Mistake(file, rest.line, rest.column, "", f"and {len(ordered) - MAX_SHOWN} more mistakes from here on")
    return [*ordered[:MAX_SHOWN], more]


def _values(document: StoryboardFile, root: Node, file: str, home: Path) -> dict[str, Any]:
    """The fields of the noun. What is not given keeps the noun's own default."""
    video, look, cuts, captions = document.video, document.look, document.cuts, document.captions
    return {
        "file": file,
        "title": document.title or "",
        "song": document.song or "",
        "lyrics": document.lyrics or "",
        "video": _given(nouns.VideoSpec, size=video.size, rate=video.fps) if video else nouns.VideoSpec(),
        "look": _given(nouns.Look, style=look.style, avoid=look.avoid) if look else nouns.Look(),
        "renderer": _renderer(document.renderer, home),
        "cast": tuple(_member(name, part) for name, part in (document.cast or {}).items()),
        "pace": _pace(document.pace or {}),
        "cuts": _given(nouns.CutRules, **dict(cuts)) if cuts else nouns.CutRules(),
        "captions": _given(nouns.CaptionSpec, **dict(captions)) if captions else nouns.CaptionSpec(),
        "grid": _grid(document.grid),
        "release": _release(document.release),
        "sections": tuple(
            _mark(part, _where(root, file, "sections", i, "from")) for i, part in enumerate(document.sections or ())
        ),
        "scenes": tuple(
            _scene(part, _where(root, file, "scenes", i, "in")) for i, part in enumerate(document.scenes or ())
        ),
        "shots": tuple(
            _override(key, part, _where(root, file, "shots", key)) for key, part in (document.shots or {}).items()
        ),
    }


def _given(noun: type[Noun], **fields: Any) -> Noun:
    return noun(**{name: value for name, value in fields.items() if value is not None})


def _where(root: Node, file: str, *loc: str | int) -> str:
    spot = spot_at(root, loc, at_key=loc[0] == "shots")
    return f"{file}:{spot.line}:{spot.column}"


def _renderer(part: RendererPart | None, home: Path) -> nouns.RendererSpec:
    if part is None:
        return nouns.RendererSpec(base=str(home))
    options = tuple((part.model_extra or {}).items())
    return _given(
        nouns.RendererSpec,
        name=part.name or None,
        model=part.model,
        takes=part.takes,
        seed=part.seed,
        options=options,
        base=str(home),
    )


def _member(name: str, part: CastPart) -> nouns.CastMember:
    consent = nouns.Consent(part.consent.by, part.consent.on, part.consent.proof) if part.consent else None
    return nouns.CastMember(name, part.description, part.reference or "", consent)


def _pace(pace: dict[str, nouns.Amount | None]) -> nouns.Pace:
    return nouns.Pace(pace.get("default"), tuple((key, value) for key, value in pace.items() if key != "default"))


def _grid(part: GridPart | None) -> Corrections:
    if part is None:
        return Corrections()
    return _given(
        Corrections,
        beats=part.beats,
        bpm=part.bpm,
        level=part.level,
        offset_s=part.offset,
        anchors=tuple(part.anchors or ()),
        downbeat_s=part.downbeat,
        tracker=part.tracker,
    )


def _release(part: ReleasePart | None) -> Release:
    if part is None:
        return Release()
    territories = tuple(dict.fromkeys(part.territory or ()))
    return _given(Release, territories=territories, use=part.use, yearly_revenue_usd=part.revenue_usd)


def _mark(part: SectionPart, where: str) -> nouns.SectionMark:
    bar = part.begins.first if isinstance(part.begins, nouns.BarPlace) else None
    start_s = None if isinstance(part.begins, nouns.BarPlace) else part.begins
    return nouns.SectionMark(part.name.label, part.name.number, start_s, bar, where)


def _scene(part: ScenePart, where: str) -> nouns.Scene:
    return _given(
        nouns.Scene,
        place=part.place,
        note=part.note,
        camera=part.camera,
        cast=tuple(dict.fromkeys(part.cast or ())),
        transition=part.transition,
        straddle=part.straddle,
        where=where,
        continuous=part.continuous,
        first_frame=part.first_frame,
        last_frame=part.last_frame,
    )


def _override(shot_id: str, part: ShotPart | None, where: str) -> nouns.ShotOverride:
    return nouns.ShotOverride(shot_id, **dict(part or {}), where=where)
