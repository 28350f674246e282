"""Whatever the music says, pictures stay pictures; walkers walk on the beat and do not slide."""

from __future__ import annotations

import numpy as np
import pytest
from animatic_requests import FAMILIES, frames, music, planes, request
from hypothesis import given, settings
from hypothesis import strategies as st

from musicvid.rendering.backends.animatic.brief import read_brief
from musicvid.rendering.backends.animatic.clock import Clock
from musicvid.rendering.backends.animatic.movement import colourless, movement
from musicvid.schema.shots import Motion

ROW = st.lists(st.floats(width=32), min_size=8, max_size=8)
SOME = sorted(FAMILIES)


@settings(max_examples=40, deadline=None)
@given(st.lists(ROW, min_size=3, max_size=3), st.sampled_from(SOME), st.floats(), st.integers(0, 2**31))
def test_any_motion_gives_pictures(rows: list[list[float]], family: str, energy: float, seed: int) -> None:
    """Infinite, absent and absurd values included."""
    wanted = request(FAMILIES[family], size="64x36", frame_count=3, motion=Motion.of(rows), energy=energy, seed=seed)
    for frame in frames(wanted, slate=True):
        y, u, v = planes(frame)
        assert y.min() >= 16
        assert y.max() <= 235
        assert min(u.min(), v.min()) >= 16
        assert max(u.max(), v.max()) <= 240


@given(st.text(max_size=60), st.text(max_size=20), st.lists(st.text(max_size=8), max_size=3))
@settings(max_examples=60, deadline=None)
def test_any_words_are_read(prompt: str, camera: str, look: list[str]) -> None:
    brief = read_brief(request(prompt, camera=camera, look=tuple(look)))
    assert brief.family
    assert brief.heading in ("ahead", "side")


@pytest.mark.parametrize(("bpm", "steps_per_beat"), [(90.0, 1.0), (120.0, 1.0), (168.0, 0.5)])
def test_steps_fall_on_beats(bpm: float, steps_per_beat: float) -> None:
    count = 120
    clock = Clock(request("a road", frame_count=count, motion=music(count, bpm)), 3.3)
    gone = clock.at(count - 1).steps - clock.at(0).steps
    assert gone == pytest.approx((count - 1) / 24 * bpm / 60 * steps_per_beat, abs=0.1)
    assert clock.at(0).steps == pytest.approx(round(clock.at(0).steps * 2) / 2)
    steps = np.diff([clock.at(k).steps for k in range(count)])
    assert (steps >= -1e-6).all()


def test_without_a_beat_they_walk_all_the_same() -> None:
    silent = Motion.of([(0, 0, 0, 0, 0, 0, 0, 0)] * 48)
    clock = Clock(request("a road", frame_count=48, motion=silent), 0.0)
    assert clock.at(47).steps - clock.at(0).steps > 2
    assert clock.at(20).pulse == 0


def test_time_runs_from_the_shots_own_first_frame() -> None:
    """Handles come before it: their time is earlier, the shot's is the same."""
    plain = Clock(request("a road", frame_count=10, motion=music(10)), 5.0)
    headed = Clock(request("a road", frame_count=14, head_frames=4, motion=music(14)), 5.0)
    assert plain.at(0).time == headed.at(4).time == 5.0
    assert headed.at(0).time < 5.0
    assert headed.at(4).flow == plain.at(0).flow


@pytest.mark.parametrize("words", ["a man walks", "a woman runs", "an old man walks", "a child walks"])
def test_feet_do_not_slide(words: str) -> None:
    """While a foot is on the ground it stays where it is, as the company moves on by its step length."""
    person = read_brief(request(f"{words} on a road")).people[0]
    moves = movement((colourless(person),), read_brief(request(f"{words} on a road")).action)
    steps = np.linspace(0, 4, 321)
    soles = []
    for s in steps:
        bones = moves.at(float(s))[0][1]
        soles.append([(bone[1], bone[2] * moves.sizes[0] + s * moves.step_m) for bone in bones[:2]])
    heights, places = np.array(soles)[:, :, 0], np.array(soles)[:, :, 1]
    for foot in (0, 1):
        flat = heights[:, foot] < heights[:, foot].min() + 0.006
        assert flat.mean() > 0.15
        moved = np.abs(np.diff(places[:, foot]))[flat[1:] & flat[:-1]]
        assert moved.mean() < 0.2 * moves.step_m / 80


def test_ages_change_the_body() -> None:
    bodies = {}
    for age in ("a child", "a young man", "an old man"):
        person = read_brief(request(f"{age} walks on a road")).people[0]
        moves = movement((colourless(person),), "walk")
        head = moves.at(0.5)[0][1][3]
        bodies[age] = (moves.sizes[0], head[1], head[2], moves.step_m)
    child, young, old = bodies.values()
    assert child[0] < 0.8 * young[0]
    assert old[1] < young[1] - 0.01
    assert old[2] > young[2] + 0.03
    assert old[3] < 0.75 * young[3]
