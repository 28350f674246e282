"""Noise that is the same on every card: drawn on the CPU, also where a pipeline would draw it elsewhere.

Only code that renders imports this module; it loads torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import torch
from torch.overrides import TorchFunctionMode

_DRAW_ON_THE_CARD = ("Helios", "SkyReelsV2")
"""Pipelines that draw some of their noise past the generator they were given: Helios with ``torch.rand`` on the card,
which refuses a generator of the CPU, SkyReels with ``torch.randn_like`` from the global one."""


@contextmanager
def seeded(pipe: Any, seed: int, device: str) -> Iterator[None]:
    """The global generators start from ``seed`` inside, and are as before afterwards."""
    cards = [torch.device(device)] if device.startswith("cuda") else []
    on_the_card = type(pipe).__name__.startswith(_DRAW_ON_THE_CARD)
    with torch.random.fork_rng(devices=cards), DrawnOnTheCpu() if on_the_card else nullcontext():
        torch.default_generator.manual_seed(seed)
        for card in cards:
            with torch.cuda.device(card):
                torch.cuda.manual_seed(seed)
        yield


class DrawnOnTheCpu(TorchFunctionMode):
    """Inside, ``torch.rand`` with a generator of the CPU and every ``torch.randn_like`` draw there, whatever device
    they are for. It costs about a microsecond a call, so only pipelines that need it run under it."""

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        given = kwargs or {}
        generator, device = given.get("generator"), torch.device(given.get("device") or "cpu")
        if func is torch.rand and generator is not None and generator.device.type == "cpu" != device.type:
            return func(*args, **given | {"device": "cpu"}).to(device)
        if func is torch.randn_like and args[0].device.type != "cpu":
            like = args[0]
            return torch.randn(like.shape, dtype=given.get("dtype") or like.dtype).to(like.device)
        return func(*args, **given)
