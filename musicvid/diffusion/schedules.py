"""The noise schedule: which class of diffusers walks it, and how far it is shifted towards noise."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any

from musicvid.errors import InputError, RenderError, UnknownNameError

_SHIFT = {
    "FlowMatchEulerDiscreteScheduler": "shift",
    "FlowMatchLCMScheduler": "shift",
    "UniPCMultistepScheduler": "flow_shift",
}
"""Schedules for flow models, each with what it calls its shift."""
SCHEDULERS = tuple(_SHIFT)

_NO_RESOLUTION_SHIFT = ("LTXConditionPipeline", "LTXI2VLongMultiPromptPipeline")
"""Pipelines that do not tell the schedule how many tokens there are, which dynamic shifting asks for."""

_TO_THE_END = ("LTXI2VLongMultiPromptPipeline",)
"""Pipelines that take the last entry of a schedule for its end. Told a number of steps they make one fewer and end at
the last noise level, not at none: they are given levels with a final zero, and a schedule that takes these as they are.
"""


def set_schedule(pipe: Any, scheduler: str, shift: float | None = None) -> None:
    """Give ``pipe`` the schedule class ``scheduler`` (empty: the one it has) and ``shift`` (None: as it is).

    The new one takes over what the old one's configuration says: number of training steps, shifts, time shift. A shift
    given here is fixed: a schedule that would follow the clip's size no longer does. Raises our errors.
    """
    import diffusers

    if scheduler and scheduler not in _SHIFT:
        raise UnknownNameError("scheduler", scheduler, _SHIFT)
    old = pipe.scheduler
    cls = getattr(diffusers, scheduler) if scheduler else type(old)
    takes = inspect.signature(cls.__init__).parameters
    config = {name: value for name, value in old.config.items() if name in takes}
    if scheduler == "UniPCMultistepScheduler":
        config.update(prediction_type="flow_prediction", use_flow_sigmas=True)
    had = next((old.config[name] for name in set(_SHIFT.values()) if name in old.config), None)
    named = next((name for name in set(_SHIFT.values()) if name in takes), None)
    if shift is not None:
        if shift <= 0:
            raise InputError(f"shift {shift} is not above 0")
        if named is None:
            raise RenderError(f"{cls.__name__} has no shift", hint="leave `shift` out")
        config[named] = shift
        if "use_dynamic_shifting" in takes:
            config["use_dynamic_shifting"] = False
    elif scheduler and had is not None and named is not None:
        config[named] = had
    pipe.register_modules(scheduler=cls.from_config(config))


def schedule_for(pipe: Any, schedule: Any) -> Any:
    """``schedule`` as ``pipe``'s class can walk it. Raises :class:`RenderError` where it cannot."""
    import diffusers

    name, walked = type(pipe).__name__, "FlowMatchEulerDiscreteScheduler"
    if name not in _TO_THE_END or isinstance(schedule, diffusers.LTXEulerAncestralRFScheduler):
        return schedule
    if type(schedule).__name__ != walked:
        raise RenderError(
            f"{name} cannot walk {type(schedule).__name__}", hint=f"leave `scheduler` out, or set it to {walked}"
        )
    return diffusers.LTXEulerAncestralRFScheduler.from_config(schedule.config)


def sigmas_to_zero(pipe: Any, steps: int | None, sigmas: Sequence[float] = ()) -> list[float]:
    """The noise levels of a clip with the final zero: ``sigmas``, or as many as ``steps`` in equal steps as the other
    LTX pipelines have it, shifted as the schedule's configuration says."""
    import diffusers
    import numpy as np

    spaced = [sigma for sigma in sigmas if sigma > 0] or np.linspace(1.0, 1 / (steps or 1), steps or 1).tolist()
    walked = diffusers.FlowMatchEulerDiscreteScheduler.from_config(pipe.scheduler.config)
    walked.set_timesteps(sigmas=spaced)
    return [float(sigma) for sigma in walked.sigmas]


def steps_of(pipe: Any) -> int:
    """How many steps ``pipe``, now in a call, makes each time it goes through its schedule."""
    count = getattr(pipe, "_num_timesteps", None) or len(pipe.scheduler.timesteps)
    return count - 1 if type(pipe).__name__ in _TO_THE_END else count


def check_schedule(pipe: Any) -> None:
    """Raises :class:`RenderError` before any work when ``pipe`` cannot walk its schedule.

    ``LTXConditionPipeline`` fails with a schedule that shifts by the clip's size. Which fixed shift is right depends on
    the weights, so the user says it.
    """
    name = type(pipe).__name__
    if name in _NO_RESOLUTION_SHIFT and pipe.scheduler.config.get("use_dynamic_shifting"):
        raise RenderError(
            f"{name} cannot shift its schedule by the clip's size, as this model's configuration wants",
            hint="set a fixed `shift`, such as `shift: 3.0`",
        )
