"""What text is made of: sentences, words to compare, syllables to sing."""

from __future__ import annotations

import re
import unicodedata

_SHORT = frozenset(["mr", "mrs", "ms", "dr", "st", "vs", "prof", "sr", "jr", "e.g", "i.e"])
_SPACELESS = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
_END = re.compile(r"([.!?…]+[\"'”’)]*)(\s+)|([。！？]+)(\s*)")


def sentences(text: str) -> list[str]:
    """The sentences of a note, each on one line, with the punctuation they came with.

    A new line is a new sentence where it starts with a capital, a digit or a list mark; else it is a wrapped line.
    """
    found: list[str] = []
    for part in _paragraphs(text):
        start = 0
        for match in _END.finditer(part):
            if not _is_short_form(part[start : match.start()], match[0]):
                found.append(part[start : match.end()].strip())
                start = match.end()
        found.append(part[start:].strip())
    return [s for s in found if any(c.isalnum() for c in s)]


def _paragraphs(text: str) -> list[str]:
    parts: list[str] = []
    for line in text.splitlines():
        words = " ".join(line.split())
        bare = re.sub(r"^(?:[-*•–]+|\d+[.)])\s+", "", words)
        if not words:
            parts.append("")
        elif parts and parts[-1] and bare == words and not words[0].isupper() and not words[0].isdigit():
            parts[-1] += " " + words
        else:
            parts.append(bare)
    return [p for p in parts if p]


def _is_short_form(before: str, mark: str) -> bool:
    """Whether the full stop belongs to a short form (``Mr.``, ``J.``), not to the end of a sentence."""
    word = before.split()[-1] if before.split() else ""
    return mark.startswith(". ") and (word.casefold() in _SHORT or (len(word) == 1 and word.isupper() and word != "I"))


def as_sentence(text: str) -> str:
    """``text`` with a capital in front and one mark at the end; empty when it holds no letter or digit."""
    words = " ".join(text.split()).strip(" ,;:–—-")
    if not any(c.isalnum() for c in words):
        return ""
    words = words[0].upper() + words[1:]
    return words if re.search(r"[.!?…。！？][\"'”’)]*$", words) else words + "."


def plain_words(text: str) -> str:
    """Words to compare lyrics by: case, accents' encoding, apostrophes and punctuation do not matter."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"['’‘`´]", "", text)
    kept = (c if unicodedata.category(c)[0] in "LNM" else " " for c in text)
    return " ".join("".join(kept).split())


def holds(line: str, words: str) -> bool:
    """Whether ``line`` holds ``words`` in a row, both as :func:`plain_words`. Scripts without spaces match anywhere."""
    if not words:
        return False
    spaceless = any(unicodedata.name(c, "").startswith(_SPACELESS) for c in words)
    return words in line if spaceless else f" {words} " in f" {line} "


def syllables(text: str) -> int:
    """How many syllables ``text`` takes to sing, about: vowel groups of each word, one for every ideograph or kana."""
    count = 0
    for word in plain_words(text).split():
        base = "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
        if base.isascii():
            groups = len(re.findall(r"[aeiouy]+", base))
            silent = groups > 1 and base.endswith("e") and not base.endswith(("le", "ee"))
            count += max(groups - silent, 1)
        else:
            count += max(sum(_sings(c) for c in base), 1)
    return max(count, 1)


def _sings(character: str) -> bool:
    name = unicodedata.name(character, "")
    if name.startswith(("CJK", "HIRAGANA", "KATAKANA", "HANGUL SYLLABLE")):
        return True
    return character in "aeiouyæøœаеёиоуыэюяіїєαεηιουω"
