"""The embedded renderer: words choose the scene, seeds the framing, music the movement; always legal pictures."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from musicvid.errors import InputError
from musicvid.rendering.backends.animatic import Animatic
from musicvid.rendering.backends.animatic.brief import read_brief
from musicvid.rendering.backends.animatic.scenes import SCENES as FAMILIES
from musicvid.rendering.specimens import make_request, motion_of
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.shots import Motion
from musicvid.vision.thumbs import distance, thumb

PLACES = {
    "waves on the open sea": "water",
    "a city at night, neon signs": "city",
    "a long school corridor": "tunnel",
    "pines in a deep forest": "forest",
    "a paper boat on a canal": "canal",
    "a road through wide fields": "landscape",
    "the milky way, stars and planets": "cosmos",
    "an empty dance hall": "hall",
}
SCENES = [*PLACES, "rain on a train window", "liquid silk in gold and blue", "soft bokeh lights"]


def backend(**options) -> Animatic:
    return Animatic(options, base=Path())


def pictures(request, maker=None) -> np.ndarray:
    maker = maker or backend()
    maker.prepare([request])
    return np.stack([p.copy() for p in maker.render(request)])


def thumbs(frames: np.ndarray) -> np.ndarray:
    height = frames.shape[1] * 2 // 3
    quarter = height // 4
    shape = (height // 2, frames.shape[2] // 2)
    rows = []
    for f in frames:
        u, v = f[height : height + quarter].reshape(shape), f[height + quarter :].reshape(shape)
        rows.append(thumb(f[:height], u, v))
    return np.stack(rows)


def small(prompt: str, **changes):
    return make_request(**{"prompt": prompt, "size": FrameSize(192, 108), "camera": "", **changes})


@pytest.mark.parametrize(("words", "family"), PLACES.items())
def test_words_choose_the_family(words, family):
    assert read_brief(small(words)).family == family


def test_every_family_can_be_asked_for():
    assert {read_brief(small(words)).family for words in SCENES} >= set(PLACES.values())
    assert set(PLACES.values()) <= set(FAMILIES)


@pytest.mark.parametrize("prompt", SCENES)
@pytest.mark.parametrize("size", ["66x34", "34x66", "16x16"])
def test_every_scene_draws_legal_pictures_at_odd_sizes(prompt, size):
    frames = pictures(small(f"Ann and Ben walk. {prompt}", size=FrameSize.parse(size), frame_count=3))
    height = frames.shape[1] * 2 // 3
    assert frames[:, :height].min() >= 16
    assert frames[:, :height].max() <= 235
    assert frames[:, height:].min() >= 16
    assert frames[:, height:].max() <= 240


@pytest.mark.parametrize("prompt", SCENES)
def test_a_prompt_stays_itself_and_moves(prompt):
    request = small(prompt, frame_count=13)
    first, again = pictures(request), pictures(request)
    assert np.array_equal(first, again)
    assert not np.array_equal(first[0], first[12])


def test_two_prompts_and_two_seeds_differ():
    shown = [thumbs(pictures(small(prompt, frame_count=1)))[0] for prompt in SCENES[:6]]
    apart = [float(distance(a, b)) for i, a in enumerate(shown) for b in shown[i + 1 :]]
    assert min(apart) > 3
    seeds = [thumbs(pictures(small(SCENES[5], seed=seed, frame_count=1)))[0] for seed in range(8)]
    assert np.mean([float(distance(a, b)) for i, a in enumerate(seeds) for b in seeds[i + 1 :]]) > 3


def test_light_never_flashes():
    """No change of a whole picture's mean light near the 10 % of a general flash (Harding; WCAG 2.3.1)."""
    for prompt in SCENES[:5]:
        frames = pictures(small(prompt, frame_count=60, motion=motion_of(60, 12)))
        mean = frames[:, :108].reshape(60, -1).mean(1)
        assert np.abs(np.diff(mean)).max() < 0.1 * 219


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.lists(st.floats(0, 1, width=32), min_size=6, max_size=6), min_size=2, max_size=4),
    prompt=st.sampled_from(SCENES),
)
def test_extreme_motion_is_survived(rows, prompt):
    motion = Motion.of([*row, 1.0, 1.0] for row in rows)
    frames = pictures(small(prompt, frame_count=len(rows), motion=motion, size=FrameSize(64, 36)))
    assert len(frames) == len(rows)


def test_the_slate_burns_in_what_changes_with_the_frame():
    request = small("fields", size=FrameSize(640, 360), frame_count=3, rate=FrameRate.parse("25"))
    plain, slated = pictures(request), pictures(request, backend(slate=True))
    assert not np.array_equal(plain, slated)
    assert np.abs(slated[0].astype(int) - plain[0]).max() > 80
    burnt = slated.astype(int) - plain
    assert not np.array_equal(burnt[0][:360], burnt[2][:360])


def test_identity_names_the_shot_only_when_it_is_drawn():
    request = small("fields")
    other = replace(request, shot_id="verse-9/09", first_timecode_frame=99)
    for maker, same in ((backend(), True), (backend(slate=True), False)):
        maker.prepare([request, other])
        assert (maker.identity(request) == maker.identity(other)) is same


@pytest.mark.parametrize("options", [{"slat": True}, {"slate": "yes"}])
def test_wrong_options_are_refused(options):
    with pytest.raises(InputError, match="slate"):
        backend(**options)
