"""What all documents share: the header, the way they are laid out as text, upgrades from older versions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from musicvid.errors import InputError
from musicvid.production.documents.fields import Fields, remake, shown

Document = dict[str, object]
Upgrade = Callable[[Document], Document]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of document. ``upgrades[n]`` turns the body of version ``n`` into that of ``n + 1``."""

    name: str
    version: int
    upgrades: Mapping[int, Upgrade] = field(default_factory=dict)

    def header(self) -> Document:
        return {"document": self.name, "version": self.version}

    def open(self, document: object, where: str = "") -> Fields:
        """The fields of ``document``, brought up to this version.

        Raises :class:`InputError` when it is none of ours, of another kind, or newer than this program.
        """
        if not isinstance(document, dict) or "document" not in document:
            raise remake(f"this is no {self.name} document", where)
        if document["document"] != self.name:
            raise remake(f"this is a {shown(document['document'])} document, '{self.name}' was expected", where)
        version = document.get("version")
        if isinstance(version, bool) or not isinstance(version, int) or version < 1:
            raise remake(f"version {shown(version)} is no version of a {self.name} document", where)
        if version > self.version:
            raise InputError(
                f"this {self.name} document has version {version}, this musicvid reads up to {self.version}",
                where=where or None,
                hint="update musicvid, or delete the file and make it again",
            )
        while version < self.version:
            if version not in self.upgrades:
                raise remake(f"version {version} of a {self.name} document is no longer read", where)
            document = self.upgrades[version](document)
            version += 1
        return Fields(document, where)


def document_text(document: Mapping[str, object]) -> str:
    """A document as text, a line for each field and each item of its lists; the same values give the same bytes."""
    fields = []
    for name, value in document.items():
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
            items = ",\n".join("  " + _line(item) for item in value)
            fields.append(f" {_line(name)}: [\n{items}\n ]")
        else:
            fields.append(f" {_line(name)}: {_line(value)}")
    return "{\n" + ",\n".join(fields) + "\n}\n"


def read_document(path: str | Path) -> object:
    """The JSON value in a file. Raises :class:`InputError` when there is none that can be read."""
    where = str(path)
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise remake("this is not UTF-8 text", where) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", where=where) from error
    try:
        return json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as error:
        raise remake(f"this is not JSON: {error.msg}", f"{where}:{error.lineno}:{error.colno}") from error
    except (ValueError, RecursionError) as error:
        raise remake(f"this JSON cannot be read: {error}", where) from error


def write_document(path: str | Path, document: Mapping[str, object]) -> None:
    """Write a document whole or not at all. Raises :class:`StorageError`."""
    from musicvid.media.files import part_file

    with part_file(path) as part:
        part.write_text(document_text(document), encoding="utf-8", newline="\n")


def _line(value: object) -> str:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
        text.encode()
    except UnicodeEncodeError:  # a file name that is no UTF-8: its bytes survive as escapes
        return json.dumps(value, ensure_ascii=True, allow_nan=False)
    except ValueError as error:
        raise InputError(f"a value cannot be written to a document: {error}") from error
    return text


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number")
