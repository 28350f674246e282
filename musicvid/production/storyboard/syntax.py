"""What is wrong with a file that is no YAML, in words that help."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ruamel.yaml.error import MarkedYAMLError

from musicvid.errors import Mistake, StoryboardError
from musicvid.production.storyboard.tree import Spot

MAX_BYTES = 1 << 20

_CURES = (
    ("mapping values are not allowed", "quote text that holds ': ', and check the indentation"),
    ("end of stream", "a quote is never closed"),
    ("stream end", "a bracket is never closed"),
    ("cannot start any token", "text that begins with @, ` or % needs quotes"),
    ("block end", "check the indentation, and close quotes and brackets"),
    ("could not find expected ':'", "a key needs ': ' after it"),
)
_AT_THE_BEGINNING = ("end of stream", "stream end", "could not find expected ':'")
"""These are noticed late: what is wrong began where ruamel's context mark is."""


class Explained(NamedTuple):
    message: str
    spot: Spot


def read_bytes(path: Path) -> bytes:
    """The file's bytes, but not many more than :func:`decode` takes: it may be a film, given here by mistake."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)


def decode(data: bytes, file: str) -> str:
    """UTF-8 text with or without BOM; raises :class:`StoryboardError` for anything else and for huge files."""
    if len(data) > MAX_BYTES:
        message = f"more than {MAX_BYTES:,} bytes: is this the right file?"
        raise StoryboardError([Mistake(file, 1, 1, "", message)])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        whole = error.object  # without the BOM
        spot = spot_of(whole[: error.start].decode("utf-8"), len(whole))
        guess = "it looks like UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else f"byte 0x{whole[error.start]:02x}"
        message = f"this is not UTF-8 ({guess}): save the file as UTF-8"
        raise StoryboardError([Mistake(file, *spot, "", message)]) from error


def spot_of(text: str, index: int) -> Spot:
    """Line and column of the character at ``index``."""
    before = text[:index].replace("\r\n", "\n").replace("\r", "\n")
    return Spot(before.count("\n") + 1, len(before) - before.rfind("\n"))


def explain(error: MarkedYAMLError, text: str) -> Explained:
    """ruamel's words, with the cure for what people really run into."""
    problem = " ".join(str(error.problem or error.context or "cannot be read").split())
    began = error.context_mark if any(sign in problem for sign in _AT_THE_BEGINNING) else None
    mark = began or error.problem_mark or error.context_mark
    spot = Spot(mark.line + 1, mark.column + 1) if mark else Spot(1, 1)
    if "\t" in problem or "'\\t'" in problem:
        return Explained("a tab stands here: YAML needs spaces", spot)
    cure = next((f" ({words})" for sign, words in _CURES if sign in problem), "")
    return Explained(f"not YAML: {problem}{cure}", spot)
