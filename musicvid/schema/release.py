"""Where a film will be shown and to what end: what a model's licence is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Use = Literal["", "personal", "commercial"]


@dataclass(frozen=True, slots=True)
class Release:
    """``territories`` are ISO 3166-1 alpha-2 codes, ``EU`` or ``world``; empty: not said. ``use`` empty: not said.

    ``yearly_revenue_usd`` is that of whoever releases the film (None: not said).
    """

    territories: tuple[str, ...] = ()
    use: Use = ""
    yearly_revenue_usd: int | None = None
