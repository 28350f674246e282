"""LTX-2's denoiser in all that its releases differ in: gates, modulation of prompts, perturbation, rotary layouts."""

from __future__ import annotations

from itertools import product

import pytest
import torch
from diffusion.test_fused import Ours, error

from musicvid.diffusion.fused import fuse, unfuse

torch.set_num_threads(1)
GATED = {"gated_attn": True, "audio_gated_attn": True}
PROMPTS = {"cross_attn_mod": True, "audio_cross_attn_mod": True}
RELEASES = {
    "2.0": {},
    "gated": GATED,
    "modulated prompts": PROMPTS,
    "modulated prompts of the picture": {"cross_attn_mod": True},
    "prompts modulated by the table alone": {**PROMPTS, "use_prompt_adaln_single": False},
    "2.3": {**GATED, "cross_attn_mod": True, "perturbed_attn": True, "use_prompt_embeddings": False},
}
CALLS = {
    "plain": {},
    "apart": {"isolate_modalities": True},
    "masked": {"video_self_attention_mask": torch.rand(2, 24, 24, generator=torch.Generator().manual_seed(2))},
    "cross timestep": {"use_cross_timestep": True},
}
PERTURBED = {
    "perturbed": {"spatio_temporal_guidance_blocks": [1]},
    "one of two perturbed": {
        "spatio_temporal_guidance_blocks": [1],
        "perturbation_mask": torch.tensor([0.0, 1.0]),
    },
}


def denoiser(**options):
    from diffusers import LTX2VideoTransformer3DModel

    torch.manual_seed(0)
    model = LTX2VideoTransformer3DModel(
        in_channels=8, out_channels=8, num_attention_heads=2, attention_head_dim=16, cross_attention_dim=32,
        audio_in_channels=4, audio_out_channels=4, audio_num_attention_heads=2, audio_attention_head_dim=8,
        audio_cross_attention_dim=16, num_layers=2, caption_channels=16, **options,
    ).eval()  # fmt: skip
    generator = torch.Generator().manual_seed(5)
    with torch.no_grad():
        for weights in model.parameters():  # tables and gates start at zero
            weights.add_(torch.randn(weights.shape, generator=generator) * 0.05)
    return model


def inputs(*, prompt_width: int, per_token: bool):
    generator = torch.Generator().manual_seed(1)
    normal = lambda *shape: torch.randn(2, *shape, generator=generator)  # noqa: E731
    timestep = torch.rand(2, 24, generator=generator) * 1000 if per_token else torch.full((2,), 500.0)
    return {
        "hidden_states": normal(24, 8), "audio_hidden_states": normal(6, 4),
        "encoder_hidden_states": normal(5, prompt_width), "audio_encoder_hidden_states": normal(5, 16),
        "timestep": timestep, "audio_timestep": torch.full((2,), 400.0),
        "sigma": torch.full((2,), 0.5), "audio_sigma": torch.full((2,), 0.4),
        "encoder_attention_mask": torch.tensor([[1, 1, 1, 1, 0]] * 2),
        "audio_encoder_attention_mask": torch.tensor([[1, 1, 1, 0, 0]] * 2),
        "num_frames": 2, "height": 3, "width": 4, "fps": 24.0, "audio_num_frames": 6, "return_dict": False,
    }  # fmt: skip


@pytest.mark.parametrize("rope", ["interleaved", "split"])
@pytest.mark.parametrize("release", RELEASES)
def test_every_release_is_the_same_but_for_rounding(release, rope):
    options = RELEASES[release]
    model = denoiser(rope_type=rope, **options)
    calls = CALLS | (PERTURBED if "perturbed_attn" in options else {})
    width = 32 if options.get("use_prompt_embeddings") is False else 16
    for (name, call), per_token in product(calls.items(), (False, True)):
        given = inputs(prompt_width=width, per_token=per_token) | call
        with torch.no_grad():
            stock = model(**given)
            assert fuse(model) > 2
            with Ours() as seen:
                ours = model(**given)
            assert unfuse(model) > 2
        assert seen.calls["gate_add_modulate"] >= 4
        assert name in ("masked", "perturbed", "one of two perturbed") or seen.calls["qk_norm_rope_"] == 4
        assert max(error(a, b) for a, b in zip(ours, stock, strict=True)) <= 2e-6, (name, per_token)
