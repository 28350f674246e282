"""Accelerations by name. Caches skip work that changed little since the last step: they change pixels, are off by
default and part of a take's key. Compilation changes none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from musicvid.errors import InputError, RenderError, UnknownNameError

CACHES = ("first-block", "magcache", "pyramid", "taylorseer")
_REFUSED = {
    "fastercache": "it expects both prompts in one batch, and fails in the Wan and LTX pipelines, which run them apart",
}
_WITH_THRESHOLD = ("first-block", "magcache")
FEW_STEPS = 8
"""Caches compare neighbouring steps. With so few, neighbours differ too much for anything to be skipped well."""
_DEFAULT_STEPS = 50
_ATTENTION_AND_FEED_FORWARD = r"\w*blocks\.\d+\.(audio_)?(attn\d?|ffn?)"
"""What TaylorSeer predicts. diffusers' own pattern ends in ``attn`` and so misses the ``attn1`` of Wan and LTX."""


def apply_cache(
    pipe: Any, name: str, threshold: float | None = None, steps: int | None = None, ratios: Sequence[float] = ()
) -> tuple[str, ...]:
    """Enable the cache ``name`` on every denoiser, in place of an earlier one. Returns notes for the person.

    ``threshold``: the change that counts as none (``first-block``, 0.05) or the error that may add up (``magcache``,
    0.06); the others have none. ``steps`` is how many a clip takes. ``ratios`` of ``magcache`` are measured on the
    model: see :func:`measure_ratios`. Raises our errors.
    """
    check_cache(name, threshold, ratios)
    remove_cache(pipe)
    for denoiser in _denoisers(pipe):
        if not hasattr(denoiser, "enable_cache"):
            raise RenderError(f"{type(denoiser).__name__} has no caches", hint="leave `cache` out")
        before = _hooks_on(denoiser)
        denoiser.enable_cache(_config(denoiser, name, threshold, steps or _DEFAULT_STEPS, ratios))
        if _hooks_on(denoiser) == before:
            remove_cache(pipe)
            raise RenderError(f"cache {name!r} finds nothing to skip in {type(denoiser).__name__}", hint="leave it out")
    few = steps is not None and steps <= FEW_STEPS
    return (f"cache {name!r} does not pay with {steps} steps: it costs quality and saves little",) if few else ()


def check_cache(name: str, threshold: float | None = None, ratios: Sequence[float] = ()) -> None:
    """Raises our errors for a cache that there is not, or that :func:`apply_cache` would not take like this. Needs no
    pipeline."""
    if name in _REFUSED:
        raise InputError(f"cache {name!r} is not offered: {_REFUSED[name]}", hint=f"use one of {', '.join(CACHES)}")
    if name not in CACHES:
        raise UnknownNameError("cache", name, CACHES)
    if threshold is not None and name not in _WITH_THRESHOLD:
        raise InputError(f"cache {name!r} has no threshold", hint="leave `cache_threshold` out")
    if threshold is not None and not 0 < threshold <= 1:
        raise InputError(f"cache_threshold {threshold} is outside 0 to 1")
    if name == "magcache" and not ratios:
        raise InputError(
            "cache 'magcache' needs ratios that were measured on this very model and number of steps",
            hint="use cache 'first-block', or measure them: musicvid.diffusion.acceleration.measure_ratios",
        )
    if ratios and name != "magcache":
        raise InputError(f"cache {name!r} has no ratios", hint="leave `cache_ratios` out")


def remove_cache(pipe: Any) -> None:
    """Back to exact: bit-identical to a pipeline that never had a cache."""
    for denoiser in _denoisers(pipe):
        if getattr(denoiser, "is_cache_enabled", False):
            denoiser.disable_cache()
        watching = denoiser.__dict__.pop("_musicvid_time", None)
        if watching is not None:
            watching.remove()


def reset_cache(pipe: Any) -> None:
    """Forget what the last clip left behind. diffusers does it at a clip's end, which a cancelled one never reaches."""
    for denoiser in _denoisers(pipe):
        if hasattr(denoiser, "_reset_stateful_cache"):
            denoiser._reset_stateful_cache()


def measure_ratios(pipe: Any, run: Callable[[], object], steps: int) -> tuple[float, ...]:
    """MagCache's ratios of ``pipe``'s first denoiser: how much each step's work changes, by one clip that ``run``
    makes in ``steps`` steps without skipping. An earlier cache is removed, and none is left."""
    from diffusers import MagCacheConfig

    remove_cache(pipe)
    denoiser = next(_denoisers(pipe))
    longest: list[float] = []

    def read(module: Any, args: object, output: object) -> None:
        for block in module.modules():
            registry = getattr(block, "_diffusers_hook", None)
            hook = registry and registry.get_hook("mag_cache_block_hook")
            state = hook and hook.state_manager.get_state()
            if state and len(state.calibration_ratios) > len(longest):
                longest[:] = state.calibration_ratios

    # One step more than there are: the hook forgets what it measured as soon as it has seen the last one.
    denoiser.enable_cache(MagCacheConfig(calibrate=True, num_inference_steps=steps + 1))
    reading = denoiser.register_forward_hook(read)
    try:
        run()
    finally:
        reading.remove()
        remove_cache(pipe)
    if len(longest) != steps:
        raise RenderError(f"{len(longest)} steps were measured, the clip should have had {steps}")
    return tuple(longest)


def compile_blocks(pipe: Any, *, backend: str = "inductor") -> None:
    """Compile the denoiser's repeated block once and use it for all (regional compilation).

    Not as one whole graph: offload hooks and caches run between blocks. Every new shape compiles again, so give shots
    few distinct lengths. Raises :class:`RenderError` for a denoiser that names no repeated blocks.
    """
    for denoiser in _denoisers(pipe):
        try:
            denoiser.compile_repeated_blocks(backend=backend)
        except (AttributeError, ValueError) as error:
            raise RenderError(
                f"{type(denoiser).__name__} cannot be compiled block by block", hint="leave `compile` out"
            ) from error


def _denoisers(pipe: Any) -> Iterator[Any]:
    found = (pipe.components.get(name) for name in ("transformer", "transformer_2"))
    return (denoiser for denoiser in found if denoiser is not None)


def _hooks_on(denoiser: Any) -> int:
    return sum(len(module._diffusers_hook.hooks) for module in denoiser.modules() if hasattr(module, "_diffusers_hook"))


def _config(denoiser: Any, name: str, threshold: float | None, steps: int, ratios: Sequence[float]) -> Any:
    import diffusers

    if name == "first-block":
        return diffusers.FirstBlockCacheConfig(threshold=threshold or 0.05)
    if name == "magcache":
        return diffusers.MagCacheConfig(
            threshold=threshold or 0.06, num_inference_steps=steps, mag_ratios=[float(ratio) for ratio in ratios]
        )
    if name == "taylorseer":
        return diffusers.TaylorSeerCacheConfig(cache_identifiers=[_ATTENTION_AND_FEED_FORWARD])
    return diffusers.PyramidAttentionBroadcastConfig(
        spatial_attention_block_skip_range=2, current_timestep_callback=_time_of(denoiser)
    )


def _time_of(denoiser: Any) -> Callable[[], int]:
    """The timestep that the denoiser is at (0 to 1000). Read off its calls, not off one pipeline: roads share it."""
    now = [1000]

    def watch(module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        timestep = kwargs.get("timestep")
        if timestep is not None:
            now[0] = int(timestep.max())

    denoiser._musicvid_time = denoiser.register_forward_pre_hook(watch, with_kwargs=True)
    return lambda: now[0]
