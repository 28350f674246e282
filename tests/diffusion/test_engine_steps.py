"""Every step of every kind is told with the right number of steps, and a clip stops at the step where it should."""

from __future__ import annotations

import pytest
import torch
from diffusion.stock_calls import CASES, GROUPS, RESIDENT, engine_of, spec_of

from musicvid.diffusion.steps import Cancelled

torch.set_num_threads(1)
ONE_EACH = {case.pipeline: name for name, case in CASES.items()}


@pytest.fixture(scope="module")
def engine_for(tiny_model):
    made = {}

    def engine(kind):
        if kind not in made:
            made[kind] = engine_of(tiny_model(kind))
            made[kind].encode(spec_of(case) for case in CASES.values() if case.kind == kind)
        return made[kind]

    return engine


@pytest.mark.parametrize("name", CASES)
def test_steps_are_counted_over_the_whole_clip(engine_for, name):
    case, told = CASES[name], []
    engine = engine_for(case.kind)
    engine.frames(
        spec_of(case), RESIDENT, lambda pipe: lambda step, steps, latents: told.append((step, steps, latents.clone()))
    )
    assert [entry[:2] for entry in told] == [(step, case.steps_told) for step in range(case.steps_told)]
    if case.pipeline != "LTXI2VLongMultiPromptPipeline":  # which shows other latents than it works on
        assert not torch.equal(told[0][2], told[1][2])


@pytest.mark.parametrize("plan", [RESIDENT, GROUPS], ids=["resident", "groups"])
@pytest.mark.parametrize("name", ONE_EACH.values())
def test_a_clip_that_is_stopped_decodes_nothing_and_leaves_nothing(engine_for, monkeypatch, name, plan):
    case = CASES[name]
    engine, spec = engine_for(case.kind), spec_of(case)
    expected = engine.frames(spec, plan)
    told, decodes = [], []
    vae = type(engine._pipe.vae)
    genuine = vae.decode
    monkeypatch.setattr(vae, "decode", lambda *args, **more: (decodes.append(1), genuine(*args, **more))[1])

    def stop(step, steps, latents):
        told.append(step)
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        engine.frames(spec, plan, lambda pipe: stop)
    assert told == [0]
    assert decodes == []
    monkeypatch.undo()
    assert torch.equal(engine.frames(spec, plan), expected)


def test_decoding_is_what_follows_the_last_step(engine_for):
    """Also where a clip goes through its schedule twice."""
    for name in ("helios two chunks", "ltx many prompts", "wan-t2v"):
        made = engine_for(CASES[name].kind).make(spec_of(CASES[name]), RESIDENT)
        assert made.stages_s["denoise"] > 0
        assert made.stages_s["decode"] > 0


def test_a_watcher_that_fails_before_the_first_step_stops_the_clip(engine_for):
    engine = engine_for("wan-t2v")

    def watch(pipe):
        raise Cancelled("not wanted any more")

    with pytest.raises(Cancelled):
        engine.frames(spec_of(CASES["wan-t2v"]), RESIDENT, watch)
