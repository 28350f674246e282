"""Every denoising step of any pipeline: for progress, previews and stopping in the middle of a clip."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from musicvid.diffusion.schedules import steps_of
from musicvid.errors import MusicvidError, RenderError

if TYPE_CHECKING:
    import torch
    from diffusers import DiffusionPipeline

OnStep = Callable[[int, int, "torch.Tensor | None"], None]
"""Step from 0, how many there will be, and the latents after it (None where the pipeline does not show them)."""


class Cancelled(MusicvidError):
    """Raised from ``on_step`` to stop a clip: no further step is made, and nothing is decoded."""


@contextmanager
def watched(pipe: DiffusionPipeline, on_step: OnStep, *, rounds: int = 1) -> Iterator[Mapping[str, Any]]:
    """Call ``on_step`` after each denoising step of the one call made inside; give that call the yielded arguments::

        with watched(pipe, on_step) as more:
            pipe(prompt="…", **more)

    Pipelines with a step callback are watched through it, the others (HunyuanVideo 1.5) through their scheduler. Steps
    are counted over the whole call; ``rounds`` says how often the pipeline goes through its schedule (once for each
    chunk of Helios, each window of SkyReels).

    Whatever ``on_step`` raises ends the call. The pipeline is then as good as new: modules that it had moved to the
    card are moved back, caches between steps are emptied. Raises :class:`RenderError` for a pipeline with neither.
    """
    has_callback = "callback_on_step_end" in inspect.signature(type(pipe).__call__).parameters
    scheduler = getattr(pipe, "scheduler", None)
    if not has_callback and not hasattr(scheduler, "step"):
        raise RenderError(f"{type(pipe).__name__} has neither a step callback nor a scheduler to watch")
    tell = _counting(pipe, on_step, rounds)
    try:
        if has_callback:
            yield _callback(pipe, tell)
        else:
            with _watched_scheduler(scheduler, tell):
                yield {}
    except BaseException:
        if hasattr(pipe, "maybe_free_model_hooks"):  # modular pipelines leave this to their components' manager
            pipe.maybe_free_model_hooks()  # the pipeline does so itself, but only at its end
        raise


def _counting(pipe: DiffusionPipeline, on_step: OnStep, rounds: int) -> Callable[[torch.Tensor | None], None]:
    done = 0

    def tell(latents: torch.Tensor | None) -> None:
        nonlocal done
        each = steps_of(pipe)
        step, done = done, done + 1
        on_step(step, each * max(rounds, step // each + 1), latents)

    return tell


def _callback(pipe: DiffusionPipeline, tell: Callable[[torch.Tensor | None], None]) -> Mapping[str, Any]:
    names = [name for name in ("latents",) if name in pipe._callback_tensor_inputs]

    def after(_pipe: DiffusionPipeline, _step: int, _time: object, tensors: dict[str, torch.Tensor]) -> dict[str, Any]:
        tell(tensors.get("latents"))
        # Nothing is handed back: LTXI2VLongMultiPromptPipeline shows other latents than those it would overwrite.
        return {}

    return {"callback_on_step_end": after, "callback_on_step_end_tensor_inputs": names}


@contextmanager
def _watched_scheduler(scheduler: Any, tell: Callable[[torch.Tensor], None]) -> Iterator[None]:
    """Let this one scheduler's ``step`` tell; a copy that the pipeline makes of it steps as usual and stays silent."""
    usual = type(scheduler)

    class Watched(usual):  # type: ignore[misc, valid-type]
        @functools.wraps(usual.step)  # pipelines look at its signature
        def step(self, *args: Any, **kwargs: Any) -> Any:
            result = super().step(*args, **kwargs)
            if self is scheduler:
                tell(result[0] if isinstance(result, tuple) else result.prev_sample)
            return result

    Watched.__name__, Watched.__qualname__ = usual.__name__, usual.__qualname__
    scheduler.__class__ = Watched
    try:
        yield
    finally:
        scheduler.__class__ = usual
