"""Colours and shapes of pictures, against values worked out by hand."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_samples import ffmpeg
from PIL import Image, ImageCms

from musicvid.errors import MediaError
from musicvid.media.movie import MovieReader, conform, read_still
from musicvid.media.pictures import planes_of, size_of
from musicvid.schema.frames import FrameSize

RED_709 = (63, 102, 240)


def flat_movie(path: Path, colour: str, *arguments: object, size: str = "160x90") -> Path:
    """A movie of one colour by ffmpeg, lossless enough to compare."""
    ffmpeg("-f", "lavfi", "-i", f"color={colour}:s={size}:r=24:d=0.25", *arguments, path)
    return path


def middle(path: Path) -> tuple[int, int, int]:
    with MovieReader(path) as movie:
        planes = planes_of(movie.picture(movie.frame_count - 1))
        return tuple(int(p[p.shape[0] // 2, p.shape[1] // 2]) for p in (planes.y, planes.u, planes.v))


def near(seen: tuple[int, ...], wanted: tuple[int, ...], by: int = 2) -> bool:
    return all(abs(a - b) <= by for a, b in zip(seen, wanted, strict=True))


MATRIX_601 = ("-vf", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p", "-colorspace", "smpte170m")
MATRIX_709 = ("-vf", "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p", "-colorspace", "bt709")


def test_other_matrices_are_converted(tmp_path):
    tagged = flat_movie(tmp_path / "a.mp4", "red", *MATRIX_601, "-c:v", "libx264", "-crf", "1")
    assert near(middle(tagged), RED_709)
    right = flat_movie(tmp_path / "b.mp4", "red", *MATRIX_709, "-c:v", "libx264", "-crf", "1")
    assert near(middle(right), RED_709)


def test_untagged_video_is_taken_as_players_take_it(tmp_path):
    """BT.601 below HD, BT.709 from HD on: the same bytes mean different reds."""
    untag = ("-vf", "scale=out_color_matrix=bt601:out_range=tv,format=yuv420p,setparams=colorspace=unknown")
    small = flat_movie(tmp_path / "a.mp4", "red", *untag, "-c:v", "libx264", "-crf", "1")
    assert near(middle(small), RED_709)
    large = flat_movie(tmp_path / "b.mp4", "red", *untag, "-c:v", "libx264", "-crf", "1", size="1280x720")
    assert near(middle(large), (81, 90, 240))


def test_full_range_is_squeezed(tmp_path):
    full = (
        "-vf",
        "scale=out_color_matrix=bt709:out_range=pc,format=yuv420p",
        "-colorspace",
        "bt709",
        "-color_range",
        "pc",
    )
    white = flat_movie(tmp_path / "a.mp4", "white", *full, "-c:v", "libx264", "-crf", "1")
    assert near(middle(white), (235, 128, 128))
    jpeg = flat_movie(tmp_path / "b.mov", "black", "-c:v", "mjpeg", "-q:v", "1")
    assert near(middle(jpeg), (16, 128, 128))


@pytest.mark.parametrize("pixels", ["rgb24", "yuv444p", "yuv422p10le", "yuv420p10le"])
def test_other_pixel_formats(pixels, tmp_path):
    if pixels == "rgb24":
        path = flat_movie(tmp_path / "x.mkv", "red", "-c:v", "ffv1", "-pix_fmt", "bgr0")
    else:
        tags = ("-vf", f"scale=out_color_matrix=bt709:out_range=tv,format={pixels}", "-colorspace", "bt709")
        path = flat_movie(tmp_path / "x.mkv", "red", *tags, "-c:v", "ffv1")
    assert near(middle(path), RED_709)


def hdr_movie(path: Path, transfer: int, level: int) -> Path:
    """Grey of a 10-bit code ``level`` in BT.2020 with a transfer curve, by plain PyAV."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=24, options={"x265-params": "log-level=none", "crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p10le"
        context = stream.codec_context
        context.colorspace, context.color_primaries, context.color_trc, context.color_range = 9, 9, transfer, 1
        for k in range(4):
            frame = av.VideoFrame(160, 90, "yuv420p10le")
            for plane, value in zip(frame.planes, (level, 512, 512), strict=True):
                np.frombuffer(plane, np.uint16)[:] = value
            frame.pts = k
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


@pytest.mark.parametrize("transfer", [16, 18])
def test_hdr_becomes_bt709_and_says_so(transfer, tmp_path):
    """PQ code 573 of 1023 is 203 cd/m2, reference white (ITU-R BT.2408): near white in SDR."""
    seen = []
    for level in (64, 300, 450, 573, 700):
        path = hdr_movie(tmp_path / f"{level}.mp4", transfer, level)
        with MovieReader(path) as movie:
            assert movie.info.hdr
            assert movie.info.pixel_format == "yuv420p10le"
            assert movie.picture(0).dtype == np.uint8
        seen.append(middle(path)[0])
    assert seen[0] == 16
    assert seen == sorted(seen)
    if transfer == 16:
        assert seen[3] > 215
    plain = flat_movie(tmp_path / "sdr.mp4", "gray", "-c:v", "libx264")
    with MovieReader(plain) as movie:
        assert not movie.info.hdr


def test_pixels_that_are_not_square_are_stretched(tmp_path):
    path = flat_movie(tmp_path / "x.mp4", "red", "-vf", "setsar=2/1", "-c:v", "libx264")
    with MovieReader(path) as movie:
        assert str(movie.info.size) == "320x90"
        assert movie.picture(0).shape == (135, 320)


def ramp(width: int, height: int) -> np.ndarray:
    """Luma rises from left to right, blue chroma from top to bottom."""
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    planes = planes_of(picture)
    planes.y[:] = np.linspace(20, 230, width)[None]
    planes.u[:] = np.linspace(20, 230, height // 2)[:, None]
    return picture


even = st.integers(8, 120).map(lambda n: 2 * n)


@settings(max_examples=60, deadline=None)
@given(width=even, height=even, to_width=even, to_height=even)
def test_conform_fills_the_size_and_keeps_the_middle(width, height, to_width, to_height):
    size = FrameSize(to_width, to_height)
    made = conform(ramp(width, height), size)
    assert size_of(made) == size
    planes = planes_of(made)
    shown_width = min(width, height * to_width / to_height)  # what is left of the source, in its pixels
    shown_height = min(height, width * to_height / to_width)
    # Levels are compared at the centres of the outermost pixels, one pixel less than the whole width apart.
    span_x = 210 * shown_width / width * (1 - 1 / to_width)
    span_y = 210 * shown_height / height * (1 - 2 / to_height)
    assert abs(planes.y[:, to_width // 2 - 1 : to_width // 2 + 1].mean() - 125) < 6 + 420 / width
    assert abs(planes.u.mean() - 125) < 6 + 420 / height
    spread = planes.y.mean(axis=0)
    assert abs((spread[-1] - spread[0]) - span_x) < 4 + 840 / width
    tall = planes.u.mean(axis=1)
    assert abs((tall[-1] - tall[0]) - span_y) < 4 + 1680 / height


def test_conform_leaves_what_fits_alone():
    picture = ramp(64, 48)
    assert conform(picture, FrameSize(64, 48)) is picture


def test_stills_of_every_kind(tmp_path):
    rgb = np.zeros((40, 60, 3), np.uint8)
    rgb[:, :30] = (200, 30, 60)
    for name in ("x.png", "x.bmp", "x.tiff", "x.webp", "x.jpg", "x.avif"):
        Image.fromarray(rgb).save(tmp_path / name, **({"lossless": True} if name == "x.webp" else {"quality": 95}))
        still = read_still(tmp_path / name)
        assert still.shape == (40, 60, 3)
        assert still.dtype == np.uint8
        assert np.abs(still[20, 10].astype(int) - (200, 30, 60)).max() < 12, name


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (1, 1)), (6, (0, 1)), (8, (1, 0))])
def test_stills_stand_upright(orientation, corner, tmp_path):
    """The camera's white corner (top left as stored) ends up where EXIF says."""
    stored = np.zeros((40, 60, 3), np.uint8)
    stored[:15, :15] = 255
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(stored).save(tmp_path / "x.png", exif=exif)
    still = read_still(tmp_path / "x.png")
    assert still.shape[:2] == ((60, 40) if orientation in (6, 8) else (40, 60))
    row, column = (-1 if corner[0] else 0), (-1 if corner[1] else 0)
    assert still[row, column, 0] == 255
    assert still.mean() < 60


def test_stills_with_alpha_palette_deep_grey_and_cmyk(tmp_path):
    Image.new("RGBA", (20, 20), (255, 0, 0, 128)).save(tmp_path / "alpha.png")
    assert np.abs(read_still(tmp_path / "alpha.png")[5, 5].astype(int) - (128, 0, 0)).max() <= 1
    Image.new("P", (20, 20), 3).save(tmp_path / "palette.gif")
    assert read_still(tmp_path / "palette.gif").shape == (20, 20, 3)
    Image.fromarray(np.full((20, 20), 32768, np.uint16)).save(tmp_path / "deep.png")
    assert read_still(tmp_path / "deep.png")[5, 5].tolist() == [128] * 3
    Image.new("CMYK", (20, 20), (0, 255, 255, 0)).save(tmp_path / "print.jpg", quality=98)
    red = read_still(tmp_path / "print.jpg")[5, 5]
    assert red[0] > 200
    assert red[1] < 60


def test_colour_profiles_are_applied(tmp_path):
    """In a Lab-white-point profile the same numbers look different; a broken profile is ignored."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    Image.new("RGB", (20, 20), (10, 200, 90)).save(tmp_path / "srgb.png", icc_profile=profile)
    assert np.abs(read_still(tmp_path / "srgb.png")[5, 5].astype(int) - (10, 200, 90)).max() <= 1
    Image.new("RGB", (20, 20), (10, 200, 90)).save(tmp_path / "junk.png", icc_profile=b"nonsense" * 20)
    assert read_still(tmp_path / "junk.png")[5, 5].tolist() == [10, 200, 90]


def test_what_is_no_still(tmp_path):
    (tmp_path / "text.png").write_text("no picture")
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (90, 90, 3), np.uint8)).save(tmp_path / "x.png")
    data = (tmp_path / "x.png").read_bytes()
    (tmp_path / "cut.png").write_bytes(data[: len(data) // 2])
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:d=0.5", tmp_path / "moving.gif")
    for name in ("text.png", "cut.png", "moving.gif", "missing.png"):
        with pytest.raises(MediaError) as caught:
            read_still(tmp_path / name)
        assert caught.value.where == str(tmp_path / name)
        assert "\n" not in str(caught.value)


def test_a_picture_of_a_billion_pixels_is_refused(tmp_path):
    """A PNG of a few bytes that claims 60000 x 60000 pixels."""
    Image.new("1", (8, 8)).save(tmp_path / "x.png")
    data = bytearray((tmp_path / "x.png").read_bytes())
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    import zlib

    data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
    (tmp_path / "bomb.png").write_bytes(data)
    with pytest.raises(MediaError):
        read_still(tmp_path / "bomb.png")
