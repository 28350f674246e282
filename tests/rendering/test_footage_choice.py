"""Footage without pictures: options, which file goes where, and which source frame is due when. All by hand."""

import os
from fractions import Fraction
from math import floor
from pathlib import Path

import pytest
from PIL import Image

from musicvid.errors import FootageError, InputError
from musicvid.rendering.backends.footage import Footage
from musicvid.rendering.backends.footage.assign import assign, natural
from musicvid.rendering.backends.footage.conform import conform, source_frames
from musicvid.rendering.backends.footage.folder import take_stock
from musicvid.rendering.backends.footage.options import read_options
from musicvid.schema.frames import FrameRate

SHOTS = ["verse-1/01", "verse-1/02", "chorus-1/01", "chorus-1/02"]


def chosen(usable, shots=SHOTS, takes=1, unusable=None):
    found = assign([(shot, n + 1) for shot in shots for n in range(takes)], usable, unusable or {})
    return {(shot if takes == 1 else (shot, n)): one.name for (shot, n), one in found.items()}


@pytest.mark.parametrize(
    "name",
    [
        "verse-1_02.mp4",
        "verse-1-02 anything.mov",
        "verse-1/02.mp4",
        "Verse 1 02.MKV",
        "VERSE_1.02.final cut.webm",
        "day 2/verse-1_02.mp4",
        "a/b/verse-1/02 take b.jpg",
    ],
)
def test_files_named_after_a_shot_are_shown_there(name):
    assert chosen(["zz.mp4", name]) == {
        "verse-1/01": "zz.mp4",
        "verse-1/02": name,
        "chorus-1/01": "zz.mp4",
        "chorus-1/02": "zz.mp4",
    }


@pytest.mark.parametrize("name", ["verse-1_020.mp4", "verse-11_02.mp4", "xverse-1_02.mp4", "verse-1.mp4", "b 02.mp4"])
def test_files_named_nearly_like_a_shot_are_not(name):
    assert chosen(["aa.mp4", name]) == dict(zip(SHOTS, ["aa.mp4", name] * 2, strict=True))


def test_the_longest_matching_id_owns_a_file():
    shots = ["verse", "verse/2", "outro"]
    assert chosen(["verse 2 b.mp4", "verse 3.mp4", "x.mp4"], shots) == {
        "verse": "verse 3.mp4",
        "verse/2": "verse 2 b.mp4",
        "outro": "x.mp4",
    }


def test_the_others_fill_in_natural_order_and_start_again():
    files = ["clip 10.mp4", "clip 2.mp4", "Clip 1.mp4"]
    found = assign([(shot, 1) for shot in SHOTS], files, {})
    assert [one.name for one in found.values()] == ["Clip 1.mp4", "clip 2.mp4", "clip 10.mp4", "Clip 1.mp4"]
    assert [one.note for one in found.values()] == [
        "", "", "", "chorus-1/02: Clip 1.mp4 is shown again: 3 files for 4 shots",
    ]  # fmt: skip


def test_natural_order_copes_with_any_name():
    names = ["b", "a10", "a9", "10", "9", "²", "a٣", "", "ä1"]
    assert sorted(set(names), key=natural) == sorted(names, key=natural)
    assert sorted(["s10", "s9", "S1"], key=natural) == ["S1", "s9", "s10"]


def test_where_every_file_is_named_all_of_them_fill_the_rest():
    assert chosen(["verse-1_01.mp4", "chorus-1_01.mp4"]) == {
        "verse-1/01": "verse-1_01.mp4",
        "verse-1/02": "chorus-1_01.mp4",
        "chorus-1/01": "chorus-1_01.mp4",
        "chorus-1/02": "verse-1_01.mp4",
    }


def test_further_takes_show_the_next_file_and_do_not_move_the_first():
    files = ["a.mp4", "b.mp4", "c.mp4", "verse-1_02 y.mp4", "verse-1_02 x.mp4"]
    once, twice = chosen(files), chosen(files, takes=2)
    assert {shot: twice[shot, 1] for shot in SHOTS} == once
    assert [twice[shot, 2] for shot in SHOTS] == ["b.mp4", "verse-1_02 y.mp4", "c.mp4", "a.mp4"]


def test_a_named_file_that_cannot_be_used_is_an_error():
    with pytest.raises(FootageError, match=r"verse-1_02\.mp4, the file named for shot verse-1/02, cannot be used: emp"):
        chosen(["a.mp4"], unusable={"verse-1_02.mp4": "empty"})
    # ... unless another one named for the shot can be shown.
    assert chosen(["verse-1_02 b.mp4"], ["verse-1/02"], unusable={"verse-1_02 a.mp4": "empty"}) == {
        "verse-1/02": "verse-1_02 b.mp4"
    }


def test_nothing_to_show_is_an_error():
    with pytest.raises(FootageError, match=r"no file for shot verse-1/01; not usable: x\.mp4 \(empty\)"):
        chosen([], unusable={"x.mp4": "empty"})


# --- time

MS = Fraction(1, 1000)
R24 = FrameRate.parse("24")


def options(**more):
    return read_options({"folder": "clips", **more}, Path())


def shown(clip_fps, clip_frames, count, rate=R24, **more):
    times = [Fraction(k) / Fraction(clip_fps) for k in range(clip_frames)]
    how = conform(Fraction(clip_frames) / Fraction(clip_fps), count, rate, options(**more))
    return source_frames(times, how, count, rate), how


def test_same_rate_is_frame_for_frame():
    assert shown(24, 10, 10)[0] == list(range(10))
    assert shown(24, 99, 10)[0] == list(range(10))
    assert shown(24, 10, 10)[1].note == ""


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"])
@pytest.mark.parametrize("clip", [Fraction(24000, 1001), 24, 25, Fraction(30000, 1001), 30, 60])
def test_a_source_frame_is_held_until_its_own_time(clip, rate):
    grid = FrameRate.parse(rate)
    found = shown(clip, 400, 90, grid)[0]
    # floor(time * source rate) in exact fractions: the rule itself, without any list of times. A frame that is due
    # within a millisecond is due: containers round that much.
    assert found == [floor((k / grid.fps + MS) * clip) for k in range(90)]


def test_half_and_double_rate():
    assert shown(12, 99, 6)[0] == [0, 0, 1, 1, 2, 2]
    assert shown(48, 99, 6)[0] == [0, 2, 4, 6, 8, 10]


def test_timestamps_rounded_to_milliseconds_do_not_double_frames():
    times = [Fraction(round(k * 1000 / 24), 1000) for k in range(200)]  # as Matroska writes them
    how = conform(times[-1], 190, R24, options())
    assert source_frames(times, how, 190, R24) == list(range(190))


def test_variable_rate_follows_the_timestamps():
    times = [Fraction(ms, 1000) for ms in (0, 100, 110, 120, 400)]
    how = conform(Fraction(1, 2), 10, FrameRate.parse("20"), options())
    # every 50 ms: 0 50 100 150 200 250 300 350 400 450
    assert source_frames(times, how, 10, FrameRate.parse("20")) == [0, 0, 1, 3, 3, 3, 3, 3, 4, 4]


def test_start_skips_into_the_clip():
    assert shown(24, 99, 5, start=0.5)[0] == [12, 13, 14, 15, 16]
    assert shown(24, 99, 5, start="1")[0] == [24, 25, 26, 27, 28]
    found, how = shown(24, 24, 5, start=1)
    assert (found, how.note) == (
        [0, 1, 2, 3, 4],
        "lasts 1.0 s, so it is shown from its beginning instead of from 1.0 s",
    )


def test_short_is_held():
    found, how = shown(24, 29, 48)
    assert found == [*range(29), *[28] * 19]
    assert how.note == "is 0.8 s short of 2.0 s: its last frame is held"


def test_short_is_slowed_within_the_limit():
    found, how = shown(24, 29, 48, short="slow")
    assert found == [floor((Fraction(k, 24) * Fraction(29, 48) + MS) * 24) for k in range(48)]
    assert how.note == "is 0.8 s short of 2.0 s: slowed to 60 %"
    found, how = shown(24, 12, 48, short="slow")
    assert found == [min(k // 2, 11) for k in range(48)]
    assert how.note == "is 1.5 s short of 2.0 s: slowed to 50 % and its last frame held for 1.0 s"
    found, how = shown(24, 12, 48, short="slow", slowest=0.25)
    assert found == [k // 4 for k in range(48)]
    assert how.note == "is 1.5 s short of 2.0 s: slowed to 25 %"


def test_short_is_looped():
    found, how = shown(24, 10, 25, short="loop")
    assert found == [k % 10 for k in range(25)]
    assert how.note == "is 0.6 s short of 1.0 s: looped"
    found, _ = shown(24, 10, 15, short="loop", start=0.25)
    assert found == [6, 7, 8, 9] * 3 + [6, 7, 8]


def test_a_clip_that_covers_the_last_frame_is_not_short():
    # 47.5 frames of clip for 48: the last frame starts before the clip ends.
    times = [Fraction(k, 24) for k in range(48)]
    how = conform(Fraction(95, 48), 48, R24, options(short="loop"))
    assert how.note == ""
    assert source_frames(times, how, 48, R24) == list(range(48))


def test_a_single_frame_is_shown_throughout():
    assert source_frames([Fraction(0)], conform(Fraction(1, 25), 5, R24, options()), 5, R24) == [0] * 5
    assert source_frames([Fraction(0)], conform(Fraction(1, 25), 5, R24, options(short="loop")), 5, R24) == [0] * 5


# --- options


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"short": "freeze"}, "unknown value of footage's short 'freeze'.*hold, loop, slow"),
        ({"fit": True}, "unknown value of footage's fit 'True'"),
        ({"slowest": 0}, "slowest is 0, a number from 0.05 to 1"),
        ({"slowest": 1.5}, "slowest is 1.5"),
        ({"slowest": float("nan")}, "slowest is nan"),
        ({"slowest": float("inf")}, "slowest is inf"),
        ({"slowest": True}, "slowest is True"),
        ({"start": -1}, "start is -1"),
        ({"start": "soon"}, "start is 'soon'"),
        ({"start": "1/0"}, "start is '1/0'"),
        ({"pan": "yes"}, "pan is 'yes', true or false"),
        ({"fodler": "x"}, "unknown option of footage 'fodler', did you mean 'folder'.*fit, folder, pan, short"),
        ({"folder": ""}, "needs to know where the clips"),
        ({"folder": 7}, "needs to know where the clips"),
    ],
)
def test_wrong_options_are_refused(wrong, said):
    with pytest.raises(InputError, match=said):
        Footage({"folder": "clips", **wrong}, model="", base=Path())


def test_a_model_is_refused():
    with pytest.raises(InputError, match="footage has no models, 'wan' was asked for"):
        Footage({"folder": "clips"}, model="wan", base=Path())


def test_the_folder_is_found_from_the_base(tmp_path):
    assert read_options({"folder": "clips"}, tmp_path).folder == tmp_path / "clips"
    assert read_options({"folder": str(tmp_path / "x")}, Path("/elsewhere")).folder == tmp_path / "x"


@pytest.mark.parametrize("folder", ["../outside", "clips/../../outside", "linked"])
def test_a_relative_folder_stays_beside_the_storyboard(tmp_path, folder):
    """Storyboards come from strangers."""
    for name in ("outside", "story/clips"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "story" / "linked").symlink_to(tmp_path / "outside")
    with pytest.raises(FootageError, match="leads out of the storyboard's folder"):
        read_options({"folder": folder}, tmp_path / "story")


def test_pipes_and_dead_links_are_named_not_waited_for(tmp_path):
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png")
    os.mkfifo(tmp_path / "b.mp4")
    (tmp_path / "c.mp4").symlink_to(tmp_path / "nowhere")
    stock = take_stock(tmp_path)
    assert stock.usable == ["a.png"]
    assert stock.unusable == {"b.mp4": "this is no ordinary file", "c.mp4": "there is no such file"}
