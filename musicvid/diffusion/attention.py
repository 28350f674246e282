"""Which implementation of attention a model runs with: the best exact one that is there, or the one asked for.

Exact ones compute the same function and differ in rounding alone; they are recorded, not part of a take's key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from musicvid.diffusion.settings import DType
from musicvid.errors import RenderError, UnknownNameError

_LOSSY = ("sage", "fp8", "int8")
_SELF_ATTENTION = "attn1"
"""Self-attention of every denoiser that we drive. It is where the time goes and never has a mask, which the fast
implementations do not take; attention to the prompt has one in LTX."""


@dataclass(frozen=True, slots=True)
class AttentionChoice:
    """``name`` as diffusers calls it, ``why`` it was chosen. ``everywhere``: set for all attention, as asked for;
    otherwise for self-attention, and the rest stays ``native``."""

    name: str
    exact: bool
    why: str
    everywhere: bool = False


def choose_attention(wish: str, device: str, dtype: DType = "bf16") -> AttentionChoice:
    """``wish`` is a name of diffusers, or empty for the best exact one without a download.

    Raises :class:`UnknownNameError`, and :class:`RenderError` for one whose package is not installed.
    """
    if wish:
        return _named(wish)
    if not device.startswith("cuda"):
        return AttentionChoice("native", True, "PyTorch's own: there is no CUDA card")
    if dtype == "fp32":
        return AttentionChoice("native", True, "PyTorch's own: faster ones take bf16 and fp16, not fp32")
    import torch

    major = torch.cuda.get_device_capability(device)[0]
    if major == 9 and _usable("_flash_3"):
        return AttentionChoice("_flash_3", True, "FlashAttention 3 is installed, made for this card")
    if major >= 9 and torch.backends.cuda.cudnn_sdp_enabled() and torch.backends.cudnn.is_available():
        return AttentionChoice("_native_cudnn", True, "cuDNN's, the fastest in PyTorch on Hopper and later")
    if major == 8 and _usable("flash"):
        return AttentionChoice("flash", True, "FlashAttention 2 is installed")
    if major == 8 and torch.backends.cuda.flash_sdp_enabled():
        return AttentionChoice("_native_flash", True, "PyTorch's FlashAttention")
    return AttentionChoice("native", True, "PyTorch's own choice for this card")


def apply_attention(pipe: Any, choice: AttentionChoice) -> None:
    """Set it on every denoiser of ``pipe``, and on these alone: nothing global changes."""
    from diffusers.models.attention_dispatch import AttentionBackendName

    backend = AttentionBackendName(choice.name)
    if choice.name.endswith("_hub"):
        _fetch(backend)
    for name in ("transformer", "transformer_2"):
        denoiser = pipe.components.get(name)
        for path, module in denoiser.named_modules() if denoiser is not None else ():
            processor = getattr(module, "processor", None)
            if hasattr(processor, "_attention_backend"):
                chosen = choice.everywhere or path.rsplit(".", 1)[-1] == _SELF_ATTENTION
                processor._attention_backend = backend if chosen else AttentionBackendName.NATIVE


def _named(wish: str) -> AttentionChoice:
    from diffusers.models.attention_dispatch import AttentionBackendName

    known = [backend.value for backend in AttentionBackendName]
    if wish not in known:
        raise UnknownNameError("attention", wish, known)
    reason = _missing(wish)
    if reason:
        raise RenderError(
            f"attention {wish!r} cannot be used: {reason}", hint="leave `attention` out for the best exact one there is"
        )
    exact = not any(word in wish for word in _LOSSY)
    return AttentionChoice(wish, exact, "asked for", everywhere=True)


def _usable(name: str) -> bool:
    return not _missing(name)


def _missing(name: str) -> str:
    """What ``name`` lacks, in diffusers' words; empty: nothing."""
    from diffusers.models.attention_dispatch import AttentionBackendName, _check_attention_backend_requirements

    try:
        _check_attention_backend_requirements(AttentionBackendName(name))
    except RuntimeError as error:
        return " ".join(str(error).split())
    return ""


def _fetch(backend: Any) -> None:
    """A kernel of the hub, which the user asked for by name. Offline it must be in the cache already."""
    from diffusers.models.attention_dispatch import _maybe_download_kernel_for_backend

    try:
        _maybe_download_kernel_for_backend(backend)
    except Exception as error:
        raise RenderError(
            f"the kernel of attention {backend.value!r} cannot be fetched: {' '.join(str(error).split())[:300]}",
            hint="go online once, or leave `attention` out for the best exact one there is",
        ) from error
