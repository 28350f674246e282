"""The field types of the storyboard: one parser and one piece of JSON Schema each.

Parsers raise our :class:`InputError`; pydantic gets it as a ValueError with the same words.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import PlainValidator, ValidationInfo, WithJsonSchema

from musicvid.errors import InputError, nearest
from musicvid.production.storyboard import amounts, anchors, places
from musicvid.production.storyboard.paths import locate, locate_file
from musicvid.production.storyboard.tree import shown
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.grid import FASTEST_BPM, LEVELS, SLOWEST_BPM, Anchor
from musicvid.schema.storyboard import Amount, BarPlace, OptionValue, Place, SectionPlace, Transition
from musicvid.schema.territories import parse_territory

KNOWN_VERSIONS = (1,)
MODES = ("off", "burn", "sidecar", "both")
USES = ("personal", "commercial")
_MAX_SEED = 2**64 - 1
_MAX_OFFSET_S = 3600.0
_MAX_REVENUE_USD = 10**15


@dataclass(frozen=True, slots=True)
class Reading:
    """What fields need to know of the rest: the storyboard's folder and the names below ``cast``."""

    folder: Path
    cast: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unconsented:
    """A reference picture without consent beside it."""

    value: object


def _checked(parse: Callable[..., object], schema: dict[str, Any], *, in_context: bool = False) -> tuple[Any, Any]:
    """The annotations of a field: ``parse(value)`` or ``parse(value, reading)``, and its JSON Schema."""

    def check(value: Any, info: ValidationInfo) -> object:
        try:
            return parse(value, info.context) if in_context else parse(value)
        except InputError as error:
            raise ValueError(error.message) from error

    return PlainValidator(check), WithJsonSchema(schema)


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float):
        raise InputError(f"{shown(value)} is not text: put it in quotes")
    raise InputError(f"{shown(value)} where text is needed")


def _full_text(value: object) -> str:
    text = _text(value)
    if not text:
        raise InputError("empty text: write what is meant, or leave the key out")
    return text


def _word_or_number(value: object) -> object:
    """For the small languages: what they get is a word or a number, never a list, a mapping or true/false."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{shown(value)} where a single word or number is needed")
    return value


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise InputError(f"{shown(value)} is neither true nor false: write one of them")


def _whole(least: int, most: int) -> Callable[[object], int]:
    def whole(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InputError(f"{shown(value)} is not a whole number")
        if not least <= value <= most:
            raise InputError(f"{value} is outside {least} to {most}")
        return value

    return whole


def _number(least: float, most: float) -> Callable[[object], float]:
    def number(value: object) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise InputError(f"{shown(value)} is not a number")
        if not least <= value <= most:
            raise InputError(f"{shown(value)} is outside {least:g} to {most:g}")
        return float(value)

    return number


def _one_of(kind: str, known: tuple[str, ...]) -> Callable[[object], str]:
    def one_of(value: object) -> str:
        if isinstance(value, str) and value in known:
            return value
        guess = nearest(value, known) if isinstance(value, str) else f" (known: {', '.join(known)})"
        raise InputError(f"unknown {kind} {shown(value)}{guess}")

    return one_of


def _version(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and value in KNOWN_VERSIONS:
        return value
    known = ", ".join(map(str, KNOWN_VERSIONS))
    if isinstance(value, int) and value > max(KNOWN_VERSIONS):
        raise InputError(f"version {value} of the format is not known (known: {known}): update musicvid")
    raise InputError(f"{shown(value)} is not a version of the format: write musicvid: {max(KNOWN_VERSIONS)}")


def _size(value: object) -> FrameSize:
    return FrameSize.parse(str(_word_or_number(value)))


def _rate(value: object) -> FrameRate:
    return FrameRate.parse(str(_word_or_number(value)))


def _date(value: object) -> str:
    text = str(_word_or_number(value))
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            return datetime.date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise InputError(f"{text!r} is no day of the calendar: {error}") from error
    raise InputError(f"{text!r} is not a date: write it as 2026-05-01")


def _option(value: object) -> OptionValue:
    if isinstance(value, str | int | float):
        return value
    raise InputError(f"{shown(value)}: an option is one text, number, true or false")


def _path(value: object, reading: Reading) -> str:
    return str(locate(_full_text(value), reading.folder))


def _file(value: object, reading: Reading) -> str:
    return str(locate_file(_full_text(value), reading.folder))


def _reference(value: object, reading: Reading) -> str:
    if isinstance(value, Unconsented):
        _file(value.value, reading)
        raise InputError(
            f"{shown(value.value)} needs consent: add consent: {{by: NAME, on: YYYY-MM-DD, proof: FILE}}, "
            "or remove the reference: nobody is shown who has not agreed"
        )
    return _file(value, reading)


def _cast_name(value: object) -> str:
    if re.fullmatch(r"[^\W_][\w' .-]{0,63}", str(value)):
        return str(value)
    raise InputError(f"{shown(value)} is not a name: write letters and digits, e.g. ann")


def _mentioned(value: object, reading: Reading) -> str:
    name = str(_word_or_number(value))
    if name in reading.cast:
        return name
    guess = nearest(name, reading.cast) if reading.cast else ": the storyboard has no cast"
    raise InputError(f"unknown cast member {name!r}{guess}")


def _place(value: object) -> Place:
    if value is None:
        raise InputError(f"nothing is written here: write {places.PLACES}")
    return places.parse_place(_word_or_number(value))


def _territory(value: object) -> str:
    return parse_territory(_text(value))


def _said(parse: Callable[[object], object]) -> Callable[[object], object]:
    return lambda value: parse(_word_or_number(value))


_STRING: dict[str, Any] = {"type": "string"}
_FILLED: dict[str, Any] = {"type": "string", "minLength": 1}
_LENGTH = amounts.amount_pattern()
_TERRITORY = r"^\s*([A-Za-z]{2}|[Ww][Oo][Rr][Ll][Dd])\s*$"
_SIZES = ["720p", "1080p", "2160p", "480p", "360p", "vertical", "square"]

FormatVersion = Annotated[int, *_checked(_version, {"type": "integer", "enum": list(KNOWN_VERSIONS)})]
Text = Annotated[str, *_checked(_text, _STRING)]
FilledText = Annotated[str, *_checked(_full_text, _FILLED)]
Flag = Annotated[bool, *_checked(_flag, {"type": "boolean"})]
Seed = Annotated[int, *_checked(_whole(0, _MAX_SEED), {"type": "integer", "minimum": 0, "maximum": _MAX_SEED})]
TakeCount = Annotated[int, *_checked(_whole(1, 100), {"type": "integer", "minimum": 1, "maximum": 100})]
TakeNumber = Annotated[int, *_checked(_whole(1, 9999), {"type": "integer", "minimum": 1, "maximum": 9999})]
Size = Annotated[
    FrameSize,
    *_checked(
        _size,
        {"anyOf": [{"enum": _SIZES}, {"type": "string", "pattern": "^[0-9]{1,4}[02468] *[x×] *[0-9]{1,4}[02468]$"}]},
    ),
]
Rate = Annotated[
    FrameRate,
    *_checked(
        _rate,
        {
            "anyOf": [
                {"type": "number", "minimum": 1, "maximum": 240},
                {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+|/[0-9]+)?$"},
            ]
        },
    ),
]
Option = Annotated[OptionValue, *_checked(_option, {"type": ["string", "number", "boolean"]})]
ConsentDate = Annotated[
    str, *_checked(_date, {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"})
]
FilePath = Annotated[str, *_checked(_path, _FILLED, in_context=True)]
ExistingFile = Annotated[str, *_checked(_file, _FILLED, in_context=True)]
ReferenceFile = Annotated[str, *_checked(_reference, _FILLED, in_context=True)]
CastName = Annotated[str, *_checked(_cast_name, _FILLED)]
MentionedCast = Annotated[str, *_checked(_mentioned, {"type": ["string", "number"]}, in_context=True)]
Mode = Annotated[str, *_checked(_one_of("captions mode", MODES), {"enum": list(MODES)})]
Territory = Annotated[str, *_checked(_territory, {**_STRING, "pattern": _TERRITORY, "examples": ["DE", "EU", "world"]})]
Use = Annotated[str, *_checked(_one_of("use", USES), {"enum": list(USES)})]
Revenue = Annotated[
    int, *_checked(_whole(0, _MAX_REVENUE_USD), {"type": "integer", "minimum": 0, "maximum": _MAX_REVENUE_USD})
]
CutTarget = Annotated[str, *_checked(_one_of("cut target", ("downbeats", "beats")), {"enum": ["downbeats", "beats"]})]
Length = Annotated[Amount, *_checked(_said(amounts.parse_amount), {"type": "string", "pattern": rf"^\s*{_LENGTH}\s*$"})]
PaceLength = Annotated[
    Amount | None,
    *_checked(
        _said(amounts.parse_pace),
        {
            "anyOf": [
                {"const": "auto"},
                {"type": "string", "pattern": rf"^\s*{amounts.amount_pattern(amounts.PACE_UNITS)}\s*$"},
            ]
        },
    ),
]
TransitionText = Annotated[
    Transition,
    *_checked(
        _said(amounts.parse_transition),
        {"anyOf": [{"const": "cut"}, {"type": "string", "pattern": rf"^\s*dissolve\s+{_LENGTH}\s*$"}]},
    ),
]
PlaceText = Annotated[
    Place,
    *_checked(
        _place,
        {**_FILLED, "examples": ["intro", "verse 1", "1:02.5 - 1:20", "bars 33-48", 'line "the long way"', "default"]},
    ),
]
MomentText = Annotated[
    float | BarPlace,
    *_checked(
        lambda value: places.parse_moment(_word_or_number(value)),
        {"anyOf": [{"type": "number", "minimum": 0}, {**_FILLED, "examples": ["0:09.4", "bar 5"]}]},
    ),
]
Tempo = Annotated[
    float,
    *_checked(_number(SLOWEST_BPM, FASTEST_BPM), {"type": "number", "minimum": SLOWEST_BPM, "maximum": FASTEST_BPM}),
]
Offset = Annotated[
    float, *_checked(_number(-_MAX_OFFSET_S, _MAX_OFFSET_S), {"type": "number", "minimum": -_MAX_OFFSET_S,
                                                              "maximum": _MAX_OFFSET_S})
]  # fmt: skip
GridLevel = Annotated[str, *_checked(_one_of("level", LEVELS), {"enum": list(LEVELS)})]
GridTime = Annotated[
    float,
    *_checked(
        _said(anchors.parse_moment_s),
        {"anyOf": [{"type": "number", "minimum": 0}, {**_FILLED, "examples": ["0:12.40", "12.4"]}]},
    ),
]
AnchorText = Annotated[
    Anchor, *_checked(_said(anchors.parse_anchor), {"type": "string", "pattern": f"^{anchors.ANCHOR_PATTERN}$"})
]
SectionText = Annotated[SectionPlace, *_checked(lambda value: places.parse_section_name(_text(value)), _FILLED)]
SectionKey = Annotated[str, *_checked(places.parse_section_key, _FILLED)]
ShotId = Annotated[str, *_checked(places.parse_shot_id, {"type": "string", "pattern": f"^{places.SHOT_ID_PATTERN}$"})]
