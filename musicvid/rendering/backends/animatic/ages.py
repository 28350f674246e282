"""How old the people of a prompt are."""

from __future__ import annotations

import re
from collections.abc import Sequence

from musicvid.rendering.backends.animatic.cast_words import AGES, DECADES, DIGITS, NUMBERS, OLD_WHO

_IN_THEIR = frozenset({"their", "his", "her", "our", "my", "late", "early", "mid"})
_ARE = frozenset({"at", "are", "is", "aged", "turn", "turned", "turns", "am", "was", "were"})
_GROW = frozenset({"grow", "grown", "grew", "growing", "getting", "are", "very", "now", "is"})
_ENDS = frozenset({",", ".", ")"})
_OLD = 78.0


_YEARS = re.compile(r"\b(?:aged?|age of) (\d{1,2})\b|\b(\d{1,2}) years? old\b")


def years_in(text: str) -> float:
    """The first age in figures ("aged 9", "17 years old") of ``text``, 0 if none."""
    number = _YEARS.search(text)
    return float(number[1] or number[2]) if number else 0.0


def age_in(text: str) -> float:
    """The first age that ``text`` (lower case, stops apart) speaks of in years, 0 if none.

    "sixty", "in their forties", "sixty five", "17 years old", "an old couple", "children". An old house does not age
    those who pass it, nor do the sixties as such.
    """
    parts = text.split()
    return years_in(text) or next((age for at in range(len(parts)) if (age := _age_at(parts, at))), 0.0)


def _age_at(parts: Sequence[str], at: int) -> float:
    word, before = parts[at], parts[at - 1] if at else ""
    after = parts[at + 1] if at + 1 < len(parts) else ""
    if word in DECADES:
        return DECADES[word] if before in _IN_THEIR else 0.0
    if word in NUMBERS:
        told = before in _ARE or (before == "," and (after in _ENDS or after in DIGITS))
        return NUMBERS[word] + DIGITS.get(after, 0.0) if told else 0.0
    if word == "middle":
        return 46.0 if after == "aged" else 0.0
    if word == "old":
        return _OLD if before in _GROW or after in OLD_WHO or not after else 0.0
    if word == "aged" and before == "middle":
        return 0.0
    return AGES.get(word, 0.0)
