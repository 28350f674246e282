"""How a model is kept within a card's memory: the ladder of plans, and which of them fits. Loads no torch.

A plan says where the weights wait and what is given up. Where they wait changes speed, never pixels; tiling, eight-bit
weights and a smaller size change pixels, so they are in :attr:`MemoryPlan.lossy`, in the take's key and in the report.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal, get_args

from musicvid.diffusion.faults import Phase
from musicvid.diffusion.needs import Needs
from musicvid.errors import RenderError
from musicvid.schema.frames import FrameSize

Weights = Literal["resident", "model-offload", "group-offload"]
"""All on the card; one component at a time; one block of the denoiser at a time, the next one on its way."""

WEIGHTS: tuple[Weights, ...] = get_args(Weights)

SHRINK = (1.0, 0.85, 0.7, 0.55)
"""Factor of both sides by step: each step takes about a third of the pixels of the one before."""

MARGIN = 1.1
"""Peaks are counted from tensors. The allocator's fragments and the workspaces of cuDNN and cuBLAS come on top; a tenth
covers what PyTorch's allocator reserves beyond what it hands out in steady use."""

RESERVE_BYTES = 512 * 2**20
"""The context of CUDA with its loaded kernels, which no tensor accounts for."""

GIB = 2**30


@dataclass(frozen=True, slots=True)
class MemoryPlan:
    """``shrink`` is an index into :data:`SHRINK`. Text encoders are freed after use."""

    weights: Weights = "resident"
    tiling: bool = False
    fp8: bool = False
    shrink: int = 0

    def __post_init__(self) -> None:
        if self.weights not in WEIGHTS:
            raise RenderError(f"unknown place for weights {self.weights!r} (known: {', '.join(WEIGHTS)})")
        if not 0 <= self.shrink < len(SHRINK):
            raise RenderError(f"shrink {self.shrink} is outside 0 to {len(SHRINK) - 1}")

    @property
    def lossy(self) -> tuple[str, ...]:
        """What changes pixels, by name."""
        smaller = f"smaller-{self.shrink}" if self.shrink else ""
        return tuple(word for word in ("tiling" * self.tiling, "fp8" * self.fp8, smaller) if word)

    @property
    def exact(self) -> bool:
        return not self.lossy

    @property
    def name(self) -> str:
        return "+".join((self.weights, *self.lossy))


def ladder(device: str, may_shrink: bool, fp8_possible: bool) -> tuple[MemoryPlan, ...]:
    """Every plan that ``device`` can follow: what changes pixels least comes first, among equals what is fastest.

    A CPU has no model offload (accelerate asks for an accelerator).
    """
    places = [w for w in WEIGHTS if w != "model-offload" or not device.startswith("cpu")]
    shrinks = range(len(SHRINK) if may_shrink else 1)
    return tuple(
        MemoryPlan(weights, tiling, fp8, shrink)
        for shrink, fp8, tiling, weights in product(shrinks, (False, True)[: 1 + fp8_possible], (False, True), places)
    )


def lower(plan: MemoryPlan, phase: Phase, rungs: Sequence[MemoryPlan]) -> MemoryPlan | None:
    """The next plan of ``rungs`` that helps the phase that failed; None when there is none.

    It differs from ``plan`` in one respect. Weights of the denoiser are in the way of every phase while they are
    resident; once they leave the card as a whole, only denoising gains from group offload, and only denoising ever
    gains from eight-bit weights. Tiling helps the VAE alone.
    """
    there = frozenset(rungs)
    away = [w for w in WEIGHTS[WEIGHTS.index(plan.weights) + 1 :] if phase == "denoise" or plan.weights == "resident"]
    steps = [replace(plan, weights=weights) for weights in away]
    if phase == "denoise":
        steps.append(replace(plan, fp8=True))
    else:
        steps.append(replace(plan, tiling=True))
    if plan.shrink + 1 < len(SHRINK):
        steps.append(replace(plan, shrink=plan.shrink + 1))
    return next((step for step in steps if step != plan and step in there), None)


def choose(needs: Needs, free_bytes: int, rungs: Sequence[MemoryPlan]) -> MemoryPlan:
    """The first rung whose peak fits into ``free_bytes`` with a margin.

    Raises :class:`RenderError` with what each rung takes when none fits.
    """
    for plan in rungs:
        if wanted_bytes(plan, needs) <= free_bytes:
            return plan
    least: dict[tuple[str, ...], MemoryPlan] = {}
    for plan in rungs:
        known = least.get(plan.lossy)
        if known is None or peak_bytes(plan, needs) < peak_bytes(known, needs):
            least[plan.lossy] = plan
    figures = ", ".join(f"{plan.name} {wanted_bytes(plan, needs) / GIB:.1f}" for plan in least.values())
    ways = ["a smaller `render_size` or shorter shots", "a smaller model: musicvid models"]
    if all(plan.shrink == 0 for plan in rungs):
        ways.insert(0, "allow `shrink: true`")
    raise RenderError(
        f"the model does not fit: {free_bytes / GIB:.1f} GiB are free (or allowed by --memory), GiB needed: {figures}",
        hint="; ".join(ways),
    )


def wanted_bytes(plan: MemoryPlan, needs: Needs) -> int:
    """The peak with its margin: what must be free before the start."""
    return int(peak_bytes(plan, needs) * MARGIN) + RESERVE_BYTES


def peak_bytes(plan: MemoryPlan, needs: Needs) -> int:
    """The most that tensors take at once under ``plan``, over all phases."""
    return max(phase_bytes(plan, needs).values())


def phase_bytes(plan: MemoryPlan, needs: Needs) -> dict[Phase, int]:
    """By phase: the weights that are on the card then, and what is computed.

    A smaller size shrinks what is computed with its area: tokens and pixels both do.
    """
    area = SHRINK[plan.shrink] ** 2
    vae = needs.vae_bytes
    others = needs.others_bytes
    denoisers = [_denoiser_bytes(plan, needs, name) for name in needs.denoisers]
    if plan.weights == "resident":
        computing = waiting = vae + sum(others) + sum(denoisers)
    else:  # the VAE stays where it is while a denoiser works, and shares the card with one other part
        grouped = plan.weights == "group-offload"
        waiting = vae + (needs.largest_other_tensor_bytes if grouped else max(others, default=0))
        at_work = [_grouped_bytes(plan, needs, name) for name in needs.denoisers] if grouped else denoisers
        computing = vae + max(at_work, default=0)
    encode, decode = needs.encode_bytes, needs.decode_bytes
    if plan.tiling:
        encode, decode = min(encode, needs.tiled_encode_bytes), min(decode, needs.tiled_decode_bytes)
    return {
        "encode": waiting + int(encode * area),
        "denoise": computing + int(needs.denoise_bytes * area),
        "decode": waiting + int(decode * area),
    }


def shrunk_size(size: FrameSize, shrink: int, multiple: int) -> FrameSize:
    """``size`` after ``shrink`` steps, both sides to the nearest legal multiple, at least one of them."""

    def side(px: int) -> int:
        return max(multiple, round(px * SHRINK[shrink] / multiple) * multiple)

    return FrameSize(side(size.width), side(size.height)) if shrink else size


def _denoiser_bytes(plan: MemoryPlan, needs: Needs, name: str) -> int:
    whole = needs.weights_bytes[name]
    return whole - needs.fp8_saves_bytes.get(name, 0) if plan.fp8 else whole


def _grouped_bytes(plan: MemoryPlan, needs: Needs, name: str) -> int:
    """Two blocks at once (one computes, the next one arrives) and all that is outside of blocks."""
    outside = needs.outside_blocks_bytes.get(name, 0)
    in_blocks = needs.weights_bytes[name] - outside
    left = (in_blocks - needs.fp8_saves_bytes.get(name, 0)) / in_blocks if plan.fp8 and in_blocks else 1.0
    return min(needs.weights_bytes[name], outside + int(2 * needs.largest_block_bytes.get(name, in_blocks) * left))
