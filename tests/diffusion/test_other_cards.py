"""A process that works on its own card touches no other one, and leaves no limit behind. The card is a stand-in."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace

import pytest
import torch
from diffusion.stock_calls import cpu

from musicvid.diffusion import card_memory, engine
from musicvid.diffusion.card_memory import clear, limit_to
from musicvid.diffusion.stages import Stages
from musicvid.rendering.backends.diffusion.engines import engine_on
from musicvid.rendering.backends.diffusion.where import Weights

CARD = "cuda:1"
WHOLE_BYTES = 64 * 2**30


@pytest.fixture
def touched(monkeypatch):
    """``(function, card)`` of each call; whatever names no card touches the current one, which is the first."""
    calls, current = [], ["cuda:0"]

    def called(name, answer=None):
        def stand_in(device=None):
            calls.append((name, str(device or current[-1])))
            return answer

        return stand_in

    @contextmanager
    def device(card):
        current.append(str(card))
        yield
        current.pop()

    answers = {"max_memory_allocated": 7, "mem_get_info": (5, WHOLE_BYTES), "memory_reserved": 3, "memory_allocated": 1}
    for name in ("synchronize", "reset_peak_memory_stats", "empty_cache", *answers):
        monkeypatch.setattr(torch.cuda, name, called(name, answers.get(name)))
    monkeypatch.setattr(torch.cuda, "device", device)
    monkeypatch.setattr(
        torch.cuda,
        "set_per_process_memory_fraction",
        lambda fraction, device=None: calls.append((fraction, str(device or current[-1]))),
    )
    monkeypatch.setattr(card_memory, "_limited", set())
    return calls


def test_stages_are_measured_on_their_own_card(touched):
    stages = Stages(CARD)
    with stages.timed("load"):
        stages.begin()
        stages.step(1, 1)
        stages.end()
    assert stages.peak_bytes == 7
    assert {name for name, _ in touched} == {"synchronize", "reset_peak_memory_stats", "max_memory_allocated"}
    assert {card for _, card in touched} == {CARD}


def test_memory_is_counted_and_given_back_on_its_own_card(touched):
    assert card_memory.free_bytes(CARD) == 5 + 3 - 1
    assert card_memory.held_bytes(CARD) == 1
    clear(CARD)
    assert ("empty_cache", CARD) in touched
    assert {card for _, card in touched} == {CARD}


def test_what_libraries_open_while_an_engine_works_is_on_its_card(touched, tiny_model, monkeypatch):
    monkeypatch.setattr(engine, "load", lambda *args, **more: torch.cuda.synchronize())  # as a stream without a card
    monkeypatch.setattr(engine, "choose_attention", lambda *args: None)
    monkeypatch.setattr(engine, "kernels_for", lambda device: None)
    one = engine.Engine(_model(tiny_model), tiny_model("wan-t2v"), replace(cpu(), device=CARD), identity="x")
    monkeypatch.setattr(one.reading, "missing", lambda wanted: ["page"])
    monkeypatch.setattr(one.reading, "read", lambda pipe, pages: iter(()))
    one.encode([])
    assert ("synchronize", CARD) in touched
    assert {card for _, card in touched} == {CARD}


def test_a_limit_ends_with_the_run_that_asked_for_it(touched, tiny_model, monkeypatch, tmp_path):
    monkeypatch.setattr(engine, "choose_attention", lambda *args: None)
    monkeypatch.setattr(engine, "kernels_for", lambda device: None)
    weights = Weights(_model(tiny_model), tiny_model("wan-t2v"), "x")
    settings = replace(cpu(), device=CARD)
    fractions = []
    for memory_bytes in (None, WHOLE_BYTES // 4, None, None, WHOLE_BYTES // 2):
        touched.clear()
        engine_on(weights, replace(settings, memory_bytes=memory_bytes), tmp_path)
        fractions.append([fraction for fraction, _ in touched if isinstance(fraction, float)])
        assert {card for _, card in touched} <= {CARD}
    assert fractions == [[], [0.25], [1.0], [], [0.5]]
    limit_to(CARD, None)
    assert touched[-1] == (1.0, CARD)


def _model(tiny_model):
    from musicvid.diffusion.folder import recognise

    return recognise(tiny_model("wan-t2v"))
