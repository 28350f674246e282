"""Wan's VAEs with our kernel against stock ones: equal but for rounding, with hooks or without, and bit-equal after."""

from __future__ import annotations

import copy
from collections import Counter

import accelerate
import pytest
import torch
from accelerate.hooks import remove_hook_from_module
from diffusers import AutoencoderKLWan
from diffusers.hooks import HookRegistry, ModelHook, apply_group_offloading
from diffusers.hooks.group_offloading import ModuleGroup
from diffusers.models.autoencoders.autoencoder_kl_wan import WanCausalConv3d, WanResidualBlock, WanUpsample
from torch.utils._python_dispatch import TorchDispatchMode

from musicvid.diffusion.fused import fuse, unfuse
from musicvid.errors import RenderError

torch.set_num_threads(1)
KINDS = {"wan-t2v": 8, "wan22-ti2v": 16}
"""And how many pixels a latent is wide."""
EQUAL = 2e-5


@pytest.fixture(params=KINDS)
def vae(request, tiny_model):
    return made(tiny_model(request.param))


def made(folder):
    """With gains and biases that are not those of an untrained model, which hide mistakes."""
    vae = AutoencoderKLWan.from_pretrained(folder / "vae")
    source = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, weights in vae.named_parameters():
            if name.endswith(("gamma", "bias")):
                weights.add_(torch.randn(weights.shape, generator=source), alpha=0.3)
    return vae.eval()


class Ours(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func.namespace == "musicvid"
        return func(*args, **(kwargs or {}))


def latents(vae, frames, height=3, width=2):
    source = torch.Generator().manual_seed(frames)
    return torch.randn(1, vae.config.z_dim, 1 + (frames - 1) // 4, height, width, generator=source).to(vae.dtype)


def film(vae, frames, height=3, width=2):
    source, ratio = torch.Generator().manual_seed(frames), vae.config.scale_factor_spatial
    return torch.randn(1, 3, frames, height * ratio, width * ratio, generator=source).to(vae.dtype).clamp(-1, 1)


@torch.no_grad()
def both_ways(vae, frames, **size):
    """Decoded and encoded."""
    return [
        vae.decode(latents(vae, frames, **size), return_dict=False)[0],
        vae.encode(film(vae, frames, **size), return_dict=False)[0].parameters,
    ]


def distance(found, wanted):
    return max(float((a - b).norm() / b.norm()) for a, b in zip(found, wanted, strict=True))


def same(found, wanted):
    return all(torch.equal(a, b) for a, b in zip(found, wanted, strict=True))


def own_attributes(vae):
    return [sorted(vars(module)) for module in vae.modules()]


@pytest.mark.parametrize("frames", [1, 5, 9])
def test_films_of_every_number_of_chunks_are_the_same_but_for_rounding(vae, frames):
    stock, attributes = both_ways(vae, frames), own_attributes(vae)
    changed = fuse(vae)
    with Ours() as seen:
        ours = both_ways(vae, frames)
    blocks = sum(isinstance(module, WanResidualBlock) for module in vae.modules())
    assert seen.count == (2 * blocks + 2) * latents(vae, frames).shape[2]
    assert 0 < distance(ours, stock) <= EQUAL
    assert unfuse(vae) == changed
    assert own_attributes(vae) == attributes
    with Ours() as seen:
        assert same(both_ways(vae, frames), stock)
    assert seen.count == unfuse(vae) == 0


def test_the_frames_that_are_kept_are_those_that_stock_code_keeps(vae):
    other = copy.deepcopy(vae)
    fuse(vae)
    kept, wanted = ([None] * one._cached_conv_counts["decoder"] for one in (vae, other))
    for chunk in range(3):
        for one, frames in ((vae, kept), (other, wanted)):
            with torch.no_grad():
                x = one.post_quant_conv(latents(one, 1) * (1 + chunk))
                one.decoder(x, feat_cache=frames, feat_idx=[0], first_chunk=chunk == 0)
        for ours, stock in zip(kept, wanted, strict=True):
            if stock is None or isinstance(stock, str):
                assert ours == stock
            else:
                torch.testing.assert_close(ours, stock)
                assert ours.untyped_storage().nbytes() == stock.untyped_storage().nbytes()


def test_tiles_too(vae):
    ratio = vae.config.scale_factor_spatial
    vae.enable_tiling(4 * ratio, 4 * ratio, 3 * ratio, 3 * ratio)
    size = {"height": 5, "width": 6}
    stock = both_ways(vae, 5, **size)
    fuse(vae)
    assert distance(both_ways(vae, 5, **size), stock) <= EQUAL
    unfuse(vae)
    assert same(both_ways(vae, 5, **size), stock)


def test_without_kept_frames(tiny_model):
    vae = made(tiny_model("wan-t2v"))
    with torch.no_grad():
        stock = vae.decoder(latents(vae, 9)), vae.encoder(film(vae, 4))
        fuse(vae)
        assert distance((vae.decoder(latents(vae, 9)), vae.encoder(film(vae, 4))), stock) <= EQUAL


def test_the_kernel_itself_does_the_same(tiny_model, monkeypatch):
    pytest.importorskip("triton")
    vae = made(tiny_model("wan-t2v"))
    z = latents(vae, 5, height=1, width=1)
    with torch.no_grad():
        stock = vae.decode(z, return_dict=False)
        fuse(vae)
        monkeypatch.setenv("MUSICVID_KERNELS", "triton")
        assert distance(vae.decode(z, return_dict=False), stock) <= EQUAL


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_in_half_precision_it_errs_no_more_than_stock_code(vae, dtype):
    exact = both_ways(vae, 5)
    vae.to(dtype)
    stock = distance([x.float() for x in both_ways(vae, 5)], exact)
    fuse(vae)
    assert distance([x.float() for x in both_ways(vae, 5)], exact) <= 1.05 * stock


def test_weights_with_channels_last(vae):
    stock = both_ways(vae, 5)
    fuse(vae)
    for module in vae.modules():
        if isinstance(module, WanCausalConv3d):
            module.to(memory_format=torch.channels_last_3d)
    assert distance(both_ways(vae, 5), stock) <= EQUAL


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_enlarging_is_exact_in_every_type(dtype, vae):
    (upsample, *_) = (module for module in vae.modules() if isinstance(module, WanUpsample))
    x = torch.randn(2, 3, 5, 4, generator=torch.Generator().manual_seed(3)).to(dtype)
    wanted = upsample(x)
    fuse(vae)
    with torch.no_grad():
        assert torch.equal(upsample(x), wanted)
        last = x.contiguous(memory_format=torch.channels_last)
        assert torch.equal(upsample(last), wanted)


def grouped(vae, level):
    cpu = torch.device("cpu")
    apply_group_offloading(vae, cpu, cpu, offload_type=f"{level}_level", num_blocks_per_group=1)


def ungrouped(vae):
    for module in vae.modules():
        if hasattr(module, "_diffusers_hook"):
            module._diffusers_hook.remove_hook("group_offloading", recurse=False)


@pytest.fixture
def arrivals(monkeypatch):
    """How often weights were fetched, by the class of module that asked for them."""
    seen, onload = Counter(), ModuleGroup.onload_

    def noted(group):
        seen[type(group.onload_leader).__name__] += 1
        onload(group)

    monkeypatch.setattr(ModuleGroup, "onload_", noted)
    return seen


@pytest.mark.parametrize("level", ["leaf", "block"])
@pytest.mark.parametrize("hooks_first", [True, False])
def test_groups_of_weights_come_and_go_as_before(vae, arrivals, level, hooks_first):
    bare = both_ways(vae, 5)
    other = copy.deepcopy(vae)
    grouped(other, level)
    assert same(both_ways(other, 5), bare)
    fetched = dict(arrivals)
    assert fetched
    for step in (grouped, lambda vae, _: fuse(vae))[:: 1 if hooks_first else -1]:
        step(vae, level)
    arrivals.clear()
    ours = both_ways(vae, 5)
    assert dict(arrivals) == fetched
    assert 0 < distance(ours, bare) <= EQUAL
    unfuse(vae)
    arrivals.clear()
    assert same(both_ways(vae, 5), bare)
    assert dict(arrivals) == fetched
    fuse(vae)
    assert same(both_ways(vae, 5), ours)
    ungrouped(vae)
    arrivals.clear()
    assert same(both_ways(vae, 5), ours)
    unfuse(vae)
    assert same(both_ways(vae, 5), bare)
    assert not arrivals


@pytest.mark.parametrize("hooks_first", [True, False])
def test_weights_that_are_nowhere_until_a_module_is_called(vae, hooks_first):
    bare = both_ways(vae, 5)

    def away(vae):
        accelerate.cpu_offload(vae, execution_device=torch.device("cpu"))

    for step in (away, fuse)[:: 1 if hooks_first else -1]:
        step(vae)
    assert all(weights.device.type == "meta" for weights in vae.parameters())
    ours = decoded(vae)
    assert 0 < distance(ours, bare[:1]) <= EQUAL
    unfuse(vae)
    assert same(decoded(vae), bare[:1])
    fuse(vae)
    remove_hook_from_module(vae, recurse=True)
    assert same(decoded(vae), ours)
    unfuse(vae)
    assert same(both_ways(vae, 5), bare)


@torch.no_grad()
def decoded(vae):
    return vae.decode(latents(vae, 5), return_dict=False)


class Doubled(ModelHook):
    """A hook with a forward of its own, as caches have."""

    def new_forward(self, module, *args, **more):
        return self.fn_ref.original_forward(*args, **more) * 2


@pytest.mark.parametrize("hooks_first", [True, False])
def test_hooks_with_a_forward_of_their_own(vae, hooks_first):
    other = copy.deepcopy(vae)

    def hooked(vae):
        HookRegistry.check_if_exists_or_initialize(vae.decoder.conv_in).register_hook(Doubled(), "doubled")

    hooked(other)
    stock = both_ways(other, 5)
    for step in (hooked, fuse)[:: 1 if hooks_first else -1]:
        step(vae)
    assert 0 < distance(both_ways(vae, 5), stock) <= EQUAL
    unfuse(vae)
    assert same(both_ways(vae, 5), stock)


def test_what_others_replaced_is_refused_and_nothing_is_changed(vae):
    attributes = own_attributes(vae)
    last = [module for module in vae.modules() if isinstance(module, WanCausalConv3d)][-1]
    last.forward = lambda *args: None
    with pytest.raises(RenderError, match="WanCausalConv3d has been replaced"):
        fuse(vae)
    del last.forward
    assert own_attributes(vae) == attributes


def test_with_gradients_stock_code_runs(vae):
    other = copy.deepcopy(vae)
    fuse(vae)
    gradients = []
    for one in (vae, other):
        with Ours() as seen:
            one.decode(latents(one, 5), return_dict=False)[0].sum().backward()
        assert not seen.count
        gradients.append([weights.grad for weights in one.decoder.parameters()])
    assert same(*gradients)


def test_other_activations_and_dropout_stay_stock():
    vae = AutoencoderKLWan(
        base_dim=2, z_dim=2, dim_mult=[1, 1], num_res_blocks=1, temperal_downsample=[True], dropout=0.5
    )
    blocks = [module for module in vae.modules() if isinstance(module, WanResidualBlock)]
    blocks[0].nonlinearity = torch.nn.GELU()
    vae.train()
    fuse(vae)
    assert "forward" not in vars(blocks[0])
    with torch.no_grad(), Ours() as seen:
        vae.decode(torch.randn(1, 2, 1, 2, 2))
    assert seen.count == 1  # the decoder's last norm: there is no dropout around it


def test_a_copy_is_a_vae_of_its_own(vae):
    fuse(vae)
    ours, other = both_ways(vae, 5), copy.deepcopy(vae)
    unfuse(vae)
    assert same(both_ways(other, 5), ours)
    with Ours() as seen:
        both_ways(vae, 1)
    assert not seen.count


def test_one_door_for_all_finds_it(vae):
    count = fuse(vae)
    assert count > 20
    assert fuse(vae) == count
    assert unfuse(vae) == count
