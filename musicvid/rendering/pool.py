"""Run jobs in worker processes, and survive the death of a worker.

loky is used because its workers do not import the caller's ``__main__`` again: a plain script without a main guard
works. Each worker holds one job at a time, so when one dies the jobs it may have died of are exactly those in flight;
each of these is then tried once more, alone, which tells the guilty one from its neighbours.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pickle import PicklingError
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

Job = TypeVar("Job")
Result = TypeVar("Result")

# One thread per process: parallelism is by shots. OpenMP's spin-waiting threads make each other many times slower.
_ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "NUMBA_THREADING_LAYER": "workqueue",
    "OPENCV_FOR_THREADS_NUM": "1",
}


_LOOK_EVERY_S = 1.0
_LAST_WORDS_S = 2.0


class WorkerLost(Exception):
    """A worker process ended in the middle of a job (killed, out of memory, crashed) or could not take it up, twice."""


class CannotTravel(Exception):
    """A job or its result cannot be sent between processes (it cannot be pickled)."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Job, Result]):
    """What became of ``job``: its ``result``, or the ``error`` that it raised."""

    job: Job
    result: Result | None = None
    error: BaseException | None = None


def processor_count() -> int:
    """How many processors this process may use (cgroup limits and affinity counted)."""
    from loky import cpu_count

    return int(cpu_count())


def run_jobs(
    work: Callable[[Job], Result], jobs: Iterable[Job], workers: int, *, on_loss: Callable[[Job], None]
) -> Iterator[Outcome[Job, Result]]:
    """Yield an :class:`Outcome` for every job, in the order they finish.

    ``on_loss(job)`` is called for each job whose worker is gone, so that what it left behind can be removed. When the
    caller stops early (Ctrl-C, an exception, ``close()``), the workers are killed at once and ``on_loss`` is called.
    When all is done they end by themselves, so that what they hold is given back; one that does not is killed.
    """
    todo: deque[Job] = deque(jobs)
    suspects: deque[Job] = deque()
    retried: list[Job] = []
    crew = _Crew(work)
    try:
        while todo or suspects:
            alone = bool(suspects)
            batch = deque([suspects.popleft()]) if alone else todo
            lost = []
            for outcome in crew.run(batch, 1 if alone else min(workers, len(todo))):
                if isinstance(outcome.error, WorkerLost):
                    lost.append(outcome)
                else:
                    yield outcome
            if alone:
                suspects.extendleft(batch)  # still there when an idle worker died before it could be handed over
            for outcome in lost:
                on_loss(outcome.job)
                if any(outcome.job is one for one in retried):
                    yield outcome
                else:
                    retried.append(outcome.job)
                    suspects.append(outcome.job)
        crew.dismiss()
    finally:
        for job in crew.stop():
            on_loss(job)


class _Crew(Generic[Job, Result]):
    """A pool of ``limit`` workers that is made anew after a death."""

    def __init__(self, work: Callable[[Job], Result]) -> None:
        self._work = work
        self._pool: ProcessPoolExecutor | None = None
        self._limit = 0
        self._busy: dict[Future[Result], Job] = {}

    def run(self, todo: deque[Job], limit: int) -> Iterator[Outcome[Job, Result]]:
        """Take jobs off ``todo`` until it is empty or a worker died; whatever was in flight is told as well."""
        died = False
        while self._busy or (todo and not died):
            while todo and not died and len(self._busy) < limit:
                died = not self._submit(todo, limit)
            if not self._busy:
                break
            done, _ = wait(self._busy, return_when=FIRST_COMPLETED)
            for future in done:
                outcome = _outcome(self._busy.pop(future), future)
                died = died or isinstance(outcome.error, WorkerLost)
                yield outcome
        if died:
            self.stop()

    def dismiss(self) -> None:
        """Nothing is left to do: the workers end by themselves, those that take longer than some seconds are killed."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        from loky.backend.utils import kill_process_tree

        workers = list(pool._processes.values())
        ending = threading.Thread(target=pool.shutdown, daemon=True)
        ending.start()
        try:
            ending.join(_LAST_WORDS_S)
        finally:
            if ending.is_alive():
                for worker in workers:
                    kill_process_tree(worker)
        ending.join()

    def stop(self) -> list[Job]:
        """Kill the workers and wait for them; returns the jobs that were in flight."""
        lost = list(self._busy.values())
        self._busy.clear()
        if self._pool is not None:
            pool, self._pool = self._pool, None
            pool.shutdown(wait=True, kill_workers=True)
        return lost

    def _submit(self, todo: deque[Job], limit: int) -> bool:
        """Hand the next job to the pool; False when an idle worker has died meanwhile and the pool is no more."""
        if self._pool is None or self._limit < limit:
            self.stop()
            self._pool, self._limit = _new_pool(limit), limit
        try:
            with _ctrl_c_held_back():
                self._busy[self._pool.submit(self._work, todo[0])] = todo[0]
        except BrokenExecutor:
            return False
        todo.popleft()
        return True


def _new_pool(workers: int) -> ProcessPoolExecutor:
    from loky import ProcessPoolExecutor

    return ProcessPoolExecutor(
        max_workers=workers, env=_ONE_THREAD, initializer=_obey_the_parent, initargs=(os.getpid(),)
    )


def _outcome(job: Job, future: Future[Result]) -> Outcome[Job, Result]:
    error = future.exception()
    if error is None:
        return Outcome(job, result=future.result())
    if isinstance(error, BrokenExecutor):
        error = WorkerLost(_reason(error))
    elif isinstance(error, PicklingError):
        error = CannotTravel(_reason(error))
    return Outcome(job, error=error)


def _reason(error: BaseException) -> str:
    """What loky knows: the exit codes ``{SIGKILL(-9)}`` in its text, or the last line of a traceback as the cause."""
    if error.__cause__ is not None:
        return str(error.__cause__).strip().strip('"').strip().splitlines()[-1]
    text = str(error)
    return f"ended by {text[text.rfind('{') + 1 : text.rfind('}')]}" if "{" in text else "ended"


def _obey_the_parent(parent_pid: int) -> None:
    """Runs first in every worker. The terminal sends Ctrl-C to every process of the group; the parent decides what
    happens to the workers. And where there is no parent any more (killed), an idle worker would wait for ever."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":
        threading.Thread(target=_end_with, args=(parent_pid,), daemon=True).start()


def _end_with(parent_pid: int) -> None:
    while os.getppid() == parent_pid:
        time.sleep(_LOOK_EVERY_S)
    time.sleep(_LAST_WORDS_S)  # a take in the making notices by itself and removes its part
    os._exit(1)


@contextmanager
def _ctrl_c_held_back() -> Iterator[None]:
    """Processes started inside inherit a blocked SIGINT, so that none dies with a traceback while it still imports."""
    if os.name != "posix":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
