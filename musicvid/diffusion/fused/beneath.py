"""Replace a module's forward also where hooks of diffusers or accelerate hold it already: they go on around it."""

from __future__ import annotations

from collections.abc import Callable
from types import MethodType
from typing import Any

from musicvid.diffusion.fused.forwards import replace_forward

_NAMES = ("forward", "_old_forward", "original_forward")


def replace_beneath(module: Any, forward: Callable[..., Any]) -> None:
    """:func:`replace_forward`, beneath whatever hooks there are.

    Raises :class:`RenderError` when something else than hooks of diffusers and accelerate replaced the forward.
    """
    stock = MethodType(type(module).forward, module)
    places = [(holder, name) for holder in _holders(module) for name in _NAMES if holder.get(name) == stock]
    if not places:
        replace_forward(module, forward)
        return
    outermost = vars(module).pop("forward")
    replace_forward(module, forward)
    ours = vars(module)["forward"]
    if outermost != stock:
        vars(module)["forward"] = outermost
    for holder, name in places:
        holder[name] = ours


def _holders(module: Any) -> list[dict[str, Any]]:
    """The module keeps the outermost forward, and the one beneath accelerate's hook; each hook of diffusers its own."""
    registry = vars(module).get("_diffusers_hook")
    return [vars(module), *(vars(hook) for hook in (registry._fn_refs if registry is not None else ()))]
