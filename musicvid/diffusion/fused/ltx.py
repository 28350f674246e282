"""LTX-Video's denoisers with our kernels between their linear layers and attention. See :mod:`.wan`."""

from __future__ import annotations

from typing import Any

from diffusers.models.transformers import transformer_ltx as stock
from musicvid_kernels.modulate import gate_add, gate_add_modulate, modulate
from musicvid_kernels.qk_norm_rope import qk_norm_rope_

from musicvid.diffusion.fused.attending import attended, may_run, projected, swap_processor
from musicvid.diffusion.fused.forwards import Bound, replace_forward, restore_forward
from musicvid.diffusion.fused.rows import Modulation, Shared

_SHIFT, _SCALE, _GATE, _FF_SHIFT, _FF_SCALE, _FF_GATE = range(6)


def fuse_ltx(transformer: Any) -> int:
    """Returns how many modules changed. Raises :class:`RenderError` when hooks are there already."""
    shared, changed = Shared(), 0
    for module in transformer.modules():
        if isinstance(module, stock.LTXVideoTransformerBlock) and module.norm1.weight is module.norm2.weight is None:
            replace_forward(module, Bound(_block, shared))
        elif not swap_processor(module, stock.LTXVideoAttnProcessor, FusedLTXAttention, shared):
            continue
        changed += 1
    return changed


def unfuse_ltx(transformer: Any) -> int:
    return sum(
        restore_forward(module) or swap_processor(module, FusedLTXAttention, stock.LTXVideoAttnProcessor)
        for module in transformer.modules()
    )


class FusedLTXAttention(stock.LTXVideoAttnProcessor):  # type: ignore[misc]
    """Self-attention whose queries and keys are normed and rotated in one pass, in place."""

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self.shared = shared

    def __call__(
        self,
        attn: Any,
        hidden_states: Any,
        encoder_hidden_states: Any = None,
        attention_mask: Any = None,
        image_rotary_emb: Any = None,
    ) -> Any:
        plain = encoder_hidden_states is None and attention_mask is None and image_rotary_emb is not None
        if not plain or not may_run(attn, hidden_states):
            return super().__call__(attn, hidden_states, encoder_hidden_states, attention_mask, image_rotary_emb)
        query, key, value = attn.to_q(hidden_states), attn.to_k(hidden_states), attn.to_v(hidden_states)
        cos, sin = self.shared.rotary(*image_rotary_emb)
        qk_norm_rope_(query, key, attn.norm_q.weight, attn.norm_k.weight, cos, sin, eps=attn.norm_q.eps)
        return projected(attn, attended(self, attn, query, key, value))


def _block(
    shared: Shared,
    block: Any,
    hidden_states: Any,
    encoder_hidden_states: Any,
    temb: Any,
    image_rotary_emb: Any = None,
    encoder_attention_mask: Any = None,
) -> Any:
    """``LTXVideoTransformerBlock.forward``. Stock rounds after every sum, this once in each pass."""
    table, hidden = block.scale_shift_table, hidden_states
    if table.device != hidden.device:  # a hook of its own would bring it
        return type(block).forward(block, hidden, encoder_hidden_states, temb, image_rotary_emb, encoder_attention_mask)
    by = Modulation.of(table, temb.unflatten(2, (table.shape[0], -1)), len(hidden))
    normed = modulate(
        hidden, by.base(_SCALE), by.base(_SHIFT), by.rows(_SCALE), by.rows(_SHIFT), eps=block.norm1.eps, norm="rms"
    )
    mixed = block.attn1(hidden_states=normed, encoder_hidden_states=None, image_rotary_emb=image_rotary_emb)
    hidden = gate_add(hidden, mixed, by.base(_GATE), by.rows(_GATE))
    read = block.attn2(
        hidden,
        encoder_hidden_states=encoder_hidden_states,
        image_rotary_emb=None,
        attention_mask=encoder_attention_mask,
    )
    hidden, normed = gate_add_modulate(
        hidden, read, by.base(_FF_SCALE), by.base(_FF_SHIFT), by.rows(_FF_SCALE), by.rows(_FF_SHIFT),
        eps=block.norm2.eps, norm="rms",
    )  # fmt: skip
    return gate_add(hidden, block.ff(normed), by.base(_FF_GATE), by.rows(_FF_GATE))
