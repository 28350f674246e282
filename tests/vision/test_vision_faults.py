"""Broken clips are told from real ones: truth made by hand, films drawn by the animatic renderer, and random nets."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.media.colour import picture_of
from musicvid.rendering.backends.animatic import Animatic
from musicvid.rendering.specimens import make_request
from musicvid.schema.frames import FrameSize
from musicvid.schema.shots import Motion
from musicvid.vision.faults import Fault, FaultFinder, fault_of

HEIGHT, WIDTH = 90, 160


def kind(pictures) -> str | None:
    fault = fault_of(pictures)
    assert fault is None or isinstance(fault, Fault)
    return fault.kind if fault else None


def rgb_clip(frames) -> list[np.ndarray]:
    """Pictures of float RGB frames in 0 to 1."""
    return [picture_of((np.clip(frame, 0, 1) * 255).round().astype(np.uint8)) for frame in frames]


def colour(*rgb: float) -> np.ndarray:
    return np.broadcast_to(np.array(rgb, float), (HEIGHT, WIDTH, 3)).copy()


def scene(k: int, brightness: float = 1.0) -> np.ndarray:
    """A landscape of a sort, panning by half a pixel a frame."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH].astype(float)
    columns = columns + k / 2
    hills = 0.45 + 0.1 * np.sin(columns / 17) + 0.03 * np.sin(columns / 3)
    ground = rows / HEIGHT > hills
    texture = 0.08 * np.sin(columns * 0.9) * np.sin(rows * 0.7)
    picture = np.where(ground[..., None], [0.25, 0.35, 0.2], [0.5, 0.6, 0.8]) + texture[..., None]
    return picture * brightness


def drawn(
    prompt: str, *, frame_count: int = 12, level: float = 0.5, size: str = "160x90", **changes
) -> list[np.ndarray]:
    rows = [(level, level * (k % 12 == 0), 0.5, 0.2, k / 12 % 1, k / 48 % 1, 1, 1) for k in range(frame_count)]
    wanted = make_request(
        prompt=prompt, frame_count=frame_count, size=FrameSize.parse(size), motion=Motion.of(rows), **changes
    )
    backend = Animatic({})
    backend.prepare([wanted])
    return [frame.copy() for frame in backend.render(wanted)]


def stars(count: int) -> list[np.ndarray]:
    generator = np.random.default_rng(5)
    places = generator.integers(0, HEIGHT * WIDTH, 60)
    frames = []
    for k in range(count):
        sky = colour(0, 0, 0).reshape(-1, 3)
        sky[(places + k // 3) % len(sky)] = 0.8
        frames.append(sky.reshape(HEIGHT, WIDTH, 3))
    return rgb_clip(frames)


def title_card(count: int) -> list[np.ndarray]:
    """White words that wander over black."""
    frames = [colour(0, 0, 0) for _ in range(count)]
    for k, frame in enumerate(frames):
        frame[40:48, 30 + k : 110 + k : 3] = 1
    return rgb_clip(frames)


def candle(count: int) -> list[np.ndarray]:
    """A still camera in a dark room; only the flame moves, over some tens of pixels."""
    frames = [scene(0, 0.2) for _ in range(count)]
    for k, frame in enumerate(frames):
        frame[40:46, 78 : 81 + k % 2] = [0.9, 0.7, 0.3]
    return rgb_clip(frames)


def grainy_wall(count: int) -> list[np.ndarray]:
    generator = np.random.default_rng(2)
    return rgb_clip(colour(0.5, 0.5, 0.48) + generator.normal(0, 0.03, (count, HEIGHT, WIDTH, 1)))


def ink(count: int) -> list[np.ndarray]:
    """Black shapes on white paper and nothing between."""
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return rgb_clip(
        np.repeat((np.hypot(rows - 45, columns - 40 - 2 * k) > 30)[..., None], 3, 2).astype(float) for k in range(count)
    )


def ink_and_red(count: int) -> list[np.ndarray]:
    """The same with a sun in pure red, a twentieth of the paper."""
    frames = [np.ones((HEIGHT, WIDTH, 3)) for _ in range(count)]
    for k, frame in enumerate(frames):
        frame[50:80, 2 * k : 60 + 2 * k] = 0
        frame[10:36, 100:128] = [1, 0, 0]
    return rgb_clip(frames)


def neon(count: int) -> list[np.ndarray]:
    """Pure magenta and cyan signs in a black street: a tenth of the picture."""
    frames = [scene(k, 0.1) for k in range(count)]
    for k, frame in enumerate(frames):
        frame[10:40, 20 + k : 40 + k] = [1, 0, 1]
        frame[20:50, 100:130] = [0, 1, 1]
    return rgb_clip(frames)


GOOD = {
    "pan by day": lambda: rgb_clip(scene(k) for k in range(24)),
    "pan by night": lambda: rgb_clip(scene(k, 0.08) for k in range(24)),
    "snow": lambda: rgb_clip(1 - 0.15 * scene(k) for k in range(24)),
    "fade to black": lambda: rgb_clip(scene(k, max(0, 1 - k / 6)) for k in range(24)),
    "fade from white": lambda: rgb_clip(scene(k) + max(0, 1.5 - k / 8) for k in range(24)),
    "fog with a faint shape": lambda: rgb_clip(colour(0.7, 0.7, 0.7) + 0.03 * scene(k) for k in range(24)),
    "stars": lambda: stars(24),
    "title card": lambda: title_card(24),
    "candle": lambda: candle(24),
    "grainy wall": lambda: grainy_wall(8),
    "ink": lambda: ink(16),
    "ink and a red sun": lambda: ink_and_red(16),
    "neon": lambda: neon(16),
    "four frames of a still": lambda: rgb_clip([scene(0)] * 4),
    "one frame": lambda: rgb_clip([scene(0)]),
}


@pytest.mark.parametrize("case", GOOD)
def test_real_material_passes(case):
    assert fault_of(GOOD[case]()) is None


PROMPTS = (
    "a couple walks on a mountain road at dawn",
    "a still moonless night at sea, static camera",
    "a neon city street in the rain at night, forward",
    "a rock concert on stage, crowd, red light",
    "a woman waits at the bedroom window, rain",
    "outer space, a planet, stars",
    "an abstract dream of ink",
    "bokeh, fairy lights, close-up of a man",
    "a red car on a winter road, snow, a house",
    "an old man in a pine forest, mist, forward",
)


@pytest.mark.parametrize("prompt", PROMPTS)
def test_every_drawn_scene_passes_loud_and_quiet(prompt):
    assert fault_of(drawn(prompt)) is None
    assert fault_of(drawn(prompt, level=0.0, energy=0.0, camera="static")) is None


def flicker_of_rounding(count: int) -> list[np.ndarray]:
    generator = np.random.default_rng(3)
    still = rgb_clip([scene(0)])[0].astype(int)
    return [(still + generator.integers(-1, 2, still.shape)).astype(np.uint8) for _ in range(count)]


def noise(count: int, spread: float, size=(HEIGHT, WIDTH), grey: bool = False) -> list[np.ndarray]:
    generator = np.random.default_rng(4)
    return rgb_clip(0.5 + spread * generator.normal(0, 1, (count, *size, 1 if grey else 3)) * np.ones(3))


def posterised(count: int) -> list[np.ndarray]:
    """Every channel burnt to one end: what far too much guidance looks like."""
    generator = np.random.default_rng(6)
    coarse = generator.normal(0, 1, (count, 9, 16, 3))
    return rgb_clip((np.kron(frame, np.ones((10, 10, 1))) > 0).astype(float) for frame in coarse)


BROKEN = {
    "NaN became black": ("black", lambda: [picture_of(np.zeros((HEIGHT, WIDTH, 3), np.uint8))] * 9),
    "almost black": ("black", lambda: rgb_clip(scene(k, 0.01) for k in range(9))),
    "black after a given first frame": ("black", lambda: rgb_clip(scene(k, float(k == 0)) for k in range(49))),
    "white": ("white", lambda: rgb_clip(scene(k) + 1 for k in range(9))),
    "grey": ("flat", lambda: rgb_clip(colour(0.5, 0.5, 0.5) for _ in range(9))),
    "one colour that changes": ("flat", lambda: rgb_clip(colour(0.2, k / 9, 0.7) for k in range(9))),
    "noise": ("noise", lambda: noise(9, 0.25)),
    "strong noise": ("noise", lambda: noise(9, 1.0)),
    "grey noise": ("noise", lambda: noise(9, 0.25, grey=True)),
    "noise, small": ("noise", lambda: noise(9, 0.25, (32, 48))),
    "noise, large": ("noise", lambda: noise(3, 0.25, (480, 832))),
    "posterised": ("oversaturated", lambda: posterised(9)),
    "red all over": ("oversaturated", lambda: rgb_clip(scene(k) * [0.2, 0, 0] + [0.9, 0, 0] for k in range(9))),
    "frozen": ("frozen", lambda: rgb_clip([scene(0)] * 9)),
    "frozen but for rounding": ("frozen", lambda: flicker_of_rounding(9)),
    "frozen after a given first frame": ("frozen", lambda: rgb_clip([scene(9), *[scene(0)] * 8])),
    "frozen, drawn": ("frozen", lambda: drawn(PROMPTS[0])[:1] * 12),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_is_found_and_said_in_figures(case):
    expected, make = BROKEN[case]
    fault = fault_of(make())
    assert fault is not None
    assert fault.kind == expected
    assert any(sign.isdigit() for sign in fault.detail)


@given(st.integers(5, 40), st.data())
def test_one_frame_that_moves_is_enough(count, data):
    still, other = rgb_clip([scene(0), scene(4)])
    pictures = [still] * count
    pictures[data.draw(st.integers(1, count - 1))] = other
    assert kind(pictures) is None


@pytest.mark.parametrize("per_frame", [0.002, 0.01])
def test_the_slowest_fade_is_movement(per_frame):
    """A level in two frames or less: no frame differs much from the one before, but the clip goes somewhere."""
    pictures = rgb_clip(scene(0, 1 - per_frame * k) for k in range(40))
    steps = [np.abs(a.astype(int) - b).max() for a, b in pairwise(pictures)]
    assert max(steps) <= 4
    assert kind(pictures) is None


def test_half_a_clip_is_no_fault():
    for broken in ("NaN became black", "white", "grey", "noise", "frozen", "posterised"):
        bad = BROKEN[broken][1]()
        assert kind(bad) is not None
        assert kind(bad[:6] + rgb_clip(scene(k) for k in range(6))) is None


def test_arrays_may_be_reused_and_one_at_a_time_is_enough():
    finder, array = FaultFinder(), np.empty((HEIGHT * 3 // 2, WIDTH), np.uint8)
    for picture in rgb_clip(scene(k) for k in range(12)):
        array[:] = picture
        finder.see(array)
    assert finder.fault() is None
    still = FaultFinder()
    array[:] = rgb_clip([scene(0)])[0]
    for _ in range(12):
        still.see(array)
    assert still.fault().kind == "frozen"
    assert FaultFinder().fault() is None


@pytest.mark.parametrize(
    ("name", "pipeline", "frame_count", "size"),
    [("wan-t2v", "WanPipeline", 5, (32, 48)), ("ltx", "LTXPipeline", 9, (64, 64))],
)
def test_a_random_net_makes_poor_pictures_but_no_faults(name, pipeline, frame_count, size, tiny_model):
    import diffusers
    import torch

    torch.set_num_threads(1)
    pipe = getattr(diffusers, pipeline).from_pretrained(tiny_model(name))
    pipe.set_progress_bar_config(disable=True)
    for seed in (0, 1):
        made = pipe(
            prompt="a cat",
            num_frames=frame_count,
            height=size[0],
            width=size[1],
            num_inference_steps=2,
            guidance_scale=1.0,
            generator=torch.Generator().manual_seed(seed),
            output_type="np",
        ).frames[0]
        assert fault_of(rgb_clip(made)) is None
