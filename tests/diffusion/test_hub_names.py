"""Which files of a repository are wanted, what is a name of the hub, and how revisions are kept."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion.hub_files import files_wanted, variant_among
from musicvid.diffusion.hub_names import HubName, parse_hub_name, read_pins, write_pin
from musicvid.errors import InputError

INDEX = {
    "_class_name": "WanPipeline",
    "vae": ["diffusers", "AutoencoderKLWan"],
    "scheduler": ["diffusers", "UniPCMultistepScheduler"],
    "image_encoder": [None, None],
    "boundary_ratio": None,
}


def wanted(*paths: str, variant: str = "") -> set[str]:
    return set(files_wanted(["scheduler/scheduler_config.json", *paths], INDEX, repo="o/n", variant=variant))


def test_weights_are_told_apart_by_variant_in_all_spellings():
    stem, new = "vae/diffusion_pytorch_model", "vae/model"
    plain = {f"{stem}-00001-of-00002.safetensors", f"{stem}-00002-of-00002.safetensors"}
    index = {f"{stem}.safetensors.index.json", f"{stem}.safetensors.index.bf16.json"}
    for half in (
        {f"{stem}.bf16.safetensors"},
        {f"{stem}.bf16-00001-of-00002.safetensors", f"{stem}.bf16-00002-of-00002.safetensors"},
        {f"{stem}-00001-of-00002.bf16.safetensors", f"{stem}-00002-of-00002.bf16.safetensors"},
        {f"{new}.bf16.safetensors"},
    ):
        every = plain | index | half | {"vae/LICENSE", "vae/pytorch_model.bin", "vae/preview.png"}
        base = index | {"scheduler/scheduler_config.json"}
        assert wanted(*every) == base | plain
        assert wanted(*every, variant="bf16") == base | half
        assert wanted(*every, variant="fp16") == base | plain
        assert variant_among(half, "bf16") == "bf16"
        assert variant_among(plain, "bf16") == ""
        with pytest.raises(InputError, match="only in: bf16"):
            wanted(*half)


def test_components_that_are_not_named_are_not_wanted():
    weights = "vae/model.safetensors"
    assert wanted(weights, "image_encoder/model.safetensors", "other/config.json") == {
        weights,
        "scheduler/scheduler_config.json",
    }
    assert "vae/model.safetensors" not in files_wanted(
        [weights, "text_encoder/model.safetensors"],
        {**INDEX, "text_encoder": ["transformers", "UMT5EncoderModel"]},
        repo="o/n",
        without={"vae"},
    )


_WORD = st.from_regex(r"[A-Za-z0-9](?:[A-Za-z0-9_.]{0,8}[A-Za-z0-9])?", fullmatch=True).filter(lambda w: ".." not in w)


@given(_WORD, _WORD, st.one_of(st.just(""), _WORD, st.integers(0, 2**160 - 1).map(lambda n: f"{n:040x}")))
def test_names_are_read_as_they_are_written(owner, model, revision):
    name = HubName(f"{owner}/{model}", revision)
    assert parse_hub_name(str(name)) == name
    assert name.commit == (revision if len(revision) == 40 else "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "word",
        "./a/b",
        "/a/b",
        "a/b/c",
        "~/a",
        "a//b",
        "a/b@",
        "a/../b",
        "a/b@../x",
        "-a/b",
        "a/b.",
        "a b/c",
        "a/b--c",
    ],
)
def test_what_is_no_name_of_the_hub(text):
    assert parse_hub_name(text) is None


def test_pins_are_whole_or_not_at_all(tmp_path):
    pins = tmp_path / "work" / "models.json"
    assert read_pins(pins) == {}
    commits = [hashlib.sha1(bytes([n])).hexdigest() for n in range(3)]
    for n, commit in enumerate(commits):
        assert write_pin(pins, HubName(f"o/m{n}"), commit)
        assert not write_pin(pins, HubName(f"o/m{n}"), commit)
    assert read_pins(pins) == {f"o/m{n}": commit for n, commit in enumerate(commits)}
    assert [path.name for path in pins.parent.iterdir()] == ["models.json"]
    for damaged in ("{", "[]", '{"o/m": "main"}', '{"o/m": 3}', "\xff"):
        pins.write_text(damaged, "latin-1")
        with pytest.raises(InputError, match=r"models\.json"):
            read_pins(pins)
