"""The graphics cards, and what PyTorch and diffusers can make of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from musicvid.diffusion.attention_facts import attention_backends
from musicvid.diffusion.machine import cards, nvidia_driver, torch_build, triton_version
from musicvid.diffusion.readiness import card_finding, no_card
from musicvid.schema.findings import Finding


def gpu() -> Iterator[Finding]:
    build = torch_build()
    here = cards()
    for card in here:
        yield card_finding(card, build)
    driver = nvidia_driver()
    if not here:
        yield no_card(build, driver)
    elif len(driver.cards) > len(here):
        hidden = f"the driver has {len(driver.cards)} cards, torch may use {len(here)} of them"
        yield Finding("gpu", "note", hidden, "CUDA_VISIBLE_DEVICES says which")


def torch() -> Iterator[Finding]:
    build = torch_build()
    kinds = [f"CUDA {build.cuda}"] if build.cuda else []
    kinds += [f"cuDNN {build.cudnn}"] if build.cudnn else []
    kinds += [f"ROCm {build.rocm}"] if build.rocm else []
    kinds += ["Metal"] if build.mps else []
    kernels = f", kernels for {', '.join(build.kernels_for)}" if build.kernels_for else ""
    yield Finding("torch build", "ok", f"{build.version}: {', '.join(kinds) or 'for the processor only'}{kernels}")


def attention() -> Iterator[Finding]:
    """One line for what works, exact and lossy apart, and one for what a Hopper card goes without."""
    here = cards(count_free=False)
    card = here[0] if here else None
    facts = attention_backends(card)
    yield Finding("attention", "ok", ", ".join(f.name for f in facts if f.works and f.exact))
    if lossy := [f.name for f in facts if f.works and not f.exact]:
        yield Finding("attention, lossy", "ok", f"{', '.join(lossy)} (never used unless asked for)")
    for reason in sorted({fact.why for fact in facts if fact.broken}):
        yield Finding("attention", "note", reason, "mend or remove it; others take its place")
    if card and card.maker == "nvidia" and card.capability[0] == 9:
        flash_3 = [f for f in facts if f.name in ("_flash_3", "_flash_3_hub")]
        if not any(f.works for f in flash_3):
            detail = f"FlashAttention 3, the fastest exact one on this card, is not there: {flash_3[-1].why}"
            yield Finding("attention", "note", detail, f"run: {sys.executable} -m pip install kernels")


def triton() -> Iterator[Finding]:
    if version := triton_version():
        yield Finding("triton", "ok", version)
    elif cards(count_free=False):
        fix = f"run: {sys.executable} -m pip install triton (Windows: triton-windows)"
        yield Finding("triton", "note", "is not installed: no compiled models, no kernels of ours", fix)
    else:
        yield Finding("triton", "ok", "is not installed, and not needed without a card")


def kernels() -> Iterator[Finding]:
    """Which implementation of our kernels runs on each card, and why."""
    from musicvid_kernels.choice import KernelChoiceError, choose

    here = cards(count_free=False)
    for device in ["mps" if card.maker == "apple" else f"cuda:{card.index}" for card in here] or ["cpu"]:
        name = f"kernels, {device}" if len(here) > 1 else "kernels"
        try:
            choice = choose(device)
        except KernelChoiceError as error:
            yield Finding(name, "bad", str(error), "say MUSICVID_KERNELS=auto, or leave it out")
            continue
        fix = f"run: {sys.executable} -m pip install --upgrade triton; it also needs a C compiler"
        yield Finding(name, "note", choice.why, fix) if choice.obstacle else Finding(name, "ok", choice.why)
