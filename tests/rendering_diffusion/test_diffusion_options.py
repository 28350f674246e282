"""Options: each is checked by name before anything is loaded, merged with few-step variants, and does what it says."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import numpy as np
import pytest
from diffusion_films import clip_files, diffusion, film, planes, rendered, spied
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from musicvid.diffusion.registry import find_model, known_models
from musicvid.errors import InputError, MusicvidError, RenderError, UnknownNameError
from musicvid.rendering.backends.diffusion.clip_store import ClipStore
from musicvid.rendering.backends.diffusion.few_steps import with_few_steps
from musicvid.rendering.backends.diffusion.options import KNOWN, Options, read_options

GOOD = {
    "steps": [1, 50],
    "guidance": [0, 1.0, 7.5],
    "guidance_2": [3.0],
    "shift": [5, 12.0],
    "sigmas": ["1.0, 0.75,0.4", "1,0"],
    "scheduler": ["UniPCMultistepScheduler"],
    "few_step": ["", "a name"],
    "lora": ["style.safetensors", "owner/name:0.5, style.safetensors:-1"],
    "lora_low": ["owner/low:1"],
    "lora_licence": ["CC-BY-4.0"],
    "dtype": ["auto", "bf16", "fp16", "fp32"],
    "vae_dtype": ["auto", "bf16"],
    "text_tokens": [128, 512],
    "cache": ["first-block"],
    "render_size": ["832x480"],
    "clip_fps": [16, "23.976"],
    "most_frames": [49],
    "counts": [0, 3],
    "long_shots": ["chain", "slow"],
    "retime": ["hold", "blend", "flow"],
    "hops": [0, 9],
    "song": [True, False],
    "references": [True, False],
    "retries": [0, 5],
    "guards": [True, False],
    "device": ["cpu", "cuda:0,cuda:1"],
    "memory": ["12GiB", "12 GB", "512MiB", "1.5gib"],
    "shrink": [True, False],
    "attention": ["native"],
    "compile": [True, False],
    "preview_every": [0, 5],
    "revision": ["main"],
}
TEXTS = {"few_step", "lora_licence", "device", "attention", "revision", "lora", "lora_low"}
"""Any text will do as far as reading goes."""
NUMBERED = {"sigmas", "cache_ratios", "clip_fps", "memory"}
"""Numbers and texts may both be meant."""


@pytest.fixture
def wan(tiny_model):
    return tiny_model("wan-t2v")


def test_every_option_takes_what_it_should(tmp_path):
    assert {*GOOD, "cache_threshold", "cache_ratios"} == set(KNOWN)
    for name, values in GOOD.items():
        for value in values:
            read = read_options({name: value}, tmp_path)
            assert replace(read, **{name: getattr(Options(), name)}) == Options()
    assert read_options({"memory": "1.5GiB"}, tmp_path).memory == 3 * 2**29
    assert read_options({"sigmas": "1, 0.75,0.4"}, tmp_path).sigmas == (1.0, 0.75, 0.4)
    cache = read_options({"cache": "magcache", "cache_ratios": "1.0,0.9", "cache_threshold": 0.1}, tmp_path)
    assert (cache.cache_ratios, cache.cache_threshold) == ((1.0, 0.9), 0.1)


@given(
    name=st.sampled_from(KNOWN),
    value=st.one_of(
        st.text(max_size=12),
        st.integers(),
        st.floats(),
        st.booleans(),
        st.sampled_from(["-1", "nan", "inf", "9" * 400]),
    ),
)
def test_a_wrong_value_is_refused_by_the_name_of_its_option(tmp_path_factory, name, value):
    """Whatever is written, it is taken as it is or refused with our error, which names the option."""
    base = tmp_path_factory.getbasetemp()
    refusal = ""
    try:
        read = getattr(read_options({name: value}, base), name)
    except InputError as error:
        refusal = str(error)
    if refusal:
        assert name in refusal
        return
    default = getattr(Options(), name)
    if isinstance(default, bool):
        assert read is value
    elif name not in TEXTS | NUMBERED:
        assert read == value
        assert not isinstance(value, bool)
    if isinstance(value, float):
        assert np.isfinite(value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shift": 0}, ["shift is 0, a number from 0.001 to 100"]),
        ({"shift": -1.0}, ["shift is -1.0"]),
        ({"lora": "9" * 400}, ["lora is '999", "a name that a file can have"]),
        ({"stepz": 4}, ["stepz", "steps"]),
        ({"steps": "4"}, ["steps is '4'", "a whole number from 1 to 1000"]),
        ({"steps": True}, ["steps is True"]),
        ({"guidance": float("nan")}, ["guidance is nan", "from 0 to 50"]),
        ({"dtype": "fp8"}, ["dtype", "fp8", "bf16, fp16, fp32"]),
        ({"render_size": "big"}, ["render_size is 'big'", "832x480"]),
        ({"clip_fps": "fast"}, ["clip_fps is 'fast'"]),
        ({"memory": "12"}, ["memory is '12'", "12GiB"]),
        ({"sigmas": "0.5, 0.7"}, ["sigmas", "falling"]),
        ({"sigmas": "1.0, 0.5", "steps": 4}, ["steps is 4", "sigmas are 2"]),
        ({"guards": "no"}, ["guards is 'no'", "true or false"]),
        ({"cache": "fastercache"}, ["fastercache", "first-block"]),
        ({"cache": "firstblock"}, ["firstblock", "first-block"]),
        ({"cache_threshold": 0.1}, ["cache_threshold goes with a cache"]),
        ({"cache": "pyramid", "cache_ratios": "1.0"}, ["pyramid", "cache_ratios"]),
        ({"scheduler": "DDIM"}, ["DDIM", "UniPCMultistepScheduler"]),
        ({"lora": "style.safetensors:nan"}, ["lora is", "weights that are numbers"]),
    ],
)
def test_errors_say_what_would_be_right(wan, tmp_path, options, words):
    with pytest.raises(InputError) as caught:
        diffusion(wan, tmp_path, **{"steps": 1, **options})
    error = f"{caught.value} {caught.value.hint} {getattr(caught.value, 'known', '')}"
    assert [word for word in words if word not in error] == []


def test_few_step_variants_hold_where_nothing_else_is_said(tmp_path):
    row = find_model("wan2.1-t2v-1.3b")
    name = row.few_step[0].name
    read = read_options({"few_step": name, "guidance": 2.0}, tmp_path)
    merged = with_few_steps(read, row, tmp_path)
    assert (merged.steps, merged.guidance) == (6, 2.0)
    assert merged.few_step == name
    with pytest.raises(UnknownNameError) as caught:
        with_few_steps(read_options({"few_step": "turbo"}, tmp_path), row, tmp_path)
    assert name in caught.value.known
    with pytest.raises(InputError, match="no few-step variant is known"):
        with_few_steps(read_options({"few_step": "turbo"}, tmp_path), None, tmp_path)


@pytest.mark.parametrize("row", [row for row in known_models() if row.few_step], ids=lambda row: row.key)
def test_every_few_step_variant_of_the_table_can_be_asked_for(tmp_path, row):
    for variant in row.few_step:
        merged = with_few_steps(Options(few_step=variant.name), row, tmp_path)
        for name, value in variant.settings:
            assert getattr(merged, name) == getattr(read_options({name: value}, tmp_path), name)


def _lora(path, wan, scale):
    """An adapter for the tiny model, made by peft itself."""
    import torch
    from diffusers import WanTransformer3DModel
    from peft import LoraConfig, get_peft_model_state_dict
    from safetensors.torch import save_file

    denoiser = WanTransformer3DModel.from_pretrained(wan / "transformer")
    denoiser.add_adapter(LoraConfig(r=2, target_modules=["to_q"]))
    torch.manual_seed(0)
    state = {
        f"transformer.{name}": torch.randn_like(tensor) * scale
        for name, tensor in get_peft_model_state_dict(denoiser).items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    save_file(state, path)


def test_adapters_are_found_from_the_storyboard_and_named_by_content(wan, tmp_path):
    shots, base = film((3,)), tmp_path / "film"
    _lora(base / "loras" / "ink.safetensors", wan, 4.0)

    def made(work, **options):
        from musicvid.rendering.render import render

        return next(iter(render(shots, diffusion(wan, base, **options), tmp_path / work, workers=1)))

    plain, ink = made("plain"), made("ink", lora="loras/ink.safetensors:0.8", lora_licence="CC0")
    assert planes(plain.path).tobytes() != planes(ink.path).tobytes()
    assert any("ink.safetensors with weight 0.8, licence CC0" in note for note in ink.notes)
    (base / "loras" / "ink.safetensors").rename(base / "pen.safetensors")
    assert made("again", lora="pen.safetensors:0.8").key == ink.key
    assert made("again", lora="pen.safetensors:0.5").key != ink.key
    _lora(base / "pen.safetensors", wan, 5.0)
    assert made("again", lora="pen.safetensors:0.8").key != ink.key
    with pytest.raises(InputError, match=r"there is no adapter 'pencil\.safetensors'"):
        made("none", lora="pencil.safetensors")


def test_previews_are_written_while_a_clip_is_made_and_change_nothing(wan, tmp_path):
    shots = film((3,))
    plain = rendered(wan, tmp_path / "plain", shots, steps=3)
    seen = rendered(wan, tmp_path / "seen", shots, steps=3, preview_every=2, render_with={"takes": 2})
    assert seen[0].key == plain[0].key
    assert planes(seen[0].path).tobytes() == planes(plain[0].path).tobytes()
    pictures = sorted((tmp_path / "seen" / "clips" / "previews").iterdir())
    assert len(pictures) == 2
    for path in pictures:
        with Image.open(path) as image:
            assert (image.format, image.size) == ("JPEG", (24, 16))


def test_what_changes_pixels_without_being_asked_to_is_on_the_take(wan, tmp_path):
    takes = rendered(wan, tmp_path / "work", film((3, 3)), cache="first-block", guidance=1.0)
    assert "accelerated by first-block, which changes pixels" in takes[0].notes
    assert "guidance 1 is off: `avoid` is not heeded" in takes[0].notes
    clips = [ClipStore(tmp_path / "work" / "clips").find(path.stem) for path in clip_files(tmp_path / "work")]
    assert [clip.facts["cache"] for clip in clips] == [["first-block", None]] * 2
    exact = rendered(wan, tmp_path / "exact", film((3, 3)), guidance=1.0)
    assert exact[0].key != takes[0].key


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"attention": "fast"}, ["fast", "native"]),
        ({"attention": "sage"}, ["sage", "cannot be used"]),
        ({"device": "cuda:9"}, ["cuda:9", "cpu"]),
        ({"device": "gpu"}, ["gpu", "cpu"]),
        ({"revision": "main"}, ["revision", "hub models"]),
        ({"most_frames": 3}, ["3 frames"]),
        ({"render_size": "50x32"}, ["50x32", "48x32"]),
    ],
)
def test_what_only_the_model_or_machine_can_tell_is_refused_before_any_work(wan, tmp_path, monkeypatch, options, words):
    specs = spied(monkeypatch)
    with pytest.raises(MusicvidError) as caught:
        rendered(wan, tmp_path / "work", film((3,)), **options)
    assert isinstance(caught.value, InputError | RenderError)
    error = f"{caught.value} {caught.value.hint} {getattr(caught.value, 'known', '')}"
    assert [word for word in words if word not in error] == []
    assert specs == []


def test_an_exact_attention_is_remembered_and_names_no_other_clip(wan, tmp_path):
    takes = rendered(wan, tmp_path / "work", film((3,)))
    named = rendered(wan, tmp_path / "work", film((3,)), attention="native")
    assert named == takes
    facts = json.loads(clip_files(tmp_path / "work")[0].with_suffix(".json").read_text())["facts"]
    assert "native" in facts["attention"]


def test_options_are_all_told_of():
    """The docstring is the reference: every option is named in it."""
    assert [field.name for field in fields(Options) if f"``{field.name}``" not in Options.__doc__] == []
