"""Footage on disk to frames on disk: flat colours made with raw PyAV, rendered by us, counted with raw PyAV."""

import shutil
from fractions import Fraction
from itertools import pairwise

import av
import numpy as np
import pytest
from flat_backend import decoded, make_shots
from footage_files import write_clip, write_sound, write_still

from musicvid.errors import FootageError, RenderError
from musicvid.rendering.backends.footage import Footage
from musicvid.rendering.backends.footage.still import windows
from musicvid.rendering.render import render
from musicvid.rendering.specimens import make_request
from musicvid.schema.frames import FrameRate, FrameSize


def near(*values):
    """What flat greys look like after two encodings."""
    return [pytest.approx(value, abs=1) for value in values]


def lumas(first, count):
    """Every clip counts in its own range of greys: two apart, so that each frame is told from its neighbours."""
    return [first + 2 * k for k in range(count)]


def footage(folder, **options):
    return Footage({"folder": str(folder), **options}, model="", base=folder)


def takes_of(shots, folder, work, **options):
    return list(render(shots, footage(folder, **options), work, workers=1))


def greys(take):
    return [frame.y for frame in decoded(take.path)]


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "clips"
    folder.mkdir()
    return folder


def test_unique_colours_land_in_their_shots(folder, tmp_path):
    write_clip(folder / "b 10.mp4", lumas(30, 12))
    write_clip(folder / "b 9.mp4", lumas(90, 12))
    write_clip(folder / "verse-1_02 good.mp4", lumas(150, 12))
    (folder / "notes.txt").write_text("not footage")
    (folder / ".hidden.mp4").write_bytes(b"")
    first, second, third, fourth = takes_of(make_shots((4, 6, 8, 5)), folder, tmp_path)
    assert greys(first) == near(*lumas(90, 4))
    assert greys(second) == near(*lumas(150, 6))
    assert greys(third) == near(*lumas(30, 8))
    assert greys(fourth) == near(*lumas(90, 5))
    assert [take.notes for take in (first, second, third)] == [(), (), ()]
    assert fourth.notes == ("verse-1/04: b 9.mp4 is shown again: 2 files for 3 shots",)


@pytest.mark.parametrize(("rate", "shown"), [("12", [0, 2, 4, 6]), ("24", [0, 1, 2, 3]), ("48", [0, 0, 1, 1])])
def test_clips_are_conformed_to_the_movies_rate(folder, tmp_path, rate, shown):
    write_clip(folder / "a.mp4", lumas(30, 12))
    (take,) = takes_of(make_shots((4,), rate=rate), folder, tmp_path)
    assert greys(take) == near(*(30 + 2 * k for k in shown))


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov"])
def test_variable_rate_is_shown_by_its_timestamps(folder, tmp_path, name):
    times = [Fraction(ms, 1000) for ms in (0, 100, 110, 120, 400, 480)]
    write_clip(folder / name, lumas(30, 6), times=times)
    (take,) = takes_of(make_shots((10,), rate="20"), folder, tmp_path)
    assert greys(take) == near(*(30 + 2 * k for k in [0, 0, 1, 3, 3, 3, 3, 3, 4, 4]))


def test_a_first_timestamp_that_is_not_zero_is_the_beginning(folder, tmp_path):
    write_clip(folder / "a.mkv", lumas(30, 8), times=[Fraction(k + 30, 24) for k in range(8)])
    (take,) = takes_of(make_shots((8,)), folder, tmp_path)
    assert greys(take) == near(*lumas(30, 8))
    assert take.notes == ()


@pytest.mark.parametrize(
    ("options", "shown", "note"),
    [
        ({}, [0, 1, 2, 3, 4, 5, 5, 5, 5, 5], "its last frame is held"),
        ({"short": "slow"}, [0, 0, 1, 1, 2, 3, 3, 4, 4, 5], "slowed to 60 %"),
        ({"short": "loop"}, [0, 1, 2, 3, 4, 5, 0, 1, 2, 3], "looped"),
        ({"start": 0.125, "short": "loop"}, [3, 4, 5, 3, 4, 5, 3, 4, 5, 3], "looped"),
    ],
)
def test_short_clips(folder, tmp_path, options, shown, note):
    write_clip(folder / "a.mp4", lumas(30, 6))
    (take,) = takes_of(make_shots((10,)), folder, tmp_path, **options)
    assert greys(take) == near(*(30 + 2 * k for k in shown))
    (said,) = take.notes
    assert said.startswith("verse-1/01: a.mp4 is 0.")
    assert said.endswith(f" short of 0.4 s: {note}")


def test_handles_come_out_of_the_clip(folder, tmp_path):
    write_clip(folder / "a.mp4", lumas(30, 20))
    _, second = takes_of(make_shots((6, 7), dissolves=((1, 4),)), folder, tmp_path)
    assert (second.head_frames, second.frame_count) == (2, 9)
    assert greys(second) == near(*lumas(30, 9))


def test_hold_freezes_the_frame_the_shot_begins_with(folder, tmp_path):
    write_clip(folder / "a.mp4", lumas(30, 20))
    _, second = takes_of(make_shots((6, 7), dissolves=((1, 4),), holds=(1,)), folder, tmp_path)
    assert greys(second) == near(*[34] * 9)


def middle_row(take, frame=0):
    with av.open(take.path) as container:
        pictures = [one.to_ndarray(format="yuv420p") for one in container.decode(video=0)]
    height = take.size.height
    return pictures[frame][:height][height // 2].astype(int)


def test_fill_crops_and_fit_shows_bars(folder, tmp_path):
    # 128x48 into 64x48: filling keeps the middle half and loses the quarters at both ends.
    write_clip(folder / "a.mp4", [100] * 3, size=(128, 48), bars=True)
    (filled,) = takes_of(make_shots((3,)), folder, tmp_path)
    row = middle_row(filled)
    assert np.abs(row[2:-2] - 100).max() <= 4
    (fitted,) = takes_of(make_shots((3,)), folder, tmp_path, fit="fit")
    row = middle_row(fitted)
    assert np.abs(row[2:14] - 235).max() <= 6
    assert np.abs(row[20:44] - 100).max() <= 6
    assert np.abs(row[50:62] - 16).max() <= 6
    with av.open(fitted.path) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="yuv420p").astype(int)
    assert np.abs(picture[:10] - 16).max() <= 4, "black above"
    assert np.abs(picture[38:48] - 16).max() <= 4, "black below"
    assert np.abs(picture[48:] - 128).max() <= 4, "bars without colour"


def test_rotated_clips_stand_upright(folder, tmp_path):
    # Coded 64x48 with a white left quarter; turned clockwise, that quarter is on top of an upright picture.
    write_clip(folder / "a.mp4", [100] * 3, bars=True, turned=True)
    (take,) = takes_of(make_shots((3,), size="48x64"), folder, tmp_path)
    with av.open(take.path) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="yuv420p").astype(int)
    assert np.abs(picture[2:14] - 235).max() <= 6
    assert np.abs(picture[20:44] - 100).max() <= 6
    assert np.abs(picture[50:62] - 16).max() <= 6


def test_hdr_clips_are_shown_and_told(folder, tmp_path):
    write_clip(folder / "a.mp4", [100] * 3, trc=16)
    (take,) = takes_of(make_shots((3,)), folder, tmp_path)
    assert take.notes == ("verse-1/01: a.mp4 is HDR: its brightness and colours are mapped to BT.709",)


def bad_files(folder):
    write_clip(folder / "whole.mp4", lumas(30, 30))
    (folder / "cut off.mp4").write_bytes((folder / "whole.mp4").read_bytes()[:700])
    (folder / "whole.mp4").rename(folder / "zz.mp4")
    (folder / "empty.mov").write_bytes(b"")
    (folder / "junk.mp4").write_bytes(b"this is not a movie" * 50)
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\x00" * 40)
    (folder / "list.mp4").write_text("ffconcat version 1.0\nfile zz.mp4\n")
    write_sound(folder / "song.wav")
    write_sound(folder / "voice.m4a")
    (folder / "phone.heic").write_bytes(b"\x00\x00\x00\x18ftypheic" + b"\x00" * 30)
    return {"cut off.mp4", "empty.mov", "junk.mp4", "broken.png", "list.mp4", "song.wav", "voice.m4a", "phone.heic"}


def test_unusable_files_are_named_and_the_rest_is_shown(folder, tmp_path):
    bad = bad_files(folder)
    first, second = takes_of(make_shots((4, 5)), folder, tmp_path)
    assert greys(first) == near(*lumas(30, 4))
    told = {note.split(": ")[1]: note for note in first.notes if note.startswith("not used: ")}
    assert set(told) == bad
    assert told["empty.mov"] == "not used: empty.mov: the file is empty"
    assert told["song.wav"] == "not used: song.wav: it holds sound only"
    assert all("\n" not in note and str(folder) not in note for note in first.notes)
    assert not any(note.startswith("not used") for note in second.notes), "said once"


def test_a_folder_without_anything_usable_is_an_error(folder, tmp_path):
    bad_files(folder)
    (folder / "zz.mp4").unlink()
    with pytest.raises(FootageError, match=r"no clip or still that can be used: broken\.png \(.*clips|clips.*broken"):
        takes_of(make_shots(), folder, tmp_path)
    shutil.rmtree(folder)
    with pytest.raises(FootageError, match="the footage folder does not exist"):
        takes_of(make_shots(), folder, tmp_path)
    folder.write_text("a file")
    with pytest.raises(FootageError, match="is not a folder"):
        takes_of(make_shots(), folder, tmp_path)
    folder.unlink()
    folder.mkdir()
    with pytest.raises(FootageError, match=r"no clip or still that can be used \("):
        takes_of(make_shots(), folder, tmp_path)


def test_a_named_file_that_cannot_be_used_is_an_error(folder, tmp_path):
    write_clip(folder / "a.mp4", lumas(30, 3))
    (folder / "verse-1_02.mp4").write_bytes(b"")
    with pytest.raises(FootageError, match=r"verse-1_02\.mp4, the file named for shot verse-1/02, cannot be used"):
        takes_of(make_shots(), folder, tmp_path)


def test_a_clip_damaged_in_the_middle_fails_its_shot_only(folder, tmp_path):
    write_clip(folder / "verse-1_01.mp4", lumas(30, 40), size=(160, 120), bars=True)
    write_clip(folder / "verse-1_02.mp4", lumas(30, 10))
    data = bytearray((folder / "verse-1_01.mp4").read_bytes())
    start = data.index(b"mdat") + 4
    data[start : start + (len(data) - start) * 9 // 10] = bytes((len(data) - start) * 9 // 10)
    (folder / "verse-1_01.mp4").write_bytes(data)
    with pytest.raises((RenderError, FootageError), match=r"verse-1_01\.mp4"):
        takes_of(make_shots((30, 5)), folder, tmp_path)


def test_changing_a_file_changes_its_shots_key_only(folder, tmp_path):
    write_clip(folder / "a.mp4", lumas(30, 12))
    write_clip(folder / "b.mp4", lumas(90, 12))
    before = takes_of(make_shots((4, 5)), folder, tmp_path)
    (folder / "a.mp4").rename(folder / "a renamed.mp4")
    assert [take.key for take in takes_of(make_shots((4, 5)), folder, tmp_path)] == [take.key for take in before]
    write_clip(folder / "b.mp4", lumas(150, 12))
    after = takes_of(make_shots((4, 5)), folder, tmp_path)
    assert [a.key == b.key for a, b in zip(before, after, strict=True)] == [True, False]
    assert greys(after[1]) == near(*lumas(150, 5))
    assert takes_of(make_shots((4, 5)), folder, tmp_path, fit="fit")[0].key != before[0].key


def test_a_take_that_was_not_prepared_is_refused(folder):
    write_clip(folder / "a.mp4", [50] * 3)
    with pytest.raises(RenderError, match="not prepared"):
        next(footage(folder).render(make_request()))


# --- stills


def still_pictures(folder, seed=7, count=25, size="64x48", **options):
    backend = footage(folder, **options)
    request = make_request(frame_count=count, size=FrameSize.parse(size), seed=seed, rate=FrameRate.parse("24"))
    backend.prepare([request])
    return [frame.astype(float) for frame in backend.render(request)]


def blob(path, size=(640, 480), at=(320, 240), spread=40):
    """A soft white disc on grey: its centre of mass can be found to a hundredth of a pixel."""
    from PIL import Image

    yy, xx = np.mgrid[: size[1], : size[0]]
    light = 60 + 180 * np.exp(-((xx - at[0]) ** 2 + (yy - at[1]) ** 2) / (2 * spread**2))
    Image.fromarray(np.repeat(light[..., None], 3, 2).round().astype(np.uint8)).save(path)


def centre(frame):
    luma = frame[: frame.shape[0] * 2 // 3]
    light = np.clip(luma - 110, 0, None)
    yy, xx = np.mgrid[: luma.shape[0], : luma.shape[1]]
    return np.array([(light * xx).sum(), (light * yy).sum()]) / light.sum()


def test_stills_move_smoothly_by_parts_of_a_pixel(folder):
    blob(folder / "a.png")
    path = np.array([centre(f) for f in still_pictures(folder, count=60, size="320x240", seed=3)])
    steps = np.diff(path, axis=0)
    assert 1 < np.linalg.norm(path[-1] - path[0]) < 40
    assert np.abs(np.diff(steps, axis=0)).max() < 0.15, "it jerks"
    assert (np.abs(steps - steps.mean(axis=0)) < 0.15).all(), "it is not steady"


def test_stills_zoom(folder):
    blob(folder / "a.png", spread=60)
    areas = [(f[:240] > 130).sum() for f in still_pictures(folder, count=48, size="320x240", seed=3)]
    growth = np.diff(np.array(areas[::6], float))
    assert abs(areas[-1] / areas[0] - 1) > 0.08
    assert (growth > 0).all() or (growth < 0).all(), "in or out, but one way only"


@pytest.mark.parametrize("still", [(640, 480), (6000, 400), (400, 6000), (33, 35)])
def test_the_window_never_leaves_the_still(still):
    size = FrameSize(320, 180)
    for seed in range(40):
        for seconds in (0.1, 2, 30):
            shown = windows(still, size, int(24 * seconds), FrameRate.parse("24"), seed, pan=True)
            for window in (shown[0], shown[-1]):
                height = window.width * 180 / 320
                assert window.left >= -1e-6 and window.left + window.width <= still[0] + 1e-6  # noqa: PT018
                assert window.top >= -1e-6 and window.top + height <= still[1] + 1e-6  # noqa: PT018
            scales = [b.width / a.width for a, b in pairwise(shown)]
            assert max(scales, default=1) - min(scales, default=1) < 1e-9, "the zoom is steady"


def test_the_seed_decides_the_direction(folder):
    blob(folder / "a.png")
    ends = {still_pictures(folder, seed=seed)[-1].tobytes() for seed in range(6)}
    assert len(ends) == 6


def test_stills_without_pan_stand_still(folder):
    blob(folder / "a.png")
    frames = still_pictures(folder, pan=False, count=5)
    assert all((frame == frames[0]).all() for frame in frames)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.webp"])
@pytest.mark.parametrize("size", [(160, 120), (33, 35), (400, 40), (40, 400)])
def test_stills_of_any_kind_and_shape(folder, name, size):
    write_still(folder / name, size=size)
    for fit in ("fill", "fit"):
        frames = still_pictures(folder, fit=fit, count=3)
        assert [frame.shape for frame in frames] == [(72, 64)] * 3


def test_stills_keep_their_colours_and_stand_upright(folder):
    # Red grows to the right and green downwards; the EXIF tag says: turned, to be shown a quarter turn clockwise.
    write_still(folder / "a.png", size=(160, 160), exif_turn=6)
    frame = still_pictures(folder, pan=False, count=1, size="64x64")[0].astype(np.uint8)
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="yuv420p")
    rgb = picture.reformat(format="rgb24", src_colorspace="ITU709", dst_color_range="JPEG").to_ndarray().astype(int)
    # Turned clockwise, what grew to the right grows downwards, and what grew downwards grows to the left.
    assert rgb[60, 32, 0] - rgb[4, 32, 0] > 180
    assert rgb[32, 4, 1] - rgb[32, 60, 1] > 180
    assert abs(rgb[32, 60, 0] - rgb[32, 4, 0]) < 12


def test_fit_leaves_bars_beside_an_upright_still(folder):
    write_still(folder / "a.png", size=(120, 240))
    frame = still_pictures(folder, fit="fit", count=1)[0]
    assert (frame[:48, :18] == 16).all()
    assert (frame[:48, 46:] == 16).all()
    assert (frame[:48, 22:42] > 17).any()


def test_stills_and_clips_share_a_folder(folder, tmp_path):
    write_clip(folder / "b.mp4", lumas(30, 12))
    blob(folder / "a.png")
    still, clip = takes_of(make_shots((6, 6)), folder, tmp_path)
    assert greys(clip) == near(*lumas(30, 6))
    assert len(greys(still)) == 6
