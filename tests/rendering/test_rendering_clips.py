"""moviepy clips, functions and effects as takes. Frame codes tell which moment every frame of the file shows."""

from fractions import Fraction

import numpy as np
import pytest
from flat_backend import FlatBackend, decoded, luma_of, make_shots
from footage_files import write_clip

from musicvid.errors import RenderError
from musicvid.rendering.backends.clips import ClipBackend, EffectBackend
from musicvid.rendering.backends.footage import Footage
from musicvid.rendering.render import render

RATES = ["23.976", "24", "29.97", "30", "59.94"]


def grey(luma, size=(64, 48)):
    """An RGB picture whose luma is ``luma`` in BT.709 limited range."""
    return np.full((size[1], size[0], 3), round((luma - 16) * 255 / 219), np.uint8)


def greys(take):
    return [frame.y for frame in decoded(take.path)]


def rendered(shots, backend, work, **more):
    return list(render(shots, backend, work, **{"workers": 1, **more}))


@pytest.mark.parametrize("rate", RATES)
def test_a_function_gets_frame_starts(tmp_path, rate):
    asked = []

    def draw(t_s):
        asked.append(t_s)
        return grey(100)

    shots = make_shots((30,), rate=rate)
    rendered(shots, ClipBackend(draw), tmp_path)
    assert asked == [float(k / shots.rate.fps) for k in range(30)]


@pytest.mark.parametrize("rate", RATES)
def test_a_moviepy_clip_is_asked_for_frame_centres(tmp_path, rate):
    from moviepy import VideoClip

    asked = []

    def draw(t_s):
        asked.append(t_s)
        return grey(100)

    shots = make_shots((30,), rate=rate)
    clip = VideoClip(draw, duration=5)
    asked.clear()  # moviepy draws a first picture to learn the size
    rendered(shots, ClipBackend(clip), tmp_path)
    assert asked == [float((k + Fraction(1, 2)) / shots.rate.fps) for k in range(30)]


@pytest.mark.parametrize("rate", ["23.976", "24", "29.97", "30"])
def test_a_concatenation_of_files_shows_every_frame_once(tmp_path, rate):
    from moviepy import VideoFileClip, concatenate_videoclips

    shots = make_shots((60,), rate=rate)
    fps = shots.rate.fps
    lengths, clips = [7, 11, 5, 13, 9, 15], []
    for number, length in enumerate(lengths):
        path = tmp_path / f"{number}.mp4"
        write_clip(path, [30 + 30 * number + 2 * (k % 14) for k in range(20)], rate=fps)
        clips.append(VideoFileClip(str(path), audio=False).subclipped(0, float(length / fps)))
    try:
        (take,) = rendered(shots, ClipBackend(concatenate_videoclips(clips)), tmp_path)
    finally:
        for clip in clips:
            clip.close()
    expected = [30 + 30 * n + 2 * (k % 14) for n, length in enumerate(lengths) for k in range(length)]
    seen = greys(take)
    # moviepy converts by BT.601, greys alike; a frame of the wrong moment is off by 2 or by 30.
    assert [abs(a - b) <= 1 for a, b in zip(seen, expected, strict=True)] == [True] * 60


def test_a_short_clip_holds_its_last_picture_and_says_so(tmp_path):
    from moviepy import VideoClip

    clip = VideoClip(lambda t: grey(40 + 10 * int(t * 24)), duration=5 / 24)
    (take,) = rendered(make_shots((12,)), ClipBackend(clip), tmp_path)
    assert greys(take) == [pytest.approx(40 + 10 * min(k, 4), abs=1) for k in range(12)]
    assert take.notes == ("verse-1/01: the clip lasts 0.2 s of 0.5 s: its last picture is held",)
    exact = VideoClip(lambda t: grey(40), duration=12 / 24)
    assert rendered(make_shots((12,)), ClipBackend(exact), tmp_path)[0].notes == ()


def test_a_clip_without_an_end_fills_any_shot(tmp_path):
    from moviepy import ColorClip

    (take,) = rendered(make_shots((9,)), ClipBackend(ColorClip((64, 48), (255, 0, 0))), tmp_path)
    red = decoded(take.path)[0]
    # BT.709 limited range: Y = 16 + 219 * 0.2126, V = 128 + 112
    assert (red.y, red.v) == (pytest.approx(63, abs=1), pytest.approx(240, abs=1))
    assert take.notes == ()


def test_other_sizes_are_scaled_to_fill_and_cropped(tmp_path):
    def draw(t_s):
        picture = grey(100, (200, 50))  # four times as wide as high, into 4:3
        picture[:, :60], picture[:, 140:] = 255, 0
        return picture

    (take,) = rendered(make_shots((3,)), ClipBackend(draw), tmp_path)
    assert greys(take) == [pytest.approx(100, abs=1)] * 3


def test_floats_and_transparency_are_taken(tmp_path):
    def draw(t_s):
        return np.dstack([grey(100).astype(float) + 0.3, np.zeros((48, 64))])

    (take,) = rendered(make_shots((3,)), ClipBackend(draw), tmp_path)
    assert greys(take) == [pytest.approx(100, abs=1)] * 3


@pytest.mark.parametrize(
    "wrong", [None, 7, "x", np.zeros((48, 64)), np.zeros((0, 64, 3)), np.zeros((4, 4, 3), complex)]
)
def test_what_is_no_picture_is_refused(tmp_path, wrong):
    with pytest.raises(RenderError, match=r"verse-1/01: frame 0 is .*a picture \(height, width, 3\) was expected"):
        rendered(make_shots((3,)), ClipBackend(lambda t_s: wrong), tmp_path)


def test_what_is_no_clip_is_refused(tmp_path):
    with pytest.raises(RenderError, match="a moviepy clip or a function was expected, this is a str"):
        rendered(make_shots((3,)), ClipBackend("fire.mov"), tmp_path)


def test_a_mistake_in_the_function_is_told(tmp_path):
    with pytest.raises(RenderError, match="verse-1/01: backend 'clip' failed: it raised ZeroDivisionError"):
        rendered(make_shots((3,)), ClipBackend(lambda t_s: 1 / 0), tmp_path)


def test_functions_travel_to_workers(tmp_path):
    shade = 70
    takes = rendered(make_shots((3, 4)), ClipBackend(lambda t_s: grey(shade)), tmp_path, workers=2)
    assert [greys(take)[0] for take in takes] == [pytest.approx(70, abs=1)] * 2


def test_without_a_key_every_instance_renders_anew(tmp_path):
    shots = make_shots((3,))
    first, second = ClipBackend(lambda t_s: grey(70)), ClipBackend(lambda t_s: grey(90))
    takes = [rendered(shots, backend, tmp_path)[0] for backend in (first, second, first)]
    assert [greys(take)[0] for take in takes] == [pytest.approx(y, abs=1) for y in (70, 90, 70)]
    assert takes[0] == takes[2]


def test_with_a_key_takes_are_found_again(tmp_path):
    shots = make_shots((3,))
    (take,) = rendered(shots, ClipBackend(lambda t_s: grey(70), key="fire 1"), tmp_path)
    assert rendered(shots, ClipBackend(lambda t_s: 1 / 0, key="fire 1"), tmp_path) == [take]
    assert rendered(shots, ClipBackend(lambda t_s: grey(70), key="fire 2"), tmp_path)[0].key != take.key


@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_an_effect_function_sees_every_picture(tmp_path, pixel_format):
    times = []

    def brighter(picture, t_s):
        times.append(t_s)
        picture += np.uint8(20)  # in place: it is ours to change
        return picture

    backend = FlatBackend(pixel_format=pixel_format, grey=True)
    shots = make_shots((6,))
    (plain,) = rendered(shots, backend, tmp_path)
    (bright,) = rendered(shots, EffectBackend(brighter, on=backend), tmp_path)
    assert times == [k / 24 for k in range(6)]
    gained = [b - a for a, b in zip(greys(plain), greys(bright), strict=True)]
    assert gained == [pytest.approx(20 * 219 / 255, abs=2)] * 6
    assert bright.notes == plain.notes
    assert bright.key != plain.key


def test_moviepy_effects_may_change_the_time(tmp_path):
    from moviepy import Effect, vfx

    class Backwards(Effect):
        def apply(self, clip):
            return clip.time_transform(lambda t: clip.duration - t)

    shots = make_shots((30,))
    backend = FlatBackend(grey=True)
    (plain,) = rendered(shots, backend, tmp_path)
    assert greys(plain) == [pytest.approx(luma_of(k), abs=1) for k in range(30)]
    (faster,) = rendered(shots, EffectBackend(vfx.MultiplySpeed(2), on=backend), tmp_path)
    # In the middle of frame k, twice the speed is at time 2k + 1 frames; past its end the last frame is held.
    assert np.abs(np.array(greys(faster)) - [luma_of(min(2 * k + 1, 29)) for k in range(30)]).max() <= 2
    (backwards,) = rendered(shots, EffectBackend(Backwards(), on=backend), tmp_path)
    assert np.abs(np.array(greys(backwards)) - [luma_of(29 - k) for k in range(30)]).max() <= 2


def test_moviepy_effects_on_pictures(tmp_path):
    import av
    from moviepy import vfx

    write_clip(tmp_path / "a.mp4", [100] * 3, bars=True)
    footage = load_footage(tmp_path)
    (take,) = rendered(make_shots((3,)), EffectBackend(vfx.MirrorX(), on=footage), tmp_path / "work")
    with av.open(take.path) as container:
        row = next(container.decode(video=0)).to_ndarray(format="yuv420p")[24].astype(int)
    assert np.abs(row[2:14] - 16).max() <= 6, "black was on the right"
    assert np.abs(row[50:62] - 235).max() <= 6, "white was on the left"


def load_footage(folder):
    return Footage({"folder": str(folder)}, model="", base=folder)


def test_effects_on_effects(tmp_path):
    double = EffectBackend(lambda p, t: 255 - p, on=EffectBackend(lambda p, t: 255 - p, on=FlatBackend(grey=True)))
    shots = make_shots((4,))
    (plain,), (same,) = rendered(shots, FlatBackend(grey=True), tmp_path), rendered(shots, double, tmp_path)
    assert np.abs(np.array(greys(plain)) - greys(same)).max() <= 2
