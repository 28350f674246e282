"""The arithmetic of windows in time against the pipeline's own, and against what its fusing makes of the windows."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion.windows import shares, window_starts
from musicvid.errors import RenderError


@pytest.mark.parametrize("ratio", [1, 2, 4, 8, 16])
def test_windows_are_those_of_the_pipeline(ratio):
    from diffusers.pipelines.ltx.pipeline_ltx_i2v_long_multi_prompt import split_into_temporal_windows

    for frame_count in range(1, 1000):
        latents = (frame_count - 1) // ratio + 1
        theirs = split_into_temporal_windows(latents, max(1, 80 // ratio), 24 // ratio, ratio)
        assert len(window_starts(frame_count, ratio)) == len(theirs), frame_count


def test_the_windows_are_the_defaults_of_the_pipeline():
    import inspect

    from diffusers import LTXI2VLongMultiPromptPipeline

    from musicvid.diffusion import windows

    asked = inspect.signature(LTXI2VLongMultiPromptPipeline.__call__).parameters
    assert asked["temporal_tile_size"].default == windows.TILE_FRAMES
    assert asked["temporal_overlap"].default == windows.OVERLAP_FRAMES


@pytest.mark.parametrize("latents", [11, 13, 17, 18, 40])
def test_a_window_starts_where_the_fused_latents_are_mostly_its_own(latents):
    """Windows of one value each, fused as the pipeline does: the share of the newer one passes a half."""
    from diffusers.pipelines.ltx.pipeline_ltx_i2v_long_multi_prompt import (
        linear_overlap_fuse,
        split_into_temporal_windows,
    )

    fused = None
    for number, (start, end) in enumerate(split_into_temporal_windows(latents, 10, 3, 8)):
        own = torch.full((1, 1, end - start, 1, 1), float(number))
        if fused is None:
            fused = own
            continue
        own = own[:, :, 1:]
        tail = fused[:, :, -own.shape[2] :]
        fused = torch.cat([fused[:, :, : -own.shape[2]], linear_overlap_fuse(tail, own, 2)], dim=2)
    values = fused.flatten().tolist()
    assert len(values) == latents
    starts = window_starts((latents - 1) * 8 + 1, 8)
    for number, frame in enumerate(starts[1:], 1):
        first = 1 + (frame - 1) // 8
        assert (frame - 1) % 8 == 0
        assert values[first] > number - 0.5 > values[first - 1]


@given(st.lists(st.text(min_size=1), min_size=1, max_size=9).map(tuple), st.integers(0, 20))
def test_every_prompt_has_its_part_or_none_has(prompts, more):
    dealt = shares(prompts, len(prompts) + more)
    assert tuple(text for text, _, _ in dealt) == prompts
    assert [window for _, start, stop in dealt for window in range(start, stop)] == list(range(len(prompts) + more))
    assert all(start < stop for _, start, stop in dealt)
    with pytest.raises(RenderError, match=f"{len(prompts)} prompts over time need as many windows"):
        shares(prompts, len(prompts) - 1)
