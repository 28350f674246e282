"""What our attention processors have in common: when they may run, and diffusers' own attention between the heads."""

from __future__ import annotations

from typing import Any

from diffusers.models.attention_dispatch import dispatch_attention_fn


def may_run(attn: Any, hidden: Any) -> bool:
    """Not while gradients are asked for, and not where the norms' weights are brought by hooks of their own, which only
    the norms' own forwards run."""
    import torch

    weight = attn.norm_q.weight
    return not torch.is_grad_enabled() and (weight is None or weight.device == hidden.device)


def attended(
    processor: Any, attn: Any, query: Any, key: Any, value: Any, *, mask: Any = None, spread: bool = True
) -> Any:
    """Attention by the backend that ``processor`` was told, of ``(batch, tokens, width)``; heads still apart:
    ``(batch, tokens, heads, head)``. ``spread``: over several cards, where the processor is."""
    query, key, value = (part.unflatten(2, (attn.heads, -1)) for part in (query, key, value))
    mixed = dispatch_attention_fn(
        query,
        key,
        value,
        attn_mask=mask,
        dropout_p=0.0,
        is_causal=False,
        backend=processor._attention_backend,
        parallel_config=processor._parallel_config if spread else None,
    )
    return mixed.to(query.dtype)


def projected(attn: Any, mixed: Any) -> Any:
    """Heads joined, through the last layer."""
    return attn.to_out[1](attn.to_out[0](mixed.flatten(2, 3)))


def swap_processor(module: Any, old: type[Any], new: type[Any], *arguments: Any) -> bool:
    """Give an attention module whose processor is just an ``old`` a ``new`` one, with the same choice of attention and
    the same spread over cards. Whether it had one."""
    before = getattr(module, "processor", None)
    if type(before) is not old:
        return False
    after = new(*arguments)
    after._attention_backend, after._parallel_config = before._attention_backend, before._parallel_config
    module.set_processor(after)
    return True
