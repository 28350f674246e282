"""Every step of every kind of pipeline is told, and a clip that was stopped leaves nothing behind."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from musicvid.diffusion.previews import why_no_preview
from musicvid.diffusion.steps import Cancelled, watched
from musicvid.errors import RenderError

STEPS = 3
CALLS = {
    "wan-t2v": {"num_frames": 5, "height": 32, "width": 48},
    "wan22-a14b": {"num_frames": 5, "height": 32, "width": 48},
    "ltx": {"num_frames": 9, "height": 32, "width": 64},
    "ltx2": {"num_frames": 9, "height": 32, "width": 32},
    "helios": {"num_frames": 33, "height": 32, "width": 32},
    "skyreels-df": {"num_frames": 5, "height": 32, "width": 48},
    "hunyuan15": {"num_frames": 5, "height": 16, "width": 16},
}
TEXT = {"prompt": "a street at night", "max_sequence_length": 16}


def hunyuan15():
    """HunyuanVideo 1.5 without its text encoders: prompts come as embeddings. It has no step callback."""
    from diffusers import (
        AutoencoderKLHunyuanVideo15,
        ClassifierFreeGuidance,
        FlowMatchEulerDiscreteScheduler,
        HunyuanVideo15Pipeline,
        HunyuanVideo15Transformer3DModel,
    )

    torch.manual_seed(0)
    transformer = HunyuanVideo15Transformer3DModel(
        in_channels=9, out_channels=4, num_attention_heads=2, attention_head_dim=8, num_layers=1, num_refiner_layers=1,
        mlp_ratio=2.0, patch_size=1, patch_size_t=1, text_embed_dim=16, text_embed_2_dim=8, image_embed_dim=12,
        rope_axes_dim=(2, 2, 4), target_size=16, task_type="t2v",
    )  # fmt: skip
    vae = AutoencoderKLHunyuanVideo15(
        in_channels=3, out_channels=3, latent_channels=4, block_out_channels=(16, 16), layers_per_block=1,
        spatial_compression_ratio=4, temporal_compression_ratio=2, downsample_match_channel=False,
        upsample_match_channel=False,
    )  # fmt: skip
    return HunyuanVideo15Pipeline(
        text_encoder=None, tokenizer=None, text_encoder_2=None, tokenizer_2=None, transformer=transformer.eval(),
        vae=vae.eval(), scheduler=FlowMatchEulerDiscreteScheduler(shift=7.0), guider=ClassifierFreeGuidance(),
    )  # fmt: skip


def embeddings():
    told = {}
    for side in ("", "negative_"):
        told[f"{side}prompt_embeds"] = torch.ones(1, 4, 16) * (2 if side else 1)
        told[f"{side}prompt_embeds_mask"] = torch.ones(1, 4, dtype=torch.long)
        told[f"{side}prompt_embeds_2"] = torch.ones(1, 4, 8)
        told[f"{side}prompt_embeds_mask_2"] = torch.ones(1, 4, dtype=torch.long)
    return told


@pytest.fixture(scope="module")
def pipe_of(tiny_model):
    from diffusers import DiffusionPipeline

    torch.set_num_threads(1)
    loaded = {}

    def pipe(kind):
        if kind not in loaded:
            loaded[kind] = hunyuan15() if kind == "hunyuan15" else DiffusionPipeline.from_pretrained(tiny_model(kind))
            loaded[kind].set_progress_bar_config(disable=True)
        return loaded[kind]

    return pipe


def film(pipe, kind, more=None, steps=STEPS):
    torch.manual_seed(9)  # SkyReels draws from the global generator
    text = embeddings() if kind == "hunyuan15" else TEXT
    made = pipe(
        **text,
        **CALLS[kind],
        num_inference_steps=steps,
        output_type="np",
        generator=torch.Generator().manual_seed(0),
        **(more or {}),
    )
    return np.asarray(made.frames)


@pytest.mark.parametrize("kind", CALLS)
def test_every_step_is_told_and_the_clip_is_the_same(pipe_of, kind):
    pipe, told = pipe_of(kind), []
    stock = film(pipe, kind)
    with watched(pipe, lambda step, steps, latents: told.append((step, steps, latents.clone()))) as more:
        assert np.array_equal(film(pipe, kind, more), stock)
    assert [entry[:2] for entry in told] == [(step, STEPS) for step in range(STEPS)]
    assert not torch.equal(told[0][2], told[1][2])


@pytest.mark.parametrize("kind", CALLS)
def test_a_clip_stops_at_the_step_and_the_next_one_is_the_same(pipe_of, kind, monkeypatch):
    pipe, told = pipe_of(kind), []
    stock = film(pipe, kind)
    decodes = []
    genuine = type(pipe.vae).decode
    monkeypatch.setattr(type(pipe.vae), "decode", lambda *args, **more: (decodes.append(1), genuine(*args, **more))[1])

    def stop(step, _steps, _latents):
        told.append(step)
        if step == 1:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled), watched(pipe, stop) as more:
        film(pipe, kind, more)
    assert told == [0, 1]
    assert decodes == []
    assert np.array_equal(film(pipe, kind), stock)


def test_steps_of_several_rounds_are_counted_on(pipe_of):
    pipe, told = pipe_of("helios"), []
    with watched(pipe, lambda step, steps, _latents: told.append((step, steps)), rounds=2) as more:
        pipe(**TEXT, height=32, width=32, num_frames=66, num_inference_steps=2, output_type="latent", **more)
    assert told == [(step, 4) for step in range(4)]


def test_a_pipeline_that_shows_other_latents_than_it_works_on_is_not_disturbed(pipe_of):
    from diffusers import LTXI2VLongMultiPromptPipeline

    pipe, told = LTXI2VLongMultiPromptPipeline(**pipe_of("ltx").components), []
    pipe.set_progress_bar_config(disable=True)
    call = TEXT | CALLS["ltx"] | {"num_inference_steps": 4, "seed": 1, "output_type": "latent"}
    stock = pipe(**call).frames
    with watched(pipe, lambda step, _steps, _latents: told.append(step)) as more:
        assert torch.equal(pipe(**call, **more).frames, stock)
    assert told == [0, 1, 2]
    assert "LTXI2VLongMultiPromptPipeline" in why_no_preview(pipe)


def test_a_pipeline_without_callback_is_watched_through_its_scheduler(pipe_of):
    pipe = pipe_of("hunyuan15")
    usual = type(pipe.scheduler)
    with watched(pipe, lambda *_: pytest.fail("the copy told")) as more:
        assert more == {}
        assert isinstance(pipe.scheduler, usual)
        twin = copy.deepcopy(pipe.scheduler)
        twin.set_timesteps(3)
        sample = torch.ones(1, 4, 2, 2)
        moved = twin.step(sample, twin.timesteps[0], sample, return_dict=False)[0]
        assert not torch.equal(moved, sample)
    assert type(pipe.scheduler) is usual


def test_caches_between_steps_are_emptied_when_a_clip_is_stopped(pipe_of):
    from diffusers import FirstBlockCacheConfig

    pipe = pipe_of("wan-t2v")
    pipe.transformer.enable_cache(FirstBlockCacheConfig(threshold=0.9))
    try:
        stock = film(pipe, "wan-t2v", steps=5)

        def stop(step, _steps, _latents):
            if step == 2:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), watched(pipe, stop) as more:
            film(pipe, "wan-t2v", more, steps=5)
        assert np.array_equal(film(pipe, "wan-t2v", steps=5), stock)
    finally:
        pipe.transformer.disable_cache()


def test_what_cannot_be_watched_is_said():
    from diffusers import DiffusionPipeline

    class Bare(DiffusionPipeline):
        def __call__(self):
            return None

    with pytest.raises(RenderError, match="Bare has neither"), watched(Bare(), lambda *_: None):
        pass
