"""Pipelines with our kernels in them against stock ones: equal but for rounding, and bit-equal once unplugged."""

from __future__ import annotations

from collections import Counter

import pytest
import torch
from diffusion.stock_calls import CASES, spec_of, stock_frames, stock_pipe
from torch.utils._python_dispatch import TorchDispatchMode

from musicvid.diffusion.fused import fuse, unfuse

torch.set_num_threads(1)
FUSED = [name for name, case in CASES.items() if case.kind.startswith(("wan", "ltx"))]
EQUAL = 2e-5


def denoisers(pipe):
    return [pipe.components[n] for n in ("transformer", "transformer_2") if pipe.components.get(n) is not None]


class Ours(TorchDispatchMode):
    """Counts the ops of ours that run."""

    def __init__(self):
        super().__init__()
        self.calls = Counter()

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        if func.namespace == "musicvid":
            self.calls[func.overloadpacket.__name__] += 1
        return func(*args, **(kwargs or {}))


def error(found, exact):
    return float((found - exact).norm() / exact.norm())


@pytest.mark.parametrize("name", FUSED)
def test_every_road_of_wan_and_ltx_is_the_same_but_for_rounding(tiny_model, name):
    case, spec = CASES[name], spec_of(CASES[name])
    pipe = stock_pipe(tiny_model(case.kind), case.pipeline)
    stock = stock_frames(pipe, case, spec)
    changed = [fuse(part) for part in denoisers(pipe)]
    assert all(count >= 4 for count in changed)
    with Ours() as seen:
        ours = stock_frames(pipe, case, spec)
    assert {"modulate", "gate_add", "gate_add_modulate", "qk_norm_rope_"} <= seen.calls.keys()
    assert error(ours, stock) <= EQUAL
    assert [unfuse(part) for part in denoisers(pipe)] == changed
    with Ours() as seen:
        assert torch.equal(stock_frames(pipe, case, spec), stock)
    assert not seen.calls
    assert [unfuse(part) for part in denoisers(pipe)] == [0] * len(changed)
