"""Read the fields of a document one by one, so that what is wrong can be named: ``shots[3].start``."""

from __future__ import annotations

import base64
import binascii
import math
import re
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from typing import TypeVar, cast, get_args

from musicvid.errors import InputError

T = TypeVar("T")
_LARGEST = 2**63
_FRACTION = re.compile(r"-?[0-9]{1,40}(/0*[1-9][0-9]{0,39})?")
_FLOAT32 = "float32 little-endian, base64"


class Fields:
    """A JSON object, the file it is from and its place in there. Each method reads one field.

    All raise :class:`InputError` when the field is missing or of another type. Whole numbers are taken where a number
    is wanted, booleans are neither.
    """

    def __init__(self, values: dict[str, object], where: str = "", place: str = "") -> None:
        self._values = values
        self.where = where
        self.place = place

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def wrong(self, name: str, message: str) -> InputError:
        """The error that says that field ``name`` is damaged."""
        return remake(f"{self._path(name)}: {message}", self.where)

    def text(self, name: str) -> str:
        value = self._get(name)
        if not isinstance(value, str):
            raise self._type("text", name, value)
        return value

    def flag(self, name: str) -> bool:
        value = self._get(name)
        if not isinstance(value, bool):
            raise self._type("true or false", name, value)
        return value

    def whole(self, name: str) -> int:
        value = self._get(name)
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _LARGEST:
            raise self._type("a whole number", name, value)
        return value

    def number(self, name: str) -> float:
        value = self._get(name)
        if isinstance(value, float) and math.isfinite(value):
            return value
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= _LARGEST:
            raise self._type("a number", name, value)
        return float(value)

    def number_or_none(self, name: str) -> float | None:
        return None if self._get(name) is None else self.number(name)

    def whole_or_none(self, name: str) -> int | None:
        return None if self._get(name) is None else self.whole(name)

    def fraction(self, name: str) -> Fraction:
        """An exact number, written ``24`` or ``24000/1001``."""
        text = self.text(name)
        if not _FRACTION.fullmatch(text):
            raise self._type("a fraction", name, text)
        return Fraction(text)

    def one_of(self, name: str, choices: object) -> str:
        """Text that is one of the values of a ``Literal`` type."""
        value = self.text(name)
        if value not in get_args(choices):
            raise self._type(f"one of {', '.join(get_args(choices))}", name, value)
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        values = self._list(name)
        for value in values:
            if not isinstance(value, str):
                raise self._type("a list of texts", name, value)
        return tuple(cast("list[str]", values))

    def part(self, name: str, read: Callable[[Fields], T]) -> T:
        """An object within the object, read by ``read``."""
        return self._read(self._get(name), self._path(name), read)

    def parts(self, name: str, read: Callable[[Fields], T]) -> tuple[T, ...]:
        """A list of objects, each read by ``read``."""
        path = self._path(name)
        return tuple(self._read(value, f"{path}[{k}]", read) for k, value in enumerate(self._list(name)))

    def scalars(self, name: str) -> tuple[tuple[str, str | int | float | bool], ...]:
        """An object of texts, numbers and booleans, as pairs in its order."""
        value = self._get(name)
        if not isinstance(value, dict):
            raise self._type("an object", name, value)
        for key, scalar in value.items():
            if not isinstance(scalar, str | int | float | bool):
                raise self._type("text, a number or true or false", f"{name}.{shown(key)[1:-1]}", scalar)
        return tuple(value.items())

    def float32(self, name: str, count: int) -> bytes:
        """Bulk numbers as :func:`float32_block` writes them; ``count`` of them, all finite."""

        def read(block: Fields) -> bytes:
            if block.text("encoding") != _FLOAT32:
                raise block.wrong("encoding", f'only "{_FLOAT32}" is known')
            try:
                data = base64.b64decode(block.text("data"), validate=True)
            except (binascii.Error, ValueError) as error:
                raise block.wrong("data", "this is not base64") from error
            if len(data) != 4 * count or block.whole("count") != count:
                raise block.wrong("data", f"{len(data) // 4} numbers are here, {count} were expected")
            if not all(map(math.isfinite, array("f", data))):
                raise block.wrong("data", "some are no finite numbers")
            return data

        return self.part(name, read)

    @contextmanager
    def building(self) -> Iterator[None]:
        """What a noun says about its values is said with the file's name."""
        try:
            yield
        except InputError as error:
            if error.where:
                raise
            raise remake(f"{self.place}: {error.message}" if self.place else error.message, self.where) from error

    def _read(self, value: object, path: str, read: Callable[[Fields], T]) -> T:
        if not isinstance(value, dict):
            raise remake(f"{path}: an object was expected, {shown(value)} stands here", self.where)
        inner = Fields(value, self.where, path)
        with inner.building():
            return read(inner)

    def _get(self, name: str) -> object:
        if name not in self._values:
            raise remake(f"{self._path(name)} is missing", self.where)
        return self._values[name]

    def _list(self, name: str) -> list[object]:
        value = self._get(name)
        if not isinstance(value, list):
            raise self._type("a list", name, value)
        return value

    def _path(self, name: str) -> str:
        return f"{self.place}.{name}" if self.place else name

    def _type(self, wanted: str, name: str, value: object) -> InputError:
        return self.wrong(name, f"{wanted} was expected, {shown(value)} stands here")


def float32_block(data: bytes) -> dict[str, object]:
    """Little-endian float32 bytes as JSON values, every bit kept."""
    return {"encoding": _FLOAT32, "count": len(data) // 4, "data": base64.b64encode(data).decode("ascii")}


def remake(message: str, where: str) -> InputError:
    """A damaged document. Documents are derived, so the way out is always the same."""
    return InputError(message, where=where or None, hint="delete the file and make it again")


def shown(value: object) -> str:
    """A value as messages show it, on one line and not long."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
