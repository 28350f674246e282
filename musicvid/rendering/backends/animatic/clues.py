"""What single words of a prompt decide: the family of the scene, the hour, colours, weather, the way one looks."""

from __future__ import annotations

from collections.abc import Mapping

from musicvid.rendering.backends.animatic import words
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.reading import finds, singular, tokens

Parts = tuple[str, ...]
_UNKNOWN = ("landscape", "water", "city", "forest", "tunnel", "cosmos", "silk", "bokeh")
_PEOPLED = ("landscape", "water", "city", "forest", "tunnel", "bokeh", "landscape", "water")
_ONWARD = ("tunnel", "canal", "cosmos", "silk", "bokeh")
_INDOORS = {
    "tunnel": frozenset({"dust", "confetti", "fog", "embers"}),
    "hall": frozenset({"dust", "confetti", "fog", "embers"}),
    "room": frozenset({"dust", "confetti", "fog", "lanterns", "embers", "rain", "snow"}),
}
_LASTING = frozenset({"snow", "rain", "leaves", "fog", "stars"})
_NIGHT = frozenset({"night", "midnight", "dark", "darkness", "nocturnal"})
_STOPS = frozenset(".,;:!?()")
_PLAIN = frozenset({"black", "white", "grey", "gray"})


def keys(parts: Parts, table: Mapping[str, str]) -> frozenset[str]:
    """All that the words stand for."""
    return frozenset(f.key for f in finds(parts, table))


def first(parts: Parts, table: Mapping[str, str]) -> str:
    """What the first known word stands for, or nothing."""
    known = finds(parts, table)
    return known[0].key if known else ""


def family(parts: Parts, look: Chance, peopled: bool) -> tuple[str, bool]:
    """(the family whose words weigh most, True); drawn by lot, and False, where no word is known.

    The place that is named first weighs a little more; the sky over a place is no place; a boat may lie anywhere.
    """
    score: dict[str, float] = {}
    for rank, find in enumerate(finds(parts, words.PLACES)):
        weight = 2.0 if find.key in ("silk", "bokeh", "cosmos") else 3.0
        score[find.key] = score.get(find.key, 0.0) + weight + (0.6 if rank == 0 else 0.0)
    for find in finds(parts, words.HINTS):
        score[find.key] = score.get(find.key, 0.0) + (0.6 if find.word == "boat" else 1.0)
    if not score:
        return look.choose("family", _PEOPLED if peopled else _UNKNOWN), False
    return max(score, key=lambda k: score[k]), True


def moods(parts: Parts) -> frozenset[str]:
    return frozenset(f.key for f in finds(parts, words.MOODS) if not _stands_before(parts, f.at, words.OWNERS))


def hour(parts: Parts, wider: Parts, family: str, moods: frozenset[str], look: Chance) -> str:
    """The time of day: as this shot says, as its scene says, as the season hints, or drawn by lot."""
    for text, table in ((parts, words.TIMES), (wider, words.TIMES), (parts, words.SEASONS), (wider, words.SEASONS)):
        known = finds(text, table)
        if any(f.word in _NIGHT for f in known):
            return "night"
        if known:  # lanterns and stars are the night's, but may shine at dusk
            return next((f.key for f in known if f.key != "night"), "night")
    if family in ("cosmos", "bokeh", "hall") or "neon" in moods:
        return "night"
    if moods & {"storm", "winter"}:
        return look.choose("time", ["day", "day", "dusk"])
    return look.choose("time", ["dawn", "day", "golden", "sunset", "dusk", "night", "golden"])


def light(parts: Parts) -> str:
    """The first colour that nobody wears and nothing has, as ``#rrggbb``."""
    owned = words.OWNERS | words.GROWING
    found = (w for at, w in enumerate(parts) if _is_colour(w) and not _stands_before(parts, at, owned))
    return words.COLOURS.get(next(found, ""), "")


def colour_of(parts: Parts, owners: frozenset[str]) -> str:
    """The first colour that stands before one of ``owners``, as ``#rrggbb``."""
    found = (w for at, w in enumerate(parts) if _is_colour(w) and _stands_before(parts, at, owners))
    return words.COLOURS.get(next(found, ""), "")


def weather(parts: Parts, wider: Parts, family: str, hour: str, chance: Chance) -> frozenset[str]:
    """What is in the air. Snow or rain anywhere in a scene falls in all of it; indoors most things do not."""
    said = keys(parts, words.WEATHER) | (keys(wider, words.WEATHER) & _LASTING)
    if family in _INDOORS:
        return said & _INDOORS[family]
    if family == "landscape" and not said and hour in ("dawn", "golden", "sunset", "day") and chance.either("birds"):
        return frozenset({"birds"})
    return said


def move(parts: Parts, camera: str) -> str:
    """The camera's first move; it stands still only where nothing says that it moves."""
    said = finds(tokens(camera), words.MOVES)
    moves = [f.key for f in said if f.key != "still"] or [f.key for f in said]
    moves += [f.key for f in finds(parts, words.MOVES) if f.word != "still"]
    return moves[0] if moves else ""


def heading(parts: Parts, camera: str, family: str, shot: Chance) -> str:
    """``ahead`` into the picture or ``side`` across it."""
    moves = keys((*tokens(camera), *parts), words.MOVES)
    if family in _ONWARD or moves & {"forward", "back"}:
        return "ahead"
    if moves & {"left", "right"}:
        return "side"
    if "car" in keys(parts, words.THINGS):
        return "ahead"
    return "ahead" if shot.either("heading", 0.8 if words.STREETS & set(parts) else 0.5) else "side"


def _is_colour(word: str) -> bool:
    return word in words.COLOURS and word not in _PLAIN


def _stands_before(parts: Parts, at: int, owners: frozenset[str]) -> bool:
    """Whether one of ``owners`` follows within three words, before any stop."""
    for word in parts[at + 1 : at + 4]:
        if word in _STOPS:
            return False
        if word in owners or singular(word.split()[-1]) in owners:
            return True
    return False
