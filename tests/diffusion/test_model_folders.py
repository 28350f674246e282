"""Folders are recognised by what is in them: rules against the pipelines' own numbers, mistakes in one line each."""

from __future__ import annotations

import inspect
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from musicvid.diffusion.folder import fingerprint, recognise
from musicvid.diffusion.models import FrameRule, VideoModel
from musicvid.diffusion.registry import known_models
from musicvid.errors import InputError, MusicvidError
from musicvid.schema.frames import FrameSize

TinyModel = Callable[[str], Path]
ROWS = {model.key: model for model in known_models()}
EXPECTED = {
    "wan-t2v": ("wan2.1-t2v-1.3b", FrameRule(4, 1), 16),
    "wan22-a14b": ("wan2.2-t2v-a14b", FrameRule(4, 1), 16),
    "wan22-ti2v": ("wan2.2-ti2v-5b", FrameRule(4, 1), 32),
    "wan22-i2v": ("wan2.2-i2v-a14b", FrameRule(4, 1), 16),
    "wan21-i2v": ("wan2.1-i2v-14b", FrameRule(4, 1), 16),
    "wan21-flf2v": ("wan2.1-flf2v-14b", FrameRule(4, 1), 16),
    "wan-vace": ("wan2.1-vace-1.3b", FrameRule(4, 1), 16),
    "ltx": ("ltx-video", FrameRule(8, 1), 32),
    "ltx2": ("ltx-2", FrameRule(2, 1), 32),
    "helios": ("helios", FrameRule(33, 0, cut=4), 16),
    "skyreels-df": ("skyreels-v2-df", FrameRule(4, 1), 16),
}


@pytest.fixture
def folder(tiny_model: TinyModel, tmp_path: Path) -> Callable[..., Path]:
    """A copy of a tiny folder, with keys of its index (or of a part's config) changed; None takes one away."""

    def copied(kind: str, part: str = "", **changes: object) -> Path:
        path = tmp_path / "model"
        shutil.copytree(tiny_model(kind), path)
        if changes:
            change(path / (f"{part}/config.json" if part else "model_index.json"), **changes)
        return path

    return copied


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folders count as large as published models are."""
    monkeypatch.setattr("musicvid.diffusion.folder.weights_gib", lambda facts: (("transformer", 2.6),))


def change(file: Path, **changes: object) -> None:
    values = {**json.loads(file.read_text()), **changes}
    file.write_text(json.dumps({name: value for name, value in values.items() if value is not None}))


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("kind", EXPECTED)
def test_every_tiny_model_is_recognised(kind: str, tiny_model: TinyModel) -> None:
    model = recognise(tiny_model(kind))
    key, frames, multiple = EXPECTED[kind]
    assert (model.key, model.frames, model.size_multiple) == (key, frames, multiple)
    row = ROWS[key]
    same = ("family", "roads", "steps", "guidance", "rate_fps", "rates_fps", "negative_prompt")
    assert {name: getattr(model, name) for name in same} == {name: getattr(row, name) for name in same}
    legal(model)


@pytest.mark.parametrize("kind", EXPECTED)
def test_the_rules_are_the_pipeline_s_own(kind: str, tiny_model: TinyModel) -> None:
    """The loaded pipeline is the witness: its factors, and what its own check of sizes lets through."""
    import torch
    from diffusers import DiffusionPipeline

    torch.set_num_threads(1)
    pipe = DiffusionPipeline.from_pretrained(tiny_model(kind), local_files_only=True)
    model = recognise(tiny_model(kind))
    for_time = {"vae_scale_factor_temporal", "vae_temporal_compression_ratio"}
    for_space = {"vae_scale_factor_spatial", "vae_spatial_compression_ratio"}
    (frames,) = {getattr(pipe, name) for name in for_time if hasattr(pipe, name)}
    (pixels,) = {getattr(pipe, name) for name in for_space if hasattr(pipe, name)}
    patch = pipe.transformer.config.patch_size
    patch_px = patch[-1] if isinstance(patch, list | tuple) else patch
    assert model.size_multiple % (pixels * patch_px) == 0
    if kind == "helios":
        assert (model.frames.step - 1) % frames == 0
    else:
        assert model.frames == FrameRule(frames, 1)
    assert passes(pipe, model.size_multiple)
    assert not passes(pipe, model.size_multiple + model.size_multiple // 2) or kind == "wan22-ti2v"


def passes(pipe: object, side: int) -> bool:
    """Whether the pipeline's own check lets that size through. Everything else that it asks for is given."""
    from PIL import Image

    check = pipe.check_inputs  # type: ignore[attr-defined]
    given = {"prompt": "a", "height": side, "width": side, "image": Image.new("RGB", (side, side)), "num_frames": 9,
             "base_num_frames": 97, "stg_scale": 0.0, "audio_stg_scale": 0.0}  # fmt: skip
    wanted = inspect.signature(check).parameters
    open_ = {name: None for name, p in wanted.items() if p.default is inspect.Parameter.empty}
    try:
        check(**open_ | {name: value for name, value in given.items() if name in wanted})
    except ValueError as error:
        if "divisible by" not in str(error):
            raise
        return False
    return True


def test_weights_are_counted(tiny_model: TinyModel) -> None:
    from diffusers import WanTransformer3DModel

    real = WanTransformer3DModel.from_pretrained(tiny_model("wan22-a14b"), subfolder="transformer_2")
    counted = dict(recognise(tiny_model("wan22-a14b")).weights_gib)
    assert set(counted) == {"transformer", "transformer_2", "text_encoder", "vae"}
    assert counted["transformer_2"] * 2**30 == sum(p.numel() for p in real.parameters()) * 2


def test_a_small_ltx_2_has_the_blocks_that_its_call_names(tiny_model: TinyModel) -> None:
    model = recognise(tiny_model("ltx2"))
    assert dict(model.calls)["spatio_temporal_guidance_blocks"] == [1]
    assert dict(ROWS["ltx-2"].calls)["spatio_temporal_guidance_blocks"] == [29]


@pytest.mark.parametrize(
    ("kind", "part", "changes", "key"),
    [
        ("wan-t2v", "transformer", {"num_layers": 40}, "wan2.1-t2v-14b"),
        ("wan-vace", "transformer", {"num_layers": 40}, "wan2.1-vace-14b"),
        ("wan-t2v", "", {"_class_name": "WanVideoToVideoPipeline"}, "wan2.1-t2v-1.3b"),
        ("ltx", "", {"_class_name": "LTXImageToVideoPipeline"}, "ltx-video"),
        ("ltx2", "transformer", {"cross_attn_mod": True}, "ltx-2.3"),
        ("helios", "", {"_class_name": "HeliosPyramidPipeline", "is_distilled": True}, "helios-distilled"),
        ("helios", "", {"_class_name": "HeliosPyramidPipeline", "is_distilled": False}, "helios-mid"),
    ],
)
def test_kinds_are_told_apart(folder: Callable[..., Path], kind: str, part: str, changes: dict, key: str) -> None:
    assert recognise(folder(kind, part, **changes)).key == key


@pytest.mark.parametrize("kind", ["wan-t2v", "ltx"])
def test_a_denoiser_smaller_than_any_published_one_has_no_usual_sizes(kind: str, tiny_model: TinyModel) -> None:
    model = recognise(tiny_model(kind))
    assert model.sizes == ()
    assert 0 < dict(model.weights_gib)["transformer"] < 0.01


@pytest.mark.usefixtures("large")
def test_a_class_that_is_in_no_row_is_read_by_its_signature(folder: Callable[..., Path]) -> None:
    model = recognise(folder("skyreels-df", _class_name="SkyReelsV2Pipeline"))
    (road,) = model.roads
    assert (model.key, model.family, road.pipeline) == ("SkyReelsV2Pipeline", "generic", "SkyReelsV2Pipeline")
    assert (road.takes, road.needs) == (frozenset(), frozenset())
    assert (model.default_frames, model.steps, model.guidance, model.negative_prompt) == (97, 50, 6.0, True)
    assert (model.sizes, model.frames, model.rate_fps) == ((FrameSize(960, 544),), FrameRule(4, 1), 24)
    assert model.notes == ("its usual rate is not said anywhere: 24 fps is a guess",)
    legal(model)


def test_pictures_of_a_generic_class_make_its_road(folder: Callable[..., Path]) -> None:
    (road,) = recognise(folder("skyreels-df", _class_name="SkyReelsV2ImageToVideoPipeline")).roads
    assert (road.takes, road.needs) == (frozenset({"first", "last"}), frozenset({"first"}))


def test_wan_with_other_channels_is_not_taken_for_a_row(folder: Callable[..., Path]) -> None:
    model = recognise(folder("wan-t2v", "transformer", in_channels=52))
    assert (model.key, model.family) == ("WanPipeline", "generic")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"_class_name": "FluxPipeline"}, "FluxPipeline makes no videos: it cannot be told a number of frames"),
        ({"_class_name": "NoSuchPipeline"}, "has no NoSuchPipeline (run: pip install --upgrade diffusers)"),
        ({"_class_name": "LucyEditPipeline"}, "LucyEditPipeline needs video, which no shot has"),
        ({"_class_name": "StableVideoDiffusionPipeline"}, "takes no prompt: what shots say would be ignored"),
        ({"_class_name": ["pipeline", "Mine"]}, "Mine is code of its own that came with the weights, and is not run"),
        ({"_class_name": None}, "_class_name is missing"),
        ({"vae": ["diffusers", "AutoencoderNone"]}, "its VAE is AutoencoderNone, which is no class of diffusers"),
        ({"vae": [None, None], "_class_name": "SkyReelsV2Pipeline"}, "its VAE is missing"),
    ],
)
def test_what_is_no_video_model_says_so(folder: Callable[..., Path], changes: dict, message: str) -> None:
    path = folder("wan-t2v", **changes)
    with pytest.raises(MusicvidError) as caught:
        recognise(path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_folders_that_are_none(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "gone", "there is no such folder"),
        (tmp_path, "this is not a diffusers model: it has no model_index.json"),
    ):
        with pytest.raises(InputError, match=message):
            recognise(path)
    (tmp_path / "modular_model_index.json").write_text("{}")
    with pytest.raises(InputError, match="modular pipeline"):
        recognise(tmp_path)
    for broken in ("{", "[]", "\0"):
        (tmp_path / "model_index.json").write_text(broken)
        with pytest.raises(InputError, match=r"model_index\.json: "):
            recognise(tmp_path)


def test_cut_off_weights_are_named(folder: Callable[..., Path]) -> None:
    path = folder("wan-t2v")
    (weights,) = (path / "vae").glob("*.safetensors")
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(InputError, match=r"vae.*not a whole safetensors file \(download it again\)"):
        recognise(path)


@pytest.mark.parametrize(
    ("kind", "card", "name", "commercial"),
    [
        ("wan-t2v", "---\nlicense: apache-2.0\ntags: [a]\n---\n# Model\n", "Apache-2.0", "yes"),
        ("wan-t2v", "---\nlicense: cc-by-nc-4.0\n---\n", "CC-BY-NC-4.0", "no"),
        ("wan-t2v", "---\nlicense: other\nlicense_name: my-terms\n---\n", "my-terms", "unknown"),
        ("wan-t2v", "no card\n", "unknown", "unknown"),
        ("wan-t2v", "---\n{broken\n---\n", "unknown", "unknown"),
        ("ltx2", "---\nlicense: mit\n---\n", "MIT", "yes"),
        ("ltx2", "---\nlicense: other\nlicense_name: ltx-2-community-license\n---\n", "LTX-2 Community License", "yes"),
        ("ltx2", "---\nlicense: other\n---\n", "LTX-2 Community License", "yes"),
    ],
)
def test_the_licence_is_the_folder_s(folder: Callable[..., Path], kind: str, card: str, name: str, commercial) -> None:
    path = folder(kind)
    (path / "README.md").write_text(card)
    licence = recognise(path).licence
    assert (licence.name, licence.commercial) == (name, commercial)


def test_a_licence_file_is_pointed_to(folder: Callable[..., Path]) -> None:
    path = folder("wan-t2v")
    (path / "LICENSE.txt").write_text("terms")
    assert recognise(path).licence.name == "see LICENSE.txt in the folder"


def test_renaming_a_folder_does_not_free_its_weights(folder: Callable[..., Path]) -> None:
    licence = recognise(folder("ltx2")).licence
    assert (licence.paid_from_usd, licence.checked) == (10_000_000, "")


def test_a_fingerprint_names_the_content(folder: Callable[..., Path], tiny_model: TinyModel) -> None:
    path, original = folder("wan-t2v"), fingerprint(tiny_model("wan-t2v"))
    assert fingerprint(path) == original
    (path / "README.md").write_text("papers")
    (path / "assets").mkdir()
    (path / "assets" / "cat.png").write_bytes(b"png")
    assert fingerprint(path) == original
    seen = {original}
    for file in ("model_index.json", "vae/config.json", "scheduler/scheduler_config.json", "tokenizer/tokenizer.json"):
        with (path / file).open("a") as text:
            text.write(" ")
        seen.add(fingerprint(path))
    (weights,) = (path / "transformer").glob("*.safetensors")
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    seen.add(fingerprint(path))
    weights.rename(weights.with_name("other.safetensors"))
    seen.add(fingerprint(path))
    assert len(seen) == 7


def test_large_weights_are_sampled_from_first_to_last_byte(folder: Callable[..., Path]) -> None:
    path = folder("wan-t2v")
    weights = path / "vae" / "diffusion_pytorch_model.safetensors"
    size_bytes = 200 * 2**20
    header = json.dumps({"a": {"dtype": "U8", "shape": [size_bytes], "data_offsets": [0, size_bytes]}}).encode()

    def sparse(size: int, at: int | None = None, value: bytes = b"\1") -> str:
        with weights.open("wb") as file:
            file.write(len(header).to_bytes(8, "little") + header)
            file.truncate(size)
            if at is not None:
                file.seek(at)
                file.write(value)
        return fingerprint(path)

    whole = sparse(size_bytes)
    last_block = [size_bytes - 1, size_bytes - 2**20]
    names = {whole, sparse(size_bytes - 1), *(sparse(size_bytes, at) for at in (200, *last_block))}
    assert len(names) == 5
    assert sparse(size_bytes, size_bytes - 1, b"\0") == whole


def legal(model: VideoModel) -> None:
    assert model.frames.allows(model.default_frames)
    assert model.frames.allows(model.max_frames)
    assert model.sizes
    for size in model.sizes:
        assert size.width % model.size_multiple == size.height % model.size_multiple == 0
