"""Parts of genuine folders loaded, shared between roads, and refused in our words."""

from __future__ import annotations

import json
import shutil

import pytest
import torch
from diffusion.stock_calls import cpu

from musicvid.diffusion.folder_facts import read_facts
from musicvid.diffusion.loading import TEXT_PARTS, load, on_another_road, pipeline_class
from musicvid.errors import InputError, MusicvidError, RenderError

torch.set_num_threads(1)


@pytest.fixture
def copy_of(tiny_model, tmp_path):
    def copied(kind):
        return shutil.copytree(tiny_model(kind), tmp_path / kind)

    return copied


def modules(pipe):
    return {name for name, part in pipe.components.items() if part is not None}


def test_the_parts_are_those_of_the_index(tiny_model):
    parts = read_facts(tiny_model("wan22-a14b")).parts
    assert parts.keys() == {"tokenizer", "text_encoder", "vae", "scheduler", "transformer", "transformer_2"}
    assert parts["transformer_2"] == ("diffusers", "WanTransformer3DModel")
    assert "transformer_2" not in read_facts(tiny_model("wan-t2v")).parts  # named in the index, and not there


def test_only_and_without_leave_parts_out(tiny_model):
    folder = tiny_model("ltx2")
    text = load(folder, "LTX2Pipeline", cpu(), only=TEXT_PARTS)
    assert modules(text) == {"text_encoder", "tokenizer"}
    rest = load(folder, "LTX2Pipeline", cpu(), without=TEXT_PARTS)
    assert modules(rest) == {"scheduler", "vae", "audio_vae", "connectors", "transformer", "vocoder"}


def test_each_part_in_its_precision(tiny_model):
    pipe = load(tiny_model("wan-t2v"), "WanPipeline", cpu(dtype="bf16", vae_dtype="fp32"))
    assert (pipe.transformer.dtype, pipe.text_encoder.dtype, pipe.vae.dtype) == (
        torch.bfloat16, torch.bfloat16, torch.float32,
    )  # fmt: skip
    assert pipe.transformer.condition_embedder.time_embedder.linear_1.weight.dtype is torch.float32  # kept by the class
    half = load(tiny_model("wan-t2v"), "WanPipeline", cpu(dtype="fp16", vae_dtype="fp16"), without=TEXT_PARTS)
    assert (half.transformer.dtype, half.vae.dtype) == (torch.float16, torch.float16)


def test_another_road_has_the_same_weights_and_settings(tiny_model):
    pipe = load(tiny_model("wan22-ti2v"), "WanPipeline", cpu(dtype="bf16", vae_dtype="bf16"), without=TEXT_PARTS)
    other = on_another_road(pipe, "WanImageToVideoPipeline")
    assert type(other).__name__ == "WanImageToVideoPipeline"
    assert other.transformer is pipe.transformer
    assert other.vae is pipe.vae
    assert other.transformer.dtype is torch.bfloat16  # from_pipe of diffusers would have made it float32
    assert other.config.expand_timesteps
    assert on_another_road(other, "WanImageToVideoPipeline") is other
    back = on_another_road(other, "WanPipeline")
    assert back.config.expand_timesteps
    assert back.transformer is pipe.transformer
    pair = load(tiny_model("wan22-i2v"), "WanImageToVideoPipeline", cpu(), without=TEXT_PARTS)
    assert on_another_road(pair, "WanPipeline").config.boundary_ratio == 0.9


def test_a_class_that_diffusers_lacks():
    with pytest.raises(RenderError, match="has no WanTimeMachinePipeline") as caught:
        pipeline_class("WanTimeMachinePipeline")
    assert "pip install --upgrade diffusers" in caught.value.hint


def test_a_folder_that_is_no_model(tmp_path):
    with pytest.raises(InputError, match="it has no model_index"):
        read_facts(tmp_path)
    (tmp_path / "model_index.json").write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        read_facts(tmp_path)


def test_weights_that_can_run_code_are_not_read(copy_of):
    folder = copy_of("wan-t2v") / "transformer"
    weights = folder / "diffusion_pytorch_model.safetensors"
    from safetensors.torch import load_file

    torch.save(load_file(weights), folder / "diffusion_pytorch_model.bin")
    weights.unlink()
    with pytest.raises(MusicvidError) as caught:
        load(folder.parent, "WanPipeline", cpu())
    assert "safetensors" in str(caught.value)


@pytest.mark.parametrize("damage", ["missing", "cut", "index", "config"])
def test_a_folder_that_is_not_whole_is_said_in_our_words(copy_of, damage):
    folder = copy_of("wan-t2v")
    weights = folder / "vae" / "diffusion_pytorch_model.safetensors"
    if damage == "missing":
        weights.unlink()
    elif damage == "cut":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif damage == "index":
        index = json.loads((folder / "model_index.json").read_text())
        (folder / "model_index.json").write_text(json.dumps(index | {"vae": ["diffusers", "NoSuchVae"]}))
    else:
        (folder / "vae" / "config.json").write_text("{")
    with pytest.raises(MusicvidError) as caught:
        load(folder, "WanPipeline", cpu())
    assert str(folder) in str(caught.value)
    assert caught.value.__cause__ is not None


def test_loading_leaves_the_global_generator_alone(tiny_model):
    torch.manual_seed(4)
    before = torch.get_rng_state()
    load(tiny_model("ltx2"), "LTX2Pipeline", cpu())
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("part", ["tokenizer", "text_encoder", "vae", "scheduler", "transformer"])
@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_part_without_its_folder_is_named(copy_of, part, state):
    """A tokenizer that is not there would be loaded all the same: an empty one."""
    folder = copy_of("wan-t2v")
    shutil.rmtree(folder / part)
    if state == "empty":
        (folder / part).mkdir()
    with pytest.raises(InputError, match=f"the folder of its {part} is {state}") as caught:
        load(folder, "WanPipeline", cpu())
    assert str(folder / part) in str(caught.value)
    assert "download the model again" in caught.value.hint
    others = ["vae"] if part == "tokenizer" else ["tokenizer"]
    load(folder, "WanPipeline", cpu(), only=others)  # which are whole


def test_a_tokenizer_without_its_words_is_no_tokenizer(copy_of):
    folder = copy_of("wan-t2v")
    (folder / "tokenizer" / "tokenizer.json").unlink()
    assert (folder / "tokenizer" / "tokenizer_config.json").is_file()
    with pytest.raises(InputError, match="its tokenizer has no vocabulary"):
        load(folder, "WanPipeline", cpu(), only=TEXT_PARTS)


@pytest.mark.parametrize("part", ["vae", "scheduler"])
def test_an_index_without_a_part_that_all_clips_need(copy_of, part):
    folder = copy_of("wan-t2v")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps({name: index[name] for name in index if name != part}))
    with pytest.raises(InputError, match=f"names no {part}"):
        load(folder, "WanPipeline", cpu())


def test_a_part_that_the_index_leaves_out_on_purpose(copy_of):
    folder = copy_of("wan-t2v")
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "model_index.json").write_text(json.dumps(index | {"transformer_2": [None, None]}))
    assert "transformer_2" not in modules(load(folder, "WanPipeline", cpu()))


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("transformer/config.json", "{}", "the settings of its transformer are empty"),
        ("transformer/config.json", "", "cannot be read"),
        ("transformer/config.json", "[]", "a JSON object is needed here"),
        ("scheduler/scheduler_config.json", "{}", "the settings of its scheduler are empty"),
    ],
)
def test_settings_that_say_nothing(copy_of, file, text, said):
    folder = copy_of("wan-t2v")
    (folder / file).write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        load(folder, "WanPipeline", cpu())
    assert str(folder / file) in str(caught.value)


def test_long_reasons_of_others_are_cut_to_what_went_wrong(copy_of):
    folder = copy_of("wan-t2v")
    path = folder / "transformer" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"num_attention_heads": 4}))
    with pytest.raises(RenderError, match="expected shape") as caught:
        load(folder, "WanPipeline", cpu())
    assert "http" not in caught.value.message
    assert "low_cpu_mem_usage" not in caught.value.message
    assert len(caught.value.message) < 280
    assert "https://" in str(caught.value.__cause__)  # nothing is lost for whoever looks for a mistake
