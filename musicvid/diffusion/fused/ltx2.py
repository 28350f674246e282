"""LTX-2's denoiser, of picture and sound together, with our kernels. See :mod:`.wan`.

Both streams take the same steps; what differs is their width, their tables and which attention they pass through.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from diffusers.models.transformers import transformer_ltx2 as stock
from musicvid_kernels.modulate import gate_add, gate_add_modulate, modulate

from musicvid.diffusion.fused.attending import swap_processor
from musicvid.diffusion.fused.forwards import replace_forward, restore_forward
from musicvid.diffusion.fused.ltx2_attention import FusedLTX2Attention, FusedPerturbedAttention
from musicvid.diffusion.fused.rows import Modulation, Shared

_PROCESSORS = (
    (stock.LTX2AudioVideoAttnProcessor, FusedLTX2Attention),
    (stock.LTX2PerturbedAttnProcessor, FusedPerturbedAttention),
)
_SHIFT, _SCALE, _GATE, _FF_SHIFT, _FF_SCALE, _FF_GATE, _TEXT_SHIFT, _TEXT_SCALE, _TEXT_GATE = range(9)
_NORMS = ("norm1", "norm2", "norm3", "audio_norm1", "audio_norm2", "audio_norm3", "audio_to_video_norm",
          "video_to_audio_norm")  # fmt: skip


def fuse_ltx2(transformer: Any) -> int:
    """Returns how many modules changed. Raises :class:`RenderError` when hooks are there already."""
    shared, changed = {"attn1": Shared(), "audio_attn1": Shared()}, 0
    for path, module in transformer.named_modules():
        name = path.rpartition(".")[2]
        if isinstance(module, stock.LTX2VideoTransformerBlock):
            if all(getattr(module, norm).weight is None for norm in _NORMS):
                replace_forward(module, _block)
                changed += 1
        elif name in shared:
            changed += any(swap_processor(module, old, new, shared[name]) for old, new in _PROCESSORS)
    return changed


def unfuse_ltx2(transformer: Any) -> int:
    return sum(
        restore_forward(module) or any(swap_processor(module, new, old) for old, new in _PROCESSORS)
        for module in transformer.modules()
    )


@dataclass(slots=True)
class _Stream:
    """Picture or sound on its way through a block. ``own`` modulates it by itself, ``across`` with the other stream;
    ``crossing_gate`` lets the other in. Row numbers of ``across`` are scale and shift of either direction."""

    hidden: Any
    own: Modulation
    across: Modulation
    crossing_gate: Modulation
    text: bool
    eps: float

    def modulated(self, by: Modulation, scale: int, shift: int) -> Any:
        return modulate(self.hidden, by.base(scale), by.base(shift), by.rows(scale), by.rows(shift),
                        eps=self.eps, norm="rms")  # fmt: skip

    def attended(self, mixed: Any) -> Any:
        """Add self-attention; what attention to the prompt reads."""
        gate = {"gate_base": self.own.base(_GATE), "gate": self.own.rows(_GATE)}
        text = (_TEXT_SCALE, _TEXT_SHIFT) if self.text else ()
        parts = [self.own.base(k) for k in text] + [self.own.rows(k) for k in text] or [None, None]
        self.hidden, normed = gate_add_modulate(self.hidden, mixed, *parts, **gate, eps=self.eps, norm="rms")
        return normed

    def told(self, read: Any) -> None:
        """Add what was read in the prompt."""
        gate = (self.own.base(_TEXT_GATE), self.own.rows(_TEXT_GATE)) if self.text else ()
        self.hidden = gate_add(self.hidden, read, *gate)

    def forwarded(self, heard: Any, feed_forward: Any) -> None:
        """Add what came from the other stream (None: nothing), then the feed-forward layer's."""
        scale, shift = _FF_SCALE, _FF_SHIFT
        if heard is None:
            normed = self.modulated(self.own, scale, shift)
        else:
            self.hidden, normed = gate_add_modulate(
                self.hidden, heard, self.own.base(scale), self.own.base(shift), self.own.rows(scale),
                self.own.rows(shift), self.crossing_gate.base(0), self.crossing_gate.rows(0), eps=self.eps, norm="rms",
            )  # fmt: skip
        self.hidden = gate_add(self.hidden, feed_forward(normed), self.own.base(_FF_GATE), self.own.rows(_FF_GATE))


def _block(block: Any, *args: Any, **more: Any) -> Any:
    """``LTX2VideoTransformerBlock.forward``. Stock rounds after every sum, this once in each pass."""
    if block.scale_shift_table.device != (args[0] if args else more["hidden_states"]).device:
        return type(block).forward(block, *args, **more)  # a hook of its own would bring the tables
    return _through(block, *args, **more)


def _through(
    block: Any,
    hidden_states: Any,
    audio_hidden_states: Any,
    encoder_hidden_states: Any,
    audio_encoder_hidden_states: Any,
    temb: Any,
    temb_audio: Any,
    temb_ca_scale_shift: Any,
    temb_ca_audio_scale_shift: Any,
    temb_ca_gate: Any,
    temb_ca_audio_gate: Any,
    temb_prompt: Any = None,
    temb_prompt_audio: Any = None,
    video_rotary_emb: Any = None,
    audio_rotary_emb: Any = None,
    ca_video_rotary_emb: Any = None,
    ca_audio_rotary_emb: Any = None,
    encoder_attention_mask: Any = None,
    audio_encoder_attention_mask: Any = None,
    self_attention_mask: Any = None,
    audio_self_attention_mask: Any = None,
    a2v_cross_attention_mask: Any = None,
    v2a_cross_attention_mask: Any = None,
    use_a2v_cross_attention: bool = True,
    use_v2a_cross_attention: bool = True,
    perturbation_mask: Any = None,
    all_perturbed: bool | None = None,
) -> Any:
    across, audio_across = block.video_a2v_cross_attn_scale_shift_table, block.audio_a2v_cross_attn_scale_shift_table
    picture = _Stream(
        hidden_states, _by(block.scale_shift_table, temb), _by(across[:4], temb_ca_scale_shift),
        _by(across[4:], temb_ca_gate), block.video_cross_attn_adaln, block.norm1.eps,
    )  # fmt: skip
    sound = _Stream(
        audio_hidden_states, _by(block.audio_scale_shift_table, temb_audio),
        _by(audio_across[:4], temb_ca_audio_scale_shift), _by(audio_across[4:], temb_ca_audio_gate),
        block.audio_cross_attn_adaln, block.audio_norm1.eps,
    )  # fmt: skip
    perturbed = {"perturbation_mask": perturbation_mask, "all_perturbed": all_perturbed} if block.perturbed_attn else {}
    for stream, attention, feed, rotary, mask, prompt, table, times, prompt_mask in (
        (picture, block.attn1, block.attn2, video_rotary_emb, self_attention_mask, encoder_hidden_states,
         "prompt_scale_shift_table", temb_prompt, encoder_attention_mask),
        (sound, block.audio_attn1, block.audio_attn2, audio_rotary_emb, audio_self_attention_mask,
         audio_encoder_hidden_states, "audio_prompt_scale_shift_table", temb_prompt_audio,
         audio_encoder_attention_mask),
    ):  # fmt: skip
        mixed = attention(
            hidden_states=stream.modulated(stream.own, _SCALE, _SHIFT), encoder_hidden_states=None,
            query_rotary_emb=rotary, attention_mask=mask, **perturbed,
        )  # fmt: skip
        normed = stream.attended(mixed)
        if block.cross_attn_adaln:
            prompt = _modulated_prompt(block, prompt, getattr(block, table), times, stream.hidden)
        stream.told(feed(normed, encoder_hidden_states=prompt, query_rotary_emb=None, attention_mask=prompt_mask))
    from_sound = from_picture = None
    if use_a2v_cross_attention:
        queries, keys = picture.modulated(picture.across, 0, 1), sound.modulated(sound.across, 0, 1)
        from_sound = block.audio_to_video_attn(
            queries, encoder_hidden_states=keys, query_rotary_emb=ca_video_rotary_emb,
            key_rotary_emb=ca_audio_rotary_emb, attention_mask=a2v_cross_attention_mask,
        )  # fmt: skip
    if use_v2a_cross_attention:
        queries, keys = sound.modulated(sound.across, 2, 3), picture.modulated(picture.across, 2, 3)
        from_picture = block.video_to_audio_attn(
            queries, encoder_hidden_states=keys, query_rotary_emb=ca_audio_rotary_emb,
            key_rotary_emb=ca_video_rotary_emb, attention_mask=v2a_cross_attention_mask,
        )  # fmt: skip
    picture.forwarded(from_sound, block.ff)
    sound.forwarded(from_picture, block.audio_ff)
    return picture.hidden, sound.hidden


def _by(table: Any, times: Any) -> Modulation:
    return Modulation(table, times.unflatten(2, (table.shape[0], -1)))


def _modulated_prompt(block: Any, prompt: Any, table: Any, times: Any, hidden: Any) -> Any:
    """The prompt's own scale and shift: a few hundred tokens, stock arithmetic."""
    if times is not None:
        shift, scale = block.get_mod_params(table, times, hidden.shape[0])
    else:
        shift, scale = table[None, None].to(device=hidden.device, dtype=hidden.dtype).unbind(dim=2)
    return prompt * (1 + scale) + shift
