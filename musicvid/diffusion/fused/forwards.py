"""Give single modules another forward, and take it away again, without touching weights, classes or hooks.

A module's hooks (offloading, caches) keep the forward they found when they were added, so a replacement stays where it
is once it is there, and is switched: off, it is the class's own forward.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import MethodType
from typing import Any

from musicvid.errors import RenderError

_SWITCH = "_musicvid_fused"
_NAMES = ("forward", "_old_forward", "original_forward")
"""Under which a forward is held: by the module, and beneath hooks of accelerate and of diffusers."""


def replace_forward(module: Any, forward: Callable[..., Any]) -> None:
    """From now on ``module(...)`` runs ``forward(module, ...)``, as long as no gradients are asked for. Hooks of
    diffusers and accelerate that are there already go on around it.

    Raises :class:`RenderError` when something else replaced the module's forward.
    """
    if not hasattr(module, _SWITCH):
        _put_in(module, forward)
    setattr(module, _SWITCH, True)


def _put_in(module: Any, forward: Callable[..., Any]) -> None:
    """In place of the class's own forward, wherever that is held."""
    import torch

    stock = type(module).forward

    @wraps(stock)
    def switched(self: Any, *args: Any, **more: Any) -> Any:
        if torch.is_grad_enabled() or not getattr(self, _SWITCH, False):
            return stock(self, *args, **more)
        return forward(self, *args, **more)

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


def _holders(module: Any) -> list[dict[str, Any]]:
    """The module keeps the outermost forward, and the one beneath accelerate's hook; each hook of diffusers its own."""
    registry = vars(module).get("_diffusers_hook")
    return [vars(module), *(vars(hook) for hook in (registry._fn_refs if registry is not None else ()))]


def restore_forward(module: Any) -> bool:
    """The class's own forward again, also beneath hooks that were added since. Whether there was anything to undo."""
    if not getattr(module, _SWITCH, False):
        return False
    own = vars(module).get("forward")
    if isinstance(own, MethodType):  # no hook holds it
        del module.forward
        delattr(module, _SWITCH)
    else:
        setattr(module, _SWITCH, False)
    return True


def is_replaced(module: Any) -> bool:
    return bool(getattr(module, _SWITCH, False))


def bound(forward: Callable[..., Any], shared: Any) -> Callable[..., Any]:
    """``forward(shared, module, …)`` as :func:`replace_forward` takes it."""

    def with_shared(module: Any, *args: Any, **more: Any) -> Any:
        return forward(shared, module, *args, **more)

    return with_shared
