"""Lengths and transitions as people write them: ``2 bars``, ``1/2 beat``, ``0.7 s``, ``dissolve 12 frames``."""

from __future__ import annotations

import re
from fractions import Fraction

from musicvid.errors import InputError, nearest
from musicvid.schema.storyboard import Amount, Transition, Unit

NUMBER = r"[0-9]{1,6}(\.[0-9]{1,6}|/[0-9]{1,6})?"
_AMOUNT = re.compile(rf"({NUMBER})\s*([^\W\d]+)")
_UNITS: dict[str, tuple[Unit, Fraction]] = {
    "bar": ("bars", Fraction(1)),
    "bars": ("bars", Fraction(1)),
    "beat": ("beats", Fraction(1)),
    "beats": ("beats", Fraction(1)),
    "s": ("seconds", Fraction(1)),
    "sec": ("seconds", Fraction(1)),
    "second": ("seconds", Fraction(1)),
    "seconds": ("seconds", Fraction(1)),
    "ms": ("seconds", Fraction(1, 1000)),
    "frame": ("frames", Fraction(1)),
    "frames": ("frames", Fraction(1)),
}
ANY_UNIT: tuple[Unit, ...] = ("bars", "beats", "seconds", "frames")
PACE_UNITS: tuple[Unit, ...] = ("bars", "beats", "seconds")


def amount_pattern(units: tuple[Unit, ...] = ANY_UNIT) -> str:
    """The regular expression (no anchors) of the amounts in ``units``, for the published schema."""
    words = "|".join(word for word, (unit, _) in _UNITS.items() if unit in units)
    return rf"{NUMBER}\s*({words})"


def parse_amount(text: object, units: tuple[Unit, ...] = ANY_UNIT) -> Amount:
    """Read ``2 bars``, ``3 beats``, ``1/2 bar``, ``1.5 s``, ``500 ms``, ``12 frames``; exact.

    Raises :class:`InputError` for anything else, for nothing or less, and for a unit that is not in ``units``.
    """
    known = [word for word, (unit, _) in _UNITS.items() if unit in units]
    word = str(text).strip()
    match = _AMOUNT.fullmatch(word)
    if match is None:
        if re.fullmatch(NUMBER, word):
            raise InputError(f"{word} has no unit: write {word} {'beat' if word == '1' else 'beats'} or {word} s")
        raise InputError(f"{word!r} is not a length: write 2 bars, 1/2 bar, 3 beats or 1.5 s")
    unit, scale = _UNITS.get(match[3], ("", Fraction(0)))
    if unit not in units:
        raise InputError(f"unknown unit {match[3]!r}{nearest(match[3], known)}")
    try:
        value = Fraction(match[1]) * scale
    except ZeroDivisionError:
        raise InputError(f"{word!r} divides by zero") from None
    if not value:
        raise InputError(f"{word!r} is no length: it must be more than zero")
    return Amount(value, unit)


def parse_pace(text: object) -> Amount | None:
    """Read a pace: a length, or ``auto`` (None: it follows the energy)."""
    if text == "auto":
        return None
    if isinstance(text, str) and text.isalpha():
        raise InputError(f"{text!r} is not a pace: write auto, 2 bars, 1/2 bar, 3 beats or 1.5 s")
    return parse_amount(text, PACE_UNITS)


def parse_transition(text: object) -> Transition:
    """Read ``cut`` or ``dissolve 1 beat`` (``12 frames``, ``0.5 s``). Raises :class:`InputError`."""
    kind, _, length = str(text).strip().partition(" ")
    if kind == "cut":
        if length:
            raise InputError(f"a cut has no length: write cut, not {str(text).strip()!r}")
        return Transition()
    if kind != "dissolve":
        raise InputError(f"unknown transition {kind!r}{nearest(kind, ('cut', 'dissolve'))}")
    if not length.strip():
        raise InputError("a dissolve needs its length: write dissolve 1 beat, dissolve 12 frames or dissolve 0.5 s")
    return Transition("dissolve", parse_amount(length))
