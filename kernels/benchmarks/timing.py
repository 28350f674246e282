"""How times are taken.

On a card: CUDA events around every call, the median of several after warm calls. Before each cold call one gigabyte is
written, so that nothing is found in the second-level cache, and another one read, so that the cache holds nothing that
is still to be written back: the call would pay for that. The card is busy with both when the call's kernels are queued,
so the time a processor takes to launch them is not part of the result (within about 0.5 ms; whole networks and host
work are timed without it, as they run).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import torch

_FLUSH_BYTES = 1 << 30
"""Many times what any card's second-level cache holds."""


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of several calls."""

    median_ms: float
    min_ms: float
    max_ms: float

    @classmethod
    def of(cls, calls_ms: list[float]) -> Times:
        ordered = sorted(calls_ms)
        return cls(ordered[len(ordered) // 2], ordered[0], ordered[-1])


class Clock:
    """Times calls on one device."""

    def __init__(self, device: str) -> None:
        self.device = device
        self.on_card = device.startswith("cuda")
        self._flushed: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None

    def cold(self, call: Callable[[], object], repeats: int = 30, warm: int = 3) -> Times:
        """One operation whose inputs come from memory: see above."""
        return self._device_times(call, repeats if self.on_card else 1, warm if self.on_card else 1, flush=self.on_card)

    def run(self, call: Callable[[], object], repeats: int = 3, warm: int = 1) -> Times:
        """A whole network."""
        return self._device_times(call, repeats if self.on_card else 1, warm, flush=False)

    def wall(self, call: Callable[[], object], repeats: int = 3, warm: int = 1) -> Times:
        """What the host does is counted too: from the call until the card is idle again."""
        for _ in range(warm):
            call()
        return Times.of([self.seconds(call) * 1e3 for _ in range(repeats if self.on_card else 1)])

    def seconds(self, call: Callable[[], object]) -> float:
        """Wall clock of one call and of what it started on the card."""
        self.settle()
        began_s = time.perf_counter()
        call()
        self.settle()
        return time.perf_counter() - began_s

    def settle(self) -> None:
        if self.on_card:
            torch.cuda.synchronize()

    def _device_times(self, call: Callable[[], object], repeats: int, warm: int, *, flush: bool) -> Times:
        for _ in range(warm):
            call()
        if not self.on_card:
            return Times.of([self.seconds(call) * 1e3 for _ in range(repeats)])
        self.settle()
        marks = []
        for _ in range(repeats):
            if flush:
                self._flush()
            began, ended = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            began.record()
            call()
            ended.record()
            marks.append((began, ended))
        self.settle()
        return Times.of([began.elapsed_time(ended) for began, ended in marks])

    def _flush(self) -> None:
        if self._flushed is None:
            written, read = (torch.zeros(_FLUSH_BYTES // 4, device=self.device) for _ in range(2))
            self._flushed = written, read, read.new_zeros(())
        written, read, total = self._flushed
        written.zero_()
        torch.sum(read, 0, out=total)


def emptied() -> None:
    """Give unused memory back, so that the next section starts as on a fresh card."""
    import gc

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
