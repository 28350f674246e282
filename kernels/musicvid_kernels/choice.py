"""Which implementation of the ops runs: Triton's, or plain PyTorch. One rule for all of them, and the reason in words.

``MUSICVID_KERNELS`` is ``auto`` (Triton on the NVIDIA cards it is compiled and tested for, else PyTorch), ``reference``
(PyTorch everywhere) or ``triton`` (Triton, or an error: never something else in silence).
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
OLDEST_CARD = (8, 0)
"""Compute capability from which the kernels are compiled in the tests: bfloat16 came with it."""


class KernelChoiceError(RuntimeError):
    """``MUSICVID_KERNELS`` asks for what there is not, or is no word that is known."""


@dataclass(frozen=True, slots=True)
class Choice:
    """``why`` is for people: half a sentence. ``obstacle``: Triton was wanted and cannot run."""

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
    """The implementation for tensors on ``device``. Raises :class:`KernelChoiceError` when Triton was asked for by name
    and cannot run there."""
    import torch

    device = torch.device(device)
    return _chosen(wish(), device.type, device.index, os.environ.get("TRITON_INTERPRET", "0") == "1")


def on_triton(tensor: torch.Tensor) -> bool:
    """Whether Triton's kernel is to work on ``tensor``."""
    return choose(tensor.device).name == "triton"


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
        if obstacle:
            raise KernelChoiceError(f"{VARIABLE}=triton, but {obstacle}")
        return Choice("triton", f"{VARIABLE}=triton" + (", interpreted" if kind == "cpu" else ""))
    if obstacle:
        return Choice("reference", f"plain PyTorch: {obstacle}", obstacle=kind == "cuda")
    return Choice("triton", f"Triton's, compiled for {torch.cuda.get_device_name(index)}")


def _obstacle(kind: str, index: int | None, *, interpreted: bool) -> str:
    """Why Triton cannot run; empty: it can."""
    import torch

    if importlib.util.find_spec("triton") is None:
        return "Triton is not installed"
    if kind == "cpu":
        return "" if interpreted else "no CUDA card is in use (TRITON_INTERPRET=1 runs it slowly, for tests)"
    if kind != "cuda":
        return f"Triton has no code for {kind}"
    capability = torch.cuda.get_device_capability(index)
    if not torch.version.hip and capability < OLDEST_CARD:
        return f"the card's compute capability {capability[0]}.{capability[1]} is below 8.0"
    try:
        works = _copies(torch.device(kind, index))
    except Exception as error:  # noqa: BLE001  (no C compiler, another CUDA, a driver: whatever stops it is the reason)
        return f"Triton fails on this card: {' '.join(f'{type(error).__name__}: {error}'.split())[:200]}"
    return "" if works else "Triton's copy of eight numbers on this card is wrong"


def _copies(device: torch.device) -> bool:
    """Whether a first kernel compiles, launches and does its work."""
    import torch

    from musicvid_kernels.probe import copied

    source = torch.arange(8, dtype=torch.float32, device=device)
    return bool(torch.equal(copied(source), source))
