"""What people set and a pipeline has no argument for: it would be without effect, so it is refused before any work."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path

from musicvid.diffusion.folder_facts import read_facts
from musicvid.diffusion.loading import pipeline_class
from musicvid.diffusion.settings import Settings
from musicvid.errors import RenderError

_ARGUMENTS = {
    "steps": "num_inference_steps",
    "sigmas": "sigmas",
    "guidance": "guidance_scale",
    "guidance_2": "guidance_scale_2",
    "text_tokens": "max_sequence_length",
}
"""Options, each with the argument that it becomes."""
_INSTEAD = {"steps": "sigmas", "sigmas": "steps"}


def check_asked(pipeline: str, settings: Settings) -> None:
    """Raises :class:`RenderError` for what is set and ``pipeline``, a class of diffusers, cannot heed."""
    taken = _arguments(pipeline)
    for option, argument in _ARGUMENTS.items():
        given = getattr(settings, option)
        if given in (None, ()) or argument in taken or (option == "steps" and settings.sigmas):
            continue
        other = _INSTEAD.get(option, "")
        instead = f" and set `{other}`" if other and _ARGUMENTS[other] in taken else ""
        raise RenderError(f"{pipeline} takes no {option}", hint=f"leave `{option}` out{instead}")


def check_pair(folder: Path, settings: Settings) -> None:
    """Raises :class:`RenderError` for what only a pair of denoisers (Wan 2.2 A14B) can heed, where there is one."""
    if "transformer_2" in read_facts(folder).parts:
        return
    low = [lora.path for lora in settings.loras if lora.expert == "low"]
    if settings.guidance_2 is not None or low:
        option = "guidance_2" if settings.guidance_2 is not None else "lora_low"
        raise RenderError(
            f"{option} is for models with two denoisers, this one has one",
            where=str(folder),
            hint=f"leave `{option}` out",
        )


@cache
def _arguments(pipeline: str) -> frozenset[str]:
    return frozenset(inspect.signature(pipeline_class(pipeline).__call__).parameters)
