"""The op against those who do the same: BT.709 by hand, FFmpeg's converter and look-up table, OpenCV, torch's sampler;
which implementation runs, and what none of them takes."""

from __future__ import annotations

import av
import numpy as np
import pytest
import torch
from finish_pictures import BOTH, distance, parts, picture, smooth
from musicvid_kernels.finish import SHIFT_X, SHIFT_Y, ZOOM, finish, finish_reference, neutral


@BOTH
@pytest.mark.parametrize(
    ("rgb", "yuv"),
    [
        ((0, 0, 0), (16, 128, 128)),
        ((1, 1, 1), (235, 128, 128)),
        ((1, 0, 0), (63, 102, 240)),
        ((0, 1, 0), (173, 42, 26)),
        ((0, 0, 1), (32, 240, 118)),
    ],
)
def test_primaries_have_the_levels_of_bt709(run, rgb, yuv):
    frames = torch.tensor(rgb, dtype=torch.float32).reshape(1, 3, 1, 1).expand(1, 3, 4, 6)
    for given_frames in (frames, (frames * 255).to(torch.uint8)):
        for plane, level in zip(parts(run(given_frames)), yuv, strict=True):
            assert (plane == level).all()


@BOTH
def test_smooth_pictures_agree_with_ffmpeg(run):
    rgb = smooth(72, 128)
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    theirs = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG").to_ndarray()
    ours = run(torch.from_numpy(rgb).permute(2, 0, 1)[None])[0].numpy()
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 2


@BOTH
@pytest.mark.parametrize("side", [2, 5, 17])
def test_the_look_up_table_is_ffmpegs(run, side, tmp_path):
    """FFmpeg reads the table from a .cube file and interpolates in float, so that both are as fine."""
    generator = np.random.default_rng(side)
    lut = generator.random((side, side, side, 3), dtype=np.float32)
    cube = tmp_path / "look.cube"
    lines = "\n".join(" ".join(f"{value:.9f}" for value in entry) for entry in lut.reshape(-1, 3))
    cube.write_text(f"LUT_3D_SIZE {side}\n{lines}\n")
    rgb = generator.random((16, 24, 3), dtype=np.float32)
    graph = av.filter.Graph()
    source = graph.add_buffer(width=24, height=16, format=av.VideoFormat("gbrpf32le"), time_base=1)
    graph.link_nodes(source, graph.add("lut3d", f"file={cube}:interp=tetrahedral"), graph.add("buffersink")).configure()
    source.push(av.VideoFrame.from_ndarray(rgb, format="gbrpf32le"))
    looked_up = graph.pull().to_ndarray()
    frames, theirs = (torch.from_numpy(one.copy()).permute(2, 0, 1)[None] for one in (rgb, looked_up))
    assert distance(finish_reference(frames), finish_reference(theirs)) > 20
    assert distance(run(frames, lut=torch.from_numpy(lut)), finish_reference(theirs)) <= 1


@BOTH
@pytest.mark.parametrize("size", [(16, 24), (10, 30), (34, 52)])
def test_zoom_shift_and_size_are_those_of_torchs_sampler_in_float64(run, size):
    frames = picture(4, 17, 25)
    zoom = torch.tensor([1.0, 1.3, 0.8, 2.5])
    right, down = torch.tensor([0.1, -0.2, 0.0, 0.05]), torch.tensor([0.0, 0.07, -0.3, 0.2])
    table = neutral(4)
    table[:, ZOOM], table[:, SHIFT_X], table[:, SHIFT_Y] = zoom, right, down
    turn = torch.zeros(4, 2, 3, dtype=torch.float64)
    turn[:, 0, 0] = turn[:, 1, 1] = 1 / zoom.double()
    turn[:, 0, 2], turn[:, 1, 2] = -2 * right.double() / zoom.double(), -2 * down.double() / zoom.double()
    grid = torch.nn.functional.affine_grid(turn, [4, 3, *size], align_corners=False)
    sampled = torch.nn.functional.grid_sample(
        frames.double(), grid, mode="bilinear", padding_mode="border", align_corners=False
    )
    found = run(frames, table, height=size[0], width=size[1])
    assert distance(found, finish_reference(sampled)) <= 1


@BOTH
@pytest.mark.parametrize("size", [(30, 44), (12, 20), (18, 60)])
def test_a_new_size_is_that_of_opencv(run, size):
    import cv2

    frames = picture(1, 18, 26)
    resized = cv2.resize(frames[0].permute(1, 2, 0).numpy(), size[::-1], interpolation=cv2.INTER_LINEAR)
    theirs = finish_reference(torch.from_numpy(resized).permute(2, 0, 1)[None])
    assert distance(run(frames, height=size[0], width=size[1]), theirs) <= 1


@BOTH
def test_chroma_lies_on_the_even_columns(run):
    """The weights of one white column among black ones, by hand: 1-2-1 around even columns."""
    frames = torch.zeros(1, 3, 2, 8)
    frames[:, 0, :, 3] = 1.0  # red
    _, _, red = parts(run(frames))
    assert red[0, 0].tolist() == [128, 128 + 28, 128 + 28, 128]
    frames = torch.zeros(1, 3, 2, 8)
    frames[:, 0, 0, 4] = 1.0
    _, _, red = parts(run(frames))
    assert red[0, 0].tolist() == [128, 128, 128 + 28, 128]


# Which of them runs, and what none of them takes


def test_the_choice_is_heard(monkeypatch):
    from musicvid_kernels.finish import kernel, processor

    ran = []

    def heard(module, name):
        run = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, **more: ran.append(name) or run(*args, **more))

    heard(kernel, "finish_triton")
    heard(processor, "finish_processor")
    frames = picture()
    for word, expected in (("auto", ["finish_processor"]), ("reference", []), ("triton", ["finish_triton"])):
        monkeypatch.setenv("MUSICVID_KERNELS", word)
        ran.clear()
        assert distance(finish(frames), finish_reference(frames)) <= 1
        assert ran == expected
        assert torch.equal(finish(frames.double()), finish_reference(frames.double()))
        assert ran == expected


@pytest.mark.parametrize(
    ("given_frames", "more", "words"),
    [
        (torch.zeros(3, 4, 4), {}, r"\(3, 4, 4\): \(frames, 3, height, width\)"),
        (torch.zeros(1, 4, 4, 4), {}, "is needed"),
        (torch.zeros(1, 3, 0, 4), {}, "is needed"),
        (torch.zeros(1, 3, 4, 4, dtype=torch.int32), {}, "int32: uint8 or floats"),
        (torch.zeros(1, 3, 3, 4), {}, "4x3 .* even sides"),
        (torch.zeros(1, 3, 4, 4), {"width": 5}, "5x4 .* even sides"),
        (torch.zeros(1, 3, 4, 4), {"height": -2}, "even sides"),
        (torch.zeros(1, 3, 4, 4), {"low": 1.0}, "black is 1.0 and white is 1.0"),
        (torch.zeros(2, 3, 4, 4), {"table": torch.zeros(1, 8)}, r"\(1, 8\): \(2, 8\)"),
        (torch.zeros(1, 3, 4, 4), {"table": torch.zeros(1, 8, dtype=torch.int64)}, "table is torch.int64"),
        (torch.zeros(1, 3, 4, 4), {"lut": torch.zeros(1, 1, 1, 3)}, r"\(1, 1, 1, 3\): \(n, n, n, 3\)"),
        (torch.zeros(1, 3, 4, 4), {"lut": torch.zeros(4, 4, 5, 3)}, "n from 2"),
        (torch.zeros(1, 3, 4, 4), {"lut": torch.zeros(27, 3)}, "n from 2"),
        (torch.zeros(1, 3, 4, 4), {"lut": torch.zeros(2, 2, 2, 3).half()}, "look-up table is torch.float16"),
    ],
)  # fmt: skip
def test_what_it_does_not_take_is_said(given_frames, more, words):
    for run in (finish_reference, finish):
        with pytest.raises(ValueError, match=words):
            run(given_frames, **more)


def test_all_must_lie_on_one_device():
    with pytest.raises(ValueError, match="table is on meta, the frames are on cpu"):
        finish_reference(torch.zeros(1, 3, 4, 4), torch.zeros(1, 8, device="meta"))
