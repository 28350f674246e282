"""What a verb tells its caller while it works."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` items of a ``stage`` (``analyse``, ``render``, ``assemble``, ``verify``) are finished.

    ``item`` names the one that just finished; ``kept`` is true when it came from the cache.
    """

    stage: str
    done: int
    total: int
    item: str = ""
    kept: bool = False
    note: str = ""


OnProgress = Callable[[Progress], None]
