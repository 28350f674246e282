"""Engines of this process: one for a run, or one that stays from job to job where several processes share the work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.diffusion.card_memory import limit_to
from musicvid.diffusion.cards import claim
from musicvid.diffusion.settings import Settings
from musicvid.rendering.backends.diffusion.where import Weights

if TYPE_CHECKING:
    from musicvid.diffusion.engine import Engine

_kept: dict[tuple[str, Path, Settings], Engine] = {}
"""In a process that works for another one, jobs come one by one, each with a backend of its own: what is loaded stays
here for the next. At most one."""


def engine_on(weights: Weights, settings: Settings, home: Path) -> Engine:
    """A new engine on the settings' device, with nothing loaded yet."""
    from musicvid.diffusion.engine import Engine

    limit_to(settings.device, settings.memory_bytes)  # None takes away what an earlier run of this process set
    return Engine(weights.model, weights.folder, settings, identity=weights.identity, prompts=home / "prompts")


def engine_here(weights: Weights, settings: Settings, home: Path, devices: tuple[str, ...]) -> Engine:
    """This process's engine. Where several share the work, each claims one of ``devices`` and keeps what it loads."""
    if len(devices) == 1:
        return engine_on(weights, settings, home)
    _lock_bars_among_threads()
    settings = replace(settings, device=claim(devices, home).device)
    key = (weights.identity, home, settings)
    if key not in _kept:
        _kept.clear()
        _kept[key] = engine_on(weights, settings, home)
    return _kept[key]


def _lock_bars_among_threads() -> None:
    """The bars of the libraries that load models would open a semaphore of the system, though none is shown here. A
    process that is killed leaves it behind, and Python warns of it."""
    from threading import RLock

    from tqdm import tqdm

    tqdm.set_lock(RLock())
