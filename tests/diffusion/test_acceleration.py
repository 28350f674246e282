"""Caches change pixels while they are on and leave no trace when they are off; compiled blocks compute the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusion import tiny_clips
from diffusion.tiny_clips import loaded

from musicvid.diffusion.acceleration import (
    CACHES,
    apply_cache,
    compile_blocks,
    measure_ratios,
    remove_cache,
    reset_cache,
)
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.placement import place, unplace
from musicvid.errors import InputError, RenderError, UnknownNameError

torch.set_num_threads(1)
STEPS = 10
LOUD = {"first-block": 1.0, "magcache": 1.0}  # thresholds at which something is skipped for sure


def film(pipe, steps=STEPS, **more):
    return tiny_clips.film(pipe, steps, **more)


def ratios_for(name):
    return [1.0] * STEPS if name == "magcache" else ()


@pytest.mark.parametrize("kind", ["wan-t2v", "wan22-a14b", "ltx"])
@pytest.mark.parametrize("name", CACHES)
def test_a_cache_changes_pixels_until_it_is_removed(tiny_model, kind, name):
    pipe = loaded(tiny_model(kind))
    stock = film(pipe)
    apply_cache(pipe, name, LOUD.get(name), STEPS, ratios_for(name))
    cached = film(pipe)
    assert not np.array_equal(cached, stock)
    assert np.isfinite(cached).all()
    assert np.array_equal(film(pipe), cached)  # one clip leaves nothing for the next
    remove_cache(pipe)
    assert np.array_equal(film(pipe), stock)
    assert not any(m._forward_pre_hooks for m in pipe.transformer.modules())


def test_a_cache_without_effect_is_an_error(tiny_model, monkeypatch):
    from musicvid.diffusion import acceleration

    monkeypatch.setattr(acceleration, "_ATTENTION_AND_FEED_FORWARD", "no such module")
    pipe = loaded(tiny_model("wan-t2v"))
    with pytest.raises(RenderError, match="finds nothing to skip"):
        apply_cache(pipe, "taylorseer")
    assert not pipe.transformer.is_cache_enabled


def test_one_cache_takes_the_place_of_another(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    for name in (*CACHES, *reversed(CACHES)):
        apply_cache(pipe, name, LOUD.get(name), STEPS, ratios_for(name))
    remove_cache(pipe)
    assert np.array_equal(film(pipe), stock)


def test_pyramid_follows_the_clip_on_every_road_that_shares_the_denoiser(tiny_model):
    """The cache asks for the time; another pipeline class with the same weights has a clock of its own."""
    from diffusers import WanPipeline

    pipe = loaded(tiny_model("wan-t2v"))
    apply_cache(pipe, "pyramid", None, STEPS)
    cached = film(pipe)
    other = WanPipeline(**pipe.components)
    other.set_progress_bar_config(disable=True)
    assert np.array_equal(film(other), cached)


@pytest.mark.parametrize("name", ["first-block", "taylorseer", "pyramid"])
def test_a_cancelled_clip_is_forgotten(tiny_model, name):
    pipe = loaded(tiny_model("wan-t2v"))
    apply_cache(pipe, name, LOUD.get(name), STEPS)
    whole = film(pipe)

    class Stop(Exception):
        pass

    def stop(pipe, step, time, kwargs):
        if step == 6:
            raise Stop
        return kwargs

    with pytest.raises(Stop):
        film(pipe, callback_on_step_end=stop)
    reset_cache(pipe)
    assert np.array_equal(film(pipe), whole)


def test_a_cache_outlives_a_change_of_plan(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    apply_cache(pipe, "first-block", 1.0, STEPS)
    cached = film(pipe)
    for plan in (MemoryPlan("group-offload"), MemoryPlan(), MemoryPlan("group-offload")):
        place(pipe, plan, "cpu")
        assert np.array_equal(film(pipe), cached), plan.name
    remove_cache(pipe)
    assert np.array_equal(film(pipe), stock)
    unplace(pipe)
    assert np.array_equal(film(pipe), stock)


def test_measured_ratios_are_one_a_step_and_leave_the_pipeline_alone(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    ratios = measure_ratios(pipe, lambda: film(pipe), STEPS)
    assert len(ratios) == STEPS
    assert ratios[0] == 1.0  # by definition: nothing came before
    assert all(0 < ratio < 10 for ratio in ratios)
    assert len(set(ratios)) > 2
    assert np.array_equal(film(pipe), stock)
    apply_cache(pipe, "magcache", 1.0, STEPS, ratios)
    assert not np.array_equal(film(pipe), stock)
    with pytest.raises(RenderError, match="steps were measured"):
        measure_ratios(pipe, lambda: film(pipe, steps=3), STEPS)


def test_names_and_thresholds_that_make_no_sense(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    with pytest.raises(UnknownNameError, match="first-block"):
        apply_cache(pipe, "firstblock")
    with pytest.raises(InputError, match="fails in the Wan and LTX"):
        apply_cache(pipe, "fastercache")
    with pytest.raises(InputError, match="no threshold"):
        apply_cache(pipe, "taylorseer", 0.1)
    with pytest.raises(InputError, match="outside 0 to 1"):
        apply_cache(pipe, "first-block", 0.0)
    with pytest.raises(InputError, match="ratios"):
        apply_cache(pipe, "magcache", 0.1, STEPS)
    assert not pipe.transformer.is_cache_enabled


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
def test_faster_cache_really_fails_here(tiny_model, kind):
    """Why it is refused. When this test fails, offer it."""
    from diffusers import FasterCacheConfig

    pipe = loaded(tiny_model(kind))
    pipe.transformer.enable_cache(
        FasterCacheConfig(
            spatial_attention_block_skip_range=2,
            tensor_format="BCFHW",
            current_timestep_callback=lambda: 500,
            attention_weight_callback=lambda _: 0.3,
        )
    )
    with pytest.raises((IndexError, RuntimeError)):
        film(pipe)


def test_few_steps_and_a_cache_are_remarked_on(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    assert "does not pay with 8 steps" in apply_cache(pipe, "first-block", None, 8)[0]
    assert apply_cache(pipe, "first-block", None, 9) == ()


@pytest.mark.parametrize("plan", [MemoryPlan(), MemoryPlan("group-offload")])
def test_compiled_blocks_compute_the_same(tiny_model, plan):
    """The compiler's front end with PyTorch's own operators behind it: what is traced is what was written."""
    pipe = loaded(tiny_model("wan22-a14b"))
    stock = film(pipe, steps=2)
    compile_blocks(pipe, backend="eager")
    place(pipe, plan, "cpu")
    assert all(
        block._compiled_call_impl is not None for block in (*pipe.transformer.blocks, *pipe.transformer_2.blocks)
    )
    assert np.abs(film(pipe, steps=2) - stock).max() < 1e-5


def test_a_denoiser_without_repeated_blocks_says_so(tiny_model, monkeypatch):
    pipe = loaded(tiny_model("wan-t2v"))
    monkeypatch.setattr(type(pipe.transformer), "_repeated_blocks", [])
    with pytest.raises(RenderError, match="block by block"):
        compile_blocks(pipe)
