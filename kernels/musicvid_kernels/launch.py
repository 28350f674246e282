"""What all launchers of Triton kernels have in common."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import nullcontext
from functools import wraps
from typing import ParamSpec, TypeVar

import torch

from musicvid_kernels.choice import interpreted

MULTIPLY_ADD = {"enable_fp_fusion": True}
"""For every launch: multiply and add in one instruction, rounded once. Triton's default will change (3.10)."""

_ONE = threading.Lock()
"""Triton's interpreter keeps where it is in the module's own variables: one thread at a time."""

Given = ParamSpec("Given")
Back = TypeVar("Back")


def on_its_card(launch: Callable[Given, Back]) -> Callable[Given, Back]:
    """Launch on the card that the first tensor is on. Triton takes the current one, which is the first in every new
    thread."""

    @wraps(launch)
    def launched(*args: Given.args, **more: Given.kwargs) -> Back:
        first = next(one for one in (*args, *more.values()) if isinstance(one, torch.Tensor))
        with torch.cuda.device_of(first), _ONE if interpreted() else nullcontext():
            return launch(*args, **more)

    return launched
