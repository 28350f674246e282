"""What tells shots apart and what keeps a section itself; light that pulses but never flashes."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from animatic_requests import FAMILIES, frames, music, planes, request, thumb

from musicvid.schema.shots import Motion

OPEN = ("a road", "the sea", "a street", "the woods", "a corridor", "nothing known")


def _difference(a: np.ndarray, b: np.ndarray) -> float:
    """Mean absolute difference of luma thumbs, in code values."""
    return float(np.abs(thumb(a) - thumb(b)).mean())


@pytest.mark.parametrize("family", FAMILIES)
def test_cuts_between_shots_of_one_scene_show(family: str) -> None:
    """Neighbouring seeds open on pictures that differ far more than a shot moves from frame to frame."""
    first = [frames(request(FAMILIES[family], seed=seed))[0] for seed in range(1, 11)]
    cuts = [_difference(a, b) for a, b in pairwise(first)]
    run = frames(request(FAMILIES[family], seed=1, frame_count=12, motion=music(12)))
    moves = [_difference(a, b) for a, b in pairwise(run)]
    assert min(cuts) > 2.5
    assert np.median(cuts) > 6
    assert np.median(cuts) > 2 * np.median(moves)


def test_prompts_differ() -> None:
    pictures = [frames(request(prompt))[0] for prompt in (*FAMILIES.values(), *OPEN)]
    pairs = [_difference(a, b) for n, a in enumerate(pictures) for b in pictures[:n]]
    assert min(pairs) > 2
    assert np.median(pairs) > 20


def _hue(frame: np.ndarray) -> np.ndarray:
    _, u, v = planes(frame)
    return np.array([u.mean() - 128.0, v.mean() - 128.0])


@pytest.mark.parametrize("prompt", OPEN)
def test_a_section_keeps_its_palette(prompt: str) -> None:
    """Shots of one look lie close together in colour, looks lie apart."""
    looks = [
        [_hue(frames(request(prompt, look=(f"section {n}",), seed=seed))[0]) for seed in (1, 2, 3)] for n in range(8)
    ]
    within = np.mean([np.linalg.norm(h - np.mean(own, 0), axis=-1) for own in looks for h in [np.array(own)]])
    between = np.mean(np.linalg.norm(np.mean(looks, 1) - np.mean(looks, (0, 1)), axis=1))
    assert between > 1.3 * within


def test_colour_words_colour_the_light() -> None:
    red, blue = (_hue(frames(request(f"a field in {word} light, dusk"))[0]) for word in ("red", "blue"))
    assert red[1] > blue[1] + 4
    assert blue[0] > red[0] + 4


def test_night_is_darker_than_day() -> None:
    day, night = (planes(frames(request(f"a field {word}"))[0])[0].mean() for word in ("at noon", "at night"))
    assert night < 0.6 * day


def _worst(frame_count: int, beats_per_s: float, fps: float = 24.0) -> Motion:
    """The loudest music there can be, a hard beat that comes again and again."""
    rows = []
    for k in range(frame_count):
        beat = k / fps * beats_per_s
        hit = float(beat % 1 < beats_per_s / fps)
        rows.append((1.0, hit, 1.0, hit, beat % 1, beat / 4 % 1, 1 + beat // 4, 1 + beat // 1 % 4))
    return Motion.of(rows)


def _flashes(luma: np.ndarray, fps: float, amplitude: float) -> float:
    """The most pairs of opposing changes of at least ``amplitude`` in any second (ITU-R BT.1702 and WCAG 2.3.1 count
    so): swings between successive turning points."""
    turning, direction = [(0, luma[0])], 0.0
    for k, (a, b) in enumerate(pairwise(luma), 1):
        step = np.sign(b - a)
        if step and direction and step != direction:
            turning.append((k - 1, a))
        direction = step or direction
    turning.append((len(luma) - 1, luma[-1]))
    swings = [b[0] for a, b in pairwise(turning) if abs(b[1] - a[1]) >= amplitude]
    return max((sum(s <= t < s + fps for t in swings) / 2 for s in swings), default=0.0)


@pytest.mark.parametrize("beats_per_s", [2.0, 3.4, 8.0])
@pytest.mark.parametrize("family", FAMILIES)
def test_light_never_flashes(family: str, beats_per_s: float) -> None:
    """No quarter of the picture, nor all of it, swings by a tenth of full range more than three times a second."""
    count = 48
    made = frames(request(FAMILIES[family], frame_count=count, motion=_worst(count, beats_per_s), energy=1.0, seed=5))
    grid = np.array([thumb(frame, 2, 2) for frame in made])
    for luma in (grid.mean((1, 2)), *grid.reshape(count, 4).T):
        assert _flashes(luma, 24.0, 0.10 * 219) <= 3
    steps = np.abs(np.diff(grid.mean((1, 2))))
    assert steps.max() < 0.10 * 219


def test_the_beat_lifts_the_light() -> None:
    """After each beat the picture is a few per cent lighter, and calms down until the next."""
    silent = Motion.of([(0.6, 0, 0.5, 0, 0, 0, 1, 1)] * 48)
    beating = frames(request("the sea at noon, static", frame_count=48, motion=music(48, bpm=120)))
    calm = frames(request("the sea at noon, static", frame_count=48, motion=silent))
    ratio = np.array([planes(a)[0].mean() / planes(b)[0].mean() for a, b in zip(beating, calm, strict=True)])
    beats = ratio[12:48:12]
    before = ratio[11:47:12]
    assert (beats > before + 0.02).all()
    assert (beats < before + 0.10).all()


def test_faster_music_moves_more() -> None:
    slow, fast = (
        frames(request("a neon tunnel, forward", frame_count=25, motion=music(25, level=level), energy=level))
        for level in (0.1, 0.95)
    )
    moved = [np.mean([_difference(a, b) for a, b in pairwise(run)]) for run in (slow, fast)]
    assert moved[1] > 1.25 * moved[0]


def test_motion_is_smooth() -> None:
    """Nothing pops: apart from beats, no step is many times the usual one."""
    for family in ("landscape", "canal", "forest", "city", "corridor"):
        still = Motion.of([(0.6, 0, 0.5, 0, 0, 0, 1, 1)] * 96)
        run = frames(request(FAMILIES[family], frame_count=96, motion=still, seed=2))
        steps = np.array([_difference(a, b) for a, b in pairwise(run)])
        assert steps.max() < 5 * np.median(steps) + 2.0
