"""The edit as a moviepy clip: every frame right, whoever samples it."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from assembly_movies import SIZE, decode, exact_takes, flat, make_take, read_code, shots_of

import musicvid.assembly.compose as compose
from musicvid.assembly.captions import shot_captions
from musicvid.assembly.edit import edit
from musicvid.media.sound import write_sound
from musicvid.schema.frames import FrameRate
from musicvid.schema.lyrics import LyricLine
from musicvid.schema.storyboard import CaptionSpec


def luma(rgb: np.ndarray) -> np.ndarray:
    return rgb.astype(float) @ (0.2126, 0.7152, 0.0722)


@pytest.fixture
def open_readers(monkeypatch) -> list[int]:
    """How many takes were open after each opening."""
    counts, live = [], []
    reader = compose.MovieReader

    class Counted(reader):
        def __enter__(self):
            live.append(self)
            counts.append(len(live))
            return super().__enter__()

        def __exit__(self, *error):
            live.remove(self)
            return super().__exit__(*error)

    monkeypatch.setattr(compose, "MovieReader", Counted)
    return counts


@pytest.mark.parametrize("name", ["23.976", "29.97", "30"])
def test_starts_and_centres_are_exact(name, tmp_path, open_readers):
    rate = FrameRate.parse(name)
    lengths = np.random.default_rng(7).integers(2, 9, 30).tolist()
    shots = shots_of(lengths, rate)
    clip = edit(shots, exact_takes(tmp_path, shots)).to_moviepy()
    expected = [(take, frame) for take, length in enumerate(lengths) for frame in range(length)]
    assert clip.size == (SIZE.width, SIZE.height)
    assert int(clip.duration * clip.fps) == clip.n_frames == len(expected)
    assert abs(clip.duration - len(expected) / rate.fps) < 1e-9
    starts = [read_code(luma(frame)) for frame in clip.iter_frames()]  # k / fps, as moviepy's writer asks
    assert starts == expected
    centres = [read_code(luma(clip.get_frame((k + 0.5) / clip.fps))) for k in range(len(expected))]
    assert centres == expected
    late = [read_code(luma(clip.get_frame((k + 0.99) / clip.fps))) for k in range(0, len(expected), 7)]
    assert late == expected[::7]
    assert max(open_readers) == 1
    clip.close()


def test_what_moviepy_writes_has_every_frame(tmp_path):
    rate = FrameRate(Fraction(30))
    lengths = [7, 5, 9, 6, 8]
    shots = shots_of(lengths, rate)
    write_sound(tmp_path / "song.wav", np.full(int(44100 * 35 / 30), 0.1, np.float32), 44100)
    clip = edit(shots, exact_takes(tmp_path, shots), tmp_path / "song.wav").to_moviepy()
    assert abs(clip.audio.duration - clip.duration) < 0.02
    target = tmp_path / "moviepy.mp4"
    clip.write_videofile(str(target), preset="ultrafast", logger=None, temp_audiofile_path=str(tmp_path))
    clip.close()
    seen = [read_code(y) for y, _, _ in decode(target)[0]]
    assert seen == [(take, frame) for take, length in enumerate(lengths) for frame in range(length)]


def test_dissolves_and_captions_are_in_the_clip(tmp_path, open_readers):
    rate = FrameRate(Fraction(24))
    lines = [LyricLine(4 / 24, 20 / 24, "Over the cut")]
    shots = shots_of([14, 12], rate, dissolves={1: 4}, captions=CaptionSpec("burn"), lines=lines)
    overlay_for = shot_captions(shots)
    for folder, overlays in (("clean", None), ("burnt", overlay_for)):
        clip = edit(shots, exact_takes(tmp_path / folder, shots, overlay_for=overlays)).to_moviepy()
        bright = [bool((luma(clip.get_frame(k / 24))[64:] > 235).any()) for k in range(26)]
        assert bright == [4 <= k < 20 for k in range(26)]
        for k, weight in zip(range(12, 16), (1 / 8, 3 / 8, 5 / 8, 7 / 8), strict=True):
            level = luma(clip.get_frame(k / 24))[24:50].mean()
            pure = [luma(clip.get_frame(frame / 24))[24:50].mean() for frame in (8, 20)]
            assert level == pytest.approx((1 - weight) * pure[0] + weight * pure[1], abs=2)
        clip.close()
    assert flat(0) != flat(1)
    assert max(open_readers) == 2


def test_foreign_takes_and_jumps(tmp_path):
    rate = FrameRate(Fraction(24))
    shots = shots_of([12, 12], rate)
    takes = [make_take(tmp_path, "s0", 3, 8, rate=FrameRate(Fraction(16))), make_take(tmp_path, "s1", 4, 9, rate=rate)]
    clip = edit(shots, takes).to_moviepy()
    for k in (23, 0, 13, 11, 3, 22, 12, 5):
        wanted = (3, k * 2 // 3) if k < 12 else (4, min(k - 12, 8))
        assert read_code(luma(clip.get_frame(k / 24))) == wanted
    assert read_code(luma(clip.get_frame(99))) == (4, 8)
    clip.close()


def test_effects_may_draw_into_frames(tmp_path):
    shots = shots_of([6], FrameRate(Fraction(24)))
    clip = edit(shots, exact_takes(tmp_path, shots)).to_moviepy()
    first = clip.get_frame(0)
    first[:] = 0
    assert clip.get_frame(0).max() > 0
    from moviepy import vfx

    turned = clip.with_effects([vfx.MirrorY()])
    assert np.array_equal(turned.get_frame(2 / 24), clip.get_frame(2 / 24)[::-1])
