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


def replace_forward(module: Any, forward: Callable[..., Any]) -> None:
    """From now on ``module(...)`` runs ``forward(module, ...)``, as long as no gradients are asked for.

    Raises :class:`RenderError` when hooks hold the module's forward already.
    """
    import torch

    own = vars(module).get("forward")
    if own is None:
        stock = type(module).forward

        @wraps(stock)
        def switched(self: Any, *args: Any, **more: Any) -> Any:
            if torch.is_grad_enabled() or not getattr(self, _SWITCH, False):
                return stock(self, *args, **more)
            return forward(self, *args, **more)

        module.forward = MethodType(switched, module)
    elif not hasattr(module, _SWITCH):
        raise RenderError(
            f"{type(module).__name__} has hooks already, so its forward cannot be replaced",
            hint="plug kernels in before offloading and caches",
        )
    setattr(module, _SWITCH, True)


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


def like(new: Any, old: Any) -> Any:
    """``new``, an attention processor, with the choice of attention of ``old``, and its spread over cards."""
    new._attention_backend, new._parallel_config = old._attention_backend, old._parallel_config
    return new
