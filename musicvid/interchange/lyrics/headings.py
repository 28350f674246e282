"""``[Chorus]``, ``[Verse 2: Ann]``, ``Chorus:``, ``## Bridge``: headings inside lyrics."""

from __future__ import annotations

import re

_KNOWN = (
    r"(?:(?:pre|post)[ -]?)?chorus|verse|bridge|intro|outro|refrain|hook|instrumental|interlude|solo|break(?:down)?|"
    r"middle (?:8|eight)|drop|build(?:[ -]?up)?|coda|tag|end|ending|vamp|spoken"
)
_BRACKETED = re.compile(r"\[\s*([^\[\]:]{1,40}?)\s*\]\s*:?")
_SUNG_BY = re.compile(rf"\[\s*((?:{_KNOWN})(?:\s+\d{{1,2}})?)\s*:[^\[\]]*\]\s*:?", re.IGNORECASE)
_BARE = re.compile(rf"(?:#+\s*)?((?:{_KNOWN})(?:\s+\d{{1,2}})?)\s*:?", re.IGNORECASE)
_MARKED = re.compile(r"(?:#+\s*\S|.*:\s*\Z|[^a-z]+\Z)")
_REPEAT = re.compile(r"(?:x\s?\d+|\d+\s?x|repeat.*)", re.IGNORECASE)


def heading_of(line: str) -> str | None:
    """The heading in lower case without its ornaments (``verse 2``), or None when the line is sung.

    Brackets make any words a heading (with a colon inside, only a known word: ``[ti:…]`` is an LRC tag). Without
    brackets a known word counts when a colon, ``#`` or capitals set it apart.
    """
    text = line.strip()
    match = _BRACKETED.fullmatch(text)
    if match and any(c.isalpha() for c in match[1]) and not is_repeat(line):
        return " ".join(match[1].lower().split())
    match = _SUNG_BY.fullmatch(text) or (_BARE.fullmatch(text) if _MARKED.match(text) else None)
    return " ".join(match[1].lower().split()) if match else None


def is_repeat(line: str) -> bool:
    """``[x2]``, ``[repeat]``: a sign of performance, neither heading nor text."""
    text = line.strip()
    return text[:1] in "[(" and text[-1:] in "])" and _REPEAT.fullmatch(text[1:-1].strip()) is not None
