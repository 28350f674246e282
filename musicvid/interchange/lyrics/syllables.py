"""Timed syllables → words. Karaoke formats time pieces of text; white space says where a word ends."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from musicvid.interchange.lyrics.tidy import clean
from musicvid.schema.lyrics import Word


@dataclass(frozen=True, slots=True)
class Syllable:
    """``text`` with its outer white space, which separates words. Seconds."""

    start_s: float
    stop_s: float
    text: str


def words_of(syllables: Iterable[Syllable]) -> tuple[Word, ...]:
    """Join syllables that no white space parts. A piece of several words that is timed as one stays one :class:`Word`.

    ``" ".join(word.text for word in words)`` is the line.
    """
    words: list[Word] = []
    apart = True
    for syllable in syllables:
        text = clean(syllable.text)
        if not text:
            apart = apart or bool(syllable.text)
            continue
        if apart or syllable.text[0].isspace():
            words.append(Word(syllable.start_s, syllable.stop_s, text))
        else:
            words[-1] = replace(words[-1], stop_s=max(words[-1].stop_s, syllable.stop_s), text=words[-1].text + text)
        apart = syllable.text[-1].isspace()
    return tuple(words)


def text_of(words: Iterable[Word]) -> str:
    return " ".join(word.text for word in words)
