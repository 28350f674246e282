"""The options of the footage backend, as they stand under ``renderer:`` in a storyboard."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Literal

from musicvid.errors import FootageError, InputError, UnknownNameError
from musicvid.media.files import path_as_given
from musicvid.schema.storyboard import OptionValue

KNOWN = ("folder", "short", "slowest", "fit", "pan", "start")
_SHORT = ("hold", "slow", "loop")
_FIT = ("fill", "fit")


@dataclass(frozen=True, slots=True)
class FootageOptions:
    """``folder`` holds the clips and stills. ``short`` is what happens to a clip that is shorter than its shot: its
    last frame is held, it is slowed (to no less than ``slowest`` of its speed) or looped. ``fit``: ``fill`` crops what
    sticks out, ``fit`` shows all of it with black bars. ``pan`` moves stills slowly. Clips start at ``start_s``."""

    folder: Path
    short: Literal["hold", "slow", "loop"] = "hold"
    slowest: Fraction = Fraction(1, 2)
    fit: Literal["fill", "fit"] = "fill"
    pan: bool = True
    start_s: Fraction = Fraction(0)

    @property
    def identity(self) -> dict[str, object]:
        """What of this determines pixels, as JSON values. The folder's place does not."""
        return {
            "short": self.short,
            "slowest": str(self.slowest),
            "fit": self.fit,
            "pan": self.pan,
            "start_s": str(self.start_s),
        }


def read_options(options: Mapping[str, OptionValue], base: Path) -> FootageOptions:
    """Check a storyboard's options. Raises :class:`InputError` naming the option, its value and what it may be."""
    for name in options:
        if name not in KNOWN:
            raise UnknownNameError("option of footage", name, KNOWN)
    folder = options.get("folder", "")
    if not isinstance(folder, str) or not folder.strip():
        raise FootageError(
            "footage needs to know where the clips and stills are",
            hint="write `folder: clips` under `renderer:`, relative to the storyboard",
        )
    pan = options.get("pan", True)
    if not isinstance(pan, bool):
        raise InputError(f"footage: pan is {pan!r}, true or false was expected")
    return FootageOptions(
        folder=_folder(folder, base),
        short=_word(options, "short", _SHORT),
        slowest=_number(options, "slowest", "0.5", lowest=Fraction(1, 20), highest=Fraction(1)),
        fit=_word(options, "fit", _FIT),
        pan=pan,
        start_s=_number(options, "start", "0", lowest=Fraction(0), highest=Fraction(24 * 3600)),
    )


def _folder(text: str, base: Path) -> Path:
    """Storyboards come from strangers: a relative path stays inside their folder, as everywhere in them."""
    folder = path_as_given(text, base)
    if Path(text).is_absolute() or text.startswith("~"):
        return folder
    try:
        inside = folder.resolve().is_relative_to(base.resolve())
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name too long, a null byte
        raise FootageError(f"the footage folder {text!r} is not a usable path: {error}") from error
    if not inside:
        raise FootageError(
            f"the footage folder {text!r} leads out of the storyboard's folder",
            hint="move it there or write its absolute path",
        )
    return folder


def _word(options: Mapping[str, OptionValue], name: str, known: tuple[str, ...]) -> str:
    value = options.get(name, known[0])
    if value not in known:
        raise UnknownNameError(f"value of footage's {name}", str(value), known)
    return str(value)


def _number(
    options: Mapping[str, OptionValue], name: str, default: str, *, lowest: Fraction, highest: Fraction
) -> Fraction:
    value = options.get(name, default)
    wanted = f"a number from {float(lowest):g} to {float(highest):g} was expected"
    if isinstance(value, bool) or (isinstance(value, float) and not math.isfinite(value)):
        raise InputError(f"footage: {name} is {value!r}, {wanted}")
    try:
        number = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise InputError(f"footage: {name} is {value!r}, {wanted}") from None
    if not lowest <= number <= highest:
        raise InputError(f"footage: {name} is {value!r}, {wanted}")
    return number
