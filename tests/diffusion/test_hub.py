"""Hub names to folders, through the genuine huggingface_hub and a hub on this machine."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from diffusion.hub_server import Hub, files_of, serving

from musicvid.diffusion.hub_errors import hub_errors
from musicvid.diffusion.hub_names import HubName
from musicvid.errors import StorageError

NAME = "studio/tiny-wan"

# What a person would call, in a process of its own: the library reads its addresses when it is imported.
CALL = """
import json, shutil, sys, time
from collections import namedtuple
from pathlib import Path
import huggingface_hub.constants
from musicvid.diffusion.hub import located, located_file
from musicvid.errors import MusicvidError

wait = time.sleep
time.sleep = lambda seconds: wait(min(seconds, 0.02))  # the library waits between its tries
huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE = 500
usage = shutil.disk_usage

def answer(ask):
    notes = []
    few = ask.pop("free_bytes", None)
    shutil.disk_usage = usage if few is None else lambda path: namedtuple("Usage", "total used free")(10**12, 0, few)
    pins = Path(ask.pop("pins")) if "pins" in ask else None
    what = located_file if ask.pop("file", False) else located
    load = ask.pop("load", False)
    try:
        got = what(pins=pins, on_note=notes.append, licence_lines=["licence: Apache-2.0"], **ask)
    except MusicvidError as error:
        return {"error": type(error).__name__, "text": str(error), "notes": notes}
    said = {"path": str(getattr(got, "folder", None) or got.path), "revision": got.revision, "notes": notes}
    said["variant"] = getattr(got, "variant", "")
    if load:
        import torch
        from diffusers import DiffusionPipeline
        pipe = DiffusionPipeline.from_pretrained(got.folder, local_files_only=True, variant=got.variant or None)
        said["pipeline"] = type(pipe).__name__
        said["sum"] = float(sum(p.double().abs().sum() for p in pipe.transformer.parameters()))
    return said

print(json.dumps([answer(ask) for ask in json.loads(sys.argv[1])]))
"""


class Caller:
    """A person's machine: its cache and its settings."""

    def __init__(self, home: Path, url: str):
        self.home, self.url, self.environment = home, url, {}

    def __call__(self, name: str = NAME, **ask):
        return self.all({"name": name, **ask})[0]

    def all(self, *asks: dict) -> list[dict]:
        """The answers to several questions, one after the other in one process."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))}
        home = {"HF_ENDPOINT": self.url, "HF_HOME": str(self.home), "HF_HUB_DISABLE_XET": "1", "OMP_NUM_THREADS": "1"}
        command = [sys.executable, "-c", CALL, json.dumps(asks)]
        environment = {**kept, **home, "DIFFUSERS_VERBOSITY": "error", **self.environment}
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, env=environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def hub():
    with serving(Hub()) as hub:
        yield hub


@pytest.fixture
def call(hub, tmp_path):
    return Caller(tmp_path / "home", hub.url)


@pytest.fixture
def wan(tiny_model):
    """The files of a real pipeline's folder, and what such repositories hold besides."""
    files = files_of(tiny_model("wan-t2v"))
    files |= {"README.md": b"# tiny", "LICENSE.txt": b"Apache", "assets/film.mp4": b"\0" * 999, "big.safetensors": b"x"}
    return {**files, "transformer/diffusion_pytorch_model.bin": b"pickled", "extra/model.safetensors": b"not named"}


NOT_FETCHED = {
    "assets/film.mp4",
    "big.safetensors",
    "transformer/diffusion_pytorch_model.bin",
    "extra/model.safetensors",
}


def kept_files(path: str) -> set[str]:
    folder = Path(path)
    return {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}


def test_a_model_is_fetched_once_and_loads(hub, call, wan, tiny_model, tmp_path):
    repository = hub.repository(NAME, wan)
    pins = tmp_path / "work" / "models.json"
    got = call(pins=str(pins), load=True)
    assert got["pipeline"] == "WanPipeline"
    assert got["revision"] == repository.refs["main"]
    assert kept_files(got["path"]) == set(wan) - NOT_FETCHED
    for path in kept_files(got["path"]):
        assert (Path(got["path"]) / path).read_bytes() == wan[path]
    assert json.loads(pins.read_text()) == {NAME: repository.refs["main"]}
    assert got["notes"][0] == "licence: Apache-2.0"
    megabytes = sum(len(data) for path, data in wan.items() if path not in NOT_FETCHED and path != "model_index.json")
    assert any(f"{megabytes / 1e6:.1f} MB" in note for note in got["notes"]), got["notes"]

    hub.requests.clear()
    for environment in ({}, {"HF_HUB_OFFLINE": "1"}):
        call.environment = environment
        asks = ({"name": NAME, "pins": str(pins)}, {"name": NAME}, {"name": f"{NAME}@{got['revision']}"})
        for again in call.all(*asks):  # as pinned, as the cache's own reference says, as the name says
            assert (again["path"], again["notes"]) == (got["path"], [])
    assert hub.requests == []


def test_a_pinned_revision_stays_when_the_hub_moves_on(hub, call, wan, tmp_path):
    repository = hub.repository(NAME, wan)
    first = repository.refs["main"]
    pins = tmp_path / "models.json"
    pins.write_text(json.dumps({NAME: first, "other/model": "0" * 40}))
    second = repository.commit({**wan, "README.md": b"# moved on"})
    assert second != first
    assert call(pins=str(pins))["revision"] == first
    assert json.loads(pins.read_text()) == {NAME: first, "other/model": "0" * 40}
    moved = call(f"{NAME}@{second}", pins=str(pins))
    assert moved["revision"] == second
    assert (Path(moved["path"]) / "README.md").read_bytes() == b"# moved on"


def test_only_what_changed_is_fetched_for_another_revision(hub, call, wan):
    repository = hub.repository(NAME, wan)
    call()
    repository.commit({**wan, "README.md": b"# moved on"}, branch="next")
    hub.requests.clear()
    got = call(f"{NAME}@next")
    assert set(hub.fetched()) == {"file:README.md"}
    assert any("0.0 MB" in note for note in got["notes"])


def test_a_tag_is_pinned_under_its_own_name(hub, call, wan, tmp_path):
    repository = hub.repository(NAME, wan)
    tagged = repository.commit({**wan, "README.md": b"# v1"}, branch="v1")
    pins = tmp_path / "models.json"
    assert call(f"{NAME}@v1", pins=str(pins))["revision"] == tagged
    repository.commit(wan, branch="v1")  # somebody moves the tag
    assert call(f"{NAME}@v1", pins=str(pins))["revision"] == tagged
    assert json.loads(pins.read_text()) == {f"{NAME}@v1": tagged}


def test_what_came_before_the_connection_was_lost_is_kept(hub, call, wan, tmp_path):
    repository = hub.repository(NAME, wan)
    first = repository.refs["main"]
    lost = "vae/diffusion_pytorch_model.safetensors"
    hub.dead.add(lost)
    pins = tmp_path / "models.json"
    broken = call(pins=str(pins))
    assert broken["error"] == "RenderError"
    assert "connection" in broken["text"]
    assert "every file that came whole is kept" in broken["text"]
    whole = {path.removeprefix("file:") for path in hub.fetched()} - {lost}
    assert "transformer/diffusion_pytorch_model.safetensors" in whole

    hub.dead.clear()
    hub.requests.clear()
    repository.commit({**wan, "README.md": b"# moved on"})  # a film is not made of two revisions
    again = call(pins=str(pins), load=True)
    assert again["revision"] == first
    assert again["pipeline"] == "WanPipeline"
    assert lost in {path.removeprefix("file:") for path in hub.fetched()}
    assert not whole & {path.removeprefix("file:") for path in hub.fetched()}
    assert kept_files(again["path"]) == set(wan) - NOT_FETCHED


def test_a_broken_file_goes_on_where_it_stopped(hub, call, wan):
    hub.repository(NAME, wan)
    path = "transformer/diffusion_pytorch_model.safetensors"
    hub.cut_after[path] = 1000
    got = call()
    assert (Path(got["path"]) / path).read_bytes() == wan[path]
    assert ("GET", f"file:{path}", "bytes=1000-") in hub.requests


def test_a_cache_of_other_tools_is_used_if_it_is_whole(hub, call, wan):
    """Older libraries keep no listing; then the files themselves tell."""
    hub.repository(NAME, wan)
    got = call()
    for listing in Path(got["path"]).parents[1].glob("trees/*.json"):
        listing.unlink()
    hub.requests.clear()
    assert call()["path"] == got["path"]
    assert hub.requests == []
    (Path(got["path"]) / "vae" / "diffusion_pytorch_model.safetensors").unlink()
    assert kept_files(call()["path"]) == set(wan) - NOT_FETCHED
    assert hub.requests != []


@pytest.mark.parametrize("token", ["", "bad"])
def test_a_gated_model_says_how_to_get_in(hub, call, wan, token):
    hub.repository(NAME, wan, gated=True)
    call.environment = {"HF_TOKEN": token} if token else {}
    refused = call()
    assert refused["error"] == "InputError"
    assert f"{hub.url}/{NAME}" in refused["text"]
    assert ("hf auth whoami" if token else "run: hf auth login") in refused["text"]
    call.environment = {"HF_TOKEN": "good"}
    assert kept_files(call()["path"]) == set(wan) - NOT_FETCHED


def test_every_refusal_is_in_our_words(hub, call, wan, tmp_path):
    repository = hub.repository(NAME, wan)
    hub.repository("studio/pickled", {p: d for p, d in wan.items() if not p.endswith(".safetensors")})
    hub.repository("studio/plain", {"model.safetensors": b"x", "config.json": b"{}"})
    pins = tmp_path / "models.json"
    pins.write_text(json.dumps({NAME: "1" * 40}))
    expected = [
        ({"name": "studio/nothing"}, "InputError", ("no model 'studio/nothing'", "hf auth login")),
        ({"name": f"{NAME}@v9"}, "InputError", ("no revision 'v9'", "/commits")),
        ({"pins": str(pins)}, "InputError", ("1" * 40, str(pins), "remove its line")),
        ({"name": "studio/pickled"}, "InputError", ("transformer", "pickled", "only safetensors are loaded")),
        ({"name": "studio/plain"}, "InputError", ("no model_index.json", "-Diffusers")),
        ({"name": "/tmp/x/y"}, "InputError", ("not a name of the hub", "owner/name")),
        ({"free_bytes": 1_000_100_000}, "InputError", ("1.0 GB", "HF_HOME")),
        ({"variant": "bf16", "name": "studio/nothing@main"}, "InputError", ("no model",)),
    ]
    answers = call.all(*({"name": NAME, **ask} for ask, _, _ in expected))
    for (ask, error, words), said in zip(expected, answers, strict=True):
        assert said.get("error") == error, (ask, said)
        assert all(word in said["text"] for word in words), (ask, said)
    assert not [path for path in hub.fetched() if path.endswith((".safetensors", ".bin"))]
    assert repository.refs["main"] not in pins.read_text()


def test_offline_down_and_out_of_reach(hub, call, wan):
    hub.repository(NAME, wan)
    call.environment = {"HF_HUB_OFFLINE": "1"}
    said = call()
    assert said["error"] == "RenderError"
    assert "HF_HUB_OFFLINE" in said["text"]
    assert hub.requests == []
    call.environment = {}
    hub.down = True
    assert "503" in call()["text"]
    call.url = "http://127.0.0.1:9"  # nobody listens there
    assert "connection to the hub failed" in call()["text"]


def test_a_disk_that_cannot_be_written(hub, call, wan, tmp_path):
    hub.repository(NAME, wan)
    (tmp_path / "home").write_text("a file where the cache should be")
    said = call()
    assert said["error"] == "StorageError"
    assert str(tmp_path / "home") in said["text"]
    assert "HF_HOME" in said["text"]


def test_a_disk_that_fills_up():
    with pytest.raises(StorageError, match=r"disk is full.*HF_HOME"), hub_errors(HubName(NAME)):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_variant_is_taken_where_there_is_one(hub, call, wan):
    plain, chosen = (f"transformer/diffusion_pytorch_model{v}.safetensors" for v in ("", ".bf16"))
    import safetensors.torch

    tensors = safetensors.torch.load(wan[plain])
    halves = safetensors.torch.save({name: tensor.bfloat16() for name, tensor in tensors.items()}, {"format": "pt"})
    hub.repository(NAME, {**wan, chosen: halves})
    got = call(variant="bf16", load=True)
    assert got["variant"] == "bf16"
    assert {chosen} == {p for p in kept_files(got["path"]) if p.startswith("transformer/") and "safetensors" in p}
    assert got["sum"] == pytest.approx(sum(float(t.bfloat16().double().abs().sum()) for t in tensors.values()))
    hub.requests.clear()
    both = call()
    assert (both["variant"], set(hub.fetched())) == ("", {f"file:{plain}"})
    assert call(variant="bf16")["path"] == both["path"]


def test_one_file_of_a_lora(hub, call, tmp_path):
    hub.repository("studio/lora", {"README.md": b"", "soft.safetensors": b"soft weights"})
    hub.repository("studio/loras", {"high.safetensors": b"high", "low.safetensors": b"low", "x.bin": b""})
    pins = tmp_path / "models.json"
    got, low, several, unknown, pickled = call.all(
        {"name": "studio/lora", "pins": str(pins), "file": True},
        {"name": "studio/loras", "weight_name": "low.safetensors", "file": True},
        {"name": "studio/loras", "file": True},
        {"name": "studio/loras", "weight_name": "hihg.safetensors", "file": True},
        {"name": "studio/loras", "weight_name": "x.bin", "file": True},
    )
    assert Path(got["path"]).read_bytes() == b"soft weights"
    assert "licence: Apache-2.0" in got["notes"]
    assert Path(low["path"]).read_bytes() == b"low"
    assert "high.safetensors, low.safetensors" in several["text"]
    assert "'hihg.safetensors', did you mean 'high.safetensors'" in unknown["text"]
    assert "only safetensors" in pickled["text"]
    hub.requests.clear()
    call.environment = {"HF_HUB_OFFLINE": "1"}
    one, other = call.all(
        {"name": "studio/lora", "pins": str(pins), "file": True},
        {"name": "studio/loras", "weight_name": "low.safetensors", "file": True},
    )
    assert (one["path"], other["path"]) == (got["path"], low["path"])
    assert hub.requests == []
