"""What was found when a machine was looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "note", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """``state``: ok, note (works, but worth knowing) or bad (something needed is broken). ``fix`` may be empty."""

    what: str
    state: State
    detail: str
    fix: str = ""
