"""One row of the table of models, read field by field, so that what is wrong can be named."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal, cast, get_args

from musicvid.diffusion.models import Condition, FewStep, FrameRule, Licence, Road
from musicvid.errors import InputError, nearest
from musicvid.schema.frames import FrameSize

_FRAMES = re.compile(r"(?P<step>[1-9]\d*)k(?:\+(?P<offset>\d+))?(?:, cut to (?P<cut>\d+)k\+1)?")
_MISSING = object()


class Row:
    """A TOML table with its place in the file. Every method takes one field out of it and raises
    :class:`InputError`, naming row and field, where that is missing or of another kind."""

    def __init__(self, values: Mapping[str, Any], where: str, name: str) -> None:
        self._values = dict(values)
        self._where = where
        self._name = name

    def wrong(self, field: str, message: str) -> InputError:
        return InputError(f"{self._name}: {field}: {message}", where=self._where)

    def check_nothing_left(self) -> None:
        if self._values:
            raise self.wrong(next(iter(self._values)), "there is no such field")

    def text(self, field: str, default: str | None = None) -> str:
        return cast(str, self._take(field, str, "text", default))

    def whole(self, field: str) -> int:
        value = cast(int, self._take(field, int, "a whole number"))
        if value < 1:
            raise self.wrong(field, f"{value} is below 1")
        return value

    def whole_or_none(self, field: str) -> int | None:
        return self.whole(field) if field in self._values else None

    def number_or_none(self, field: str) -> float | None:
        return float(self._take(field, (int, float), "a number")) if field in self._values else None

    def flag(self, field: str, *, default: bool) -> bool:
        return cast(bool, self._take(field, bool, "true or false", default))

    def texts(self, field: str) -> tuple[str, ...]:
        return tuple(self._each(field, str, "text"))

    def tables(self, field: str) -> dict[str, Row]:
        tables = cast(dict[str, Any], self._take(field, dict, "tables"))
        if wrong := [name for name, value in tables.items() if not isinstance(value, dict)]:
            raise self.wrong(f"{field}.{wrong[0]}", "a table is needed")
        return {name: Row(value, self._where, f"{field}.{name}") for name, value in tables.items()}

    def rows(self, field: str, default: list[Any] | None = None) -> list[Row]:
        """A list of tables, each named after its ``key``, its ``name``, or its place."""
        found = []
        for number, value in enumerate(self._take(field, list, "a list of tables", default), 1):
            if not isinstance(value, dict):
                raise self.wrong(field, f"entry {number} is no table")
            named = value.get("key", value.get("name", value.get("pipeline", number)))
            outer = f"{self._name}: " if self._name != "the table" else ""
            found.append(Row(value, self._where, f"{outer}{field} {named!r}"))
        return found

    def frame_rule(self, field: str) -> FrameRule:
        text = self.text(field)
        match = _FRAMES.fullmatch(text)
        if match is None:
            raise self.wrong(field, f"{text!r} is not written like 8k+1 or 33k (33k, cut to 4k+1)")
        return FrameRule(int(match["step"]), int(match["offset"] or 0), int(match["cut"] or 0))

    def rates(self, field: str) -> tuple[Fraction, Fraction] | None:
        if field not in self._values:
            return None
        rates = self._each(field, (int, float), "a number")
        if len(rates) != 2 or not 0 < rates[0] <= rates[1]:
            raise self.wrong(field, "the lowest and the highest are needed")
        return Fraction(rates[0]), Fraction(rates[1])

    def sizes(self, field: str) -> tuple[FrameSize, ...]:
        try:
            return tuple(FrameSize.parse(text) for text in self.texts(field))
        except InputError as error:
            raise self.wrong(field, error.message) from error

    def roads(self, field: str) -> tuple[Road, ...]:
        roads = []
        for row in self.rows(field):
            roads.append(Road(row.text("pipeline"), row._conditions("takes"), row._conditions("needs")))
            row.check_nothing_left()
        return tuple(roads)

    def few_step(self, field: str) -> tuple[FewStep, ...]:
        ways = []
        for row in self.rows(field, default=[]):
            settings = cast(dict[str, Any], row._take("settings", dict, "a table", {}))
            if wrong := [name for name, value in settings.items() if not isinstance(value, str | int | float | bool)]:
                raise row.wrong(f"settings.{wrong[0]}", "an option is one text, number, true or false")
            way = FewStep(row.text("name"), row.text("note"), row.text("source", ""), tuple(settings.items()))
            row.check_nothing_left()
            ways.append(way)
        return tuple(ways)

    def arguments(self, field: str) -> tuple[tuple[str, object], ...]:
        return tuple(cast(dict[str, object], self._take(field, dict, "a table", {})).items())

    def gib(self, field: str) -> tuple[tuple[str, float], ...]:
        sizes = cast(dict[str, Any], self._take(field, dict, "a table", {}))
        for name, value in sizes.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise self.wrong(f"{field}.{name}", f"{value!r} is no size in GiB")
        return tuple((name, float(value)) for name, value in sizes.items())

    def licence(self, *, page: str) -> Licence:
        """``page`` is where the licence can be read unless the row knows better. The row stays as it is."""
        row = Row(self._values, self._where, self._name)
        commercial = row.text("commercial", "unknown")
        if commercial not in ("yes", "no", "unknown"):
            raise row.wrong("commercial", f"{commercial!r} is none of yes, no, unknown")
        licence = Licence(
            name=row.text("name"),
            url=row.text("url", page),
            checked=row.text("checked", ""),
            excluded=row.texts("excluded"),
            commercial=cast(Literal["yes", "no", "unknown"], commercial),
            paid_from_usd=row.whole_or_none("paid_from_usd"),
            note=row.text("note", ""),
        )
        row.check_nothing_left()
        return licence

    def _conditions(self, field: str) -> frozenset[Condition]:
        words = self.texts(field)
        for word in words:
            if word not in get_args(Condition):
                raise self.wrong(field, f"unknown condition {word!r}{nearest(word, get_args(Condition))}")
        return cast(frozenset[Condition], frozenset(words))

    def _each(self, field: str, kind: type | tuple[type, ...], words: str) -> list[Any]:
        values = cast(list[Any], self._take(field, list, "a list", []))
        for value in values:
            if not isinstance(value, kind) or isinstance(value, bool):
                raise self.wrong(field, f"{words} is needed, {value!r} stands here")
        return values

    def _take(self, field: str, kind: type | tuple[type, ...], words: str, default: object = _MISSING) -> Any:
        value = self._values.pop(field, _MISSING)
        if value is _MISSING:
            if default is _MISSING or default is None:
                raise self.wrong(field, "missing")
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(field, f"{words} is needed, {value!r} stands here")
        return value
