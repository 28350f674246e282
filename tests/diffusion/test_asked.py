"""Options without effect are refused: each is held against the real signature of the pipeline."""

import pytest

from musicvid.diffusion.calls.asked import check_asked, check_pair
from musicvid.diffusion.settings import Lora, Settings
from musicvid.errors import RenderError


def settings(**more):
    return Settings("cpu", "fp32", "fp32", **more)


@pytest.mark.parametrize(
    ("pipeline", "option", "value", "hint"),
    [
        ("LTX2DFRPipeline", "steps", 8, "set `sigmas`"),
        ("LTX2DFRPipeline", "guidance", 3.0, "leave `guidance` out"),
        ("WanPipeline", "sigmas", (1.0, 0.5), "set `steps`"),
        ("LTXPipeline", "guidance_2", 3.0, "leave `guidance_2` out"),
        ("HunyuanVideo15Pipeline", "guidance", 6.0, "leave `guidance` out"),
    ],
)
def test_what_a_pipeline_has_no_argument_for_is_refused(pipeline, option, value, hint):
    with pytest.raises(RenderError, match=f"{pipeline} takes no {option}") as caught:
        check_asked(pipeline, settings(**{option: value}))
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("pipeline", "more"),
    [
        ("LTX2DFRPipeline", {"sigmas": (1.0, 0.5), "steps": 2}),
        ("WanPipeline", {"steps": 4, "guidance": 1.0, "guidance_2": 1.0}),
        ("LTX2Pipeline", {"sigmas": (1.0, 0.5)}),
        ("LTXPipeline", {}),
    ],
)
def test_what_it_has_is_not(pipeline, more):
    check_asked(pipeline, settings(**more))


def test_a_second_guidance_needs_a_second_denoiser(tiny_model):
    check_pair(tiny_model("wan22-a14b"), settings(guidance_2=3.0))
    check_pair(tiny_model("wan-t2v"), settings())
    with pytest.raises(RenderError, match="guidance_2 is for models with two denoisers"):
        check_pair(tiny_model("wan-t2v"), settings(guidance_2=3.0))
    with pytest.raises(RenderError, match="lora_low"):
        check_pair(tiny_model("ltx"), settings(loras=(Lora("x", expert="low"),)))
