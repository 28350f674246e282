"""Put a loaded pipeline's weights where a memory plan wants them, and tell what went wrong when they do not fit.

Only code that renders imports this module's functions; they load torch. Moving weights never changes pixels; tiling and
eight-bit weights do, which the plan says.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from musicvid.diffusion.card_memory import card_name, clear, fp8_possible, free_bytes, is_out_of_memory, limit_to
from musicvid.diffusion.faults import Phase
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.needs import is_denoiser, is_vae
from musicvid.errors import RenderError
from musicvid.schema.frames import FrameSize

__all__ = [
    "MustReload",
    "card_name",
    "clear",
    "fit_tiles",
    "fp8_possible",
    "free_bytes",
    "has_fp8",
    "is_out_of_memory",
    "limit_to",
    "phase_of",
    "place",
    "unplace",
]

_GROUP_HOOKS = ("group_offloading", "layer_execution_tracker", "lazy_prefetch_group_offloading")
"""The names under which diffusers registers what group offload needs."""


class MustReload(RenderError):
    """Eight-bit weights cannot be made whole again: load the pipeline anew, then place it."""


def place(pipe: Any, plan: MemoryPlan, device: str) -> None:
    """Arrange ``pipe`` for ``plan``, whatever plan it was arranged for before.

    Raises :class:`MustReload` when its weights are in eight bits and the plan wants them whole, and
    :class:`RenderError` when the device or model cannot do what the plan says.
    """
    if has_fp8(pipe) and not plan.fp8:
        raise MustReload("the weights are stored in eight bits, and the plan wants them whole: load the model again")
    if plan.weights == "model-offload" and device.startswith("cpu"):
        raise RenderError("model offload moves weights between a card and the CPU: there is no card")
    unplace(pipe)
    _set_vaes(pipe, plan.tiling)
    if plan.fp8:  # before offload: what waits on the CPU is then the eight-bit weights
        _store_in_fp8(pipe)
    if plan.weights == "resident":
        for part in _parts(pipe).values():
            part.to(device)
    elif plan.weights == "model-offload":
        pipe.enable_model_cpu_offload(device=device)
    else:
        _offload_in_groups(pipe, device)


def unplace(pipe: Any) -> None:
    """Take away every offload hook. Weights stay where they are until the next :func:`place`."""
    pipe.remove_all_hooks()
    for part in _parts(pipe).values():
        for module in part.modules():
            registry = getattr(module, "_diffusers_hook", None)
            for name in _GROUP_HOOKS:
                if registry is not None and registry.get_hook(name) is not None:
                    registry.remove_hook(name, recurse=False)


def has_fp8(pipe: Any) -> bool:
    import torch

    kinds = (torch.float8_e4m3fn, torch.float8_e5m2)
    return any(p.dtype in kinds for part in _parts(pipe).values() for p in part.parameters())


def fit_tiles(pipe: Any, size: FrameSize) -> None:
    """Choose the step between tiles so that none is a single row or column of latents where the decoder pads by
    reflection (LTX-2), which one row does not give. Call before every clip: it changes with the size alone."""
    vae = pipe.components.get("vae")
    if not getattr(vae, "use_tiling", False) or vae.config.get("decoder_spatial_padding_mode") != "reflect":
        return
    ratio = vae.spatial_compression_ratio
    for side, px in (("height", size.height), ("width", size.width)):
        tile = getattr(vae, f"tile_sample_min_{side}") // ratio
        step = tile - max(1, tile // 8)  # an eighth overlaps, as the class has it
        while px // ratio % step == 1:
            step -= 1
        setattr(vae, f"tile_sample_stride_{side}", step * ratio)


def phase_of(error: BaseException, pipe: Any) -> Phase:
    """Which phase ``error`` came from, by the innermost of the pipeline's parts that was running.

    A VAE that was not encoding was decoding; what no part was running for belongs to denoising, which holds the most.
    """
    names = {id(part): name for name, part in _parts(pipe).items()}
    phase: Phase = "denoise"
    for part_id, function in _running(error):
        name = names.get(part_id)
        if name is None:
            phase = "decode" if "postprocess" in function else phase
        elif is_denoiser(name):
            phase = "denoise"
        elif is_vae(name):
            phase = "encode" if "encode" in function else "decode"
        elif name == "vocoder":
            phase = "decode"
        else:
            phase = "encode"
    return phase


def _parts(pipe: Any) -> dict[str, Any]:
    import torch

    return {name: part for name, part in pipe.components.items() if isinstance(part, torch.nn.Module)}


def _set_vaes(pipe: Any, tiling: bool) -> None:
    """Tiling as wanted; sound is never tiled. Slicing is off: a clip is a batch of one, where it saves nothing, but
    SkyReels codes its two pictures as a batch, which then rounds otherwise."""
    for name, vae in _parts(pipe).items():
        if not is_vae(name):
            continue
        if hasattr(vae, "use_slicing"):
            vae.disable_slicing()
        if name != "vae":
            continue
        if hasattr(vae, "use_tiling"):
            vae.enable_tiling() if tiling else vae.disable_tiling()
        elif tiling:
            raise RenderError(f"{type(vae).__name__} cannot decode in tiles", hint="use a smaller `render_size`")


def _store_in_fp8(pipe: Any) -> None:
    import torch

    for name, part in _parts(pipe).items():
        if is_denoiser(name) and not any(p.dtype == torch.float8_e4m3fn for p in part.parameters()):
            part.enable_layerwise_casting(storage_dtype=torch.float8_e4m3fn, compute_dtype=part.dtype)


def _offload_in_groups(pipe: Any, device: str) -> None:
    """The denoiser block by block, with a stream that fetches the next one; the VAE, whose ``decode`` fires no hooks of
    some classes, stays on the card; everything else layer by layer.

    Without ``record_stream`` a block's memory is free as soon as the block is done, which is what this rung is for.
    """
    import torch
    from diffusers.hooks import apply_group_offloading

    on, off = torch.device(device), torch.device("cpu")
    for name, part in _parts(pipe).items():
        if is_vae(name):
            part.to(on)
        elif not is_denoiser(name):
            part.to(off)
            apply_group_offloading(part, onload_device=on, offload_device=off, offload_type="leaf_level")
        elif not getattr(part, "_supports_group_offloading", True):
            raise RenderError(
                f"{type(part).__name__} cannot be moved block by block", hint="use a smaller model: musicvid models"
            )
        else:
            part.to(off)
            stream = on.type == "cuda"
            part.enable_group_offload(
                onload_device=on,
                offload_device=off,
                offload_type="block_level",
                num_blocks_per_group=1,
                use_stream=stream,
                low_cpu_mem_usage=stream and not _can_pin(part),
            )


def _can_pin(part: Any) -> bool:
    """Whether the host has room for a page-locked copy beside the weights, which are replaced only when it is whole."""
    size = sum(p.numel() * p.element_size() for p in part.parameters())
    return 1.2 * size < free_bytes("cpu")


def _running(error: BaseException) -> Iterator[tuple[int, str]]:
    """From the outermost to the innermost call: whose method it was, and its name (of ``decode`` behind a wrapper)."""
    trace = error.__traceback__
    while trace is not None:
        seen = trace.tb_frame.f_locals
        method = getattr(seen.get("method"), "__name__", "") if trace.tb_frame.f_code.co_name == "wrapper" else ""
        yield id(seen.get("self")), method or trace.tb_frame.f_code.co_name
        trace = trace.tb_next
