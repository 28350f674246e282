"""LTX-2's self-attention with queries and keys normed and rotated in one pass. See :mod:`.wan`."""

from __future__ import annotations

from typing import Any

from diffusers.models.transformers import transformer_ltx2 as stock
from musicvid_kernels.qk_norm_rope import qk_norm_rope_

from musicvid.diffusion.fused.attending import attended, may_run, projected
from musicvid.diffusion.fused.rows import Shared


class FusedLTX2Attention(stock.LTX2AudioVideoAttnProcessor):  # type: ignore[misc]
    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self.shared = shared

    def __call__(
        self,
        attn: Any,
        hidden_states: Any,
        encoder_hidden_states: Any = None,
        attention_mask: Any = None,
        query_rotary_emb: Any = None,
        key_rotary_emb: Any = None,
    ) -> Any:
        given = (encoder_hidden_states, attention_mask, query_rotary_emb, key_rotary_emb)
        if _fits(attn, hidden_states, *given):
            return _attention(self, attn, hidden_states, query_rotary_emb)
        return super().__call__(attn, hidden_states, *given)


class FusedPerturbedAttention(stock.LTX2PerturbedAttnProcessor):  # type: ignore[misc]
    """What is perturbed (guidance that leaves attention out) takes diffusers' own way."""

    def __init__(self, shared: Shared) -> None:
        super().__init__()
        self.shared = shared

    def __call__(
        self,
        attn: Any,
        hidden_states: Any,
        encoder_hidden_states: Any = None,
        attention_mask: Any = None,
        query_rotary_emb: Any = None,
        key_rotary_emb: Any = None,
        perturbation_mask: Any = None,
        all_perturbed: bool | None = None,
    ) -> Any:
        given = (encoder_hidden_states, attention_mask, query_rotary_emb, key_rotary_emb)
        if perturbation_mask is None and not all_perturbed and _fits(attn, hidden_states, *given):
            return _attention(self, attn, hidden_states, query_rotary_emb)
        return super().__call__(attn, hidden_states, *given, perturbation_mask, all_perturbed)


def _fits(attn: Any, hidden: Any, prompt: Any, mask: Any, rotary: Any, key_rotary: Any) -> bool:
    plain = prompt is None and mask is None and rotary is not None and key_rotary is None
    return plain and may_run(attn, hidden)


def _attention(processor: Any, attn: Any, hidden: Any, rotary: Any) -> Any:
    import torch

    gate_logits = attn.to_gate_logits(hidden) if attn.to_gate_logits is not None else None
    query, key, value = attn.to_q(hidden), attn.to_k(hidden), attn.to_v(hidden)
    how: dict[str, Any] = {}
    if attn.rope_type == "split":
        cos, sin = (table.transpose(1, 2).flatten(2) for table in rotary)  # (batch, heads, tokens, half a head)
        how = {"pairing": "halves", "heads": attn.heads}
    else:
        cos, sin = processor.shared.rotary(*rotary)
    qk_norm_rope_(query, key, attn.norm_q.weight, attn.norm_k.weight, cos, sin, eps=attn.norm_q.eps, **how)
    mixed = attended(processor, attn, query, key, value)
    if gate_logits is not None:
        mixed = mixed * (2.0 * torch.sigmoid(gate_logits)).unsqueeze(-1)
    return projected(attn, mixed)
