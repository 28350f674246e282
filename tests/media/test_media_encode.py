"""Segments: what plain PyAV and the bytes of the file say about them."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_samples import EIGHT_RATES, decoded, number_of, numbered

from musicvid.errors import InputError, MediaError, StorageError, UnknownNameError
from musicvid.media.encode import EncodeSettings, SegmentWriter
from musicvid.schema.frames import FrameRate, FrameSize

SIZE = FrameSize(160, 90)
RATE = FrameRate.parse("24")
CODECS = ("h264", "h265", "prores")


def write(path: Path, pictures, rate=RATE, size=SIZE, settings=None, keys=()) -> Path:
    with SegmentWriter(path, rate, size, settings or EncodeSettings(preset="ultrafast"), keyframes=keys) as writer:
        for picture in pictures:
            writer.write(picture)
    return path


def packets_of(path: Path) -> list[tuple[Fraction, Fraction, bool]]:
    """Presentation time, decode time (s) and whether it is a keyframe, of every packet."""
    with av.open(str(path)) as container:
        base = container.streams.video[0].time_base
        return [(p.pts * base, p.dts * base, p.is_keyframe) for p in container.demux(video=0) if p.size]


@pytest.mark.parametrize("rate_text", EIGHT_RATES)
@pytest.mark.parametrize("codec", CODECS)
def test_frames_lie_on_the_exact_grid_without_reordering(codec, rate_text, tmp_path):
    rate = FrameRate.parse(rate_text)
    how = EncodeSettings(codec=codec, preset="ultrafast")
    path = write(tmp_path / f"x{how.suffix}", (numbered(1, k) for k in range(14)), rate, settings=how, keys=(5, 9))
    packets = packets_of(path)
    assert [p[0] for p in packets] == [k / rate.fps for k in range(14)]
    assert [p[1] for p in packets] == [p[0] for p in packets]
    keys = [k for k, p in enumerate(packets) if p[2]]
    assert keys == (list(range(14)) if codec == "prores" else [0, 5, 9])
    assert [number_of(luma) for _, luma in decoded(path)] == [(1, k) for k in range(14)]


@pytest.mark.parametrize("preset", ["ultrafast", "veryfast", "medium"])
@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_every_preset_may_be_cut_at_any_keyframe(codec, preset, tmp_path):
    """Decoding from each keyframe on, with nothing before it, gives the frames from there on: groups are closed."""
    how = EncodeSettings(codec=codec, preset=preset)
    path = write(tmp_path / "x.mp4", (numbered(3, k) for k in range(70)), settings=how, keys=(7, 20))
    packets = packets_of(path)
    assert all(pts == dts for pts, dts, _ in packets)
    keys = [k for k, p in enumerate(packets) if p[2]]
    assert {0, 7, 20} <= set(keys)
    assert max(b - a for a, b in zip(keys, [*keys[1:], 70], strict=True)) <= 48  # two seconds
    for key in keys:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            container.seek(int(key / RATE.fps / stream.time_base), stream=stream)
            first = next(container.decode(stream))
            assert first.pts * first.time_base == key / RATE.fps
            plane = first.planes[0]
            assert number_of(np.frombuffer(plane, np.uint8).reshape(90, -1)[:, :160]) == (3, key)


@pytest.mark.parametrize("codec", CODECS)
def test_colour_is_bt709_limited_range_and_says_so(codec, tmp_path):
    """Red has luma 63 in BT.709 (81 in BT.601); white 235, black 16."""
    how = EncodeSettings(codec=codec, preset="ultrafast", crf=1)
    for colour, luma in (((255, 0, 0), 63), ((255, 255, 255), 235), ((0, 0, 0), 16), ((0, 255, 0), 173)):
        picture = np.empty((90, 160, 3), np.uint8)
        picture[:] = colour
        path = write(tmp_path / f"x{how.suffix}", [picture] * 2, settings=how)
        assert abs(int(decoded(path)[0][1][40, 80]) - luma) <= 1
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        assert (context.colorspace, context.color_primaries, context.color_trc, context.color_range) == (1, 1, 1, 1)
        frame = next(container.decode(video=0))
        assert (frame.colorspace, frame.color_primaries, frame.color_trc) == (1, 1, 1)
        assert context.pix_fmt == ("yuv422p10le" if codec == "prores" else "yuv420p")
        assert context.codec_tag == {"h264": "avc1", "h265": "hvc1", "prores": "apch"}[codec]
    box = path.read_bytes().split(b"colr")[1]
    assert box[:10] in (b"nclx\0\1\0\1\0\1", b"nclc\0\1\0\1\0\1")


@pytest.mark.parametrize("size", [FrameSize(160, 90), FrameSize(64, 36), FrameSize(90, 160), FrameSize(322, 182)])
@pytest.mark.parametrize("codec", CODECS)
def test_planar_pictures_come_out_as_they_went_in(codec, size, tmp_path):
    """Also for heights that are no multiple of four: chroma does not slip."""
    height, width = size.height, size.width
    picture = np.empty((height * 3 // 2, width), np.uint8)
    picture[:height] = np.linspace(30, 220, width).astype(np.uint8)
    chroma = picture[height:].reshape(-1)
    chroma[: chroma.size // 2], chroma[chroma.size // 2 :] = 90, 160
    how = EncodeSettings(codec=codec, preset="ultrafast", crf=4)
    path = write(tmp_path / f"x{how.suffix}", [picture] * 3, size=size, settings=how)
    with av.open(str(path)) as container:
        frame = list(container.decode(video=0))[-1].reformat(format="yuv420p")
        planes = [np.frombuffer(p, np.uint8).reshape(-1, p.line_size)[:, : p.width].astype(int) for p in frame.planes]
    assert np.abs(planes[0] - picture[:height].astype(int)).max() <= 4
    assert np.abs(planes[1] - 90).max() <= 2
    assert np.abs(planes[2] - 160).max() <= 2


@pytest.mark.parametrize("codec", CODECS)
def test_the_array_may_be_reused_and_need_not_be_contiguous(codec, tmp_path):
    how = EncodeSettings(codec=codec, preset="ultrafast")
    path = tmp_path / f"x{how.suffix}"
    picture = np.empty((135, 160), np.uint8)
    with SegmentWriter(path, RATE, SIZE, how) as writer:
        for k in range(60):
            picture[:] = numbered(2, k)
            writer.write(picture)
        picture[:] = 0
        writer.write(np.repeat(numbered(2, 60), 2, axis=1)[:, ::2])
        assert writer.frame_count == 61
    assert [number_of(luma) for _, luma in decoded(path)] == [(2, k) for k in range(61)]


@pytest.mark.parametrize("codec", ["h264", "h265"])
def test_same_pictures_same_bytes(codec, tmp_path):
    how = EncodeSettings(codec=codec, preset="veryfast")
    one, two = (write(tmp_path / f"{k}.mp4", (numbered(1, k) for k in range(30)), settings=how) for k in "ab")
    assert one.read_bytes() == two.read_bytes()


@pytest.mark.parametrize(
    "bad", [np.zeros((90, 160), np.uint8), np.zeros((135, 160), np.uint16), np.zeros((135, 162), np.uint8)]
)
def test_pictures_of_another_shape_are_refused(bad, tmp_path):
    with pytest.raises(MediaError, match="frame 1 is"):
        write(tmp_path / "x.mp4", [numbered(0, 0), bad])
    assert list(tmp_path.iterdir()) == []


def fail_after(count: int, error: BaseException):
    yield from (numbered(0, k) for k in range(count))
    raise error


@pytest.mark.parametrize("error", [ValueError("mine"), KeyboardInterrupt()])
def test_an_exception_passes_and_removes_the_file(error, tmp_path):
    with pytest.raises(type(error)) as caught:
        write(tmp_path / "x.mp4", fail_after(9, error))
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


def test_nothing_written_and_nowhere_to_write(tmp_path):
    with pytest.raises(MediaError, match="no frames"):
        write(tmp_path / "x.mp4", [])
    with pytest.raises((MediaError, StorageError)):
        write(tmp_path / "no such folder" / "x.mp4", [numbered(0, 0)])
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path):
    code = (
        "import resource, signal, sys; import numpy as np; from pathlib import Path\n"
        "from musicvid.media.encode import EncodeSettings, SegmentWriter; from musicvid.errors import StorageError\n"
        "from musicvid.schema.frames import FrameRate, FrameSize\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))\n"
        "noise = np.random.default_rng(0)\n"
        "try:\n"
        "    with SegmentWriter(sys.argv[1], FrameRate.parse('24'), FrameSize(160, 90), EncodeSettings()) as writer:\n"
        "        for _ in range(200): writer.write(noise.integers(0, 255, (135, 160), np.uint8))\n"
        "except StorageError as error: print(error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "x.mp4")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "x.mp4" in done.stdout
    assert done.stdout.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("fields", "kind", "words"),
    [
        ({"codec": "h246"}, UnknownNameError, "h264"),
        ({"preset": "veryfst"}, UnknownNameError, "veryfast"),
        ({"crf": 0}, InputError, "1 .best. to 51"),
        ({"crf": 52}, InputError, "52"),
        ({"threads": 0}, InputError, "threads"),
    ],
)
def test_wrong_settings_are_refused(fields, kind, words):
    with pytest.raises(kind, match=words):
        EncodeSettings(**fields)


choices = st.builds(
    EncodeSettings,
    codec=st.sampled_from(CODECS),
    preset=st.sampled_from(["ultrafast", "veryfast", "medium"]),
    crf=st.integers(1, 51),
    threads=st.integers(1, 4),
)


@settings(deadline=None)
@given(choices, choices)
def test_keys_differ_exactly_where_pictures_may(one, two):
    same = one.codec == two.codec and (
        one.codec == "prores" or (one.preset, one.crf, one.threads) == (two.preset, two.crf, two.threads)
    )
    assert (one.key == two.key) is same
    assert one.suffix == (".mov" if one.codec == "prores" else ".mp4")
