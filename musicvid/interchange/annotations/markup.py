"""XML from strangers, element by element: flat in memory, nothing expanded, nothing fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import NoReturn
from xml.parsers import expat

from musicvid.errors import InputError

LARGEST_ELEMENT = 4 * 2**20
"""Bytes between two signs of progress. Whoever writes a longer attribute means harm."""
DEEPEST = 256

OnStart = Callable[[str, Mapping[str, str], int], None]
"""``on_start(name, attributes, line)``."""
OnEnd = Callable[[str], None]


def walk(chunks: Iterable[bytes], where: str, on_start: OnStart, on_end: OnEnd | None = None) -> None:
    """Call ``on_start`` for every element as it begins, ``on_end`` as it ends. Text between elements is ignored.

    Entities that a file defines are refused, not expanded, and so is everything else that a document type can bring.
    Raises :class:`InputError` with file:line for what is no XML, too deep, or one element of many megabytes.
    """
    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    depth = 0

    def refuse(message: str) -> NoReturn:
        raise InputError(message, where=f"{where}:{parser.CurrentLineNumber}")

    def started(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            refuse(f"elements are nested more than {DEEPEST} deep")
        on_start(name, attributes, parser.CurrentLineNumber)

    def ended(name: str) -> None:
        nonlocal depth
        depth -= 1
        if on_end is not None:
            on_end(name)

    def doctype(_name: str, system: str | None, public: str | None, internal: int) -> None:
        if system or public or internal:
            refuse("a document type with declarations of its own is not read")

    parser.StartElementHandler = started
    parser.EndElementHandler = ended
    parser.StartDoctypeDeclHandler = doctype
    parser.EntityDeclHandler = lambda *_: refuse("entities are not read")
    fed = 0
    try:
        for chunk in chunks:
            parser.Parse(chunk, False)
            fed += len(chunk)
            if fed - parser.CurrentByteIndex > LARGEST_ELEMENT + len(chunk):
                refuse("an element of many megabytes is not read")
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        words = expat.errors.messages[error.code]
        raise InputError(f"this is no sound XML: {words}", where=f"{where}:{error.lineno}") from error
