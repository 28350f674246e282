"""Frames on their way from decoder to encoder: the same planes however many at a time, and what was no number."""

import numpy as np
import pytest
import torch
from musicvid_kernels.finish import finish, finish_reference

from musicvid.diffusion.pictures import to_planes


def frames_of(count: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    """As pipelines give them: a view of ``(3, frames, height, width)``."""
    values = torch.rand(3, count, 6, 10, generator=torch.Generator().manual_seed(count), dtype=torch.float32)
    return values.to(dtype).transpose(0, 1)


@pytest.mark.parametrize("count", [1, 8, 17])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_planes_are_those_of_all_frames_at_once(count, dtype):
    frames = frames_of(count, dtype)
    finite, planes = to_planes(frames)
    assert finite
    assert planes.dtype == np.uint8
    assert np.array_equal(planes, finish(frames).numpy())
    assert np.abs(planes.astype(int) - finish_reference(frames).numpy()).max() <= 1


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("frame", [0, 9])
def test_what_is_no_number_is_told_and_leaves_the_other_frames_alone(bad, frame):
    frames = frames_of(11)
    _, clean = to_planes(frames)
    frames[frame, 1, 3, 4] = bad
    finite, planes = to_planes(frames)
    assert finite is (bad == bad)  # infinity is beyond white or black, no more
    others = [k for k in range(11) if k != frame]
    assert np.array_equal(planes[others], clean[others])
    frames[frame, 1, 3, 4] = 1.0 if bad == float("inf") else 0.0
    assert np.array_equal(planes, to_planes(frames)[1])
