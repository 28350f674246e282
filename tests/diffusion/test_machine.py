"""What is said about the graphics side of a machine: from the genuine torch here, from made-up cards, from a driver's
program that is run for real."""

import importlib.metadata
from types import SimpleNamespace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion import machine
from musicvid.diffusion.libraries import library_finding, others_amiss
from musicvid.diffusion.machine import Card, TorchBuild, cards, nvidia_driver, torch_build, triton_version
from musicvid.diffusion.readiness import install_torch, readiness


def card(name="H100", capability=(9, 0), maker="nvidia", driver="580.65.06", index=0, bf16=True) -> Card:
    return Card(index, name, maker, capability, 80 * 2**30, None, driver, bf16, False)


@pytest.fixture
def driver_says(tmp_path, monkeypatch):
    """An ``nvidia-smi`` that prints ``text`` (and ends with ``code``), alone on the path."""

    def install(text: str, code: int = 0):
        program = tmp_path / "nvidia-smi"
        (tmp_path / "said").write_text(text)
        program.write_text(f'#!/bin/sh\n/bin/cat "{tmp_path}/said"\nexit {code}\n')
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path))

    monkeypatch.setenv("PATH", str(tmp_path))
    return install


@pytest.fixture
def torch_sees(monkeypatch):
    """Cards for ``torch.cuda``: (name, capability, total bytes, free bytes)."""

    def install(*rows, cuda="12.8", hip=None, kernels=("sm_80", "sm_90", "sm_120", "compute_120")):
        opened = []
        monkeypatch.setattr(torch.version, "cuda", None if hip else cuda)
        monkeypatch.setattr(torch.version, "hip", hip)
        fakes = {
            "is_available": lambda: bool(rows),
            "device_count": lambda: len(rows),
            "get_device_name": lambda i: rows[i][0],
            "get_device_capability": lambda i: rows[i][1],
            "get_device_properties": lambda i: SimpleNamespace(total_memory=rows[i][2]),
            "mem_get_info": lambda i: opened.append(i) or (rows[i][3], rows[i][2]),
            "get_arch_list": lambda: list(kernels),
        }
        for name, fake in fakes.items():
            monkeypatch.setattr(torch.cuda, name, fake)
        return opened

    return install


GB = 10**9
H100, RTX3060, GTX1080 = (
    ("NVIDIA H100", (9, 0), 80 * GB, 79 * GB),
    ("NVIDIA GeForce RTX 3060", (8, 6), 12 * GB, 11 * GB),
    ("NVIDIA GeForce GTX 1080", (6, 1), 8 * GB, 7 * GB),
)


def test_this_torch_is_described_as_it_is():
    build = torch_build()
    assert build.version == importlib.metadata.version("torch")
    assert build.only_processor == (torch.version.cuda is None and torch.version.hip is None and not build.mps)
    assert len(cards()) == (torch.cuda.device_count() if torch.cuda.is_available() else len(cards()))
    assert bool(triton_version()) == any(d.metadata["Name"] == "triton" for d in importlib.metadata.distributions())


def test_cards_of_torch(torch_sees, driver_says):
    driver_says("0, NVIDIA H100, 9.0, 81559, 80000, 580.65.06\n1, x, 8.6, 12288, 12000, 580.65.06\n")
    opened = torch_sees(H100, RTX3060, GTX1080)
    first, second, third = cards()
    assert (first.name, first.capability, first.total_bytes, first.free_bytes) == H100
    assert [c.index for c in (first, second, third)] == [0, 1, 2]
    assert [c.driver for c in (first, second, third)] == ["580.65.06"] * 3
    assert [(c.bf16, c.fp8) for c in (first, second, third)] == [(True, True), (True, False), (False, False)]
    assert opened == [0, 1, 2]
    assert [c.free_bytes for c in cards(count_free=False)] == [None] * 3
    assert opened == [0, 1, 2]  # looked at again, opened no more


def test_cards_of_amd_have_no_nvidia_driver(torch_sees, driver_says):
    driver_says("0, NVIDIA H100, 9.0, 81559, 80000, 580.65.06\n")
    torch_sees(("AMD Instinct MI300X", (9, 4), 192 * GB, 190 * GB), ("Radeon", (11, 0), GB, GB), hip="6.4")
    mi300, radeon = cards()
    assert (mi300.maker, mi300.driver, mi300.fp8, radeon.fp8) == ("amd", "", True, False)
    assert torch_build().rocm == "6.4"


def test_the_driver_is_asked_and_believed(driver_says):
    assert nvidia_driver() == machine.NvidiaDriver(there=False)
    driver_says(
        "0, NVIDIA GeForce RTX 4090, 8.9, 24564, 23000, 550.54.14\n1, NVIDIA GB10, 12.1, [N/A], [N/A], 550.54.14\n"
    )
    seen = nvidia_driver()
    assert (seen.version, seen.problem) == ("550.54.14", "")
    assert [(c.name, c.capability, c.total_bytes) for c in seen.cards] == [
        ("NVIDIA GeForce RTX 4090", (8, 9), 24564 * 2**20),
        ("NVIDIA GB10", (12, 1), 0),
    ]
    for text, code in (
        ("NVIDIA-SMI has failed because it couldn't talk to the driver\n", 9),
        ("No devices", 0),
        ("", 3),
    ):
        driver_says(text, code)
        seen = nvidia_driver()
        assert (seen.there, seen.cards) == (True, ())
        assert (text.strip() or "exit code 3") in seen.problem


# CUDA C++ Programming Guide, "binary compatibility" and "PTX compatibility".
@pytest.mark.parametrize(
    ("kernels", "capability", "runs"),
    [
        (("sm_80",), (8, 6), True),
        (("sm_86",), (8, 0), False),
        (("sm_80",), (9, 0), False),
        (("sm_80", "compute_80"), (9, 0), True),
        (("sm_90a",), (9, 0), False),
        (("sm_90", "sm_90a"), (9, 0), True),
        (("sm_75", "sm_120"), (12, 0), True),
        (("sm_75", "sm_90"), (12, 0), False),
        (("compute_120",), (9, 0), False),
        (("sm_100",), (10, 3), True),
        ((), (1, 0), True),
    ],
)
def test_which_cards_a_build_runs_on(kernels, capability, runs):
    assert TorchBuild("2.9", "12.8", "", False, "", kernels).runs_on(card(capability=capability)) is runs


_KERNEL = st.builds(
    lambda kind, major, minor: f"{kind}_{major}{minor}",
    st.sampled_from(["sm", "compute"]), st.integers(5, 12), st.integers(0, 9),
)  # fmt: skip
_CAPABILITY = st.tuples(st.integers(5, 12), st.integers(0, 9))


@given(st.lists(_KERNEL, min_size=1), _KERNEL, _CAPABILITY)
def test_more_kernels_never_run_on_fewer_cards(kernels, another, capability):
    few = TorchBuild("2.9", "12.8", "", False, "", tuple(kernels))
    more = TorchBuild("2.9", "12.8", "", False, "", (*kernels, another))
    assert more.runs_on(card(capability=capability)) >= few.runs_on(card(capability=capability))


def test_libraries_are_held_against_our_own_metadata(install):
    assert library_finding("torch").state == "ok"
    assert others_amiss(()) == ()
    install("transformers", "4.40.0")
    old = library_finding("transformers")
    assert (old.state, "4.40.0" in old.detail, ">=5" in old.detail) == ("bad", True, True)
    assert 'pip install -U "transformers>=5"' in old.fix
    assert [finding.what for finding in others_amiss(("torch",))] == ["transformers"]
    missing = library_finding("no-such-library")
    assert (missing.state, missing.fix.endswith('pip install "no-such-library"')) == ("bad", True)


def test_a_library_that_breaks_when_loaded(install):
    install("accelerate", "1.15.0", "accelerate", "raise AttributeError('numpy was another one')")
    broken = library_finding("accelerate", load=True)
    assert broken.state == "bad"
    assert "numpy was another one" in broken.detail
    assert "--force-reinstall accelerate" in broken.fix
    assert readiness("cpu") == (broken,)


def test_no_card_is_a_note_and_only_that(torch_sees, driver_says):
    torch_sees(cuda=None)
    (found,) = readiness("auto")
    assert (found.state, "processor" in found.fix) == ("note", True)
    assert [f.state for f in readiness("cpu")] == ["note"]
    for device in ("cuda", "cuda:1", "mps"):
        (refused,) = readiness(device)
        assert refused.state == "bad"
        assert "not on this machine" in refused.detail


def test_a_build_without_cuda_beside_a_card(torch_sees, driver_says):
    torch_sees(cuda=None)
    driver_says("0, NVIDIA GeForce RTX 4090, 8.9, 24564, 23000, 571.1\n")
    for device in ("auto", "cuda"):
        (found,) = readiness(device)
        assert found.state == "bad"
        assert "RTX 4090" in found.detail
        assert found.fix.endswith("torch --index-url https://download.pytorch.org/whl/cu128")
    assert [f.state for f in readiness("cpu")] == ["note"]  # who says cpu means it
    driver_says("NVIDIA-SMI has failed\n", 9)
    (found,) = readiness("auto")
    assert (found.state, "NVIDIA-SMI has failed" in found.detail) == ("note", True)


def test_a_card_that_cuda_cannot_reach(torch_sees, driver_says):
    torch_sees(cuda="13.0")
    driver_says("0, NVIDIA GeForce RTX 4090, 8.9, 24564, 23000, 535.1\n")
    (found,) = readiness("auto")
    assert (found.state, "CUDA 13.0" in found.detail, "CUDA_VISIBLE_DEVICES" in found.fix) == ("bad", True, True)


def test_cards_that_this_build_has_no_kernels_for(torch_sees, driver_says):
    driver_says("0, NVIDIA GeForce RTX 5090, 12.0, 32000, 32000, 580.1\n")
    torch_sees(("NVIDIA GeForce RTX 5090", (12, 0), 32 * GB, 31 * GB), H100, GTX1080, kernels=("sm_61", "sm_90"))
    found = readiness("auto")
    assert [f.state for f in found] == ["bad", "note"]
    assert "RTX 5090" in found[0].detail
    assert "cu130" in found[0].fix
    assert "dtype: fp16" in found[1].fix
    assert readiness("cuda:1") == ()
    assert [f.state for f in readiness("cuda:1,cuda:0")] == ["bad"]
    assert [f.state for f in readiness("cuda")] == ["bad"]
    (absent,) = readiness("cuda:7")
    assert (absent.state, absent.fix) == ("bad", "there are: cuda:0, cuda:1, cuda:2, cpu")


@pytest.mark.parametrize(
    ("driver", "words"),
    [("580.65.06", "whl/cu130"), ("579.9", "whl/cu128"), ("550.54", "whl/cu126"), ("470.1", "update NVIDIA's driver"),
     ("", "--force-reinstall torch")],
)  # fmt: skip
def test_the_build_of_torch_for_a_driver(driver, words):
    assert words in install_torch(card(driver=driver))
