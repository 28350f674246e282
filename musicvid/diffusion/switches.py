"""Everything about a loaded pipeline that stays the same for all clips: schedule, adapters, caches, compilation."""

from __future__ import annotations

from typing import Any

from musicvid.diffusion.acceleration import apply_cache, compile_blocks
from musicvid.diffusion.lora import add_loras
from musicvid.diffusion.schedules import set_schedule
from musicvid.diffusion.settings import Settings


def switch_on(pipe: Any, settings: Settings) -> tuple[str, ...]:
    """Apply ``settings`` to a pipeline that was just loaded, once. Returns notes for the person. Raises our errors."""
    notes: list[str] = []
    if settings.scheduler or settings.shift is not None:
        set_schedule(pipe, settings.scheduler, settings.shift)
    if settings.loras:
        notes += add_loras(pipe, settings.loras)
    if settings.cache:
        notes += apply_cache(pipe, settings.cache, settings.cache_threshold, settings.steps, settings.cache_ratios)
    if settings.compile:
        compile_blocks(pipe)
    return tuple(notes)
