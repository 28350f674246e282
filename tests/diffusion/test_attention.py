"""Which attention is chosen for which card, and that setting it changes nothing else."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest
import torch

from musicvid.diffusion.attention import AttentionChoice, apply_attention, choose_attention
from musicvid.errors import RenderError, UnknownNameError

torch.set_num_threads(1)


def film(pipe, **more):
    ltx = type(pipe).__name__.startswith("LTX")
    asked = {"height": 32, "width": 64, "num_frames": 9} if ltx else {"height": 32, "width": 48, "num_frames": 5}
    answer = pipe(
        prompt="a singer",
        negative_prompt="blurry",
        num_inference_steps=2,
        max_sequence_length=16,
        generator=torch.Generator().manual_seed(7),
        output_type="np",
        **asked | more,
    )
    return np.asarray(answer.frames[0])


def loaded(folder):
    from diffusers import DiffusionPipeline

    pipe = DiffusionPipeline.from_pretrained(folder, local_files_only=True)
    pipe.set_progress_bar_config(disable=True)
    return pipe


@pytest.fixture
def card(monkeypatch):
    """A card of a given compute capability, as far as choosing asks about it, and which packages are there."""
    from diffusers.models import attention_dispatch

    def of(major, minor=0, *, flash=False, flash_3=False):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device=None: (major, minor))
        monkeypatch.setattr(torch.backends.cudnn, "is_available", lambda: True)
        monkeypatch.setattr(attention_dispatch, "_CAN_USE_FLASH_ATTN", flash)
        monkeypatch.setattr(attention_dispatch, "_CAN_USE_FLASH_ATTN_3", flash_3)

    return of


@pytest.mark.parametrize(
    ("capability", "packages", "chosen"),
    [
        ((9, 0), {"flash_3": True, "flash": True}, "_flash_3"),
        ((9, 0), {"flash": True}, "_native_cudnn"),
        ((9, 0), {}, "_native_cudnn"),
        ((12, 0), {"flash_3": True}, "_native_cudnn"),  # FlashAttention 3 is for Hopper
        ((8, 0), {"flash": True}, "flash"),
        ((8, 9), {}, "_native_flash"),
        ((8, 6), {"flash_3": True}, "_native_flash"),
        ((7, 5), {"flash": True}, "native"),
    ],
)
def test_the_best_exact_one_of_each_card(card, capability, packages, chosen):
    card(*capability, **packages)
    choice = choose_attention("", "cuda:0")
    assert (choice.name, choice.exact) == (chosen, True)
    assert not choice.name.endswith("_hub")  # nothing is fetched unasked
    assert choose_attention("", "cuda:0", "fp32").name == "native"  # the fast ones take half precision


def test_the_cpu_has_its_own():
    assert choose_attention("", "cpu") == AttentionChoice("native", True, "PyTorch's own: there is no CUDA card")


def test_names_are_those_of_diffusers():
    with pytest.raises(UnknownNameError, match="did you mean 'native'") as caught:
        choose_attention("natve", "cpu")
    assert "_native_cudnn" in caught.value.known


def test_a_package_that_is_missing_is_named(card):
    card(8)
    with pytest.raises(RenderError, match="flash-attn"):
        choose_attention("flash", "cuda:0")
    with pytest.raises(RenderError, match="sageattention"):
        choose_attention("sage", "cuda:0")


def test_what_computes_in_fewer_bits_is_not_exact(monkeypatch):
    from diffusers.models import attention_dispatch

    monkeypatch.setattr(attention_dispatch, "_CAN_USE_SAGE_ATTN", True)
    for name in ("sage", "sage_varlen", "_sage_qk_int8_pv_fp8_cuda", "_sage_qk_int8_pv_fp16_triton"):
        assert not choose_attention(name, "cuda:0").exact
    for name in ("native", "_native_math", "_native_efficient", "flex"):
        assert choose_attention(name, "cuda:0").exact


@pytest.fixture
def calls(monkeypatch):
    """Every call of attention: name of the module, implementation, whether there was a mask."""
    from diffusers.models import attention_dispatch

    genuine, seen, running = attention_dispatch.dispatch_attention_fn, [], []

    def watched(query, key, value, attn_mask=None, *args, backend=None, **kwargs):
        seen.append((running[-1], backend and backend.value, attn_mask is not None))
        return genuine(query, key, value, attn_mask, *args, backend=backend, **kwargs)

    def watch(pipe):
        for path, module in pipe.transformer.named_modules():
            if hasattr(module, "processor"):
                name = path.rsplit(".", 1)[-1]
                module.register_forward_pre_hook(lambda *_, name=name: running.append(name))
        for home in list(sys.modules.values()):
            if isinstance(home, types.ModuleType) and getattr(home, "dispatch_attention_fn", None) is genuine:
                monkeypatch.setattr(home, "dispatch_attention_fn", watched)
        return seen

    return watch


@pytest.mark.parametrize("kind", ["wan-t2v", "wan-vace", "ltx"])
def test_a_chosen_one_is_set_where_there_is_never_a_mask(tiny_model, calls, kind):
    from diffusers.models.attention_dispatch import _AttentionBackendRegistry

    pipe = loaded(tiny_model(kind))
    stock = film(pipe)
    before = _AttentionBackendRegistry._active_backend
    apply_attention(pipe, AttentionChoice("_native_math", True, "test"))
    seen = calls(pipe)
    made = film(pipe)
    assert {name for name, _, _ in seen} == {"attn1", "attn2"}
    assert all((backend == "_native_math") == (name == "attn1") for name, backend, _ in seen)
    assert not any(masked for name, _, masked in seen if name == "attn1")
    assert np.abs(made - stock).max() < 1e-5
    assert _AttentionBackendRegistry._active_backend == before  # other pipelines of the process are left alone
    apply_attention(pipe, choose_attention("", "cpu"))
    assert np.array_equal(film(pipe), stock)


def test_one_that_was_asked_for_is_set_everywhere_in_both_denoisers(tiny_model):
    pipe = loaded(tiny_model("wan22-a14b"))
    apply_attention(pipe, choose_attention("_native_math", "cpu"))
    for part in (pipe.transformer, pipe.transformer_2):
        found = [m.processor._attention_backend.value for m in part.modules() if hasattr(m, "processor")]
        assert found
        assert set(found) == {"_native_math"}
