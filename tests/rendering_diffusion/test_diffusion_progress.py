"""What is told while clips are made: steps that rise, and the time that is left."""

from __future__ import annotations

import itertools

import pytest
from diffusion_films import film, rendered

from musicvid.rendering.backends.diffusion.briefs import Brief
from musicvid.rendering.backends.diffusion.steps_told import StepsTold
from musicvid.schema.frames import FrameRate, FrameSize


@pytest.fixture
def wan(tiny_model):
    return tiny_model("wan-t2v")


def test_steps_rise_within_each_clip_and_the_time_left_is_told(wan, tmp_path):
    heard = []
    tell = {"render_with": {"on_progress": heard.append}}
    rendered(wan, tmp_path / "work", film((3, 3)), steps=5, **tell)
    steps = [event for event in heard if event.step]
    assert [(event.item, event.step, event.steps) for event in steps] == [
        (shot, step, 5) for shot in ("verse-1/01", "verse-1/02") for step in range(1, 6)
    ]  # fmt: skip
    assert all(event.item_s is not None and event.item_s >= 0 for event in steps)
    second = [event for event in steps if event.item == "verse-1/02"]
    assert all(event.all_s is not None and event.all_s >= event.item_s for event in second)
    done = [(event.item, event.done, event.total) for event in heard if not event.step and event.item]
    assert done == [("verse-1/01", 1, 2), ("verse-1/02", 2, 2)]
    assert {event.stage for event in heard} == {"render"}

    heard.clear()
    rendered(wan, tmp_path / "work", film((3, 3)), steps=5, **tell)
    assert not any(event.step for event in heard)
    assert [event.kept for event in heard if event.item] == [True, True]


def test_other_takes_and_clips_of_long_shots_tell_their_names(tiny_model, tmp_path):
    heard = []
    rendered(
        tiny_model("wan22-ti2v"),
        tmp_path / "work",
        film((14,)),
        render_with={"on_progress": heard.append, "takes": 2},
        render_size="64x32",
        most_frames=9,
        steps=2,
    )
    steps = [(event.item, event.step) for event in heard if event.step]
    assert steps == [
        (name, step) for name in ("verse-1/01", "verse-1/01 take 2") for _ in range(2) for step in (1, 2)
    ]  # fmt: skip


def a_brief(frame_count=5, size="32x32"):
    return Brief(
        shot_id="verse-1/01",
        take=1,
        prompts=("a boat",),
        avoid="",
        seed=1,
        frame_count=frame_count,
        rate=FrameRate.parse("16"),
        size=FrameSize.parse(size),
    )


def test_the_time_left_counts_the_rest_of_the_clip_and_the_clips_to_come():
    """A clock that ticks a second for each look: a step a second, and three seconds between two clips."""
    ticks, heard = itertools.count(), []
    told = StepsTold(None, every=0, progress=lambda: heard.append, cancelled=lambda: False, clock=lambda: next(ticks))
    first, second = a_brief(), a_brief(frame_count=9)
    told.expect([second, second])
    seen = told.watch(first, None)
    for step in range(4):
        seen(step, 4, None)
    assert [event.item_s for event in heard] == pytest.approx([3 - k + 2 * 9 / 5 * 4 for k in range(4)])
    heard.clear()
    next(ticks), next(ticks)
    told.expect([])
    seen = told.watch(second, None)
    seen(0, 4, None)
    assert [event.item_s for event in heard] == [3 + 3]
