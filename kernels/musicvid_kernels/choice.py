"""Which implementation of the ops runs: Triton's, or plain PyTorch. One rule for all of them, and the reason in words.

``MUSICVID_KERNELS`` is ``auto`` (Triton on the NVIDIA cards it is compiled and tested for, else PyTorch), ``reference``
(PyTorch everywhere) or ``triton`` (Triton on the card, or an error: never something else in silence). Tensors on the
processor are PyTorch's whatever it says, unless Triton interprets.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:  # who only asks, or tells people, need not load torch
    import torch

VARIABLE = "MUSICVID_KERNELS"
WISHES = ("auto", "reference", "triton")
OLDEST_TRITON = (3, 3)
OLDEST_CARD = (8, 0)
"""Compute capability from which the kernels are compiled in the tests: bfloat16 came with it."""


class KernelChoiceError(RuntimeError):
    """``MUSICVID_KERNELS`` asks for what there is not, or is no word that is known."""


class NotNowError(KernelChoiceError):
    """The card has no room just now to try a kernel on."""


@dataclass(frozen=True, slots=True)
class Choice:
    """``why`` is for people: half a sentence. ``obstacle``: Triton was wanted, and what stops it can be mended."""

    name: Literal["triton", "reference"]
    why: str
    obstacle: bool = False


def wish() -> str:
    """What ``MUSICVID_KERNELS`` says. Raises :class:`KernelChoiceError` for other words than ``WISHES``."""
    word = os.environ.get(VARIABLE, "").strip().lower() or "auto"
    if word not in WISHES:
        raise KernelChoiceError(f"{VARIABLE}={word!r} is unknown: say {', '.join(WISHES[:-1])} or {WISHES[-1]}")
    return word


def choose(device: torch.device | str) -> Choice:
    """The implementation for ``device``. Raises :class:`KernelChoiceError` when Triton was asked for by name and cannot
    run there."""
    import torch

    device, wanted = torch.device(device), wish()
    try:
        return _chosen(wanted, device.type, device.index, interpreted())
    except NotNowError as error:
        if wanted == "triton":
            raise
        return Choice("reference", f"plain PyTorch: {error}", obstacle=True)


def on_triton(tensor: torch.Tensor) -> bool:
    """Whether Triton's kernel is to work on ``tensor``. It computes in float32: float64 is for definitions."""
    if tensor.is_floating_point() and tensor.element_size() > 4:
        return False
    if tensor.device.type == "cpu" and not interpreted():
        wish()
        return False
    return choose(tensor.device).name == "triton"


def interpreted() -> bool:
    """Whether kernels run in Triton's interpreter, on processors."""
    return os.environ.get("TRITON_INTERPRET", "0") == "1"


@dataclass(frozen=True, slots=True)
class _Obstacle:
    """Why Triton cannot run; empty: it can."""

    why: str = ""
    mendable: bool = True


@lru_cache(maxsize=64)
def _chosen(wanted: str, kind: str, index: int | None, interpreted: bool) -> Choice:
    import torch

    if wanted == "reference":
        return Choice("reference", f"plain PyTorch: {VARIABLE}=reference")
    if wanted == "auto" and kind == "cpu":
        return Choice("reference", "no CUDA card is in use: plain PyTorch, and for finishing frames a compiled twin")
    if wanted == "auto" and torch.version.hip:
        return Choice("reference", f"plain PyTorch: not tried on AMD yet ({VARIABLE}=triton does)")
    obstacle = _obstacle(kind, index, interpreted=interpreted)
    if wanted == "triton":
        if obstacle.why:
            raise KernelChoiceError(f"{VARIABLE}=triton, but {obstacle.why}")
        return Choice("triton", f"{VARIABLE}=triton" + (", interpreted" if kind == "cpu" else ""))
    if obstacle.why:
        return Choice("reference", f"plain PyTorch: {obstacle.why}", obstacle.mendable)
    return Choice("triton", f"Triton's, compiled for {torch.cuda.get_device_name(index)}")


def _obstacle(kind: str, index: int | None, *, interpreted: bool) -> _Obstacle:
    import torch

    if kind not in ("cpu", "cuda"):
        return _Obstacle(f"Triton has no code for {kind}", mendable=False)
    if kind == "cuda" and not torch.version.hip and (card := torch.cuda.get_device_capability(index)) < OLDEST_CARD:
        return _Obstacle(f"the card's compute capability {card[0]}.{card[1]} is below 8.0", mendable=False)
    if kind == "cpu" and not interpreted:
        return _Obstacle("no CUDA card is in use (TRITON_INTERPRET=1 runs it slowly, for tests)")
    try:
        version = _triton_version()
        if version is None:
            return _Obstacle("Triton is not installed")
        if version < OLDEST_TRITON:
            return _Obstacle(f"Triton {version[0]}.{version[1]} is older than 3.3")
        works = kind == "cpu" or _copies(torch.device(kind, index))
    except torch.OutOfMemoryError as error:
        raise NotNowError("the card's memory is full, so that Triton could not be tried") from error
    except Exception as error:  # noqa: BLE001  (no C compiler, another CUDA, a driver: whatever stops it is the reason)
        said = " ".join(f"{type(error).__name__}: {error}".split())
        return _Obstacle(f"Triton fails here: {said[:200]}")
    return _Obstacle("" if works else "Triton's copy of eight numbers on this card is wrong")


def _triton_version() -> tuple[int, int] | None:
    if importlib.util.find_spec("triton") is None:
        return None
    import triton

    major, minor = triton.__version__.split(".")[:2]
    return int(major), int(minor)


def _copies(device: torch.device) -> bool:
    """Whether a first kernel compiles, launches and does its work."""
    import torch

    from musicvid_kernels.probe import copied

    source = torch.arange(8, dtype=torch.float32, device=device)
    return bool(torch.equal(copied(source), source))
