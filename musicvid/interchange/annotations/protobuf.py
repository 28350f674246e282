"""A reader of Protocol Buffers' wire format: the fields of one message, nothing about their meaning.

https://protobuf.dev/programming-guides/encoding/: a message is a row of (key, value); the key, a varint, holds the
field's number and how the value is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from musicvid.errors import InputError

_LONGEST_VARINT = 10
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5


class Field(NamedTuple):
    """``value`` is a whole number below 2^64 for VARINT, and the bytes as they stand there for the others."""

    number: int
    kind: int
    value: int | bytes


def fields(message: bytes, where: str) -> Iterator[Field]:
    """The fields of ``message`` in order. Raises :class:`InputError` where it is cut off or not of this format."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at, where)
        number, kind = key >> 3, key & 7
        if kind == VARINT:
            value: int | bytes
            value, at = _varint(message, at, where)
            yield Field(number, kind, value)
            continue
        if kind == BYTES:
            length, at = _varint(message, at, where)
        elif kind in (FIXED64, FIXED32):
            length = 8 if kind == FIXED64 else 4
        else:
            raise InputError(f"the beats are damaged: field {number} is of an unknown kind {kind}", where=where)
        if length > len(message) - at:
            raise InputError(f"the beats are damaged: field {number} is cut off", where=where)
        yield Field(number, kind, message[at : at + length])
        at += length


def signed(value: int) -> int:
    """A varint as the signed number that int32 and int64 fields mean by it."""
    return value - (1 << 64) if value >= 1 << 63 else value


class _Read(NamedTuple):
    value: int
    at: int


def _varint(message: bytes, at: int, where: str) -> _Read:
    value = 0
    for count in range(_LONGEST_VARINT):
        if at + count >= len(message):
            raise InputError("the beats are damaged: a number is cut off", where=where)
        byte = message[at + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return _Read(value & (1 << 64) - 1, at + count + 1)
    raise InputError("the beats are damaged: a number does not end", where=where)
