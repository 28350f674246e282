"""Several graphics cards by one process each: which there are, and which one a process has for itself."""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import InputError, RenderError, StorageError

if TYPE_CHECKING:
    from filelock import FileLock

_FORM = re.compile(r"cpu|mps|cuda(:\d+)?")
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Claimed:
    """``device`` as torch names it; ``index`` is its place in the list of devices."""

    device: str
    index: int


@dataclass(frozen=True, slots=True)
class _Held:
    pid: int
    claimed: Claimed
    lock: FileLock


_held: dict[tuple[Path, tuple[str, ...]], _Held] = {}
"""Locks of this process: one that is forgotten would be let go."""


def devices_here() -> tuple[str, ...]:
    """Every device of this machine by torch's name: CUDA (and ROCm) cards, then Apple's, then the processor."""
    import torch

    cards = [f"cuda:{k}" for k in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    apple = ["mps"] if torch.backends.mps.is_available() else []
    return (*cards, *apple, "cpu")


def parse_devices(text: str) -> tuple[str, ...]:
    """The devices that ``text`` names, one per process: ``auto``, ``cuda:0,cuda:1``, ``cuda`` (the first), ``mps``,
    ``cpu``. A device named twice serves two processes.

    ``auto`` is every CUDA card; without any it is Apple's graphics, else the processor. Raises :class:`InputError` for
    a device that is not there, with those that are.
    """
    here = devices_here()
    if text.strip().lower() == "auto":
        return tuple(name for name in here if name.startswith("cuda")) or here[:1]
    asked = tuple(word.strip().lower() for word in text.split(","))
    for word in asked:
        if not _FORM.fullmatch(word):
            raise InputError(f"{word!r} is not a device", hint=f"write auto, or some of: {', '.join(here)}")
    named = tuple("cuda:0" if word == "cuda" else re.sub(r":0+(?=\d)", ":", word) for word in asked)
    if missing := [name for name in named if name not in here]:
        raise InputError(f"device {missing[0]} is not on this machine", hint=f"there are: {', '.join(here)}")
    return named


def claim(devices: tuple[str, ...], folder: str | os.PathLike[str], *, timeout_s: float = 60.0) -> Claimed:
    """The first of ``devices`` that no other process has, held until this process ends, however it ends.

    Places are counted by locks ``card-0.lock`` … in ``folder``, which all processes that share the devices must name.
    A process that claims again gets what it has. When all are taken it waits; raises :class:`RenderError` after
    ``timeout_s``, :class:`StorageError` for a folder that cannot be written.
    """
    place = Path(folder).absolute()
    held = _held.get((place, devices))
    if held is not None and held.pid == os.getpid():  # a forked child has none of its own yet
        return held.claimed
    try:
        place.mkdir(parents=True, exist_ok=True)
        until = time.monotonic() + timeout_s
        while (found := _first_free(devices, place)) is None:
            if time.monotonic() >= until:
                raise RenderError(
                    f"all devices ({', '.join(devices)}) were taken by other processes for {timeout_s:g} s",
                    where=str(place),
                    hint="wait for the other run to end, or give more devices",
                )
            time.sleep(min(_POLL_S, max(0.0, until - time.monotonic())))
    except OSError as error:
        raise StorageError(f"no lock can be kept here: {error.strerror or error}", where=str(place)) from error
    _held[place, devices] = found
    return found.claimed


def let_go(devices: tuple[str, ...], folder: str | os.PathLike[str]) -> None:
    """Give back what this process claimed of ``devices``; nothing where it has none."""
    held = _held.pop((Path(folder).absolute(), devices), None)
    if held is not None and held.pid == os.getpid():
        held.lock.release()


def _first_free(devices: tuple[str, ...], place: Path) -> _Held | None:
    from filelock import FileLock, Timeout

    for index, device in enumerate(devices):
        lock = FileLock(place / f"card-{index}.lock", thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            continue
        return _Held(os.getpid(), Claimed(device, index), lock)
    return None
