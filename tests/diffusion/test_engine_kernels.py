"""The engine plugs kernels in where Triton runs, by itself, and says when a card goes without."""

from __future__ import annotations

import pytest
import torch
from diffusion.stock_calls import CASES, RESIDENT, cpu, engine_of, spec_of, stock_frames, stock_pipe
from musicvid_kernels.choice import Choice

from musicvid.diffusion import engine as engines
from musicvid.diffusion.fused.forwards import is_replaced
from musicvid.errors import RenderError

torch.set_num_threads(1)


def replaced(pipe):
    parts = (pipe.components.get(name) for name in ("transformer", "transformer_2", "vae"))
    return [any(is_replaced(m) for m in part.modules()) for part in parts if part is not None]


@pytest.mark.parametrize("name", ["wan-t2v", "wan22-a14b", "ltx plain"])
def test_without_a_card_the_pipeline_is_the_stock_one(tiny_model, name):
    engine = engine_of(tiny_model(CASES[name].kind))
    engine.frames(spec_of(CASES[name]), RESIDENT)
    assert engine.kernels.name == "reference"
    assert not any(replaced(engine._pipe))
    assert engine.notes == []


@pytest.mark.parametrize("name", ["wan-t2v", "wan22-a14b", "wan-vace plain", "ltx plain", "ltx2 plain"])
def test_where_triton_runs_denoisers_and_decoder_have_our_kernels(tiny_model, monkeypatch, name):
    """The engine's choice alone is told here: the ops themselves run as PyTorch."""
    monkeypatch.setattr(engines, "kernels_for", lambda device: Choice("triton", "for a test"))
    case, spec = CASES[name], spec_of(CASES[name])
    engine = engine_of(tiny_model(case.kind))
    frames = engine.frames(spec, RESIDENT)
    assert all(replaced(engine._pipe))
    stock = stock_frames(stock_pipe(tiny_model(case.kind), case.pipeline), case, spec)
    assert float((frames - stock).norm() / stock.norm()) <= 2e-5


def test_a_whole_clip_through_tritons_interpreter(tiny_model, monkeypatch):
    pytest.importorskip("triton")
    case, spec = CASES["ltx plain"], spec_of(CASES["ltx plain"])
    stock = stock_frames(stock_pipe(tiny_model("ltx"), case.pipeline), case, spec)
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    engine = engine_of(tiny_model("ltx"))
    assert engine.kernels.name == "triton"
    frames = engine.frames(spec, RESIDENT)
    assert not torch.equal(frames, stock)
    assert float((frames - stock).norm() / stock.norm()) <= 2e-5


def test_a_card_that_goes_without_is_told_of(tiny_model, monkeypatch):
    lacking = Choice("reference", "plain PyTorch: Triton is not installed", obstacle=True)
    monkeypatch.setattr(engines, "kernels_for", lambda device: lacking)
    engine = engine_of(tiny_model("ltx"))
    engine.frames(spec_of(CASES["ltx plain"]), RESIDENT)
    assert engine.notes == ["slower than it could be: plain PyTorch: Triton is not installed"]
    assert not any(replaced(engine._pipe))


def test_what_cannot_be_is_refused_before_anything_is_loaded(tiny_model, monkeypatch):
    monkeypatch.setenv("MUSICVID_KERNELS", "fast")
    with pytest.raises(RenderError, match="say auto, reference or triton"):
        engine_of(tiny_model("ltx"), cpu())
