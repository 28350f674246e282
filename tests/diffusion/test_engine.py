"""The engine's frames are, bit for bit, those of the stock pipeline called by hand with its text encoder inside."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusion.stock_calls import CASES, RESIDENT, cpu, engine_of, spec_of, stock_frames, stock_pipe
from musicvid_kernels.finish import finish_reference

from musicvid.diffusion.loading import TEXT_PARTS
from musicvid.errors import RenderError

torch.set_num_threads(1)
ROADS = {kind: [name for name, case in CASES.items() if case.kind == kind] for kind in {c.kind for c in CASES.values()}}


def stock(folder, name, **more):
    case = CASES[name]
    return stock_frames(stock_pipe(folder, case.pipeline), case, spec_of(case), **more)


@pytest.fixture(scope="module")
def engine_for(tiny_model):
    """One engine a kind, with every text encoded first; it then walks every road of its model in turn."""
    made = {}

    def engine(kind):
        if kind not in made:
            made[kind] = engine_of(tiny_model(kind))
            made[kind].encode(spec_of(CASES[name]) for name in ROADS[kind])
        return made[kind]

    return engine


@pytest.mark.parametrize("name", CASES)
def test_frames_are_the_stock_pipelines_own(tiny_model, engine_for, name):
    case = CASES[name]
    engine, spec = engine_for(case.kind), spec_of(CASES[name])
    assert engine.road_for(spec).pipeline == case.pipeline
    ours = engine.frames(spec, RESIDENT)
    assert ours.shape == (case.frames, 3, case.size.height, case.size.width)
    assert torch.equal(ours, stock(tiny_model(case.kind), name))
    made, defined = engine.make(spec, RESIDENT), finish_reference(ours).numpy()
    assert made.finite
    assert np.abs(made.pictures.astype(int) - defined).max() <= 1
    assert engine.counts.loads == 1


@pytest.mark.parametrize("name", ["wan-t2v", "ltx first", "skyreels-df long", "ltx2 plain", "helios first"])
def test_another_seed_prompt_or_thing_to_avoid_is_another_clip(engine_for, name):
    case = CASES[name]
    engine = engine_for(case.kind)
    one = engine.frames(spec_of(case), RESIDENT)
    for more in ({"seed": 12}, {"prompts": ("a harbour",)}, {"avoid": "fog"}):
        assert not torch.equal(engine.frames(spec_of(case, **more), RESIDENT), one), more
    assert torch.equal(engine.frames(spec_of(case), RESIDENT), one)


def test_nothing_to_avoid_is_the_stock_call_without_a_negative_prompt(tiny_model, engine_for):
    case = CASES["wan-t2v"]
    spec = spec_of(case, avoid="")
    expected = stock_frames(stock_pipe(tiny_model("wan-t2v"), case.pipeline), case, spec)
    assert torch.equal(engine_for("wan-t2v").frames(spec, RESIDENT), expected)


@pytest.mark.parametrize(("name", "steps"), [("wan-t2v", 50), ("ltx plain", 50), ("ltx2 plain", 30)])
def test_the_models_own_settings_are_used_where_nothing_is_said(tiny_model, name, steps):
    """Steps and guidance of the model's makers; the pipelines' defaults happen to be the same."""
    case = CASES[name]
    engine = engine_of(tiny_model(case.kind), cpu(steps=None))
    assert engine.model.steps == steps
    told = []
    ours = engine.frames(spec_of(case), RESIDENT, lambda pipe: lambda step, steps, latents: told.append(steps))
    assert told == [steps] * steps
    pipe = stock_pipe(tiny_model(case.kind), case.pipeline)
    assert torch.equal(ours, stock_frames(pipe, case, spec_of(case), num_inference_steps=steps))


def test_several_roads_in_any_order_on_one_engine(tiny_model):
    engine = engine_of(tiny_model("ltx"))
    names = ROADS["ltx"]
    engine.encode(spec_of(CASES[name]) for name in names)
    expected = {name: stock(tiny_model("ltx"), name) for name in names}
    for name in (*names, *reversed(names)):
        assert torch.equal(engine.frames(spec_of(CASES[name]), RESIDENT), expected[name]), name
    assert engine.counts.loads == 1


@pytest.mark.parametrize("kind", sorted(ROADS))
def test_the_text_encoder_is_not_there_while_frames_are_made(tiny_model, kind):
    case = CASES[ROADS[kind][0]]
    engine, seen = engine_of(tiny_model(kind)), []
    before = encoders_alive()

    def watch(pipe):
        seen.append([pipe.components.get(name) for name in TEXT_PARTS])
        seen.append([one for one in encoders_alive() if not any(one is other for other in before)])
        return lambda *_: None

    engine.frames(spec_of(case), RESIDENT, watch)
    assert engine.counts.encoder_loads == 1
    assert seen == [[None] * len(TEXT_PARTS), []]


def encoders_alive():
    gc.collect()
    names = {"UMT5EncoderModel", "T5EncoderModel", "Gemma3ForConditionalGeneration"}
    return [one for one in gc.get_objects() if type(one).__name__ in names]


def test_make_gives_planes_of_the_frames_and_what_they_took(engine_for):
    engine, spec = engine_for("wan-t2v"), spec_of(CASES["wan-t2v"])
    made = engine.make(spec, RESIDENT)
    assert made.finite
    assert made.pictures.dtype == np.uint8
    assert made.pictures.shape == (5, 48, 48)
    defined = finish_reference(engine.frames(spec, RESIDENT)).numpy()
    assert np.abs(made.pictures.astype(int) - defined).max() <= 1  # compiled for the processor, it rounds otherwise
    assert {"encode", "load", "denoise", "decode", "convert"} <= made.stages_s.keys()
    assert made.stages_s["decode"] > 0
    assert made.peak_bytes == 0


def test_numbers_that_are_none_are_told(tiny_model):
    engine, spec = engine_of(tiny_model("wan-t2v")), spec_of(CASES["wan-t2v"])
    engine.frames(spec, RESIDENT)
    with torch.no_grad():
        engine._pipe.transformer.proj_out.bias.fill_(float("nan"))
    made = engine.make(spec, RESIDENT)
    assert not made.finite


def test_a_clip_that_no_road_takes_is_refused(engine_for):
    spec = spec_of(CASES["wan-t2v"])
    with pytest.raises(RenderError, match="cannot make a clip from first"):
        engine_for("wan-t2v").frames(replace(spec, first=np.zeros((32, 48, 3), np.uint8)), RESIDENT)
    with pytest.raises(RenderError, match="a prompt alone"):
        engine_for("wan22-i2v").frames(spec, RESIDENT)


def test_too_few_frames_are_an_error_and_too_many_are_cut(engine_for):
    """Wan makes 5 frames for 6 and for 4."""
    engine, spec = engine_for("wan-t2v"), spec_of(CASES["wan-t2v"])
    with pytest.raises(RenderError, match="WanPipeline made 5 frames, 6 were asked for"):
        engine.frames(replace(spec, frame_count=6), RESIDENT)
    assert torch.equal(engine.frames(replace(spec, frame_count=4), RESIDENT), engine.frames(spec, RESIDENT)[:4])


def test_half_precision_is_the_stock_pipelines_too(tiny_model):
    case = CASES["wan-t2v"]
    engine = engine_of(tiny_model("wan-t2v"), cpu(dtype="bf16", vae_dtype="fp32"))
    from diffusers import WanPipeline

    pipe = WanPipeline.from_pretrained(
        tiny_model("wan-t2v"), dtype={"vae": torch.float32, "default": torch.bfloat16}, local_files_only=True
    )
    pipe.set_progress_bar_config(disable=True)
    spec = spec_of(case)
    assert torch.equal(engine.frames(spec, RESIDENT), stock_frames(pipe, case, spec))
    assert engine._pipe.transformer.dtype is torch.bfloat16
    assert engine._pipe.vae.dtype is torch.float32
