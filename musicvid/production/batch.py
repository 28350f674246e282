"""Many films, each in a process of its own: one that fails or is killed takes none with it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from musicvid.errors import MusicvidError
from musicvid.production.job import Job
from musicvid.production.job_files import read_jobs
from musicvid.schema.grid import clock

__all__ = ["Outcome", "batch", "read_jobs"]

State = Literal["made", "skipped", "failed", "not started"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """``skipped``: the film was finished and nothing had changed. ``message`` is the film's one line, or the error."""

    name: str
    film: str
    state: State
    message: str = ""
    wall_s: float = 0.0


def batch(
    jobs: Iterable[Job] | str | Path,
    *,
    workers: int = 1,
    keep_going: bool = True,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> list[Outcome]:
    """Make every film of ``jobs`` (or of a job file or folder), ``workers`` at a time; outcomes in the jobs' order.

    A failure ends only its own film; with ``keep_going=False`` no further one is started after it. Ctrl-C ends the
    films in work and raises KeyboardInterrupt; what was finished stays.
    """
    work = read_jobs(jobs) if isinstance(jobs, str | Path) else list(jobs)
    if workers < 1:
        raise MusicvidError(f"workers {workers}: at least 1 is needed")
    runner = _Runner(share=workers, keep_going=keep_going)
    outcomes: dict[int, Outcome] = {}
    with ThreadPoolExecutor(workers) as pool:
        futures = {pool.submit(runner.run, job): i for i, job in enumerate(work)}
        try:
            for future in as_completed(futures):
                outcome = outcomes[futures[future]] = future.result()
                if on_outcome:
                    on_outcome(outcome)
        except BaseException:
            runner.stop()
            raise
    return [outcomes[i] for i in range(len(work))]


class _Runner:
    def __init__(self, share: int, keep_going: bool) -> None:
        self._share = share
        self._keep_going = keep_going
        self._stopped = threading.Event()
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()

    def run(self, job: Job) -> Outcome:
        name = Path(job.to).stem
        if self._stopped.is_set():
            return Outcome(name, job.to, "not started", "an earlier film failed")
        began = time.monotonic()
        process = subprocess.Popen(
            make_command(job, self._share), stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL,
            text=True, start_new_session=True,
        )  # fmt: skip
        with self._lock:
            self._running.add(process)
        out, err = process.communicate()
        with self._lock:
            self._running.discard(process)
        outcome = _outcome(name, job.to, process.returncode, out, err, time.monotonic() - began)
        if outcome.state == "failed" and not self._keep_going:
            self._stopped.set()
        return outcome

    def stop(self) -> None:
        """End the films in work as Ctrl-C would, so that they leave nothing half-made."""
        self._stopped.set()
        with self._lock:
            for process in self._running:
                process.send_signal(signal.SIGINT)


def _outcome(name: str, film: str, code: int, out: str, err: str, wall_s: float) -> Outcome:
    if code != 0:
        lines = [line for line in err.strip().splitlines() if line.strip()]
        at = next((i for i, line in enumerate(lines) if "error:" in line.lower()), len(lines) - 1)
        message = " | ".join(lines[at:]) if lines else f"ended with code {code}"
        return Outcome(name, film, "failed", message.removeprefix("musicvid: error: "), wall_s)
    report = json.loads(out)
    state: State = "skipped" if report.get("kept") else "made"
    return Outcome(name, film, state, f"{report['frames']} frames, in sync", wall_s)


def make_command(job: Job, share: int = 1) -> Sequence[str]:
    """The command line that makes ``job``; ``share`` is how many films are made at the same time."""
    import os

    words = [sys.executable, "-m", "musicvid", "make"]
    values = {
        "--output": job.to,
        "--work": job.work,
        "--renderer": job.wishes.renderer,
        "--model": job.wishes.model,
        "--takes": job.wishes.takes,
        "--size": job.wishes.size,
        "--fps": job.wishes.fps,
        "--seed": job.wishes.seed,
        "--beats": job.corrections.beats,
        "--tracker": job.corrections.tracker,
        "--bpm": job.corrections.bpm,
        "--offset": job.corrections.offset_s,
        "--anchor": ", ".join(map(str, job.corrections.anchors)),
        "--downbeat": "" if job.corrections.downbeat_s is None else clock(job.corrections.downbeat_s),
        "--codec": job.encoding.codec,
        "--preset": job.encoding.preset,
        "--crf": job.encoding.crf,
        "--workers": job.workers or max(1, (os.cpu_count() or 1) // share),
        "--budget": job.budget_s,
    }
    for name, value in values.items():
        if value not in (None, ""):
            words += [f"{name}={value}"]
    words += [f"--set={name}={str(value).lower() if isinstance(value, bool) else value}"
              for name, value in job.wishes.options]  # fmt: skip
    words += [f"--{job.corrections.level}"] if job.corrections.level else []
    words += ["--draft"] * job.encoding.draft + ["--lossless"] * job.encoding.lossless_sound
    files = [job.song, job.storyboard] if job.song else [job.storyboard]
    return [*words, "--json", "--quiet", "--", *files]
