"""What a run is set to reaches the pipeline: the same as a person sets on the stock one by hand, on every road."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusion.stock_calls import CASES, GROUPS, RESIDENT, cpu, engine_of, spec_of, stock_frames, stock_pipe

from musicvid.diffusion.settings import Lora
from musicvid.errors import RenderError, UnknownNameError

torch.set_num_threads(1)


def ours(folder, name, **settings):
    engine = engine_of(folder, cpu(**settings))
    return engine.frames(spec_of(CASES[name]), RESIDENT)


def by_hand(folder, name, prepare=lambda pipe: None, **more):
    case = CASES[name]
    pipe = stock_pipe(folder, case.pipeline)
    prepare(pipe)
    return stock_frames(pipe, case, spec_of(case), **more)


SETTINGS = {
    "guidance": ("wan-t2v", {"guidance": 2.5}, {"guidance_scale": 2.5}),
    "no guidance": ("wan-t2v", {"guidance": 1.0}, {"guidance_scale": 1.0}),
    "guidance of both experts": (
        "wan22-a14b", {"guidance": 2.5, "guidance_2": 6.0}, {"guidance_scale": 2.5, "guidance_scale_2": 6.0},
    ),
    "no guidance of both experts": (
        "wan22-a14b", {"guidance": 1.0}, {"guidance_scale": 1.0, "guidance_scale_2": 1.0},
    ),
    "steps": ("ltx plain", {"steps": 5}, {"num_inference_steps": 5}),
    "sigmas": (
        "ltx2 plain", {"sigmas": (1.0, 0.7, 0.3)}, {"sigmas": [1.0, 0.7, 0.3], "num_inference_steps": 3},
    ),
    "sigmas of a song": ("ltx2 frozen sound", {"sigmas": (1.0, 0.6)}, {"sigmas": [1.0, 0.6]}),
    "sigmas over time": ("ltx many prompts", {"sigmas": (1.0, 0.7, 0.2)}, {"sigmas": [1.0, 0.7, 0.2, 0.0]}),
    "sigmas of chunks": ("helios plain", {"sigmas": (0.9, 0.4)}, {"sigmas": np.array([0.9, 0.4])}),
    "calls": ("ltx plain", {"calls": (("guidance_rescale", 0.7),)}, {"guidance_rescale": 0.7}),
    "all guidance of LTX-2 off": (
        "ltx2 plain", {"guidance": 1.0},
        {
            "guidance_scale": 1.0, "stg_scale": 0.0, "modality_scale": 1.0, "guidance_rescale": 0.0,
            "audio_guidance_scale": 1.0, "audio_stg_scale": 0.0, "audio_modality_scale": 1.0,
            "audio_guidance_rescale": 0.0,
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", SETTINGS)
def test_a_setting_reaches_the_call(tiny_model, what):
    name, settings, stock = SETTINGS[what]
    folder = tiny_model(CASES[name].kind)
    made = ours(folder, name, **settings)
    assert torch.equal(made, by_hand(folder, name, **stock))
    assert not torch.equal(made, ours(folder, name))


def test_sigmas_that_a_pipeline_cannot_be_given_are_refused(tiny_model):
    """They would be dropped, and the number of steps with them."""
    with pytest.raises(RenderError, match="WanPipeline takes a number of steps"):
        ours(tiny_model("wan-t2v"), "wan-t2v", sigmas=(1.0, 0.5))


def euler(shift):
    def prepare(pipe):
        from diffusers import FlowMatchEulerDiscreteScheduler

        pipe.scheduler = FlowMatchEulerDiscreteScheduler(shift=shift)

    return prepare


def test_another_schedule_and_shift_are_walked(tiny_model):
    folder, flow = tiny_model("wan-t2v"), "FlowMatchEulerDiscreteScheduler"
    made = ours(folder, "wan-t2v", scheduler=flow, shift=8.0)
    assert torch.equal(made, by_hand(folder, "wan-t2v", euler(8.0)))
    kept = ours(folder, "wan-t2v", scheduler=flow)  # the folder's shift is 3
    assert torch.equal(kept, by_hand(folder, "wan-t2v", euler(3.0)))
    assert len({frames.sum().item() for frames in (made, kept, ours(folder, "wan-t2v"))}) == 3


def test_a_shift_holds_on_every_road_and_after_loading_again(tiny_model):
    engine = engine_of(tiny_model("ltx"), cpu(shift=7.0))
    names = ("ltx plain", "ltx first", "ltx plain")
    made = [engine.frames(spec_of(CASES[name]), RESIDENT) for name in names]
    engine.release()
    made += [engine.frames(spec_of(CASES[name]), RESIDENT) for name in names]
    for name, frames in zip(names * 2, made, strict=True):
        assert torch.equal(frames, by_hand(tiny_model("ltx"), name, euler(7.0))), name


def test_a_schedule_that_a_road_cannot_walk_is_refused(tiny_model):
    folder = tiny_model("ltx")
    engine = engine_of(folder, cpu(scheduler="FlowMatchLCMScheduler"))
    with pytest.raises(RenderError, match="cannot walk FlowMatchLCMScheduler"):
        engine.frames(spec_of(CASES["ltx many prompts"]), RESIDENT)
    with pytest.raises(UnknownNameError):
        ours(folder, "ltx plain", scheduler="DDIMScheduler")


def test_the_long_take_is_denoised_to_the_end(tiny_model):
    """Told a number of steps, the pipeline makes one fewer and arrives where noise is left."""
    name, sigmas = "ltx many prompts", []
    engine = engine_of(tiny_model("ltx"), cpu(steps=4, shift=7.0))

    def watch(pipe):
        return lambda step, steps, latents: sigmas.append(float(pipe.scheduler.sigmas[pipe.scheduler.step_index]))

    engine.frames(spec_of(CASES[name]), RESIDENT, watch)
    assert len(sigmas) == 8  # two windows of four steps
    assert sigmas[3] == sigmas[7] == 0
    evenly = [0.75, 0.5, 0.25]
    assert sigmas[:3] == pytest.approx([7 * sigma / (1 + 6 * sigma) for sigma in evenly], abs=1e-6)
    pipe, seen = stock_pipe(tiny_model("ltx"), CASES[name].pipeline), []
    euler(7.0)(pipe)

    def after(pipe, step, time, kwargs):
        seen.append(float(pipe.scheduler.sigmas[pipe.scheduler.step_index]))
        return {}

    pipe(prompt="a | b", height=32, width=64, num_frames=97, num_inference_steps=4, callback_on_step_end=after)
    assert len(seen) == 6
    assert seen[-1] > 0.04  # the trap itself


def cached(threshold):
    def prepare(pipe):
        from diffusers import FirstBlockCacheConfig

        pipe.transformer.enable_cache(FirstBlockCacheConfig(threshold=threshold))

    return prepare


@pytest.mark.parametrize("name", ["wan-t2v", "ltx first"])
def test_a_cache_is_the_stock_one_on_every_road(tiny_model, name):
    folder = tiny_model(CASES[name].kind)
    engine = engine_of(folder, cpu(steps=10, cache="first-block", cache_threshold=1.0))
    if name == "ltx first":
        engine.frames(spec_of(CASES["ltx plain"]), RESIDENT)
    expected = by_hand(folder, name, cached(1.0), num_inference_steps=10)
    for plan in (RESIDENT, GROUPS, RESIDENT):
        assert torch.equal(engine.frames(spec_of(CASES[name]), plan), expected), plan.name
    assert not torch.equal(expected, ours(folder, name, steps=10))


def test_a_clip_that_is_stopped_leaves_nothing_in_a_cache(tiny_model):
    engine = engine_of(tiny_model("wan-t2v"), cpu(steps=10, cache="first-block", cache_threshold=1.0))
    spec = spec_of(CASES["wan-t2v"])
    whole = engine.frames(spec, RESIDENT)

    def stop(step, steps, latents):
        if step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.frames(spec, RESIDENT, lambda pipe: stop)
    assert torch.equal(engine.frames(spec, RESIDENT), whole)


def adapter(folder, path, seed, part="transformer"):
    """A random adapter for one denoiser of the pipeline in ``folder``, saved as a trained one is."""
    from diffusers import DiffusionPipeline
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    pipe = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    denoiser = getattr(pipe, part)
    denoiser.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=["to_q", "to_v"], init_lora_weights=False))
    noise = torch.Generator().manual_seed(seed)
    for name, parameter in denoiser.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn(parameter.shape, generator=noise)
    layers = get_peft_model_state_dict(denoiser)
    type(pipe).save_lora_weights(path, transformer_lora_layers=layers, safe_serialization=True)
    return str(path)


@pytest.mark.parametrize("name", ["wan-t2v", "ltx first"])
def test_an_adapter_is_the_stock_one_on_every_road_and_plan(tiny_model, tmp_path, name):
    folder = tiny_model(CASES[name].kind)
    path = adapter(folder, tmp_path / "style", 1)
    engine = engine_of(folder, cpu(loras=(Lora(path, 0.5),)))
    if name == "ltx first":
        engine.frames(spec_of(CASES["ltx plain"]), RESIDENT)

    def prepare(pipe):
        pipe.load_lora_weights(path, adapter_name="style")
        pipe.set_adapters(["style"], [0.5])

    expected = by_hand(folder, name, prepare)
    for plan in (RESIDENT, GROUPS, RESIDENT):
        assert torch.equal(engine.frames(spec_of(CASES[name]), plan), expected), plan.name
    assert not torch.equal(expected, ours(folder, name))


def test_a_pair_of_adapters_for_a_pair_of_experts(tiny_model, tmp_path):
    """Few steps without guidance, as distilled pairs are used."""
    folder = tiny_model("wan22-a14b")
    high, low = adapter(folder, tmp_path / "high", 1), adapter(folder, tmp_path / "low", 2, "transformer_2")

    def prepare(pipe):
        pipe.load_lora_weights(high, adapter_name="a")
        pipe.load_lora_weights(low, adapter_name="b", load_into_transformer_2=True)

    few = {"steps": 4, "guidance": 1.0}
    made = ours(folder, "wan22-a14b", loras=(Lora(high), Lora(low, expert="low")), **few)
    stock = {"num_inference_steps": 4, "guidance_scale": 1.0, "guidance_scale_2": 1.0}
    assert torch.equal(made, by_hand(folder, "wan22-a14b", prepare, **stock))
    one = ours(folder, "wan22-a14b", loras=(Lora(high),), **few)
    assert not torch.equal(made, one)
    assert not torch.equal(one, ours(folder, "wan22-a14b", **few))


def test_what_an_adapter_leaves_out_is_said_once_however_often_it_is_loaded(tiny_model, tmp_path):
    from safetensors.torch import save_file

    odd = {f"transformer.blocks.{block}.nowhere.lora_{ab}.weight": torch.zeros(4, 4) for block in (7,) for ab in "AB"}
    pair = {
        "transformer.blocks.0.attn1.to_q.lora_A.weight": torch.zeros(4, 24),
        "transformer.blocks.0.attn1.to_q.lora_B.weight": torch.zeros(24, 4),
    }
    save_file(pair | odd, tmp_path / "odd.safetensors")
    engine = engine_of(tiny_model("wan-t2v"), cpu(loras=(Lora(str(tmp_path / "odd.safetensors")),)))
    said = []
    for _ in range(3):
        engine.frames(spec_of(CASES["wan-t2v"]), RESIDENT)
        engine.release()
        said.append(list(engine.notes))
    assert engine.counts.loads == 3
    assert len(said[0]) == 1
    assert said == [said[0]] * 3
