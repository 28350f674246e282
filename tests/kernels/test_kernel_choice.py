"""Which implementation runs, on cards that are not here too, and what people are told."""

from __future__ import annotations

import pytest
import torch
from musicvid_kernels import choice, probe
from musicvid_kernels.choice import KernelChoiceError, choose, on_triton


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.delenv("TRITON_INTERPRET")
    monkeypatch.delenv("MUSICVID_KERNELS", raising=False)
    choice._chosen.cache_clear()
    yield
    choice._chosen.cache_clear()


@pytest.fixture
def card(monkeypatch):
    """A CUDA card of some capability, on which the first kernel does what it is told to."""

    def put(capability=(9, 0), does=True, triton=(3, 9)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda index: capability)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "NVIDIA Test")
        monkeypatch.setattr(choice, "_triton_version", lambda: triton)

        def copies(device):
            if isinstance(does, Exception):
                raise does
            return does

        monkeypatch.setattr(choice, "_copies", copies)

    return put


def test_without_a_card_it_is_plain_pytorch():
    assert choose("cpu").name == "reference"
    assert "no CUDA card" in choose("cpu").why
    assert not choose("cpu").obstacle
    assert not on_triton(torch.zeros(1))


@pytest.mark.parametrize("capability", [(8, 0), (8, 9), (9, 0), (10, 0), (12, 0)])
def test_cards_that_are_compiled_for_run_triton_by_themselves(card, capability):
    card(capability)
    assert choose("cuda:0") == choice.Choice("triton", "Triton's, compiled for NVIDIA Test")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"does": False}, "copy of eight numbers on this card is wrong"),
        ({"does": RuntimeError("Failed to find C compiler")}, "RuntimeError: Failed to find C compiler"),
        ({"triton": None}, "Triton is not installed"),
        ({"triton": (3, 2)}, "Triton 3.2 is older than 3.3"),
        ({"does": torch.OutOfMemoryError("out of memory")}, "memory is full"),
    ],
)
def test_a_card_that_cannot_is_told_of_and_an_error_when_asked_for(card, monkeypatch, given, why):
    card(**given)
    found = choose("cuda:0")
    assert found.name == "reference"
    assert found.obstacle
    assert why in found.why
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    with pytest.raises(KernelChoiceError) as caught:
        choose("cuda:0")
    assert why in str(caught.value)


def test_what_cannot_be_mended_is_no_obstacle_to_tell_of(card, monkeypatch):
    card((7, 5), triton=None)
    assert choose("cuda:0") == choice.Choice(
        "reference", "plain PyTorch: the card's compute capability 7.5 is below 8.0"
    )
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    with pytest.raises(KernelChoiceError, match=r"7\.5 is below 8\.0"):
        choose("cuda:0")


def test_a_full_card_is_tried_again(card):
    card(does=torch.OutOfMemoryError("out of memory"))
    assert choose("cuda:0").name == "reference"
    card()
    assert choose("cuda:0").name == "triton"


def test_tensors_on_the_processor_are_pytorchs_whatever_the_card_is_told(monkeypatch):
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    assert not on_triton(torch.zeros(1))
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert on_triton(torch.zeros(1))
    monkeypatch.setenv("MUSICVID_KERNELS", "nonsense")
    monkeypatch.delenv("TRITON_INTERPRET")
    with pytest.raises(KernelChoiceError):
        on_triton(torch.zeros(1))


def test_the_installed_triton_is_read():
    import triton

    assert ".".join(map(str, choice._triton_version())) == ".".join(triton.__version__.split(".")[:2])


def test_reference_is_obeyed_on_a_card(card, monkeypatch):
    card()
    monkeypatch.setenv("MUSICVID_KERNELS", " Reference ")
    assert choose("cuda:0").name == "reference"
    assert "MUSICVID_KERNELS=reference" in choose("cuda:0").why
    assert not choose("cuda:0").obstacle


def test_amd_cards_are_not_taken_for_granted(card, monkeypatch):
    card()
    monkeypatch.setattr(torch.version, "hip", "7.0")
    assert choose("cuda:0").name == "reference"
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    assert choose("cuda:0").name == "triton"


def test_apples_cards_have_none():
    assert choose("mps").name == "reference"
    assert "no code for mps" in choose("mps").why


def test_triton_on_the_processor_is_only_for_tests(monkeypatch):
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    with pytest.raises(KernelChoiceError, match="TRITON_INTERPRET=1"):
        choose("cpu")
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert choose("cpu").name == "triton"
    assert "interpreted" in choose("cpu").why


def test_unknown_words_are_told(monkeypatch):
    monkeypatch.setenv("MUSICVID_KERNELS", "cuda")
    with pytest.raises(KernelChoiceError, match="say auto, reference or triton"):
        choose("cpu")


def test_the_first_kernel_copies(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    assert hasattr(probe.copied, "__wrapped__")  # launched on the card of its tensor
    source = torch.arange(1000, dtype=torch.float32)
    assert torch.equal(probe.copied(source), source)
    assert choice._copies(torch.device("cpu"))


def test_a_broken_triton_is_the_reason(card, monkeypatch):
    card()

    def broken():
        raise ImportError("libtriton.so: undefined symbol")

    monkeypatch.setattr(choice, "_triton_version", broken)
    assert "ImportError: libtriton.so" in choose("cuda:0").why
    assert choose("cuda:0").obstacle


def test_float64_is_the_definitions(monkeypatch):
    monkeypatch.setenv("TRITON_INTERPRET", "1")
    monkeypatch.setenv("MUSICVID_KERNELS", "triton")
    assert not on_triton(torch.zeros(1, dtype=torch.float64))
    assert on_triton(torch.zeros(1, dtype=torch.int64))


def test_arguments_on_several_devices_are_named():
    from musicvid_kernels.devices import check_devices

    check_devices(x=torch.zeros(1), y=None)
    with pytest.raises(ValueError, match="x is on cpu, z is on meta: one is needed"):
        check_devices(x=torch.zeros(1), y=None, z=torch.zeros(1, device="meta"))
