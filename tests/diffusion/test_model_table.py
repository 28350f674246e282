"""The table of models holds against the installed diffusers, and says what is wrong with a row that is not one."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion.models import FrameRule, VideoModel
from musicvid.diffusion.registry import find_model, known_models, model_of_repo, read_table
from musicvid.errors import InputError, UnknownNameError

FIRST_CLASS = {
    1: "wan2.1-t2v-1.3b wan2.1-vace-1.3b wan2.2-ti2v-5b wan2.2-t2v-a14b wan2.2-i2v-a14b ltx-video-0.9.8 ltx-2",
    2: "hunyuanvideo-1.5 helios skyreels-v2-df kandinsky5 kandinsky6-ti2va anyflow",
}
CARRIERS = {
    "first": {"image", "cond_image", "conditions", "mask"},
    "last": {"last_image", "conditions", "mask"},
    "extend": {"video", "conditions"},
    "references": {"reference_images"},
    "sound": {"audio_latents"},
    "prompts": {"prompt_segments"},
}
"""By condition: arguments of pipelines, any of which can carry it (VACE pins frames with a mask)."""
CONDITIONS = st.frozensets(st.sampled_from(sorted(CARRIERS)))
RULES = st.builds(FrameRule, st.integers(1, 200), st.integers(0, 40))
MODELS = {model.key: model for model in known_models()}

LEAST = """
[licences.free]
name = "Free"
[[models]]
key = "tiny"
tier = 3
family = "wan"
repo = "me/tiny"
roads = [{ pipeline = "WanPipeline" }]
frames = "4k+1"
default_frames = 5
max_frames = 9
rate_fps = 16
size_multiple = 16
sizes = ["64x48"]
licence = "free"
"""


def each_model(test):
    return pytest.mark.parametrize("model", MODELS.values(), ids=MODELS.keys())(test)


def parameters(pipeline: str) -> dict[str, inspect.Parameter]:
    import diffusers

    return dict(inspect.signature(getattr(diffusers, pipeline).__call__).parameters)


def test_every_first_class_model_is_there() -> None:
    for tier, keys in FIRST_CLASS.items():
        assert {key: MODELS[key].tier for key in keys.split()} == dict.fromkeys(keys.split(), tier)
    assert [m.tier for m in known_models()] == sorted(m.tier for m in known_models())


@each_model
def test_every_class_is_in_diffusers_and_can_carry_what_its_road_takes(model: VideoModel) -> None:
    for road in model.roads:
        there = parameters(road.pipeline)
        for condition in road.takes:
            assert CARRIERS[condition] & there.keys(), (road.pipeline, condition)


@each_model
def test_a_road_needs_what_its_call_has_no_default_for(model: VideoModel) -> None:
    carried = {"image": "first", "video": "extend"}
    for road in model.roads:
        there = parameters(road.pipeline)
        needed = {carried[name] for name in carried if name in there and there[name].default is inspect.Parameter.empty}
        assert needed <= road.needs <= road.takes
        if not road.needs:
            assert model.road_for(frozenset()) is not None


@each_model
def test_every_argument_that_is_set_is_one_of_the_model_s_calls(model: VideoModel) -> None:
    there = {name for road in model.roads for name in parameters(road.pipeline)}
    assert {name for name, _ in (*model.calls, *model.calls_without_guidance)} <= there
    for way in model.few_step:
        assert {name for name, _ in way.settings} <= {"steps", "guidance", "sigmas"}


@each_model
def test_steps_guidance_and_rates_are_heard(model: VideoModel) -> None:
    there = [set(parameters(road.pipeline)) for road in model.roads]
    if model.steps is not None:
        assert all("num_inference_steps" in names for names in there if "sigmas" not in names)
    if model.guidance is not None:
        assert any("guidance_scale" in names for names in there)
    if model.rates_fps is not None:
        assert all("frame_rate" in names for names in there)
        assert model.rates_fps[0] <= model.rate_fps <= model.rates_fps[1]


def test_every_knob_of_ltx_2_s_guidance_is_turned_off() -> None:
    knobs = [name for name in parameters("LTX2Pipeline") if name.endswith(("stg_scale", "modality_scale", "_rescale"))]
    knobs.append("audio_guidance_scale")
    assert dict(MODELS["ltx-2"].calls_without_guidance).keys() == set(knobs)


@each_model
def test_licences_are_checked_or_say_that_they_are_not(model: VideoModel) -> None:
    licence = model.licence
    assert licence.url.startswith("https://")
    assert licence.checked or licence.note


def test_hunyuan_and_ltx_2_have_their_limits() -> None:
    assert set(MODELS["hunyuanvideo-1.5"].licence.excluded) == {"EU", "GB", "KR"}
    assert MODELS["ltx-2"].licence.paid_from_usd == 10_000_000


@given(rule=RULES, count=st.integers(1, 5000))
def test_at_least_is_the_smallest_legal_number_that_covers(rule: FrameRule, count: int) -> None:
    legal = [rule.step * k + rule.offset for k in range(1, 5001)]
    assert rule.at_least(count) == next(number for number in legal if number >= count)
    below = [number for number in legal if number <= count]
    assert rule.at_most(count) == (below[-1] if below else legal[0])
    assert rule.allows(count) == (count in legal)


@given(wanted=CONDITIONS, key=st.sampled_from(sorted(MODELS)))
def test_the_road_takes_all_and_lacks_nothing(wanted, key: str) -> None:
    model = MODELS[key]
    road = model.road_for(wanted)
    if road is None:
        assert not any(r.needs <= wanted <= r.takes for r in model.roads)
    else:
        assert road.needs <= wanted <= road.takes


def test_names_are_keys_folders_or_hub_names(tmp_path) -> None:
    (tmp_path / "weights").mkdir()
    assert find_model("ltx-2") is MODELS["ltx-2"]
    for elsewhere in (str(tmp_path), "owner/name", "owner/name@main"):
        assert find_model(elsewhere) is None
    assert find_model("weights", tmp_path) is None
    for wrong in ("weights", "wan2.1-t2v-1.3", "a/b/c", "", "x" * 5000, "nul\0"):
        with pytest.raises(UnknownNameError, match=r"known: anyflow, .*wan2\.2-ti2v-5b"):
            find_model(wrong)


def test_rows_are_found_by_the_names_of_their_weights() -> None:
    assert model_of_repo("wan-ai/WAN2.2-ti2v-5b-diffusers") is MODELS["wan2.2-ti2v-5b"]
    assert model_of_repo("Lightricks/LTX-2.5-Diffusers") is MODELS["ltx-2.3"]
    assert model_of_repo("owner/name") is None


def test_the_least_row_is_enough() -> None:
    (model,) = read_table(LEAST, "t.toml")
    assert (model.key, model.frames, model.licence.url) == ("tiny", FrameRule(4, 1), "https://huggingface.co/me/tiny")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('repo = "me/tiny"', "", "models 'tiny': repo: missing"),
        ("tier = 3", 'tier = "3"', "models 'tiny': tier: a whole number is needed, '3' stands here"),
        ("tier = 3", "tier = true", "models 'tiny': tier: a whole number is needed"),
        ("tier = 3", "tier = 0", "models 'tiny': tier: 0 is below 1"),
        ('"4k+1"', '"4n+1"', "models 'tiny': frames: '4n+1' is not written like 8k+1 or 33k"),
        ("default_frames = 5", "default_frames = 6", "models 'tiny': default_frames: 6 is not 4k+1"),
        ("max_frames = 9", "max_frames = 4", "models 'tiny': max_frames: 4 is not 4k+1"),
        ("default_frames = 5", "default_frames = 13", "models 'tiny': default_frames: more than max_frames, 9"),
        ('"64x48"', '"64x40"', "models 'tiny': sizes: 64x40 is no multiple of 16"),
        ('["64x48"]', '["wide"]', "models 'tiny': sizes: 'wide'"),
        ('["64x48"]', "[]", "models 'tiny': sizes: a model has at least one"),
        ('licence = "free"', 'licence = "fre"', "models 'tiny': licence: no licence is called 'fre'"),
        ('"WanPipeline" }', '"W", takes = ["frist"] }', "roads 'W': takes: unknown condition 'frist', did you mean"),
        ('"WanPipeline" }', '"W", needs = ["first"] }', "models 'tiny': roads: W needs what it does not take"),
        ('"WanPipeline" }', '"W", take = [] }', "models 'tiny': roads 'W': take: there is no such field"),
        (
            "rate_fps = 16",
            "rate_fps = 16\nrates_fps = [30, 24]",
            "models 'tiny': rates_fps: the lowest and the highest",
        ),
        ("tier = 3", "tier = 3\nstep = 9", "models 'tiny': step: there is no such field"),
        ("tier = 3", "tier = 3\nweights_gib = { vae = -1 }", "models 'tiny': weights_gib.vae: -1 is no size in GiB"),
        ("tier = 3", 'tier = 3\nfew_step = [{ name = "a" }]', "models 'tiny': few_step 'a': note: missing"),
        ('name = "Free"', 'name = "Free"\ncommercial = "maybe"', "licences.free: commercial: 'maybe' is none of"),
        ("[[models]]", "[[models", "this is not TOML"),
    ],
)
def test_a_malformed_row_is_named_with_its_field(old: str, new: str, message: str) -> None:
    assert LEAST.count(old) == 1
    with pytest.raises(InputError) as caught:
        read_table(LEAST.replace(old, new), "t.toml")
    assert message in str(caught.value)
    assert str(caught.value).startswith("t.toml: ")


def test_a_key_stands_once() -> None:
    with pytest.raises(InputError, match="key 'tiny' stands twice"):
        read_table(LEAST + LEAST[LEAST.index("[[models]]") :], "t.toml")
