"""Plans change on one engine without a trace, and memory that runs out leaves it usable."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from diffusion.stock_calls import CASES, GROUPS, RESIDENT, cpu, engine_of, spec_of

from musicvid.diffusion.faults import OutOfMemory
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.placement import has_fp8
from musicvid.schema.frames import FrameSize

torch.set_num_threads(1)
TILES, GROUP_TILES = MemoryPlan(tiling=True), MemoryPlan("group-offload", tiling=True)
FP8 = MemoryPlan(fp8=True)
FULL = "CUDA out of memory. Tried to allocate 2.00 GiB"


@pytest.mark.parametrize("kind", sorted({case.kind for case in CASES.values()}))
def test_exact_plans_give_the_same_frames_on_every_road_in_every_order(tiny_model, kind):
    names = [name for name, case in CASES.items() if case.kind == kind]
    engine = engine_of(tiny_model(kind))
    engine.encode(spec_of(CASES[name]) for name in names)
    exact = {name: engine.frames(spec_of(CASES[name]), RESIDENT) for name in names}
    for plan in (GROUPS, RESIDENT, GROUPS):
        for name in names:
            assert torch.equal(engine.frames(spec_of(CASES[name]), plan), exact[name]), (plan.name, name)
        assert engine.counts.placed[-1] == plan.name
    assert engine.counts.loads == 1


def test_a_plan_is_kept_as_long_as_it_is_the_same(tiny_model):
    engine = engine_of(tiny_model("wan-t2v"))
    for plan in (RESIDENT, RESIDENT, GROUPS, GROUPS, RESIDENT):
        engine.frames(spec_of(CASES["wan-t2v"]), plan)
    assert engine.counts.placed == ["resident", "group-offload", "resident"]


def test_tiling_changes_pixels_and_is_undone(tiny_model):
    """The class's tiles are 256 pixels: a clip that is larger is cut."""
    engine, spec = engine_of(tiny_model("wan-t2v")), spec_of(CASES["wan-t2v"], size=FrameSize(272, 32))
    plans = (RESIDENT, TILES, GROUPS, GROUP_TILES, RESIDENT)
    made = [engine.frames(spec, plan) for plan in plans]
    for (before, one), (after, other) in pairwise(zip(plans, made, strict=True)):
        assert torch.equal(one, other) == (before.tiling == after.tiling), (before.name, after.name)
    assert torch.equal(made[0], made[2])
    assert torch.equal(made[1], made[3])
    assert engine.counts.loads == 1


def test_eight_bit_weights_change_pixels_and_a_whole_plan_loads_again(tiny_model):
    engine, spec = engine_of(tiny_model("wan22-a14b"), cpu(dtype="bf16")), spec_of(CASES["wan22-a14b"])
    whole = engine.frames(spec, RESIDENT)
    cast = engine.frames(spec, FP8)
    assert has_fp8(engine._pipe)
    assert engine.counts.loads == 1
    assert not torch.equal(cast, whole)
    assert torch.equal(engine.frames(spec, MemoryPlan("group-offload", fp8=True)), cast)
    assert torch.equal(engine.frames(spec, RESIDENT), whole)
    assert not has_fp8(engine._pipe)
    assert engine.counts.loads == 2
    assert engine.counts.encoder_loads == 1


class Full:
    """A method that has no memory left for its first ``times`` calls, whoever's object it is called on."""

    def __init__(self, monkeypatch, cls, method, times, error):
        genuine, self.left, self.called = getattr(cls, method), times, 0

        def full(part, *args, **kwargs):
            self.called += 1
            if self.left:
                self.left -= 1
                raise error
            return genuine(part, *args, **kwargs)

        monkeypatch.setattr(cls, method, full)


def where(phase):
    from diffusers import AutoencoderKLWan
    from diffusers.models.transformers.transformer_wan import WanAttnProcessor
    from transformers import UMT5EncoderModel

    return {
        "denoise": (WanAttnProcessor, "__call__"),
        "decode": (AutoencoderKLWan, "_decode"),
        "encode": (UMT5EncoderModel, "forward"),
    }[phase]


ERRORS = [
    torch.OutOfMemoryError(FULL),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    MemoryError(),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("plan", [RESIDENT, GROUPS, TILES], ids=lambda plan: plan.name)
@pytest.mark.parametrize("phase", ["denoise", "decode"])
def test_memory_that_runs_out_is_told_by_phase_and_the_next_clip_is_the_same(
    tiny_model, monkeypatch, phase, plan, error
):
    engine, spec = engine_of(tiny_model("wan-t2v")), spec_of(CASES["wan-t2v"])
    expected = engine.frames(spec, plan)
    full = Full(monkeypatch, *where(phase), 2, error)
    for _ in range(2):
        with pytest.raises(OutOfMemory) as caught:
            engine.frames(spec, plan)
        assert caught.value.phase == phase
        assert caught.value.__cause__ is error
        assert phase in str(caught.value)
    assert full.left == 0
    assert torch.equal(engine.frames(spec, plan), expected)
    assert torch.equal(engine.frames(spec, GROUPS), engine.frames(spec, RESIDENT))
    assert engine.counts.loads == 1


def test_encoding_a_picture_is_a_phase_too(tiny_model, monkeypatch):
    from diffusers import AutoencoderKLWan

    engine, spec = engine_of(tiny_model("wan22-i2v")), spec_of(CASES["wan22-i2v first"])
    expected = engine.frames(spec, RESIDENT)
    Full(monkeypatch, AutoencoderKLWan, "_encode", 1, torch.OutOfMemoryError(FULL))
    with pytest.raises(OutOfMemory) as caught:
        engine.frames(spec, RESIDENT)
    assert caught.value.phase == "encode"
    assert torch.equal(engine.frames(spec, RESIDENT), expected)


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx", "ltx2"])
def test_a_text_encoder_that_does_not_fit_encodes_layer_by_layer_the_same(tiny_model, monkeypatch, kind):
    import transformers

    name = next(name for name, case in CASES.items() if case.kind == kind)
    cls = {"wan-t2v": "UMT5EncoderModel", "ltx": "T5EncoderModel", "ltx2": "Gemma3ForConditionalGeneration"}[kind]
    expected = engine_of(tiny_model(kind)).frames(spec_of(CASES[name]), RESIDENT)
    full = Full(monkeypatch, getattr(transformers, cls), "forward", 1, torch.OutOfMemoryError(FULL))
    engine = engine_of(tiny_model(kind))
    assert torch.equal(engine.frames(spec_of(CASES[name]), RESIDENT), expected)
    assert (full.called, full.left) == (3, 0)  # the one that failed, then both texts
    assert engine.counts.encoded == 2
    assert engine.counts.encoder_loads == 1


def test_a_text_that_was_encoded_before_memory_ran_out_is_not_encoded_again(tiny_model, monkeypatch):
    from transformers import UMT5EncoderModel

    genuine, calls = UMT5EncoderModel.forward, []

    def second_fails(part, *args, **kwargs):
        calls.append(1)
        if len(calls) == 2:
            raise torch.OutOfMemoryError(FULL)
        return genuine(part, *args, **kwargs)

    monkeypatch.setattr(UMT5EncoderModel, "forward", second_fails)
    engine, told = engine_of(tiny_model("wan-t2v")), []
    specs = [spec_of(CASES["wan-t2v"], prompts=(f"shot {k}",)) for k in range(3)]
    engine.encode(specs, lambda done, total: told.append((done, total)))
    assert len(calls) == 5
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_text_encoder_that_fits_in_no_way_is_said_and_may_fit_later(tiny_model, monkeypatch):
    full = Full(monkeypatch, *where("encode"), 2, torch.OutOfMemoryError(FULL))
    engine, spec = engine_of(tiny_model("wan-t2v")), spec_of(CASES["wan-t2v"])
    with pytest.raises(OutOfMemory) as caught:
        engine.encode([spec])
    assert caught.value.phase == "encode"
    assert full.left == 0
    assert torch.equal(engine.frames(spec, RESIDENT), engine_of(tiny_model("wan-t2v")).frames(spec, RESIDENT))


def test_other_errors_are_not_taken_for_memory(tiny_model, monkeypatch):
    engine, spec = engine_of(tiny_model("wan-t2v")), spec_of(CASES["wan-t2v"])
    expected = engine.frames(spec, RESIDENT)
    Full(monkeypatch, *where("denoise"), 1, RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
    with pytest.raises(RuntimeError, match="mat1"):
        engine.frames(spec, RESIDENT)
    assert torch.equal(engine.frames(spec, RESIDENT), expected)


def test_what_was_too_much_is_let_go(tiny_model, monkeypatch):
    """The error that is handed on must not keep the tensors of the clip that failed."""
    import gc
    import weakref

    engine, spec, kept = engine_of(tiny_model("wan-t2v")), spec_of(CASES["wan-t2v"]), []
    cls, method = where("decode")

    def full(part, latents, *args, **kwargs):
        kept.append(weakref.ref(latents))
        raise torch.OutOfMemoryError(FULL)

    monkeypatch.setattr(cls, method, full)
    with pytest.raises(OutOfMemory) as caught:
        engine.frames(spec, RESIDENT)
    gc.collect()
    assert caught.value.phase == "decode"
    assert kept[0]() is None


def test_release_lets_go_of_the_weights_and_the_next_clip_loads_them(tiny_model):
    import gc
    import weakref

    engine, spec = engine_of(tiny_model("wan-t2v")), spec_of(CASES["wan-t2v"])
    expected = engine.frames(spec, RESIDENT)
    denoiser = weakref.ref(engine._pipe.transformer)
    engine.release()
    gc.collect()
    assert denoiser() is None
    assert torch.equal(engine.frames(spec, RESIDENT), expected)
    assert engine.counts.loads == 2
