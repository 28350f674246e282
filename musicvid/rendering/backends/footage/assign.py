"""Which file is shown in which shot: those named after the shot first, the others in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from musicvid.errors import FootageError


@dataclass(frozen=True, slots=True)
class Assigned:
    """The file (path relative to the folder) of one take; ``note`` says what a person should know about the choice."""

    name: str
    note: str = ""


def assign(
    takes: Sequence[tuple[str, int]], usable: Iterable[str], unusable: Mapping[str, str]
) -> dict[tuple[str, int], Assigned]:
    """A file for every ``(shot id, take number)``, given in shot order.

    ``usable`` and the keys of ``unusable`` (name → reason) are paths relative to the folder. Several files named for
    one shot are its takes in natural order. The other files fill the remaining shots in natural order, again from the
    first when there are fewer; further takes of such a shot show the next file. Where every file is named for a shot,
    all of them fill the rest.

    Raises :class:`FootageError` when no file named for a shot can be used, or there is nothing for a shot.
    """
    usable = sorted(usable, key=natural)
    ids = list(dict.fromkeys(shot_id for shot_id, _ in takes))
    named = _named(ids, [*usable, *sorted(unusable, key=natural)])
    owned = {name for names in named.values() for name in names}
    pool = [name for name in usable if name not in owned] or usable
    waiting = [shot_id for shot_id in ids if shot_id not in named]
    if waiting and not pool:
        raise FootageError(f"there is no file for shot {waiting[0]}{_reasons(unusable)}")
    place = {shot_id: k for k, shot_id in enumerate(waiting)}
    chosen = {}
    for shot_id, number in takes:
        if shot_id in named:
            chosen[shot_id, number] = _own(shot_id, number, named[shot_id], unusable)
        else:
            chosen[shot_id, number] = _filler(shot_id, place[shot_id] + number - 1, pool, len(waiting))
    return chosen


def natural(name: str) -> list[str | int]:
    """Sort key in which ``shot 2`` comes before ``shot 10``."""
    return [int(part) if k % 2 else part for k, part in enumerate(re.split(r"([0-9]+)", name.casefold()))]


def _named(ids: Sequence[str], names: Iterable[str]) -> dict[str, list[str]]:
    """The files named after each shot; a file belongs to the shot whose id matches most of its name."""
    words = {shot_id: _words(shot_id) for shot_id in ids}
    named: dict[str, list[str]] = {}
    for name in names:
        parts = name.rsplit(".", 1)[0].split("/")
        tails = [_words("/".join(parts[k:])) for k in range(len(parts))]
        matches = [i for i in ids if words[i] and any(tail[: len(words[i])] == words[i] for tail in tails)]
        if matches:
            named.setdefault(max(matches, key=lambda i: len(words[i])), []).append(name)
    return named


def _words(text: str) -> list[str]:
    """``verse-1/01``, ``verse-1_01`` and ``Verse 1 01`` are the same words."""
    return re.findall(r"[^\W_]+", text.casefold())


def _own(shot_id: str, number: int, names: Sequence[str], unusable: Mapping[str, str]) -> Assigned:
    good = [name for name in names if name not in unusable]
    if not good:
        bad = names[0]
        raise FootageError(
            f"{bad}, the file named for shot {shot_id}, cannot be used: {unusable[bad]}",
            hint="replace it, or remove it so that another file fills the shot",
        )
    name = good[(number - 1) % len(good)]
    if number > len(good):
        return Assigned(name, f"{shot_id}: take {number} shows {name} again: {_files(len(good))} named for this shot")
    return Assigned(name)


def _filler(shot_id: str, turn: int, pool: Sequence[str], waiting: int) -> Assigned:
    name = pool[turn % len(pool)]
    if turn < len(pool):
        return Assigned(name)
    return Assigned(name, f"{shot_id}: {name} is shown again: {_files(len(pool))} for {waiting} shots")


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"


def _reasons(unusable: Mapping[str, str]) -> str:
    shown = [f"{name} ({reason})" for name, reason in list(unusable.items())[:3]]
    more = f" and {len(unusable) - 3} more" if len(unusable) > 3 else ""
    return f"; not usable: {', '.join(shown)}{more}" if shown else ""
