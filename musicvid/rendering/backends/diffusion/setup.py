"""Options and a device → how the engine is set up there."""

from __future__ import annotations

from musicvid.diffusion.card_memory import fp8_possible, free_bytes, held_bytes
from musicvid.diffusion.memory import MemoryPlan, choose, ladder
from musicvid.diffusion.settings import DType, Lora, Settings
from musicvid.rendering.backends.diffusion.options import Options
from musicvid.rendering.backends.diffusion.where import Weights
from musicvid.schema.frames import FrameSize


def settings_of(options: Options, device: str, adapters: tuple[Lora, ...]) -> Settings:
    """``adapters`` are local files."""
    return Settings(
        device=device,
        dtype=dtype_of(options.dtype, device),
        vae_dtype=dtype_of(options.vae_dtype, device),
        steps=options.steps,
        guidance=options.guidance,
        guidance_2=options.guidance_2,
        shift=options.shift,
        sigmas=options.sigmas,
        scheduler=options.scheduler,
        loras=adapters,
        cache=options.cache,
        cache_threshold=options.cache_threshold,
        cache_ratios=options.cache_ratios,
        attention=options.attention,
        compile=options.compile,
        memory_bytes=options.memory,
        may_shrink=options.shrink,
        preview_every=options.preview_every,
        text_tokens=options.text_tokens,
    )


def dtype_of(wish: str, device: str) -> DType:
    """bfloat16 on cards, float32 on processors, where half precision is slow or missing."""
    if wish != "auto":
        return wish  # type: ignore[return-value]
    return "bf16" if device.startswith("cuda") else "fp32"


def best_plan(weights: Weights, settings: Settings, frame_count: int, size: FrameSize) -> MemoryPlan:
    """By what is counted and what is free, or allowed. Raises :class:`RenderError` when no plan fits."""
    from musicvid.diffusion.engine import ENCODED_APART
    from musicvid.diffusion.needs import needs_of

    device, model = settings.device, weights.model
    free = free_bytes(device) + held_bytes(device)  # what is loaded would be placed anew
    if settings.memory_bytes is not None:
        free = min(free, settings.memory_bytes)
    text_stays = model.family not in ENCODED_APART
    needs = needs_of(weights.folder, model, frame_count, size, settings, text_stays=text_stays)
    return choose(needs, free, ladder(device, may_shrink=False, fp8_possible=fp8_possible(device)))
