"""Clips are written while the card makes the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager

_LOOK_EVERY_S = 0.2


class Writing:
    """One clip at a time, in a thread of its own: at most one is being written while another is made, so memory stays
    flat. What fails is raised where it is waited for."""

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None
        self._jobs: dict[str, Future[None]] = {}
        self._changed = threading.Lock()

    def begin(self, key: str, write: Callable[[], None], held: AbstractContextManager[object]) -> None:
        """Write the clip called ``key`` as soon as the one before it is written. ``held`` is let go afterwards,
        whatever happens."""
        self.settle()
        with self._changed:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, "musicvid-clips")
            self._jobs[key] = self._pool.submit(_written, write, held)

    def has(self, key: str) -> bool:
        """Whether the clip is being written, or could not be and nobody was told yet."""
        with self._changed:
            return key in self._jobs

    def settle(self) -> None:
        """Return when nothing is being written any more, well or not."""
        with self._changed:
            jobs = dict(self._jobs)
        while wait(jobs.values(), _LOOK_EVERY_S).not_done:
            pass  # short waits: Ctrl-C is seen between them
        with self._changed:
            for key, job in jobs.items():
                if job.exception() is None:
                    self._jobs.pop(key, None)

    def wait(self) -> None:
        """As :meth:`settle`; raises what went wrong with a clip since the last time."""
        self.settle()
        with self._changed:
            failed = {key: job for key, job in self._jobs.items() if job.done()}
            for key in failed:
                del self._jobs[key]
        for job in failed.values():
            job.result()

    def close(self) -> None:
        """Let what is begun come to its end; nobody is told of failures any more."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=True)


def _written(write: Callable[[], None], held: AbstractContextManager[object]) -> None:
    with held:
        write()
