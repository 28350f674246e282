"""Everything about a loaded pipeline that stays the same for all clips: schedule, adapters, caches, compilation."""

from __future__ import annotations

from typing import Any

from musicvid.diffusion.acceleration import apply_cache, compile_blocks
from musicvid.diffusion.lora import add_loras
from musicvid.diffusion.schedules import set_schedule
from musicvid.diffusion.settings import Settings


def switch_on(pipe: Any, settings: Settings) -> None:
    """Apply ``settings`` to a pipeline that was just loaded, once. Raises our errors."""
    if settings.scheduler or settings.shift is not None:
        set_schedule(pipe, settings.scheduler, settings.shift)
    if settings.loras:
        add_loras(pipe, settings.loras)
    if settings.cache:
        apply_cache(pipe, settings.cache, settings.cache_threshold, settings.steps)
    if settings.compile:
        compile_blocks(pipe)
