"""Wan's denoisers (1.3B, the 14B pair, TI2V-5B, VACE) with our kernels between their linear layers and attention.

What moves whole token tensors and calculates little is fused: LayerNorm with modulation, gate with residual and the
next norm, RMSNorm of queries and keys with their rotation. Linear layers and attention stay diffusers' own, so that
adapters, quantisation, offloading, caches and the choice of attention work as before.
"""

from __future__ import annotations

from typing import Any

from diffusers.models.transformers import transformer_wan as stock
from diffusers.models.transformers.transformer_wan_vace import WanVACETransformerBlock
from musicvid_kernels.modulate import gate_add, gate_add_modulate, modulate
from musicvid_kernels.qk_norm_rope import qk_norm_rope_

from musicvid.diffusion.fused.attending import attended, may_run, projected, swap_processor
from musicvid.diffusion.fused.forwards import Bound, replace_forward, restore_forward
from musicvid.diffusion.fused.rows import Modulation, Shared, rows_of, runs

_SHIFT, _SCALE, _GATE, _FF_SHIFT, _FF_SCALE, _FF_GATE = range(6)


def fuse_wan(transformer: Any) -> int:
    """Returns how many modules changed. Raises :class:`RenderError` when hooks are there already."""
    shared, changed = Shared(), 0
    for module in transformer.modules():
        if isinstance(module, stock.WanTimeTextImageEmbedding):
            replace_forward(module, Bound(_embed, shared))
        elif isinstance(module, stock.WanTransformerBlock):
            replace_forward(module, Bound(_block, shared))
        elif isinstance(module, WanVACETransformerBlock):
            replace_forward(module, Bound(_vace_block, shared))
        elif not swap_processor(module, stock.WanAttnProcessor, FusedWanAttention, shared):
            continue
        changed += 1
    return changed


def unfuse_wan(transformer: Any) -> int:
    return sum(
        restore_forward(module) or swap_processor(module, FusedWanAttention, stock.WanAttnProcessor)
        for module in transformer.modules()
    )


class FusedWanAttention(stock.WanAttnProcessor):  # type: ignore[misc]
    """Attention whose queries and keys are normed, and in self-attention rotated, in one pass and in place. Attention
    to a picture beside the prompt (Wan 2.1 I2V) is diffusers' own."""

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self.shared = shared

    def __call__(
        self,
        attn: Any,
        hidden_states: Any,
        encoder_hidden_states: Any = None,
        attention_mask: Any = None,
        rotary_emb: Any = None,
    ) -> Any:
        if attn.add_k_proj is not None or not may_run(attn, hidden_states):
            return super().__call__(attn, hidden_states, encoder_hidden_states, attention_mask, rotary_emb)
        query, key, value = stock._get_qkv_projections(attn, hidden_states, encoder_hidden_states)
        cos, sin = self.shared.rotary(*rotary_emb) if rotary_emb is not None else (None, None)
        qk_norm_rope_(query, key, attn.norm_q.weight, attn.norm_k.weight, cos, sin, eps=attn.norm_q.eps)
        alone = encoder_hidden_states is None
        return projected(attn, attended(self, attn, query, key, value, mask=attention_mask, spread=alone))


def _embed(
    shared: Shared,
    module: Any,
    timestep: Any,
    encoder_hidden_states: Any,
    encoder_hidden_states_image: Any = None,
    timestep_seq_len: int | None = None,
) -> Any:
    """TI2V-5B has a timestep for every token, of which at most two differ: those of a given picture, and the others.
    They are embedded once each instead of once a token."""
    import torch

    plain = type(module).forward
    given = (encoder_hidden_states, encoder_hidden_states_image)
    shared.split = -1
    found = runs(timestep.unflatten(0, (-1, timestep_seq_len))) if timestep_seq_len is not None else None
    if found is None:
        return plain(module, timestep, *given, timestep_seq_len)
    values, shared.split = found
    temb, rows, *rest = plain(module, values.flatten(), *given, values.shape[1])
    if shared.split >= 0:  # the last norm of the denoiser wants one for every token
        lengths = (shared.split, timestep_seq_len - shared.split)
        temb = torch.cat([temb[:, k : k + 1].expand(-1, count, -1) for k, count in enumerate(lengths)], 1)
    return temb, rows, *rest


def _block(shared: Shared, block: Any, hidden: Any, prompt: Any, temb: Any, rotary: Any) -> Any:
    """``WanTransformerBlock.forward``: the same sums in the same order, rounded where it rounds."""
    if _elsewhere(block, hidden):
        return type(block).forward(block, hidden, prompt, _per_token(shared, temb, hidden), rotary)
    return _through(shared, block, hidden, prompt, temb, rotary)


def _vace_block(shared: Shared, block: Any, hidden: Any, prompt: Any, control: Any, temb: Any, rotary: Any) -> Any:
    """``WanVACETransformerBlock.forward``: a block for the control stream, between two projections."""
    if _elsewhere(block, hidden):
        return type(block).forward(block, hidden, prompt, control, temb, rotary)
    if block.proj_in is not None:
        control = gate_add(rows_of(hidden), block.proj_in(control))
    control = _through(shared, block, control, prompt, temb, rotary)
    return (block.proj_out(control) if block.proj_out is not None else None), control


def _through(shared: Shared, block: Any, hidden: Any, prompt: Any, temb: Any, rotary: Any) -> Any:
    hidden = rows_of(hidden)
    by = Modulation.of(block.scale_shift_table[0], temb if temb.ndim == 4 else temb[:, None], len(hidden))
    split = shared.split if by.times.shape[1] == 2 != hidden.shape[1] else -1
    normed = modulate(
        hidden, by.base(_SCALE), by.base(_SHIFT), by.rows(_SCALE), by.rows(_SHIFT), split=split, eps=block.norm1.eps
    )
    mixed = block.attn1(normed, None, None, rotary)
    gate = {"gate_base": by.base(_GATE), "gate": by.rows(_GATE), "split": split}
    norm2 = block.norm2
    if getattr(norm2, "weight", None) is None:  # no norm before attention to the prompt
        hidden = normed = gate_add(hidden, mixed, **gate)
    else:
        hidden, normed = gate_add_modulate(
            hidden, mixed, norm2.weight, norm2.bias, **gate, eps=norm2.eps, plus_one=False
        )
    read = block.attn2(normed, prompt, None, None)
    hidden, normed = gate_add_modulate(
        hidden, read, by.base(_FF_SCALE), by.base(_FF_SHIFT), by.rows(_FF_SCALE), by.rows(_FF_SHIFT), split=split,
        eps=block.norm3.eps,
    )  # fmt: skip
    return gate_add(hidden, block.ffn(normed), by.base(_FF_GATE), by.rows(_FF_GATE), split=split)


def _elsewhere(block: Any, hidden: Any) -> bool:
    """Whether weights that are read here are brought to the card by hooks that only their own forward runs."""
    weights = (block.scale_shift_table, getattr(block.norm2, "weight", None))
    return any(weight is not None and weight.device != hidden.device for weight in weights)


def _per_token(shared: Shared, temb: Any, hidden: Any) -> Any:
    """Rows of modulation as the stock block takes them."""
    import torch

    if temb.ndim == 3 or temb.shape[1] == hidden.shape[1]:
        return temb
    lengths = (shared.split, hidden.shape[1] - shared.split) if temb.shape[1] == 2 else (hidden.shape[1],)
    return torch.cat([temb[:, k : k + 1].expand(-1, count, -1, -1) for k, count in enumerate(lengths)], 1)
