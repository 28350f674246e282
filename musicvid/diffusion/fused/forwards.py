"""Give single modules another forward, and take it away again, without touching weights, classes or hooks.

A module's hooks (offloading, caches) keep the forward they found when they were added, so a replacement stays where it
is once it is there, and is switched: off, it is the class's own forward.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from types import MethodType
from typing import Any

from musicvid.errors import RenderError

_SWITCH = "_musicvid_forward"
"""The module's attribute that holds what runs instead of its class's forward; None or not there: that one runs."""
_NAMES = ("forward", "_old_forward", "original_forward")
"""Under which a forward is held: by the module, and beneath hooks of accelerate and of diffusers."""

Forward = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Bound:
    """A forward that takes what the modules of one denoiser share: ``forward(shared, module, …)``. Copies of the
    denoiser have a ``shared`` of their own."""

    forward: Forward
    shared: Any

    def __call__(self, module: Any, *args: Any, **more: Any) -> Any:
        return self.forward(self.shared, module, *args, **more)


def replace_forward(module: Any, forward: Forward) -> None:
    """From now on ``module(...)`` runs ``forward(module, ...)``, as long as no gradients are asked for. Hooks of
    diffusers and accelerate that are there already go on around it.

    Raises :class:`RenderError` when something else replaced the module's forward.
    """
    if not any(_is_ours(holder.get(name)) for holder in _holders(module) for name in _NAMES):
        _put_in(module)
    setattr(module, _SWITCH, forward)


def restore_forward(module: Any) -> bool:
    """The class's own forward again, also beneath hooks that were added since. Whether there was anything to undo."""
    if not is_replaced(module):
        return False
    if _is_ours(vars(module).get("forward")):  # no hook holds it
        del module.forward
        delattr(module, _SWITCH)
    else:
        setattr(module, _SWITCH, None)
    return True


def is_replaced(module: Any) -> bool:
    return getattr(module, _SWITCH, None) is not None


def _put_in(module: Any) -> None:
    """In place of the class's own forward, wherever that is held, one that asks which to run."""
    import torch

    stock = type(module).forward

    @wraps(stock)
    def switched(self: Any, *args: Any, **more: Any) -> Any:
        forward = getattr(self, _SWITCH, None)
        if forward is None or torch.is_grad_enabled():
            return stock(self, *args, **more)
        return forward(self, *args, **more)

    switched.is_musicvids = True  # type: ignore[attr-defined]
    own, ours = MethodType(stock, module), MethodType(switched, module)
    places = [(holder, name) for holder in _holders(module) for name in _NAMES if holder.get(name) == own]
    if "forward" not in vars(module):
        module.forward = ours
    elif not places:
        raise RenderError(
            f"the forward of {type(module).__name__} has been replaced, and not by hooks of diffusers or accelerate",
            hint="plug kernels in first",
        )
    for holder, name in places:
        holder[name] = ours


def _is_ours(forward: Any) -> bool:
    return isinstance(forward, MethodType) and getattr(forward.__func__, "is_musicvids", False)


def _holders(module: Any) -> list[dict[str, Any]]:
    """The module keeps the outermost forward, and the one beneath accelerate's hook; each hook of diffusers its own."""
    registry = vars(module).get("_diffusers_hook")
    return [vars(module), *(vars(hook) for hook in (registry._fn_refs if registry is not None else ()))]
