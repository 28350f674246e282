"""Which ways to compute attention are said to work: held against diffusers itself on the processor, and by card."""

import pytest
import torch
from diffusers.models import attention_dispatch

from musicvid.diffusion.attention_facts import attention_backends
from musicvid.diffusion.machine import Card

pytestmark = pytest.mark.filterwarnings("ignore:flex_attention called without")


def card(capability=(9, 0), maker="nvidia") -> Card:
    return Card(0, "a card", maker, capability, 80 * 2**30, None, "", True, False)


def test_every_attention_of_diffusers_is_known():
    names = {fact.name for fact in attention_backends(None)}
    assert names == {name.value for name in attention_dispatch.AttentionBackendName}


@pytest.mark.parametrize("fact", attention_backends(None), ids=lambda fact: fact.name)
def test_attention_that_is_said_to_work_here_does(fact):
    q, k, v = (torch.randn(1, 8, 2, 16, generator=torch.Generator().manual_seed(n)).bfloat16() for n in range(3))
    if not fact.works:
        assert fact.why
        with pytest.raises((RuntimeError, ValueError)), attention_dispatch.attention_backend(fact.name):
            attention_dispatch.dispatch_attention_fn(q, k, v)
        return
    with attention_dispatch.attention_backend(fact.name):
        got = attention_dispatch.dispatch_attention_fn(q, k, v)
    weights = (torch.einsum("bqhd,bkhd->bhqk", q.double(), k.double()) / 4).softmax(-1)
    exact = torch.einsum("bhqk,bkhd->bqhd", weights, v.double())
    assert fact.exact
    assert (got.double() - exact).abs().max() < 0.02


def works(card_, monkeypatch) -> dict[str, str]:
    monkeypatch.setattr(torch.backends.cudnn, "is_available", lambda: True)
    return {fact.name: fact.why for fact in attention_backends(card_)}


def test_attention_follows_the_card(monkeypatch):
    hopper, turing = works(card(), monkeypatch), works(card(capability=(7, 5)), monkeypatch)
    assert hopper["_native_cudnn"] == hopper["native"] == ""
    assert "kernels>=0.12" in hopper["_flash_3_hub"]
    assert "has 7.5" in turing["_native_cudnn"]
    assert turing["native"] == turing["_native_efficient"] == ""
    ada = works(card(capability=(8, 9)), monkeypatch)
    assert "9.x, this card has 8.9" in ada["_flash_3"]
    amd = works(card(maker="amd", capability=(9, 4)), monkeypatch)
    assert "kind nvidia" in amd["_native_cudnn"]
    assert "kernels" in amd["aiter_fa2_hub"]
    apple = works(card(maker="apple", capability=(0, 0)), monkeypatch)
    assert {name for name, why in apple.items() if not why} == {"native", "_native_math"}
    lossy = {fact.name for fact in attention_backends(card()) if not fact.exact}
    assert lossy == {name for name in hopper if "sage" in name}


def test_packages_for_attention_that_are_old_or_broken(install, monkeypatch):
    install("kernels", "0.11.0", "kernels")
    install("sageattention", "2.2.0", "sageattention", "raise RuntimeError('built for another torch')")
    facts = {fact.name: fact for fact in attention_backends(card())}
    assert facts["_flash_3_hub"].why == "needs the package kernels>=0.12, 0.11.0 is installed"
    assert "2.2.0 cannot be loaded: built for another torch" in facts["sage"].why
    assert facts["sage"].broken
    assert not facts["sage"].works
    assert facts["native"].works


def test_a_hub_kernel_works_once_its_loader_is_there(install):
    install("kernels", "0.14.1", "kernels")
    fact = next(fact for fact in attention_backends(card()) if fact.name == "_flash_3_hub")
    assert (fact.works, fact.fetches, fact.exact) == (True, True, True)
