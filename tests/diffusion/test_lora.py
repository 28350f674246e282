"""LoRA adapters made with peft and saved by diffusers itself, then loaded, weighted and taken off."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from diffusion.tiny_clips import film, loaded

from musicvid.diffusion.lora import add_loras, remove_loras, weights_file
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.placement import place, unplace
from musicvid.diffusion.settings import Lora
from musicvid.errors import InputError, RenderError

torch.set_num_threads(1)


def saved(folder, path, seed=0, targets=("to_q", "to_v")):
    """An adapter for the pipeline in ``folder``: random, so that it changes something; trained ones start like this."""
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    pipe = loaded(folder)
    pipe.transformer.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=list(targets), init_lora_weights=False))
    generator = torch.Generator().manual_seed(seed)
    for name, parameter in pipe.transformer.named_parameters():
        if "lora_" in name:
            parameter.data = torch.randn(parameter.shape, generator=generator)
    layers = get_peft_model_state_dict(pipe.transformer)
    type(pipe).save_lora_weights(path, transformer_lora_layers=layers, safe_serialization=True)
    return path


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
def test_an_adapter_changes_the_film_and_comes_off_without_a_trace(tiny_model, tmp_path, kind):
    pipe = loaded(tiny_model(kind))
    stock = film(pipe)
    path = saved(tiny_model(kind), tmp_path / "style")
    assert add_loras(pipe, (Lora(str(path)),)) == ()
    styled = film(pipe)
    assert not np.array_equal(styled, stock)
    # the same as diffusers does by itself
    plain = loaded(tiny_model(kind))
    plain.load_lora_weights(str(path), adapter_name="x")
    assert np.array_equal(film(plain), styled)
    remove_loras(pipe)
    assert np.array_equal(film(pipe), stock)
    remove_loras(pipe)


def test_weights_scale_and_several_add_up(tiny_model, tmp_path):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    one = str(saved(tiny_model("wan-t2v"), tmp_path / "one", 1))
    two = str(saved(tiny_model("wan-t2v"), tmp_path / "two", 2))
    add_loras(pipe, (Lora(one, 0.0),))
    assert np.array_equal(film(pipe), stock)
    add_loras(pipe, (Lora(one, 0.5), Lora(two, 0.25)))
    both = film(pipe)
    plain = loaded(tiny_model("wan-t2v"))
    plain.load_lora_weights(one, adapter_name="a")
    plain.load_lora_weights(two, adapter_name="b")
    plain.set_adapters(["a", "b"], [0.5, 0.25])
    assert np.array_equal(film(plain), both)
    add_loras(pipe, (Lora(one, 0.5),))  # in place of the two
    assert not np.array_equal(film(pipe), both)
    add_loras(pipe, ())
    assert np.array_equal(film(pipe), stock)


def test_a_pair_goes_into_both_experts(tiny_model, tmp_path):
    pipe = loaded(tiny_model("wan22-a14b"))
    stock = film(pipe, 4)
    path = str(saved(tiny_model("wan-t2v"), tmp_path / "pair"))
    add_loras(pipe, (Lora(path, expert="low"),))
    assert not getattr(pipe.transformer, "peft_config", None)
    low = film(pipe, 4)
    add_loras(pipe, (Lora(path, expert="high"), Lora(path, 0.5, expert="low")))
    assert pipe.transformer.active_adapters() == ["lora0"]
    assert pipe.transformer_2.active_adapters() == ["lora1"]
    both = film(pipe, 4)
    assert len({film.tobytes() for film in (stock, low, both)}) == 3
    remove_loras(pipe)
    assert np.array_equal(film(pipe, 4), stock)


def test_adapters_stay_on_while_plans_change(tiny_model, tmp_path):
    pipe = loaded(tiny_model("wan-t2v"), torch.bfloat16)
    add_loras(pipe, (Lora(str(saved(tiny_model("wan-t2v"), tmp_path / "style"))),))
    styled = film(pipe)
    for plan in (MemoryPlan("group-offload"), MemoryPlan()):
        place(pipe, plan, "cpu")
        assert np.array_equal(film(pipe), styled)
    unplace(pipe)
    place(pipe, MemoryPlan("group-offload", fp8=True), "cpu")
    kinds = {name.split(".")[-2]: p.dtype for name, p in pipe.transformer.named_parameters() if "lora_" in name}
    assert torch.float8_e4m3fn not in kinds.values()  # adapters are small: they stay whole
    assert np.isfinite(film(pipe)).all()


def test_a_file_for_another_model_is_refused_and_nothing_stays(tiny_model, tmp_path):
    pipe = loaded(tiny_model("wan-t2v"))
    stock = film(pipe)
    good = Lora(str(saved(tiny_model("wan-t2v"), tmp_path / "good")))
    other = Lora(str(saved(tiny_model("ltx"), tmp_path / "ltx")))
    with pytest.raises(InputError, match=r"none of this LoRA adapter's 8 layers is in WanTransformer3DModel"):
        add_loras(pipe, (good, other))
    assert np.array_equal(film(pipe), stock)
    from diffusers import WanTransformer3DModel

    torch.manual_seed(0)
    wide = loaded(tiny_model("wan-t2v"))
    wide.register_modules(
        transformer=WanTransformer3DModel(**{**dict(wide.transformer.config), "num_attention_heads": 4}).eval()
    )
    wide.save_pretrained(tmp_path / "wide")
    with pytest.raises(InputError, match="another size"):
        add_loras(pipe, (Lora(str(saved(tmp_path / "wide", tmp_path / "wide_lora"))),))
    assert np.array_equal(film(pipe), stock)


def test_layers_that_the_model_lacks_are_told(tiny_model, tmp_path):
    from diffusers import WanTransformer3DModel

    long = loaded(tiny_model("wan-t2v"))
    long.register_modules(
        transformer=WanTransformer3DModel(**{**dict(long.transformer.config), "num_layers": 3}).eval()
    )
    long.save_pretrained(tmp_path / "long")
    path = saved(tmp_path / "long", tmp_path / "style")
    notes = add_loras(loaded(tiny_model("wan-t2v")), (Lora(str(path)),))
    assert len(notes) == 1
    assert "4 of its layers are not in this model" in notes[0]


def test_paths_that_are_no_adapter(tiny_model, tmp_path):
    pipe = loaded(tiny_model("wan-t2v"))
    with pytest.raises(InputError, match="there is no LoRA"):
        add_loras(pipe, (Lora(str(tmp_path / "nowhere")),))
    pickled = tmp_path / "style.bin"
    pickled.write_bytes(b"\x80")
    with pytest.raises(InputError, match="safetensors only"):
        add_loras(pipe, (Lora(str(pickled)),))
    with pytest.raises(InputError, match="it holds: none"):
        add_loras(pipe, (Lora(str(tmp_path)),))
    (tmp_path / "broken.safetensors").write_bytes(b"not a header")
    with pytest.raises(InputError, match="cannot be used"):
        add_loras(pipe, (Lora(str(tmp_path / "broken.safetensors")),))
    with pytest.raises(InputError, match="one denoiser"):
        add_loras(pipe, (Lora(str(tmp_path), expert="low"),))
    (tmp_path / "other.safetensors").write_bytes(b"")
    with pytest.raises(InputError, match=r"it holds: broken\.safetensors, other\.safetensors"):
        weights_file(str(tmp_path))


def test_hub_names_go_through_fetch_alone(tmp_path):
    (tmp_path / "found.safetensors").write_bytes(b"")
    asked = []

    def fetch(name):
        asked.append(name)
        return tmp_path

    assert weights_file("someone/style", fetch) == tmp_path / "found.safetensors"
    assert weights_file(str(tmp_path), fetch) == tmp_path / "found.safetensors"
    assert asked == ["someone/style"]
    with pytest.raises(InputError, match="there is no LoRA"):
        weights_file("someone/style")
    with pytest.raises(InputError, match="there is no LoRA"):
        weights_file(str(tmp_path / "lost.safetensors"), fetch)


def test_a_pipeline_that_takes_none_says_so():
    class Bare:
        components = {}  # noqa: RUF012

    with pytest.raises(RenderError, match="Bare takes no LoRA"):
        add_loras(Bare(), (Lora("x"),))
    assert add_loras(Bare(), ()) == ()
