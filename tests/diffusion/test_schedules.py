"""Schedules set on genuine pipelines: sigmas against the formula of the shift, in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from musicvid.diffusion.schedules import check_schedule, set_schedule
from musicvid.errors import InputError, RenderError, UnknownNameError

torch.set_num_threads(1)
NAMES = ("FlowMatchEulerDiscreteScheduler", "FlowMatchLCMScheduler", "UniPCMultistepScheduler")


def loaded(folder, cls=None):
    import diffusers

    pipe = getattr(diffusers, cls or "DiffusionPipeline").from_pretrained(folder, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def film(pipe, **more):
    ltx = type(pipe).__name__.startswith("LTX")
    asked = {"height": 32, "width": 64, "num_frames": 9} if ltx else {"height": 32, "width": 48, "num_frames": 5}
    answer = pipe(
        prompt="a singer",
        num_inference_steps=4,
        guidance_scale=1.0,
        max_sequence_length=16,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
        **asked | more,
    )
    return np.asarray(answer.frames[0])


def shifted(sigma, shift):
    return shift * sigma / (1 + (shift - 1) * sigma)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("shift", [1.0, 5.0, 12.0])
def test_the_shift_is_that_of_flow_matching(tiny_model, name, shift):
    pipe = loaded(tiny_model("wan-t2v"))
    set_schedule(pipe, name, shift)
    assert type(pipe.scheduler).__name__ == name
    pipe.scheduler.set_timesteps(5)
    sigmas = np.asarray(pipe.scheduler.sigmas, np.float64)[:-1]
    assert np.all(np.diff(sigmas) < 0)
    if name == "UniPCMultistepScheduler":  # spaces its steps by itself: compare with what it does unshifted
        plain = loaded(tiny_model("wan-t2v"))
        set_schedule(plain, name, 1.0)
        plain.scheduler.set_timesteps(5)
        spaced = np.asarray(plain.scheduler.sigmas, np.float64)[:-1]
    else:  # evenly, from all noise to the last of 1000 training steps, itself shifted
        spaced = np.linspace(1.0, shifted(1 / 1000, shift), 5)
    assert np.allclose(sigmas, shifted(spaced, shift), atol=1e-3)


@pytest.mark.parametrize("name", NAMES)
def test_a_few_steps_make_a_film_that_differs_by_schedule(tiny_model, name):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    set_schedule(pipe, name, 8.0)
    made = film(pipe)
    assert np.isfinite(made).all()
    assert not np.array_equal(made, stock)


def test_the_class_may_change_and_the_shift_stay(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    assert pipe.scheduler.config.flow_shift == 3.0
    for name, key in (("FlowMatchEulerDiscreteScheduler", "shift"), ("UniPCMultistepScheduler", "flow_shift")):
        set_schedule(pipe, name)
        assert pipe.scheduler.config[key] == 3.0
    assert pipe.scheduler.config.use_flow_sigmas
    assert pipe.scheduler.config.prediction_type == "flow_prediction"


def test_the_shift_may_change_and_the_class_stay(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    before = {key: value for key, value in pipe.scheduler.config.items() if not key.startswith("_")}
    set_schedule(pipe, "", 7.0)
    assert type(pipe.scheduler).__name__ == "UniPCMultistepScheduler"
    changed = {key for key, value in before.items() if pipe.scheduler.config.get(key) != value}
    assert changed == {"flow_shift"}
    assert not np.array_equal(film(pipe), stock)
    set_schedule(pipe, "", 3.0)
    assert np.array_equal(film(pipe), stock)


def test_names_and_shifts_that_make_no_sense(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    with pytest.raises(UnknownNameError, match="FlowMatchEulerDiscreteScheduler"):
        set_schedule(pipe, "EulerDiscreteScheduler")
    with pytest.raises(InputError, match="not above 0"):
        set_schedule(pipe, "", 0.0)
    assert type(pipe.scheduler).__name__ == "UniPCMultistepScheduler"


def test_a_schedule_that_follows_the_size_is_refused_where_nobody_tells_it(tiny_model):
    from diffusers import FlowMatchEulerDiscreteScheduler

    pipe = loaded(tiny_model("ltx"), "LTXConditionPipeline")
    check_schedule(pipe)
    pipe.register_modules(scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True))
    with pytest.raises(ValueError, match="mu"):  # the trap itself
        film(pipe)
    with pytest.raises(RenderError, match="shift"):
        check_schedule(pipe)
    set_schedule(pipe, "", 3.0)
    check_schedule(pipe)
    assert np.isfinite(film(pipe)).all()
    plain = loaded(tiny_model("ltx"), "LTXPipeline")
    plain.register_modules(scheduler=FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True))
    check_schedule(plain)  # this one tells it
    assert np.isfinite(film(plain)).all()
