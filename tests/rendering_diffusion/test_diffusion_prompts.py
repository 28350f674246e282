"""`a | b | c`: which clip, and which part of it, is told which prompt. Clips are drawn; all around them is genuine."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from diffusion_films import clip_files, film, planes, ramp, rendered, show
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.diffusion.registry import find_model
from musicvid.errors import MusicvidError, RenderError
from musicvid.rendering.backends.diffusion.briefing import Briefing
from musicvid.rendering.backends.diffusion.options import Options
from musicvid.rendering.backends.diffusion.prompts_over_time import changes_at, prompts_of
from musicvid.rendering.requests import requests_for

LTX, WAN = find_model("ltx-video"), find_model("wan2.2-ti2v-5b")


def briefed(model, length, prompt, **options):
    (request,) = requests_for(film((length,), prompt={0: prompt}))
    return Briefing(model, Options(**options), [request]).of(request)


def in_order(told, prompts):
    """Every prompt is told, one after the other."""
    return list(dict.fromkeys(told)) == list(prompts) and sorted(told, key=prompts.index) == list(told)


@pytest.fixture
def drawn(monkeypatch):
    return show(monkeypatch, lambda spec: ramp(spec.frame_count, spec.size.height, spec.size.width))


def test_a_long_shot_is_told_within_one_clip(tiny_model, tmp_path, drawn):
    """153 frames are 20 latents: windows from 0, 7 and 14 on. The second is seen from frame 65 on, the third from 121,
    by when the shot is over: it has 110 frames."""
    shots = film((110,), prompt={0: "dawn | dusk"})
    (take,) = rendered(tiny_model("ltx"), tmp_path / "work", shots, render_size="64x32", counts=1, most_frames=153)
    (spec,) = drawn
    assert spec.frame_count == 153
    assert spec.prompts == ("dawn", "dusk", "dusk")
    assert "verse-1/01: its 2 prompts are told within one clip, the next from 2.7 s on" in take.notes


def test_the_real_pipeline_tells_each_window_its_prompt(tiny_model, tmp_path, monkeypatch):
    """Its own reading of what it is given, window by window."""
    from diffusers.pipelines.ltx import pipeline_ltx_i2v_long_multi_prompt as theirs

    read, usual = [], theirs.parse_prompt_segments
    monkeypatch.setattr(theirs, "parse_prompt_segments", lambda *a: read.append(usual(*a)) or read[-1])
    shots = film((122,), prompt={0: "dawn | dusk"})
    (take,) = rendered(tiny_model("ltx"), tmp_path / "work", shots, render_size="64x32", counts=1, most_frames=153)
    assert read == [["dawn", "dusk", "dusk"]]
    assert len(planes(take.path)) == 122


def test_a_short_shot_is_told_from_clip_to_clip(tiny_model, tmp_path, drawn):
    (take,) = rendered(
        tiny_model("wan22-ti2v"), tmp_path / "work", film((20,), prompt={0: "dawn | noon | dusk"}), render_size="64x32"
    )
    assert [spec.prompts for spec in drawn] == [("dawn",), ("noon",), ("dusk",)]
    assert [spec.frame_count for spec in drawn] == [9, 9, 5]
    assert "verse-1/01: its 3 prompts are told from clip to clip, the next from 0.4, 0.7 s on" in take.notes


def test_what_has_too_few_windows_goes_from_clip_to_clip(tiny_model, tmp_path, drawn):
    """60 frames are one window."""
    shots = film((60,), prompt={0: "dawn | noon | dusk"})
    (take,) = rendered(tiny_model("ltx"), tmp_path / "work", shots, render_size="64x32")
    assert [spec.prompts for spec in drawn] == [("dawn",), ("noon",), ("dusk",)]
    assert any("from clip to clip" in note for note in take.notes)


def test_a_window_that_hardly_shows_is_no_part_of_a_shot():
    """78 frames have a second window, for the last 13 of them: two clips tell two prompts more evenly."""
    assert [brief.prompts for brief in briefed(LTX, 78, "dawn | dusk").briefs] == [("dawn",), ("dusk",)]
    (alone,) = briefed(LTX, 110, "dawn | dusk").briefs
    assert alone.prompts == ("dawn", "dusk")


def test_without_a_way_to_go_on_a_short_second_part_must_do():
    cannot_chain = replace(
        LTX, roads=tuple(road for road in LTX.roads if road.takes == frozenset({"prompts", "first"}))
    )
    cannot_chain = replace(cannot_chain, roads=(replace(cannot_chain.roads[0], takes=frozenset({"prompts"})),))
    made = briefed(cannot_chain, 78, "dawn | dusk")
    assert made.briefs[0].prompts == ("dawn", "dusk")
    assert "within one clip, the next from 2.7 s on" in made.notes[0]


@settings(deadline=None, max_examples=60)
@given(
    model=st.sampled_from([LTX, WAN]),
    length=st.integers(1, 900),
    count=st.integers(2, 7),
    counts=st.integers(0, 3),
    most=st.sampled_from([None, 41, 97, 257]),
)
def test_no_prompt_is_ever_left_out(model, length, count, counts, most):
    prompts = [f"prompt {k}" for k in range(count)]
    try:
        made = briefed(model, length, " | ".join(prompts), counts=counts, most_frames=most)
    except RenderError as error:
        refused = str(error)
    else:
        refused = ""
    if refused:
        assert f"its {count} prompts" in refused
        return
    told = [text for brief in made.briefs for text in brief.prompts]
    assert in_order(told, prompts)
    assert sum(f"its {count} prompts are told" in note for note in made.notes) == 1
    if len(made.briefs) > 1:  # each prompt is seen
        frames = range(length)
        assert list(dict.fromkeys(made.shown_at(k)[0].prompts[0] for k in frames)) == prompts


@pytest.mark.parametrize(("model", "length"), [(LTX, 12), (WAN, 6)])
def test_the_least_length_that_is_named_is_the_least(model, length):
    prompt = "dawn | noon | dusk"
    with pytest.raises(RenderError) as caught:
        briefed(model, length, prompt)
    assert caught.value.where == "verse-1/01"
    needed = float(re.search(r"([\d.]+) s are needed", str(caught.value))[1])
    least = round(needed * 24)
    assert least > length
    briefed(model, least, prompt)
    with pytest.raises(RenderError, match="cannot all be told"):
        briefed(model, least - 1, prompt)


def test_slow_motion_and_prompts_from_clip_to_clip_exclude_each_other():
    with pytest.raises(RenderError, match="need as many clips") as caught:
        briefed(WAN, 200, "dawn | dusk", long_shots="slow")
    assert "long_shots: chain" in caught.value.hint


@pytest.mark.parametrize("prompt", ["a dawn | ", " | a dawn", "||a dawn|"])
def test_empty_prompts_are_none(prompt):
    assert prompts_of(prompt) == ("a dawn",)
    (one,) = briefed(WAN, 20, prompt).briefs
    assert one.prompts == ("a dawn",)


def test_bars_alone_are_refused_by_name(tiny_model, tmp_path):
    with pytest.raises(MusicvidError, match=r"verse-1/02: its prompt ' \| \| ' has bars and nothing between them"):
        rendered(tiny_model("wan-t2v"), tmp_path / "work", film((5, 5), prompt={1: " | | "}))
    assert clip_files(tmp_path / "work") == []


def test_a_prompt_without_bars_is_taken_as_it_is():
    assert prompts_of(" a dawn ") == (" a dawn ",)
    assert prompts_of("") == ("",)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(1, 60), st.integers(1, 6))
def test_changes_are_those_nearest_to_equal_parts(starts, frame_count, many):
    begins = [0, *sorted(min(start, frame_count) for start in starts[1:])]
    ends = [*begins[1:], frame_count]
    seen = [k for k in range(len(begins)) if begins[k] < ends[k]]
    changes = changes_at(begins, frame_count, many)
    if len(seen) < many:
        assert changes is None
        return
    assert len(changes) == many - 1
    assert sorted({seen[0], *changes}) == [seen[0], *changes]
    assert set(changes) <= set(seen)
    if many == 2:
        best = min(abs(2 * begins[k] - frame_count) for k in seen[1:])
        assert abs(2 * begins[changes[0]] - frame_count) == best
