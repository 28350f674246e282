"""Our kernels beside what else changes a denoiser: offloading, caches, adapters, eight bits, compilation, gradients."""

from __future__ import annotations

import copy
import pickle

import pytest
import torch
from diffusion.stock_calls import CASES, spec_of, stock_frames, stock_pipe
from diffusion.test_acceleration import LOUD, STEPS, ratios_for
from diffusion.test_fused import Ours
from diffusion.test_lora import saved
from diffusion.tiny_clips import film, loaded

from musicvid.diffusion.acceleration import CACHES, apply_cache, compile_blocks, remove_cache
from musicvid.diffusion.attention import AttentionChoice, apply_attention
from musicvid.diffusion.fused import fuse, unfuse
from musicvid.diffusion.fused.forwards import is_replaced
from musicvid.diffusion.fused.rows import runs
from musicvid.diffusion.lora import add_loras, remove_loras
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.placement import place, unplace
from musicvid.diffusion.settings import Lora
from musicvid.errors import RenderError

torch.set_num_threads(1)
KINDS = ["wan-t2v", "wan22-ti2v", "ltx"]
NEAR = 2e-5


def fused(folder):
    pipe = loaded(folder)
    for name in ("transformer", "transformer_2"):
        if pipe.components.get(name) is not None:
            assert fuse(pipe.components[name])
    return pipe


def distance(a, b):
    return float(abs(a - b).max())


@pytest.mark.parametrize("kind", KINDS)
def test_offloaded_in_groups_it_is_bit_for_bit_the_same(tiny_model, kind):
    pipe = fused(tiny_model(kind))
    resident = film(pipe)
    place(pipe, MemoryPlan("group-offload"), "cpu")
    assert distance(film(pipe), resident) == 0
    assert unfuse(pipe.transformer)  # beneath the hooks
    stock = loaded(tiny_model(kind))
    assert distance(film(pipe), film(stock)) == 0
    assert fuse(pipe.transformer)
    assert distance(film(pipe), resident) == 0
    unplace(pipe)
    assert distance(film(pipe), resident) == 0


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
@pytest.mark.parametrize("name", CACHES)
def test_caches_skip_the_same_and_come_off(tiny_model, kind, name):
    pipe, stock = fused(tiny_model(kind)), loaded(tiny_model(kind))
    plain = film(pipe, STEPS)
    for one in (pipe, stock):
        apply_cache(one, name, LOUD.get(name), STEPS, ratios_for(name))
    assert distance(film(pipe, STEPS), film(stock, STEPS)) <= NEAR
    unfuse(pipe.transformer)
    assert distance(film(pipe, STEPS), film(stock, STEPS)) == 0
    fuse(pipe.transformer)
    remove_cache(pipe)
    assert distance(film(pipe, STEPS), plain) == 0


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
@pytest.mark.parametrize("first", [True, False])
def test_adapters_go_on_before_or_after(tiny_model, tmp_path, kind, first):
    path = saved(tiny_model(kind), tmp_path / "style")
    pipe, stock = loaded(tiny_model(kind)), loaded(tiny_model(kind))
    plain = film(stock)
    add_loras(stock, (Lora(str(path)),))
    if first:
        fuse(pipe.transformer)
    add_loras(pipe, (Lora(str(path)),))
    if not first:
        fuse(pipe.transformer)
    assert distance(film(pipe), film(stock)) <= NEAR
    assert distance(film(pipe), plain) > 100 * NEAR
    remove_loras(pipe)
    assert distance(film(pipe), plain) <= NEAR


@pytest.mark.parametrize("kind", KINDS)
def test_weights_in_eight_bits_are_used_alike(tiny_model, kind):
    pipe, stock = fused(tiny_model(kind)), loaded(tiny_model(kind))
    for one in (pipe, stock):
        place(one, MemoryPlan("group-offload", fp8=True), "cpu")
    assert distance(film(pipe), film(stock)) <= NEAR


@pytest.mark.parametrize("kind", ["wan-t2v", "wan22-ti2v", "ltx", "ltx2"])
def test_compiled_blocks_compute_the_same(tiny_model, kind):
    torch._dynamo.reset()
    pipe = fused(tiny_model(kind))
    plain = film(pipe)
    compile_blocks(pipe, backend="eager")
    assert distance(film(pipe), plain) == 0


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
def test_all_blocks_are_compiled_as_one(tiny_model, kind):
    """Twelve blocks, one graph: what the blocks share makes none of them special."""
    pipe = loaded(tiny_model(kind))
    torch.manual_seed(0)
    pipe.register_modules(transformer=type(pipe.transformer)(**{**pipe.transformer.config, "num_layers": 12}).eval())
    fuse(pipe.transformer)
    plain = film(pipe)
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    pipe.transformer.compile_repeated_blocks(fullgraph=True, backend="eager")
    assert distance(film(pipe), plain) == 0
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1


def test_plugged_in_again_beneath_hooks_the_two_timesteps_are_still_told_apart(tiny_model):
    case, spec = CASES["wan22-ti2v first"], spec_of(CASES["wan22-ti2v first"])
    pipe = stock_pipe(tiny_model(case.kind), case.pipeline)
    stock = stock_frames(pipe, case, spec)
    fuse(pipe.transformer)
    place(pipe, MemoryPlan("group-offload"), "cpu")
    unfuse(pipe.transformer)
    assert torch.equal(stock_frames(pipe, case, spec), stock)
    fuse(pipe.transformer)
    assert float((stock_frames(pipe, case, spec) - stock).norm() / stock.norm()) <= NEAR


def test_copies_of_a_denoiser_share_nothing(tiny_model):
    pipe = fused(tiny_model("wan22-ti2v"))
    other = copy.deepcopy(pipe.transformer)
    one, two = (model.condition_embedder._musicvid_forward.shared for model in (pipe.transformer, other))
    assert one is not two
    assert other.blocks[0]._musicvid_forward.shared is two
    assert other.blocks[0].attn1.processor.shared is two
    plain = film(pipe)
    pipe.register_modules(transformer=other)
    assert distance(film(pipe), plain) == 0
    assert unfuse(other)


def test_what_is_pickled_comes_back_as_stock_and_can_be_plugged_in(tiny_model):
    pipe = fused(tiny_model("wan-t2v"))
    plain = film(pipe)
    back = pickle.loads(pickle.dumps(pipe.transformer))
    unfuse(back)
    fuse(back)
    pipe.register_modules(transformer=back)
    with Ours() as seen:
        assert distance(film(pipe), plain) <= NEAR  # weights lie elsewhere in memory: sums differ, in stock too
    assert {"modulate", "qk_norm_rope_"} <= seen.calls.keys()


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx", "ltx2"])
def test_rotary_tables_are_gone_with_the_forward(tiny_model, kind):
    pipe = fused(tiny_model(kind))
    film(pipe)
    processors = [module.processor for module in pipe.transformer.modules() if hasattr(module, "processor")]
    kept = [one.shared._halves for one in processors if hasattr(one, "shared")]
    assert kept
    assert all(one is None for one in kept)


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
def test_one_timestep_for_a_batch_of_two(tiny_model, kind):
    pipe, seen = loaded(tiny_model(kind)), []
    pipe.transformer.register_forward_pre_hook(lambda m, a, k: seen.append(k), with_kwargs=True)
    film(pipe)
    given = {k: v for k, v in seen[0].items() if k != "return_dict"}
    for name, value in given.items():
        if isinstance(value, torch.Tensor) and name != "timestep":
            given[name] = torch.cat([value, value.flip(-1)])
    if kind == "ltx":  # its denoiser wants one for each
        given["timestep"] = torch.cat([given["timestep"]] * 2)
    with torch.no_grad():
        stock = pipe.transformer(**given, return_dict=False)[0]
        fuse(pipe.transformer)
        assert distance(pipe.transformer(**given, return_dict=False)[0], stock) <= NEAR


def test_projections_in_one_are_normed_and_turned_in_place(tiny_model):
    pipe, stock = loaded(tiny_model("wan-t2v")), loaded(tiny_model("wan-t2v"))
    pipe.transformer.fuse_qkv_projections()
    fuse(pipe.transformer)
    assert distance(film(pipe), film(stock)) <= NEAR


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx", "ltx2"])
def test_the_choice_of_attention_is_kept_both_ways(tiny_model, kind):
    pipe = loaded(tiny_model(kind))
    apply_attention(pipe, AttentionChoice("_native_math", True, "for a test"))
    chosen = backends(pipe)
    fuse(pipe.transformer)
    assert backends(pipe) == chosen
    apply_attention(pipe, AttentionChoice("_native_flash", True, "for a test"))
    chosen = backends(pipe)
    unfuse(pipe.transformer)
    assert backends(pipe) == chosen


def backends(pipe):
    modules = pipe.transformer.named_modules()
    return {path: m.processor._attention_backend for path, m in modules if hasattr(m, "processor")}


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx", "ltx2"])
def test_with_gradients_stock_code_runs(tiny_model, kind):
    pipe, stock = fused(tiny_model(kind)), loaded(tiny_model(kind))
    outputs = []
    for one in (pipe, stock):
        seen = []
        one.transformer.register_forward_pre_hook(lambda m, a, k, seen=seen: seen.append((a, k)), with_kwargs=True)
        film(one)
        args, more = seen[0]
        with torch.enable_grad():
            answer = one.transformer(*args, **{**more, "return_dict": False})[0]
        assert answer.requires_grad
        answer.sum().backward()
        outputs.append((answer.detach(), one.transformer.proj_out.weight.grad.clone()))
    assert all(torch.equal(a, b) for a, b in zip(*outputs, strict=True))


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
def test_hooks_that_are_there_already_go_on_around(tiny_model, kind):
    pipe, stock = loaded(tiny_model(kind)), loaded(tiny_model(kind))
    for one in (pipe, stock):
        place(one, MemoryPlan("group-offload"), "cpu")
        apply_cache(one, "first-block", LOUD["first-block"], STEPS)
    assert fuse(pipe.transformer)
    with Ours() as seen:
        assert distance(film(pipe, STEPS), film(stock, STEPS)) <= NEAR
    assert seen.calls["gate_add_modulate"]
    remove_cache(pipe), remove_cache(stock)
    assert distance(film(pipe), film(stock)) <= NEAR
    unfuse(pipe.transformer)
    assert distance(film(pipe), film(stock)) == 0


def test_what_is_no_hook_is_left_alone(tiny_model):
    pipe = loaded(tiny_model("wan-t2v"))
    block = pipe.transformer.blocks[1]
    block.forward = lambda *args, **more: None
    with pytest.raises(RenderError, match="WanTransformerBlock has been replaced") as caught:
        fuse(pipe.transformer)
    assert "first" in caught.value.hint
    assert not any(is_replaced(module) for module in pipe.transformer.modules())


@pytest.mark.parametrize(("name", "times"), [("wan22-ti2v plain", 1), ("wan22-ti2v first", 2)])
def test_a_timestep_that_many_tokens_share_is_embedded_once(tiny_model, name, times):
    """All tokens have one, or those of the given first frame another."""
    case, spec, rows = CASES[name], spec_of(CASES[name]), []
    pipe = stock_pipe(tiny_model(case.kind), case.pipeline)
    embedder = pipe.transformer.condition_embedder.time_embedder
    embedder.register_forward_hook(lambda module, args, output: rows.append(output.shape[:-1].numel()))
    stock_frames(pipe, case, spec)
    assert min(rows) > 2
    fuse(pipe.transformer)
    rows.clear()
    stock_frames(pipe, case, spec)
    assert set(rows) == {times}


@pytest.mark.parametrize(
    ("timesteps", "wanted"),
    [
        ([[7, 7, 7]], ([[7]], -1)),
        ([[0, 0, 7, 7, 7]], ([[0, 7]], 2)),
        ([[0, 7], [0, 9]], ([[0, 7], [0, 9]], 1)),
        ([[5]], ([[5]], -1)),
        ([[0, 7, 0]], None),
        ([[0, 7, 7], [0, 0, 7]], None),
    ],
)
def test_runs_of_timesteps(timesteps, wanted):
    found = runs(torch.tensor(timesteps))
    assert (found and (found[0].tolist(), found[1])) == wanted
