"""Laws of the ladder of memory plans, and needs counted against pipelines that were really loaded."""

from __future__ import annotations

import dataclasses
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion.memory import (
    SHRINK,
    WEIGHTS,
    MemoryPlan,
    choose,
    ladder,
    lower,
    peak_bytes,
    phase_bytes,
    shrunk_size,
    wanted_bytes,
)
from musicvid.diffusion.needs import Needs
from musicvid.errors import RenderError
from musicvid.schema.frames import FrameSize

PHASES = ("encode", "denoise", "decode")
MIB = 2**20
sizes = st.integers(0, 60_000).map(lambda mib: mib * MIB)


@st.composite
def needs(draw):
    denoisers = draw(st.sampled_from((("transformer",), ("transformer", "transformer_2"))))
    weights = {name: draw(sizes) for name in (*denoisers, "vae", "text_encoder", "connectors")}
    decode, encode = draw(sizes), draw(sizes)
    outside = {name: draw(st.integers(0, weights[name])) for name in denoisers}
    return Needs(
        weights,
        {name: draw(st.integers(0, weights[name] - outside[name])) for name in denoisers},
        draw(sizes),
        decode,
        encode,
        draw(st.integers(0, decode)),
        draw(st.integers(0, encode)),
        outside,
        {name: draw(st.integers(0, (weights[name] - outside[name]) // 2)) for name in denoisers},
        draw(st.integers(0, weights["connectors"])),
        draw(st.booleans()),
    )


ladders = st.builds(ladder, st.sampled_from(("cuda:0", "cpu", "mps")), st.booleans(), st.booleans())


def test_ladder_goes_from_exact_and_fast_to_lossy_and_small():
    names = [plan.name for plan in ladder("cuda:0", may_shrink=True, fp8_possible=True)]
    story = [
        "resident",
        "model-offload",
        "group-offload",
        "group-offload+tiling",
        "group-offload+tiling+fp8",
        *(f"group-offload+tiling+fp8+smaller-{n}" for n in (1, 2, 3)),
    ]
    assert [name for name in names if name in story] == story
    assert names[-1] == story[-1]
    assert len(set(names)) == len(names)


def test_exact_plans_come_before_all_others():
    exact = [plan.exact for plan in ladder("cuda:0", True, True)]
    assert exact == [True] * 3 + [False] * (len(exact) - 3)
    assert MemoryPlan("group-offload", tiling=True, fp8=True, shrink=2).lossy == ("tiling", "fp8", "smaller-2")
    assert MemoryPlan("group-offload").lossy == ()


def test_a_ladder_holds_only_what_is_possible_and_allowed():
    assert all(plan.weights != "model-offload" for plan in ladder("cpu", True, True))
    assert not any(plan.fp8 for plan in ladder("cuda", True, False))
    assert not any(plan.shrink for plan in ladder("cuda", False, True))


@given(needs(), sizes, ladders)
def test_the_chosen_plan_fits_and_no_better_one_does(wants, free, rungs):
    try:
        plan = choose(wants, free, rungs)
    except RenderError:
        assert all(wanted_bytes(rung, wants) > free for rung in rungs)
        return
    assert peak_bytes(plan, wants) < wanted_bytes(plan, wants) <= free
    assert all(wanted_bytes(better, wants) > free for better in rungs[: rungs.index(plan)])


@given(needs(), ladders, st.data())
def test_lowering_goes_down_the_ladder_to_its_end_and_never_takes_more(wants, rungs, data):
    plan = data.draw(st.sampled_from(rungs))
    steps = 0
    while True:
        phase = data.draw(st.sampled_from(PHASES))
        below = lower(plan, phase, rungs)
        if below is None:
            break
        assert rungs.index(below) > rungs.index(plan)
        assert phase_bytes(below, wants)[phase] <= phase_bytes(plan, wants)[phase]
        changed = [f.name for f in dataclasses.fields(plan) if getattr(plan, f.name) != getattr(below, f.name)]
        assert len(changed) == 1  # one thing at a time
        plan, steps = below, steps + 1
    assert steps <= len(WEIGHTS) + 2 + len(SHRINK)


def test_a_rung_that_does_not_help_the_failed_phase_is_left_out():
    rungs = ladder("cuda:0", True, True)
    offloaded = MemoryPlan("model-offload")
    assert lower(offloaded, "decode", rungs) == MemoryPlan("model-offload", tiling=True)
    assert lower(offloaded, "denoise", rungs) == MemoryPlan("group-offload")
    assert lower(MemoryPlan("group-offload"), "denoise", rungs) == MemoryPlan("group-offload", fp8=True)
    tiled = MemoryPlan("model-offload", tiling=True)
    assert lower(tiled, "decode", rungs) == MemoryPlan("model-offload", tiling=True, shrink=1)
    assert lower(tiled, "decode", ladder("cuda:0", False, True)) is None
    assert lower(MemoryPlan("resident"), "decode", ladder("cpu", False, True)) == MemoryPlan("group-offload")


def test_the_error_has_figures_in_gib_and_ways_out():
    wants = Needs({"transformer": 40 * 2**30, "vae": 2**30}, {"transformer": 2**30}, 2 * 2**30, 8 * 2**30, 2**30)
    with pytest.raises(RenderError) as caught:
        choose(wants, 2**30, ladder("cuda:0", False, True))
    text = str(caught.value)
    assert "1.0 GiB are free" in text
    # group offload at the decoder: (VAE 1 + 8) * 1.1 + 0.5
    for figure in ("group-offload 10.4", "--memory", "shrink", "smaller model"):
        assert figure in text


def test_peaks_of_known_needs_by_hand():
    wants = Needs(
        {"transformer": 1000, "transformer_2": 900, "vae": 50, "text_encoder": 9999, "connectors": 30},
        {"transformer": 90, "transformer_2": 80},
        denoise_bytes=200,
        decode_bytes=400,
        encode_bytes=70,
        tiled_decode_bytes=40,
        tiled_encode_bytes=7,
        outside_blocks_bytes={"transformer": 100, "transformer_2": 100},
        fp8_saves_bytes={"transformer": 450, "transformer_2": 400},
        largest_other_tensor_bytes=20,
    )
    assert phase_bytes(MemoryPlan(), wants) == {"encode": 1980 + 70, "denoise": 1980 + 200, "decode": 1980 + 400}
    assert phase_bytes(MemoryPlan("model-offload"), wants) == {"encode": 150, "denoise": 1250, "decode": 480}
    grouped = phase_bytes(MemoryPlan("group-offload"), wants)
    assert grouped == {"encode": 140, "denoise": 50 + 100 + 180 + 200, "decode": 470}
    assert phase_bytes(MemoryPlan("group-offload", tiling=True), wants)["decode"] == 110
    assert phase_bytes(MemoryPlan("group-offload", fp8=True), wants)["denoise"] == 50 + 100 + 90 + 200
    assert phase_bytes(MemoryPlan("model-offload", fp8=True), wants)["denoise"] == 50 + 550 + 200
    assert phase_bytes(MemoryPlan(shrink=2), wants)["decode"] == pytest.approx(1980 + 196, abs=1)
    stays = dataclasses.replace(wants, text_stays=True)
    assert phase_bytes(MemoryPlan(), stays)["decode"] == 1980 + 9999 + 400
    assert phase_bytes(MemoryPlan("model-offload"), stays) == {"encode": 10119, "denoise": 1250, "decode": 10449}


@given(st.integers(0, 3), st.sampled_from((16, 32)), st.integers(4, 40), st.integers(4, 40))
def test_shrunk_sizes_are_legal_and_never_larger(shrink, multiple, columns, rows):
    size = FrameSize(columns * multiple, rows * multiple)
    small = shrunk_size(size, shrink, multiple)
    assert small.width % multiple == small.height % multiple == 0
    assert multiple <= small.width <= size.width
    assert multiple <= small.height <= size.height
    assert small == size if shrink == 0 else small.width * small.height < size.width * size.height


def test_planning_loads_no_torch():
    code = "import sys, musicvid.diffusion.memory; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
