"""The op against BT.709 worked by hand, FFmpeg's own converter, float64 and torch's registration checks."""

import av
import numpy as np
import pytest
import torch
from musicvid_kernels.yuv420 import yuv420, yuv420_reference
from musicvid_kernels.yuv420.cases import DTYPES, SHAPES, TOLERANCE_LEVELS


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
def test_primaries_have_the_levels_of_bt709(rgb, yuv):
    frames = torch.tensor(rgb, dtype=torch.float32).reshape(3, 1, 1).expand(3, 4, 6)
    planes = yuv420(frames).reshape(-1)
    assert (planes[:24] == yuv[0]).all()
    assert (planes[24:30] == yuv[1]).all()
    assert (planes[30:] == yuv[2]).all()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_and_shape_stays_near_float64(shape, dtype):
    frames = torch.rand(shape, generator=torch.Generator().manual_seed(5)).to(getattr(torch, dtype))
    found, wanted = yuv420(frames), yuv420_reference(frames.double())
    assert found.shape == (*shape[:-3], shape[-2] * 3 // 2, shape[-1])
    assert int((found.int() - wanted.int()).abs().max()) <= TOLERANCE_LEVELS[dtype]


def test_strided_views_give_the_same_as_copies():
    wide = torch.rand(2, 40, 60, 3, generator=torch.Generator().manual_seed(1))
    view = wide[:, ::2, 4:44].permute(0, 3, 1, 2)
    assert torch.equal(yuv420(view), yuv420(view.contiguous()))


def test_smooth_pictures_agree_with_ffmpeg():
    y, x = np.mgrid[0:72, 0:128]
    rgb = np.stack([x * 2, y * 3, 255 - x - y], -1).clip(0, 255).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(rgb, format="rgb24")
    theirs = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG").to_ndarray()
    ours = yuv420(torch.from_numpy(rgb).permute(2, 0, 1).float() / 255).numpy()
    assert np.abs(ours.astype(int) - theirs.astype(int)).max() <= 2


def test_wrong_shapes_and_types_say_so():
    with pytest.raises(ValueError, match="even sides"):
        yuv420(torch.zeros(3, 3, 4))
    with pytest.raises(ValueError, match="floats"):
        yuv420(torch.zeros(3, 4, 4, dtype=torch.uint8))


def test_torch_accepts_the_registration():
    torch.library.opcheck(yuv420, (torch.rand(2, 3, 8, 8),))
