"""Finding known words and phrases in a prompt, in the order they stand."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from musicvid.rendering.backends.animatic import words

_TABLES = (
    *(words.PLACES, words.HINTS, words.KINDS, words.TIMES, words.SEASONS, words.MOODS),
    *(words.WEATHER, words.THINGS, words.ACTIONS, words.MOVES, words.FRAMINGS),
)
_LONGEST = 4


@dataclass(frozen=True, slots=True)
class Find:
    """A known word: its place among the tokens, what it stands for, and the word itself."""

    at: int
    key: str
    word: str


def _tokens(text: str) -> list[str]:
    return re.findall(r"[\w&']+|[.;:!?,()]", text.lower().replace("-", " ").replace("’", "'").replace("'s ", " "))


def singular(word: str) -> str:
    """``lights`` to ``light``, ``skies`` to ``sky``; a word that is no plural comes back as it is."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word


@lru_cache(maxsize=1)
def _phrases() -> frozenset[str]:
    return frozenset(w.replace("-", " ") for table in _TABLES for w in table if " " in w or "-" in w)


def tokens(text: str) -> tuple[str, ...]:
    """Lower-case words and stops; known phrases are one token, so that a dance hall is no dance."""
    parts, out, i = _tokens(text), [], 0
    while i < len(parts):
        for n in range(_LONGEST, 1, -1):
            span = parts[i : i + n]
            if len(span) == n:
                phrase = " ".join(span)
                last = " ".join([*span[:-1], singular(span[-1])])
                found = phrase if phrase in _phrases() else last if last in _phrases() else ""
                if found:
                    out.append(found)
                    i += n
                    break
        else:
            out.append(parts[i])
            i += 1
    return tuple(out)


def finds(parts: Iterable[str], table: Mapping[str, str]) -> list[Find]:
    """Every token that ``table`` knows, in order."""
    plain = _plain(tuple(table.items()))
    out = []
    for at, word in enumerate(parts):
        known = word if word in plain else singular(word)
        if known in plain:
            out.append(Find(at, plain[known], known))
    return out


@lru_cache(maxsize=32)
def _plain(items: tuple[tuple[str, str], ...]) -> dict[str, str]:
    return {word.replace("-", " "): key for word, key in items}
