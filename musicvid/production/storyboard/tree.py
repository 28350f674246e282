"""Plain values that know where they stand in the file."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from musicvid.errors import Mistake

Value = str | int | float | bool | None

_INT = re.compile(r"[-+]?[0-9]{1,40}|0o[0-7]{1,40}|0x[0-9a-fA-F]{1,40}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,40}|[0-9]{1,40}(\.[0-9]{0,40})?)([eE][-+]?[0-9]{1,4})?")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Spot(NamedTuple):
    """1-based line and column."""

    line: int
    column: int


@dataclass(slots=True)
class Node:
    """A value and where it begins. ``keys`` are the spots of a mapping's keys.

    ``sound`` is False where a mistake has been reported already: what follows from it is not reported again.
    """

    spot: Spot
    value: Value | list[Node] | dict[str, Node]
    keys: dict[str, Spot] = field(default_factory=dict)
    sound: bool = True

    def plain(self) -> object:
        """The value without positions. Recursion is safe: the reader bounds the depth."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def child(self, step: str | int) -> Node | None:
        if isinstance(self.value, dict) and isinstance(step, str):
            return self.value.get(step)
        if isinstance(self.value, list) and isinstance(step, int) and 0 <= step < len(self.value):
            return self.value[step]
        return None

    def along(self, loc: tuple[str | int, ...]) -> Iterator[Node]:
        """This node and those that ``loc`` leads to, as far as they exist."""
        node = self
        yield node
        for step in loc:
            below = node.child(step)
            if below is None:
                return
            node = below
            yield node


@dataclass(slots=True)
class Tree:
    """``root`` is None for an empty file. ``mistakes`` were found on the way and did not stop the reading."""

    root: Node | None
    mistakes: list[Mistake]


def resolve(text: str) -> Value:
    """What an unquoted scalar is in the YAML 1.2 core schema; numbers too large for a float stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def shown(value: object) -> str:
    """A value as messages show it: short, on one line."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:56]}…{text[-1]}"
