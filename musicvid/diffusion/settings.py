"""How a model is run: the same for every clip of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DType = Literal["bf16", "fp16", "fp32"]


@dataclass(frozen=True, slots=True)
class Lora:
    """An adapter: a folder, file or hub name, its weight, and its licence as the user states it (empty: not said).

    ``expert``: ``low`` for the second denoiser of a pair (Wan 2.2 A14B), which is loaded apart.
    """

    path: str
    weight: float = 1.0
    licence: str = ""
    expert: Literal["high", "low"] = "high"


@dataclass(frozen=True, slots=True)
class Settings:
    """None and empty mean: as the model's row says, else as the pipeline's own default is.

    ``steps``, ``guidance`` and ``shift`` (of the flow schedule) change pixels; so do ``sigmas``, ``scheduler`` (a class
    of diffusers), ``loras``, ``cache`` (a lossy acceleration by name, with
    ``cache_threshold`` and ``cache_ratios``), ``attention`` when it
    is not exact, ``dtype`` and ``vae_dtype``. ``compile`` and ``preview_every`` do not. ``memory_bytes`` plans for a
    smaller card than the one that is there. ``text_tokens`` is the length prompts are padded to (None: the model's).
    """

    device: str
    dtype: DType
    vae_dtype: DType
    steps: int | None = None
    guidance: float | None = None
    guidance_2: float | None = None
    shift: float | None = None
    sigmas: tuple[float, ...] = ()
    scheduler: str = ""
    loras: tuple[Lora, ...] = ()
    cache: str = ""
    cache_threshold: float | None = None
    cache_ratios: tuple[float, ...] = ()
    attention: str = ""
    compile: bool = False
    memory_bytes: int | None = None
    may_shrink: bool = False
    preview_every: int = 0
    text_tokens: int | None = None
    calls: tuple[tuple[str, object], ...] = ()
