"""Times and anchors of the beat grid as people write them: ``0:12.40``, ``beat 97 at 1:02.11``."""

from __future__ import annotations

import re

from musicvid.errors import InputError
from musicvid.production.storyboard.places import parse_time
from musicvid.schema.grid import Anchor, clashes

ANCHOR_PATTERN = r"\s*(beat\s+)?[0-9]{1,7}\s+(at|@)\s+[0-9:.]+\s*s?\s*"
_ANCHOR = re.compile(r"(?:beat\s+)?([0-9]{1,7})\s+(?:at|@)\s+(\S+?)(?:\s*s)?")


def parse_moment_s(text: object) -> float:
    """Seconds of ``12.4``, ``12.4 s`` or ``0:12.40``. Raises :class:`InputError`."""
    return parse_time(str(text).strip().removesuffix("s").rstrip())


def parse_anchor(text: object) -> Anchor:
    """Read ``beat 97 at 1:02.11``. Raises :class:`InputError`."""
    words = " ".join(str(text).split())
    match = _ANCHOR.fullmatch(words)
    if match is None:
        raise InputError(f"{words!r} is not an anchor: write beat 97 at 1:02.11")
    anchor = Anchor(int(match[1]), parse_time(match[2]))
    clash = next(clashes([anchor]), None)
    if clash is not None:
        raise InputError(f"{words!r}: {clash.message}")
    return anchor


def split_anchors(text: str) -> list[str]:
    """``beat 1 at 0:12.40, beat 97 at 1:02.11``, cut at the commas."""
    return [part.strip() for part in text.split(",")]


def parse_anchors(text: str) -> tuple[Anchor, ...]:
    """Several anchors with commas between them. Raises :class:`InputError`."""
    return tuple(parse_anchor(part) for part in split_anchors(text))
