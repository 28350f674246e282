"""The VAEs of LTX-Video and LTX-2 with our kernel against stock: published options, hooks before and after."""

from __future__ import annotations

import pytest
import torch
from diffusion.test_fused import Ours
from diffusion.tiny_clips import loaded

from musicvid.diffusion.fused import fuse, unfuse

torch.set_num_threads(1)
NOISY = {
    "timestep_conditioning": True,
    "decoder_inject_noise": (True, False, True, False, True),
    "decoder_block_out_channels": (8, 8, 8, 8),
}
OPTIONS = {"0.9": {}, "0.9.1, which knows the noise level": NOISY, "causal": {"decoder_causal": True}}


def vae_with(**more):
    from diffusers import AutoencoderKLLTXVideo

    torch.manual_seed(0)
    config = {
        "in_channels": 3, "out_channels": 3, "latent_channels": 8, "block_out_channels": (8, 8, 8, 8),
        "decoder_block_out_channels": (8, 16, 16, 8), "layers_per_block": (1,) * 5,
        "decoder_layers_per_block": (1,) * 5,
        "spatio_temporal_scaling": (True, True, True, False), "patch_size": 4,
        "decoder_spatio_temporal_scaling": (True, True, True, False),
    }  # fmt: skip
    return AutoencoderKLLTXVideo(**config | more).eval()


def both_ways(vae):
    generator = torch.Generator().manual_seed(1)
    latents = torch.randn(1, 8, 2, 2, 3, generator=generator)
    video = torch.rand(1, 3, 9, 32, 64, generator=generator) * 2 - 1
    with torch.no_grad():
        temb = torch.tensor([0.05]) if vae.config.timestep_conditioning else None
        torch.manual_seed(3)  # what noise is injected with
        decoded = vae.decode(latents, temb, return_dict=False)[0]
        return decoded, vae.encode(video).latent_dist.mode()


@pytest.mark.parametrize("name", OPTIONS)
def test_decoder_and_encoder_are_the_same_but_for_rounding(name):
    vae = vae_with(**OPTIONS[name])
    stock = both_ways(vae)
    assert fuse(vae) > 8
    with Ours() as seen:
        fused = both_ways(vae)
    assert seen.calls["vae_rms_silu"] >= 16
    for ours, theirs in zip(fused, stock, strict=True):
        assert float((ours - theirs).norm() / theirs.norm()) <= 2e-5
    assert unfuse(vae) > 8
    for ours, theirs in zip(both_ways(vae), stock, strict=True):
        assert torch.equal(ours, theirs)
    assert not any("forward" in vars(module) for module in vae.modules())


@pytest.mark.parametrize("causal", [True, False, None])
def test_ltx_2_is_told_whether_it_is_causal(tiny_model, causal):
    vae = loaded(tiny_model("ltx2")).vae
    assert type(vae).__name__ == "AutoencoderKLLTX2Video"
    latents = torch.randn(1, vae.config.latent_channels, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        stock = vae.decode(latents, causal=causal, return_dict=False)[0]
        assert fuse(vae)
        with Ours() as seen:
            ours = vae.decode(latents, causal=causal, return_dict=False)[0]
        assert seen.calls["vae_rms_silu"] >= 4
        assert float((ours - stock).norm() / stock.norm()) <= 2e-5
        unfuse(vae)
        assert torch.equal(vae.decode(latents, causal=causal, return_dict=False)[0], stock)


@pytest.mark.parametrize("level", ["leaf_level", "block_level"])
@pytest.mark.parametrize("first", [True, False])
def test_offloading_in_groups_brings_the_weights(tiny_model, level, first):
    vae = loaded(tiny_model("ltx")).vae
    latents = torch.randn(1, vae.config.latent_channels, 2, 2, 2, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        stock = vae.decode(latents, return_dict=False)[0]
        if first:
            assert fuse(vae)
        blocks = {"num_blocks_per_group": 1} if level == "block_level" else {}
        vae.enable_group_offload(onload_device=torch.device("cpu"), offload_type=level, **blocks)
        if not first:
            assert fuse(vae)
        with Ours() as seen:
            ours = vae.decode(latents, return_dict=False)[0]
        assert seen.calls["vae_rms_silu"]
        assert float((ours - stock).norm() / stock.norm()) <= 2e-5
        unfuse(vae)
        assert torch.equal(vae.decode(latents, return_dict=False)[0], stock)
