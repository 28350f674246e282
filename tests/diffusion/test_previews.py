"""Previews: nothing of the clip may change by them, and they show what the pipeline itself would decode."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from musicvid.diffusion.previews import Previews, preview, why_no_preview, write_preview
from musicvid.errors import RenderError, StorageError
from musicvid.schema.frames import FrameSize

SIZE = FrameSize(64, 32)
WIDE = FrameSize(128, 64)  # LTX's VAE shrinks 32-fold
FRAMES = {"wan-t2v": 5, "ltx": 9, "ltx2": 9, "skyreels-df": 5}


def size_of(kind):
    return WIDE if kind == "ltx" else SIZE


@pytest.fixture(scope="module")
def pipe_of(tiny_model):
    from diffusers import DiffusionPipeline

    torch.set_num_threads(1)
    loaded = {}

    def pipe(kind):
        if kind not in loaded:
            loaded[kind] = DiffusionPipeline.from_pretrained(tiny_model(kind))
            loaded[kind].set_progress_bar_config(disable=True)
        return loaded[kind]

    return pipe


def film(pipe, kind, on_step=None, output_type="np"):
    torch.manual_seed(9)  # some pipelines draw from the global generator
    made = pipe(
        prompt="a street at night",
        height=size_of(kind).height,
        width=size_of(kind).width,
        num_frames=FRAMES[kind],
        num_inference_steps=3,
        max_sequence_length=16,
        output_type=output_type,
        generator=torch.Generator().manual_seed(0),
        callback_on_step_end=on_step,
    )
    return np.asarray(made.frames)


@pytest.mark.parametrize("kind", FRAMES)
def test_a_clip_is_the_same_with_previews(pipe_of, tmp_path, kind):
    pipe, seen, told = pipe_of(kind), [], []
    previews = Previews(
        pipe, tmp_path / "now.jpg", every=2, frame_count=FRAMES[kind], size=size_of(kind), tell=told.append
    )

    def on_step(_pipe, step, _time, tensors):
        previews.after(step, tensors["latents"])
        seen.append(preview(pipe, tensors["latents"], frame_count=FRAMES[kind], size=size_of(kind)))
        return {}

    assert np.array_equal(film(pipe, kind), film(pipe, kind, on_step))
    assert told == []
    assert len(seen) == 3
    assert seen[0].dtype == np.uint8
    assert seen[0].shape == (size_of(kind).height // 2, size_of(kind).width // 2, 3)
    assert not np.array_equal(seen[0], seen[2])
    assert Image.open(tmp_path / "now.jpg").size == (size_of(kind).width // 2, size_of(kind).height // 2)


def middle_of(pipe, kind):
    """Latents whose middle frame is known: every value of ``small`` fills 2x2, so that pooling must give it back."""
    depth = (FRAMES[kind] - 1) // pipe.vae.temporal_compression_ratio + 1 if kind.startswith("ltx") else 2
    shrink = pipe.vae.spatial_compression_ratio
    channels = pipe.transformer.config.in_channels
    shape = (1, channels, depth, size_of(kind).height // shrink // 2, size_of(kind).width // shrink // 2)
    small = torch.randn(shape, generator=torch.Generator().manual_seed(3))
    large = small.repeat_interleave(2, dim=3).repeat_interleave(2, dim=4)
    return small[:, :, depth // 2 : depth // 2 + 1], large


def decoded(pipe, latents):
    if type(pipe.vae).__name__ != "AutoencoderKLWan":
        mean, spread = pipe.vae.latents_mean, pipe.vae.latents_std
    else:
        mean, spread = (torch.tensor(pipe.vae.config[key]) for key in ("latents_mean", "latents_std"))
    raw = torch.stack([latents[0, k] * spread[k] + mean[k] for k in range(latents.shape[1])])[None]
    with torch.no_grad():
        video = pipe.vae.decode(raw.float(), return_dict=False)[0]
    return pipe.video_processor.postprocess_video(video, output_type="np")[0, 0] * 255


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx", "ltx2"])
def test_it_shows_the_middle_frame(pipe_of, kind):
    pipe = pipe_of(kind)
    small, large = middle_of(pipe, kind)
    given = pipe._pack_latents(large, 1, 1) if kind.startswith("ltx") else large
    shown = preview(pipe, given, frame_count=FRAMES[kind], size=size_of(kind))
    assert np.abs(shown - decoded(pipe, small)).max() <= 0.51  # rounded, no more


def test_tokens_of_conditions_beside_the_clip_are_left_out(pipe_of, tiny_model):
    from diffusers import LTXConditionPipeline

    plain = pipe_of("ltx")
    conditioned = LTXConditionPipeline(**plain.components)
    _, large = middle_of(plain, "ltx")
    tokens = plain._pack_latents(large, 1, 1)
    shown = preview(plain, tokens, frame_count=9, size=WIDE)
    strangers = torch.full((1, 6, tokens.shape[2]), 7.0)
    behind, before = torch.cat([tokens, strangers], 1), torch.cat([strangers, tokens], 1)
    assert np.array_equal(preview(plain, behind, frame_count=9, size=WIDE), shown)
    assert np.array_equal(preview(conditioned, before, frame_count=9, size=WIDE), shown)
    with pytest.raises(RenderError, match="tokens are no clip of 9 frames at 128x64"):
        preview(plain, tokens[:, :5], frame_count=9, size=WIDE)


def test_a_vae_that_draws_noise_and_wants_the_noise_level(pipe_of):
    from diffusers import AutoencoderKLLTXVideo

    pipe = pipe_of("ltx")
    settings = dict(pipe.vae.config) | {"decoder_inject_noise": (True,) * 5, "timestep_conditioning": True}
    torch.manual_seed(0)
    usual, pipe.vae = pipe.vae, AutoencoderKLLTXVideo.from_config(settings).eval()
    try:
        _, large = middle_of(pipe, "ltx")
        before = torch.get_rng_state()
        assert preview(pipe, pipe._pack_latents(large, 1, 1), frame_count=9, size=WIDE) is not None
        assert torch.equal(torch.get_rng_state(), before)
        with torch.no_grad():
            pipe.vae.decode(large, torch.tensor([0.05]))
        assert not torch.equal(torch.get_rng_state(), before)  # it really draws
    finally:
        pipe.vae = usual


def test_the_real_decodes_caches_are_not_touched(pipe_of):
    pipe = pipe_of("wan-t2v")
    pipe.vae.clear_cache()
    pipe.vae.enable_tiling()
    try:
        mine = pipe.vae._feat_map = [torch.ones(1)]
        preview(pipe, middle_of(pipe, "wan-t2v")[1], frame_count=5, size=SIZE)
        assert pipe.vae._feat_map is mine
        assert pipe.vae.use_tiling
    finally:
        pipe.vae.disable_tiling()
        pipe.vae.clear_cache()


def test_what_cannot_be_shown_is_told_once(pipe_of, tmp_path):
    pipe, told = pipe_of("wan-t2v"), []
    usual, pipe.vae = pipe.vae, torch.nn.Identity()
    try:
        assert "Identity" in why_no_preview(pipe)
        assert preview(pipe, torch.zeros(1, 16, 2, 4, 8), frame_count=5, size=SIZE) is None
        previews = Previews(pipe, tmp_path / "now.jpg", every=1, frame_count=5, size=SIZE, tell=told.append)
        for step in range(3):
            previews.after(step, torch.zeros(1, 16, 2, 4, 8))
    finally:
        pipe.vae = usual
    assert len(told) == 1
    assert not (tmp_path / "now.jpg").exists()


@pytest.mark.parametrize("trouble", ["a folder in the way", "too little memory"])
def test_no_clip_is_lost_for_a_preview(pipe_of, tmp_path, monkeypatch, trouble):
    pipe, told = pipe_of("wan-t2v"), []
    if trouble == "too little memory":

        def no_room(*_args, **_more):
            raise torch.OutOfMemoryError("CUDA out of memory")

        monkeypatch.setattr(type(pipe.vae), "decode", no_room)
    else:
        (tmp_path / "now.jpg").mkdir()
    previews = Previews(pipe, tmp_path / "now.jpg", every=1, frame_count=5, size=SIZE, tell=told.append)
    for step in range(3):
        previews.after(step, torch.zeros(1, 16, 2, 4, 8))
    assert len(told) == 1
    assert [entry.name for entry in tmp_path.iterdir() if "part" in entry.name] == []


def test_a_preview_is_written_whole_and_over_the_last(tmp_path):
    path = tmp_path / "previews" / "now.jpg"
    write_preview(path, np.full((16, 24, 3), 200, np.uint8))
    write_preview(path, np.full((16, 24, 3), 40, np.uint8))
    assert abs(np.asarray(Image.open(path), int) - 40).max() <= 2
    assert [entry.name for entry in path.parent.iterdir()] == ["now.jpg"]
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError, match="the preview cannot be written"):
        write_preview(tmp_path / "file" / "now.jpg", np.zeros((16, 24, 3), np.uint8))
