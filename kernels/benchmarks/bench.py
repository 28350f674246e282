"""What all sections share: the device, the clock, the budget, and how fast this card copies."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import torch

from benchmarks.row import Row
from benchmarks.timing import Clock, Times


@dataclass(eq=False)
class Bench:
    """``left_s`` are the seconds of the budget that are left. ``work`` is a folder for what is written on the way."""

    device: str
    tiny: bool
    work: Path
    left_s: Callable[[], float]
    workers: int = 1
    clock: Clock = field(init=False)
    _copies_ms: dict[int, float] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = Clock(self.device)

    @property
    def dtype(self) -> torch.dtype:
        """Of models: bfloat16; float32 for tiny ones, which processors are quick with."""
        return torch.float32 if self.tiny else torch.bfloat16

    @property
    def dtype_name(self) -> str:
        return str(self.dtype).removeprefix("torch.")

    @cached_property
    def copy_times(self) -> Times:
        """Of copying :attr:`copied_bytes` from one place of the card's memory to another."""
        return self._copy(self.copied_bytes)

    @property
    def copied_bytes(self) -> int:
        return 1 << (20 if self.tiny else 31)

    @property
    def copy_bytes_per_s(self) -> float:
        """Bytes read and bytes written, both counted."""
        return 2 * self.copied_bytes / self.copy_times.median_ms * 1e3

    def equal_copy_ms(self, moved_bytes: int) -> float:
        """Of a copy that reads and writes ``moved_bytes`` in all: small ones are further from a card's bandwidth."""
        count = max(1, moved_bytes // 2)
        if count not in self._copies_ms:
            self._copies_ms[count] = self._copy(count).median_ms
        return self._copies_ms[count]

    def shares(self, moved_bytes: int, median_ms: float) -> dict[str, Any]:
        """Columns of a row that moves so many bytes in that time."""
        return {
            "moved_bytes": moved_bytes,
            "copy_share": moved_bytes / median_ms * 1e3 / self.copy_bytes_per_s,
            "equal_copy_share": self.equal_copy_ms(moved_bytes) / median_ms,
        }

    def _copy(self, count: int) -> Times:
        source = torch.randint(0, 256, (count,), dtype=torch.uint8, device=self.device)
        target = torch.empty_like(source)
        return self.clock.cold(lambda: target.copy_(source), 20)


def timed_row(section: str, name: str, times: Times, *, peer: str = "", peer_ms: float | None = None,
              **more: object) -> Row:  # fmt: skip
    """A row with these times; ``peer_ms`` gives its ratio."""
    ratio = peer_ms / times.median_ms if peer_ms is not None else None
    return Row(section, name, median_ms=times.median_ms, min_ms=times.min_ms, max_ms=times.max_ms, peer=peer,
               ratio=ratio, **more)  # type: ignore[arg-type] # fmt: skip
