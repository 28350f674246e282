"""What the doctor says: of this machine, and of machines on which something is broken or missing."""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from collections import namedtuple

import av
import pytest
from diffusion.hub_server import Hub, serving

from musicvid.diffusion.registry import known_models
from musicvid.production.doctor import Finding, examine, weights
from musicvid.production.doctor.weights import weight_bytes

GIB = 2**30


@pytest.fixture
def doctor(tmp_path):
    """``musicvid doctor --json`` as a person runs it, with ``modules`` found before all others."""

    def call(*, modules: dict[str, str] | None = None, code: int = 0, **environment: str) -> dict[str, dict]:
        site = tmp_path / "site"
        for name, text in (modules or {}).items():
            (site / name).parent.mkdir(parents=True, exist_ok=True)
            (site / name).write_text(text)
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING", "TRANSFORMERS_"))}
        home = {"HF_HOME": str(tmp_path / "home"), "MUSICVID_CACHE": str(tmp_path / "cache"), "PYTHONPATH": str(site)}
        done = subprocess.run(
            [sys.executable, "-m", "musicvid", "doctor", "--json"],
            capture_output=True, text=True, timeout=300, cwd=tmp_path, env={**kept, **home, **environment},
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == code, done.stdout + done.stderr
        findings = json.loads(done.stdout)
        assert all(set(f) == {"what", "state", "detail", "fix"} for f in findings)
        call.text = done.stdout
        return {f["what"]: f for f in findings}

    return call


def test_a_sound_machine_is_described_without_the_network(doctor):
    with serving(Hub()) as hub:
        found = doctor(HF_ENDPOINT=hub.url, HF_TOKEN="hf_never_shown")
        assert hub.requests == []
    assert not [f for f in found.values() if f["state"] == "bad"]
    for name in ("torch", "diffusers", "transformers", "accelerate", "peft", "huggingface_hub", "av"):
        assert found[name]["detail"] == importlib.metadata.version(name)
    assert av.__version__ in found["encoders"]["detail"]
    assert ".".join(map(str, av.library_versions["libavcodec"])) in found["encoders"]["detail"]
    assert "native" in found["attention"]["detail"]
    assert "HF_TOKEN" in found["hub login"]["detail"]
    assert "hf_never_shown" not in doctor.text
    assert {"gpu", "torch build", "triton", "weights disk", "cache", "disk", "renderer animatic"} <= set(found)


def test_no_token_and_no_network_are_notes(doctor):
    found = doctor(HF_HUB_OFFLINE="1")
    assert (found["hub login"]["state"], found["hub"]["state"]) == ("note", "note")
    assert "hf auth login" in found["hub login"]["fix"]


def test_broken_libraries_are_said_and_the_rest_is_examined(doctor):
    broken = {
        "torch/__init__.py": "raise OSError('libcudart.so.13: cannot open shared object file')",
        "peft/__init__.py": "raise ValueError('numpy.dtype size changed')",
        "av/__init__.py": "raise ImportError('DLL load failed')",
    }
    found = doctor(modules=broken, code=1)
    assert "libcudart.so.13" in found["torch"]["detail"]
    assert "--force-reinstall torch" in found["torch"]["fix"]
    assert "numpy.dtype size changed" in found["peft"]["detail"]
    assert "DLL load failed" in found["encoders"]["detail"]
    for what in ("torch", "peft", "encoders", "gpu"):
        assert found[what]["state"] == "bad"
    assert found["renderer animatic"]["state"] == found["cache"]["state"] == "ok"


def test_a_version_that_is_too_old_says_which_is_needed(doctor):
    old = "Metadata-Version: 2.1\nName: accelerate\nVersion: 0.20.0\n"
    found = doctor(modules={"accelerate-0.20.0.dist-info/METADATA": old}, code=1)
    needed = next(r for r in importlib.metadata.requires("musicvid") if r.startswith("accelerate"))
    assert needed.removeprefix("accelerate") in found["accelerate"]["detail"]
    assert needed in found["accelerate"]["fix"]


def room(monkeypatch, free_bytes: int) -> list[Finding]:
    usage = namedtuple("Usage", "total used free")(10**15, 0, free_bytes)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    return list(weights.room())


def test_the_disk_is_held_against_what_the_models_weigh(monkeypatch):
    monkeypatch.setattr(weights, "_is_cached", lambda model: False)
    sizes = {model.key: weight_bytes(model) for model in known_models() if model.weights_gib}
    assert (enough := room(monkeypatch, 10**13)[0]).state == "ok"
    assert "every model" in enough.detail
    (none,) = room(monkeypatch, min(sizes.values()) - 1)
    assert (none.state, "enough for no model" in none.detail, "HF_HOME" in none.fix) == ("note", True, True)
    middle = sorted(sizes.values())[len(sizes) // 2]
    (some,) = room(monkeypatch, middle)
    told = set(some.detail.partition("enough for ")[2].split(", "))
    assert told == {key for key, size_bytes in sizes.items() if size_bytes <= middle}
    monkeypatch.setattr(weights, "_is_cached", lambda model: model.key == "wan2.1-t2v-1.3b")
    here, _ = room(monkeypatch, middle)
    assert (here.state, here.detail) == ("ok", "in the cache: wan2.1-t2v-1.3b")


def test_a_check_that_breaks_is_a_finding(monkeypatch):
    def breaks():
        yield Finding("gpu", "ok", "seen before it broke")
        raise RuntimeError("driver went away")

    monkeypatch.setattr("musicvid.production.doctor.graphics.gpu", breaks)
    found = [f for f in examine() if f.what == "gpu"]
    assert [f.state for f in found] == ["ok", "bad"]
    assert "driver went away" in found[1].detail
