"""Processor time and peak memory of whole process trees."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """``cpu_s`` of the process and all its children; ``peak_bytes`` the largest sum of their proportional set sizes
    (private memory, plus a fair share of what is shared), sampled twenty times a second."""

    cpu_s: float
    wall_s: float
    peak_bytes: int


def run(command: Sequence[str | Path], *, env: dict[str, str] | None = None, watch_memory: bool = False) -> Cost:
    """Run a command to its end and say what it cost. Raises RuntimeError with its last words when it fails."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, **(env or {})},
    )  # fmt: skip
    words: list[bytes] = []
    reader = threading.Thread(target=lambda: words.extend(process.stdout or ()))
    reader.start()
    watcher = _Watcher(process.pid) if watch_memory else None
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if watcher:
        watcher.stop()
    reader.join()
    if process.returncode:
        raise RuntimeError(f"{command[:4]} ended with {process.returncode}: {b''.join(words[-5:]).decode()}")
    wall_s = time.perf_counter() - began
    return Cost(usage.ru_utime + usage.ru_stime, wall_s, watcher.peak_bytes if watcher else 0)


def musicvid(*words: str | Path, watch_memory: bool = False, env: dict[str, str] | None = None) -> Cost:
    """What one ``musicvid`` command costs, from a fresh process."""
    return run([sys.executable, "-m", "musicvid", *words], env=env, watch_memory=watch_memory)


def python(code: str, *arguments: str | Path, watch_memory: bool = False) -> Cost:
    return run([sys.executable, "-c", code, *arguments], watch_memory=watch_memory)


class _Watcher:
    """Samples the memory of a process and its descendants while they run (Linux)."""

    def __init__(self, pid: int) -> None:
        self.peak_bytes = 0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def stop(self) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.05):
            self.peak_bytes = max(self.peak_bytes, sum(_pss_bytes(pid) for pid in _tree(self._pid)))


def _tree(pid: int) -> list[int]:
    found, waiting = [], [pid]
    while waiting:
        here = waiting.pop()
        found.append(here)
        try:
            tasks = Path(f"/proc/{here}/task").iterdir()
            waiting += [int(child) for task in tasks for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return found


def _pss_bytes(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:")), 0)
