"""Measurements remembered under the hash of everything that they were made from: the same bytes measure the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from musicvid.media.files import part_file

VERSION = 1

Value = float | int | None


class Memory:
    """Numbers by key, kept in a JSON file; without a file nothing is remembered."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._values: dict[str, list[Value]] = {}
        self._used: dict[str, list[Value]] = {}
        if path is not None and path.is_file():
            self._values = _read(path)

    def get(self, facts: tuple[bytes | str | int, ...], measure: Callable[[], list[Value]]) -> list[Value]:
        """What was measured from ``facts`` before, or now."""
        digest = hashlib.sha256()
        for fact in facts:
            part = fact if isinstance(fact, bytes) else str(fact).encode()
            digest.update(len(part).to_bytes(8, "little") + part)
        key = digest.hexdigest()
        if key not in self._values:
            self._values[key] = measure()
        self._used[key] = self._values[key]
        return self._used[key]

    def save(self) -> None:
        """Write what was used in this run; what belongs to films that are gone is forgotten."""
        if self._path is not None and self._used:
            with part_file(self._path) as part:
                part.write_text(json.dumps({"version": VERSION, "values": self._used}), encoding="utf-8")


def _read(path: Path) -> dict[str, list[Value]]:
    """The values; none when the file is damaged or of another version (it is only a cache)."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        values = document["values"] if document["version"] == VERSION else {}
        return {str(key): [_number(v) for v in row] for key, row in values.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _number(value: object) -> Value:
    if value is None or isinstance(value, int | float):
        return value
    raise ValueError(f"{value!r} is no number")
