"""What would stop a video model on this machine, said before any work starts, each with the command that helps."""

from __future__ import annotations

import sys
from pathlib import Path

from musicvid.diffusion.libraries import ENGINE, library_finding
from musicvid.diffusion.machine import Card, NvidiaDriver, TorchBuild, cards, nvidia_driver, torch_build
from musicvid.schema.findings import Finding

_WHEELS = "https://download.pytorch.org/whl"
_DRIVER_FOR = ((580, "cu130"), (570, "cu128"), (525, "cu126"))
"""Lowest driver by the CUDA of PyTorch's wheels (NVIDIA's table of CUDA releases and drivers)."""
_AMD_DEVICE = Path("/dev/kfd")
_SLOW = "video models run on the processor: minutes for a second of film. The animatic and footage need no card"


def readiness(device: str = "auto") -> tuple[Finding, ...]:
    """Nothing when all is well. ``bad`` stops a run on ``device`` (auto, cpu, mps, cuda, or several with numbers as in
    ``cuda:0,cuda:1``); ``note`` does not: without a card it is slow, which is no mistake.

    ``auto`` does not pass over a card that is there but cannot be used: say ``cpu`` to mean the processor.
    """
    broken = tuple(finding for name in ENGINE if (finding := library_finding(name, load=True)).state == "bad")
    if broken:
        return broken
    wanted = device.strip().lower()
    if wanted == "cpu":
        return (Finding("device", "note", _SLOW),)
    build, here = torch_build(), cards(count_free=False)
    if not here and wanted in ("", "auto"):
        return (no_card(build, nvidia_driver()),)
    by_name = {"mps" if card.maker == "apple" else f"cuda:{card.index}": card for card in here}
    named = by_name if wanted in ("", "auto") else [_full_name(word) for word in wanted.split(",")]
    findings = (
        card_finding(by_name[name], build) if name in by_name else _absent(name, tuple(by_name), build)
        for name in named
        if name != "cpu"
    )
    return tuple(finding for finding in findings if finding.state != "ok")


def card_finding(card: Card, build: TorchBuild) -> Finding:
    """A card that PyTorch sees: what it is, or why it cannot be used."""
    if not build.runs_on(card):
        return Finding(
            "gpu",
            "bad",
            f"torch {build.version} has no kernels for {card.name} ({_capability(card)}), "
            f"only for {', '.join(build.kernels_for)}",
            install_torch(card),
        )
    formats = [word for word, has in (("bf16", card.bf16), ("fp8", card.fp8)) if has]
    room = f"{card.total_bytes / 2**30:.0f} GiB"
    if card.free_bytes is not None:
        room = f"{card.free_bytes / 2**30:.0f} of {room} free"
    driver = f", driver {card.driver}" if card.driver else ""
    detail = f"{card.name}, {room}, {_capability(card)}, {' and '.join(formats) or 'no bf16'}{driver}"
    if not card.bf16:
        return Finding(
            "gpu", "note", detail, "weights are made for bf16: say dtype: fp16, or fp32 where pictures break"
        )
    return Finding("gpu", "ok", detail)


def no_card(build: TorchBuild, driver: NvidiaDriver) -> Finding:
    """Why PyTorch has no card to use: there is none (a note), or there is one and something stands between (bad)."""
    if driver.cards and not build.cuda:
        return Finding(
            "gpu",
            "bad",
            f"{driver.cards[0].name} is there, but torch {build.version} is a build without CUDA",
            install_torch(driver.cards[0]),
        )
    if driver.cards:
        return Finding(
            "gpu",
            "bad",
            f"{driver.cards[0].name} is there (driver {driver.version}), "
            f"but torch {build.version} for CUDA {build.cuda} cannot use it",
            "look at CUDA_VISIBLE_DEVICES, which may hide it; else update NVIDIA's driver",
        )
    if driver.problem:
        return Finding("gpu", "note", driver.problem, "if there is an NVIDIA card, install or repair its driver")
    if _AMD_DEVICE.exists() and not build.rocm:
        return Finding(
            "gpu",
            "note",
            f"an AMD card is there, but torch {build.version} is a build without ROCm",
            f"see {_WHEELS} for the ROCm wheels of torch",
        )
    return Finding("gpu", "note", f"none that torch {build.version} can use", _SLOW)


def install_torch(card: Card) -> str:
    """The command that gets a build of PyTorch for an NVIDIA card and its driver."""
    version = card.driver.partition(".")[0]
    if not version.isdecimal():
        return f"run: {sys.executable} -m pip install --upgrade --force-reinstall torch"
    for least, cuda in _DRIVER_FOR:
        if int(version) >= least:
            pip = f"{sys.executable} -m pip install --upgrade --force-reinstall torch"
            return f"run: {pip} --index-url {_WHEELS}/{cuda}"
    return f"update NVIDIA's driver first: {card.driver} is older than {_DRIVER_FOR[-1][0]}"


def _absent(name: str, here: tuple[str, ...], build: TorchBuild) -> Finding:
    if here:
        return Finding("device", "bad", f"{name} is not on this machine", f"there are: {', '.join(here)}, cpu")
    found = no_card(build, nvidia_driver())
    fix = found.fix if found.state == "bad" else "say device: cpu, which is slow, or leave it out"
    return Finding("device", "bad", f"{name} is not on this machine: {found.detail}", fix)


def _full_name(word: str) -> str:
    return "cuda:0" if word.strip() == "cuda" else word.strip()


def _capability(card: Card) -> str:
    kind = {"nvidia": "compute capability", "amd": "gfx", "apple": "Metal"}[card.maker]
    return kind if card.maker == "apple" else f"{kind} {card.capability[0]}.{card.capability[1]}"
