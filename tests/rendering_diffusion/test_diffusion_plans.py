"""Which memory plan is used for which clips, and what is remembered of it."""

from __future__ import annotations

import json
import multiprocessing
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion.memory import ladder
from musicvid.diffusion.registry import find_model
from musicvid.diffusion.settings import Settings
from musicvid.errors import RenderError
from musicvid.rendering.backends.diffusion.plans import Plans, Shape, TooLarge, place_of

RUNGS = ladder("cuda", may_shrink=False, fp8_possible=True)
SMALL, LARGE = Shape(5, 48, 32), Shape(81, 832, 480)


def always(rung):
    return lambda frame_count, width, height: RUNGS[rung]


def never(frame_count, width, height):
    raise RenderError("the model does not fit")


def test_the_chosen_plan_is_kept_although_another_would_be_chosen_later(tmp_path):
    """Less memory may be free tomorrow; a film that is made again is the same film."""
    file = tmp_path / "memory.json"
    assert Plans(RUNGS, always(1), "card A", file).plan_for(SMALL) == RUNGS[1]
    assert Plans(RUNGS, always(4), "card A", file).plan_for(SMALL) == RUNGS[1]
    assert Plans(RUNGS, always(4), "card B", file).plan_for(SMALL) == RUNGS[4]
    assert Plans(RUNGS, never, "card A", file).plan_for(SMALL) == RUNGS[1]
    assert {row["place"] for row in json.loads(file.read_text())} == {"card A", "card B"}


@pytest.mark.parametrize("text", ["", "{", "[]", "[1]", '{"a": 1}', '[{"place": "A", "pixels": 7680, "plan": {}}]'])
def test_a_damaged_memory_only_forgets(tmp_path, text):
    file = tmp_path / "memory.json"
    file.write_text(text)
    plans = Plans(RUNGS, always(0), "A", file)
    assert plans.plan_for(SMALL) == RUNGS[0]
    assert Plans(RUNGS, always(2), "A", file).plan_for(SMALL) == RUNGS[0]


def test_what_ran_out_is_not_tried_again_for_larger_clips():
    plans = Plans(RUNGS, always(0), "A")
    below = plans.lower(SMALL, "decode")
    assert below.weights != "resident"
    assert plans.plan_for(SMALL) == below
    assert plans.plan_for(LARGE) == below
    assert plans.plan_for(Shape(1, 16, 16)) == RUNGS[0]


@given(
    sizes=st.lists(st.tuples(st.integers(1, 200), st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=8),
    ran_out=st.lists(st.tuples(st.integers(0, 7), st.sampled_from(["encode", "denoise", "decode"])), max_size=12),
)
def test_a_larger_clip_never_has_a_better_plan(sizes, ran_out):
    """Of plans that were chosen alike, and whatever ran out in whichever phase."""
    shapes = [Shape(n, 16 * w, 16 * h) for n, w, h in sizes]
    plans = Plans(RUNGS, always(0), "A", may_shrink=True)
    for which, phase in ran_out:
        shape = shapes[which % len(shapes)]
        if plans.fits(shape):
            before = RUNGS.index(plans.plan_for(shape))
            try:
                assert RUNGS.index(plans.lower(shape, phase)) > before
            except TooLarge:
                assert not plans.fits(shape)
    places = [
        RUNGS.index(plans.plan_for(shape)) if plans.fits(shape) else len(RUNGS)
        for shape in sorted(shapes, key=lambda shape: shape.pixels)
    ]
    assert places == sorted(places)
    for shape in shapes:
        given_up = plans.lossy_until(shape)
        assert given_up[0] == ()
        assert len(given_up) == len(set(given_up))
        if plans.fits(shape):
            assert plans.plan_for(shape).lossy in given_up


def test_the_last_rung_is_an_error_for_people_or_a_smaller_picture(tmp_path):
    plans = Plans(RUNGS[:1], always(0), "A")
    with pytest.raises(RenderError, match=r"ran out in the denoise stage even with .*5 frames of 48x32") as caught:
        plans.lower(SMALL, "denoise")
    assert not isinstance(caught.value, TooLarge)
    shrinking = Plans(RUNGS[:1], always(0), "A", tmp_path / "memory.json", may_shrink=True)
    with pytest.raises(TooLarge):
        shrinking.lower(SMALL, "denoise")
    again = Plans(RUNGS[:1], always(0), "A", tmp_path / "memory.json", may_shrink=True)
    assert not again.fits(LARGE)
    assert again.fits(Shape(1, 16, 16))
    assert again.lossy_until(LARGE)[0] == ()  # a whole clip that was made before is looked for
    with pytest.raises(RenderError, match="does not fit"):
        Plans(RUNGS, never, "A").plan_for(SMALL)
    assert not Plans(RUNGS, never, "A", may_shrink=True).fits(SMALL)


def test_two_threads_lose_nothing_of_what_each_finds_out(tmp_path):
    """One names takes of many shapes while the other lowers plans; the file holds them all in the end."""
    file = tmp_path / "memory.json"
    plans = Plans(RUNGS, always(0), "A", file)
    lowered = [Shape(k, 32, 32) for k in range(120, 100, -1)]  # the largest first: it says nothing of smaller ones
    named = [Shape(k, 16, 16) for k in range(1, 21)]

    def lower():
        for shape in lowered:
            plans.lower(shape, "decode")

    thread = threading.Thread(target=lower)
    thread.start()
    for shape in named:
        plans.plan_for(shape)
    thread.join()
    rows = {row["pixels"]: row["plan"]["weights"] for row in json.loads(file.read_text())}
    assert set(rows) == {shape.pixels for shape in lowered + named}
    assert [rows[shape.pixels] == "resident" for shape in named] == [True] * 20
    assert [rows[shape.pixels] == "resident" for shape in lowered] == [False] * 20


def lowered_in_another_process(file, numbers):
    for number in numbers:
        Plans(RUNGS, always(0), "A", file).lower(Shape(number, 32, 32), "decode")


def test_two_processes_lose_nothing_of_what_each_finds_out(tmp_path):
    file = tmp_path / "memory.json"
    context = multiprocessing.get_context("spawn")
    halves = [range(60, 40, -2), range(59, 39, -2)]
    processes = [context.Process(target=lowered_in_another_process, args=(file, half)) for half in halves]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0]
    rows = {row["pixels"] // 1024: row["plan"]["weights"] for row in json.loads(file.read_text())}
    assert sorted(rows) == list(range(41, 61))
    assert "resident" not in rows.values()


def test_what_another_process_found_out_is_taken_over_and_never_taken_back(tmp_path):
    file = tmp_path / "memory.json"
    here, there = (Plans(RUNGS, always(0), "A", file) for _ in range(2))
    assert here.plan_for(SMALL) == there.plan_for(SMALL) == RUNGS[0]
    below = there.lower(SMALL, "decode")
    here.plan_for(LARGE)  # which is written
    assert here.plan_for(SMALL) == Plans(RUNGS, always(0), "A", file).plan_for(SMALL) == below


def test_a_plan_holds_for_what_the_needs_were_counted_from():
    model = find_model("wan2.1-t2v-1.3b")
    base = Settings(device="cpu", dtype="bf16", vae_dtype="fp32")
    same = [base, replace(base, steps=3), replace(base, guidance=model.guidance), replace(base, shift=5.0)]
    assert len({place_of(one, model, "x") for one in same}) == 1
    others = [{"dtype": "fp32"}, {"vae_dtype": "bf16"}, {"guidance": 1.0}, {"memory_bytes": 2**33}]
    places = [place_of(replace(base, **other), model, "x") for other in others]
    assert len({place_of(base, model, "x"), place_of(base, model, "y"), *places}) == 6
