"""What a verb tells its caller while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` items of a ``stage`` (``analyse``, ``render``, ``assemble``, ``verify``) are finished.

    ``item`` names the one that just finished; ``kept`` is true when it came from the cache.

    While an item is in the making that takes long, ``step`` of its ``steps`` are done and ``item`` names it; ``item_s``
    and ``all_s`` are the seconds that it and the whole stage will still take (None: not known yet).
    """

    stage: str
    done: int
    total: int
    item: str = ""
    kept: bool = False
    note: str = ""
    step: int = 0
    steps: int = 0
    item_s: float | None = None
    all_s: float | None = None


OnProgress = Callable[[Progress], None]
