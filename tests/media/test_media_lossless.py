"""Nothing is lost: plain PyAV gives back every byte."""

from __future__ import annotations

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from media_samples import numbered

from musicvid.errors import InputError, MediaError
from musicvid.media.lossless import LosslessWriter
from musicvid.media.movie import MovieReader
from musicvid.schema.frames import FrameRate, FrameSize


def write(path, pictures, rate, size, threads=1):
    with LosslessWriter(path, rate, size, threads=threads) as writer:
        for picture in pictures:
            writer.write(picture)
    return path


def planes_by_pyav(path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        frames = []
        for frame in container.decode(video=0):
            assert frame.format.name == "yuv420p"
            rows = [
                np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height, : plane.width].reshape(-1)
                for plane in frame.planes
            ]
            frames.append(np.concatenate(rows).reshape(frame.height * 3 // 2, frame.width))
        return frames


def noise(size: FrameSize, count: int, seed: int = 1) -> list[np.ndarray]:
    """Every value from 0 to 255, outside the legal range too: nothing may be clipped."""
    shape = (size.height * 3 // 2, size.width)
    generator = np.random.default_rng(seed)
    return [generator.integers(0, 256, shape, np.uint8) for _ in range(count)]


@pytest.mark.parametrize("size", [FrameSize(48, 32), FrameSize(160, 90), FrameSize(90, 160), FrameSize(322, 182)])
@pytest.mark.parametrize("threads", [1, 3])
def test_every_byte_comes_back(size, threads, tmp_path):
    pictures = noise(size, 5)
    if size.width >= 160:
        pictures += [numbered(1, k, size.width, size.height) for k in range(3)]
    path = write(tmp_path / "x.mp4", pictures, FrameRate.parse("16"), size, threads)
    found = planes_by_pyav(path)
    assert len(found) == len(pictures)
    assert all(np.array_equal(a, b) for a, b in zip(found, pictures, strict=True))


@settings(max_examples=12)
@given(
    seed=st.integers(0, 99),
    rate=st.sampled_from(["8", "16", "23.976", "24", "30", "50"]),
    count=st.integers(1, 40),
    data=st.data(),
)
def test_any_frame_is_read_by_its_number(seed, rate, count, data, tmp_path_factory):
    size = FrameSize(48, 32)
    pictures = noise(size, count, seed)
    path = write(tmp_path_factory.mktemp("lossless") / "x.mp4", pictures, FrameRate.parse(rate), size)
    wanted = data.draw(st.lists(st.integers(0, count - 1), max_size=6))
    with MovieReader(path) as reader:
        assert (reader.frame_count, reader.info.size) == (count, size)
        assert reader.timestamps() == tuple(k / FrameRate.parse(rate).fps for k in range(count))
        for index, picture in zip(wanted, reader.pictures(wanted), strict=True):
            assert np.array_equal(picture, pictures[index])


def test_the_array_may_be_reused(tmp_path):
    size = FrameSize(48, 32)
    pictures = noise(size, 20)
    array = np.empty_like(pictures[0])
    with LosslessWriter(tmp_path / "x.mp4", FrameRate.parse("24"), size, threads=2) as writer:
        for picture in pictures:
            array[:] = picture
            writer.write(array)
        array[:] = 0
    assert all(np.array_equal(a, b) for a, b in zip(planes_by_pyav(tmp_path / "x.mp4"), pictures, strict=True))


def test_what_would_lose_is_refused(tmp_path):
    size, rate = FrameSize(48, 32), FrameRate.parse("24")
    with pytest.raises(MediaError, match="yuv420p was expected"):
        write(tmp_path / "x.mp4", [np.zeros((32, 48, 3), np.uint8)], rate, size)
    with pytest.raises(MediaError, match="frame 0 is"):
        write(tmp_path / "x.mp4", [np.zeros((32, 48), np.uint8)], rate, size)
    with pytest.raises(InputError, match=r"\.mp4"):
        write(tmp_path / "x.mov", noise(size, 1), rate, size)
    assert list(tmp_path.iterdir()) == []
