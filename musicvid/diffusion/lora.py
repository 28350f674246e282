"""LoRA adapters: loaded beside the weights, weighted, and taken off again without a trace."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from musicvid.diffusion.settings import Lora
from musicvid.errors import InputError, RenderError

Fetch = Callable[[str], Path]
"""From a hub name to the folder or file where its adapter now lies."""


def add_loras(pipe: Any, loras: Sequence[Lora], fetch: Fetch | None = None) -> tuple[str, ...]:
    """Load ``loras`` into ``pipe`` in place of earlier ones and set their weights. Returns notes for the person.

    Only safetensors are read. ``fetch`` None: every path must be there. An adapter for ``low`` goes into the second
    denoiser. Raises :class:`InputError` for a file that is missing or fits no layer, :class:`RenderError` for a
    pipeline that takes none. When one fails, none is left.
    """
    if loras and not hasattr(pipe, "load_lora_weights"):
        raise RenderError(f"{type(pipe).__name__} takes no LoRA adapters", hint="leave `lora` out")
    remove_loras(pipe)
    notes: list[str] = []
    by_denoiser: dict[str, list[tuple[str, float]]] = {}
    try:
        for number, lora in enumerate(loras):
            name, part = f"lora{number}", _part_of(pipe, lora)
            left_out = _load(pipe, lora, weights_file(lora.path, fetch), name, part)
            if left_out:
                notes.append(f"LoRA {lora.path}: {left_out} of its layers are not in this model and were left out")
            by_denoiser.setdefault(part, []).append((name, lora.weight))
    except BaseException:
        remove_loras(pipe)
        raise
    for part, adapters in by_denoiser.items():
        pipe.components[part].set_adapters([name for name, _ in adapters], [weight for _, weight in adapters])
    return tuple(notes)


def remove_loras(pipe: Any) -> None:
    """Back to the base model, bit by bit."""
    if any(getattr(pipe.components.get(part), "peft_config", None) for part in ("transformer", "transformer_2")):
        pipe.unload_lora_weights()


def weights_file(path: str, fetch: Fetch | None = None) -> Path:
    """The safetensors file that ``path`` means: itself, or the only one in the folder. Raises :class:`InputError`."""
    here = Path(path).expanduser()
    if not here.exists():
        if fetch is None or here.suffix or here.is_absolute():
            raise InputError(f"there is no LoRA adapter {path!r}", hint="give a .safetensors file or its folder")
        here = fetch(path)
    if here.is_file():
        if here.suffix != ".safetensors":
            raise InputError("LoRA adapters are read from safetensors only: other files can run code", where=str(here))
        return here
    found = sorted(here.glob("*.safetensors"))
    if len(found) == 1:
        return found[0]
    listed = ", ".join(file.name for file in found) or "none"
    raise InputError(
        f"this folder should hold one LoRA adapter, it holds: {listed}", where=str(here), hint="name the file itself"
    )


def _part_of(pipe: Any, lora: Lora) -> str:
    part = "transformer_2" if lora.expert == "low" else "transformer"
    if pipe.components.get(part) is None:
        raise InputError(
            f"LoRA {lora.path} is for the low-noise expert, and this model has but one denoiser",
            hint="leave its expert out, or choose a model with two (wan2.2-t2v-a14b)",
        )
    return part


def _load(pipe: Any, lora: Lora, file: Path, name: str, part: str) -> int:
    """Load one adapter under ``name``; how many of its layers the model lacks."""
    denoiser = pipe.components[part]
    into = {"load_into_transformer_2": True} if part == "transformer_2" else {}
    try:
        weights = pipe.lora_state_dict(file.parent, weight_name=file.name, use_safetensors=True, local_files_only=True)
        weights = weights[0] if isinstance(weights, tuple) else weights
        layers = {_layer(key) for key in weights}
        missing = layers - {path for path, _ in denoiser.named_modules()}
        if missing != layers:
            pipe.load_lora_weights(
                file.parent,
                weight_name=file.name,
                adapter_name=name,
                use_safetensors=True,
                local_files_only=True,
                **into,
            )
    except Exception as error:
        reason = " ".join(str(error).split())[:300]
        raise InputError(
            f"this LoRA adapter cannot be used with {type(denoiser).__name__}: {reason}",
            where=str(file),
            hint="it was probably made for another model, or another size of it",
        ) from error
    if name not in getattr(denoiser, "peft_config", {}):
        raise InputError(
            f"none of this LoRA adapter's {len(layers)} layers is in {type(denoiser).__name__}",
            where=str(file),
            hint="it was made for another model",
        )
    return len(missing)


def _layer(key: str) -> str:
    """``transformer.blocks.0.attn1.to_q.lora_A.weight`` → ``blocks.0.attn1.to_q``."""
    for mark in (".lora_", ".lora.", ".alpha", ".lokr_", ".diff"):
        key = key.split(mark)[0]
    return key.removeprefix("transformer.")
