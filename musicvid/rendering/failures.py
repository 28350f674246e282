"""Failures of backends and workers, in our words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from musicvid.errors import MusicvidError, RenderError
from musicvid.rendering.backend import Backend
from musicvid.rendering.pool import CannotTravel, Outcome, WorkerLost
from musicvid.rendering.worker import TakeJob

Answer = TypeVar("Answer")


def in_our_words(backend: Backend, part: str, call: Callable[[], Answer]) -> Answer:
    """The result of one of the backend's methods; a foreign exception in it becomes ours, naming the method."""
    try:
        return call()
    except MusicvidError:
        raise
    except Exception as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise RenderError(f"backend {backend.name!r} failed: its {part} raised {reason}") from error


def failure_of(outcome: Outcome[TakeJob, Any]) -> MusicvidError:
    """Why a job failed, in our words; what is none of the backend's or the machine's doing goes up as it is."""
    error = outcome.error
    if isinstance(error, MusicvidError):
        return error
    if isinstance(error, WorkerLost):
        return RenderError(
            f"its worker process was lost twice: {error}", hint="if memory ran out, use fewer workers: --workers 1"
        )
    if isinstance(error, CannotTravel):
        return RenderError(f"it cannot be sent to a worker process: {error}", hint="use one process: --workers 1")
    raise error


def summed_up(failures: Sequence[tuple[str, MusicvidError]], total: int) -> RenderError:
    """One error for all failed shots; everything else was rendered and is kept. Shots with one and the same trouble
    share a line."""
    troubles: dict[str, list[str]] = {}
    for shot_id, error in failures:
        troubles.setdefault(str(error).removeprefix(f"{shot_id}: "), []).append(shot_id)
    lines = [f"{_shots(ids)}: {trouble}" for trouble, ids in troubles.items()]
    rest = "; the others are kept" if len(failures) < total else ""
    if len(lines) == 1:
        summary = RenderError(f"{lines[0]}{rest}" if len(failures) > 1 else lines[0])
    else:
        summary = RenderError(f"{len(failures)} of {total} takes failed{rest}:\n  " + "\n  ".join(lines))
    summary.__cause__ = failures[0][1]
    return summary


def _shots(ids: Sequence[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")
