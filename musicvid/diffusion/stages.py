"""Seconds and memory by stage of a clip: encode, load, denoise, decode, convert."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stages:
    """The step callback tells denoising from decoding: whatever follows the last step is the decoder's."""

    def __init__(self, device: str) -> None:
        self.seconds: dict[str, float] = {}
        self._device, self._cuda = device, device.startswith("cuda")
        self._began_s = self._stepped_s = 0.0

    @property
    def peak_bytes(self) -> int:
        if not self._cuda:
            return 0
        import torch

        return int(torch.cuda.max_memory_allocated(self._device))

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        began_s = self._now_s()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + self._now_s() - began_s

    def begin(self) -> None:
        """The pipeline is called now; the peak counts from here."""
        if self._cuda:
            import torch

            torch.cuda.reset_peak_memory_stats(self._device)
        self._began_s = self._now_s()
        self._stepped_s = 0.0

    def step(self, step: int, steps: int) -> None:
        if step >= steps:
            self._stepped_s = self._now_s()

    def end(self) -> None:
        ended_s = self._now_s()
        split_s = self._stepped_s or ended_s
        self.seconds["denoise"] = self.seconds.get("denoise", 0.0) + split_s - self._began_s
        self.seconds["decode"] = self.seconds.get("decode", 0.0) + ended_s - split_s

    def _now_s(self) -> float:
        if self._cuda:
            import torch

            torch.cuda.synchronize(self._device)
        return time.perf_counter()
