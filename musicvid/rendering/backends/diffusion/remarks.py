"""What a person should know about takes of the diffusion backend: on the take, and in the film's report."""

from __future__ import annotations

from collections.abc import Sequence

from musicvid.diffusion.calls.plain import without_guidance
from musicvid.diffusion.models import VideoModel
from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.diffusion.clip_store import Clip
from musicvid.rendering.backends.diffusion.options import Options
from musicvid.rendering.backends.diffusion.plans import MEMORY_FILE


def take_remarks(request: RenderRequest, clips: Sequence[Clip]) -> tuple[str, ...]:
    """What happened while its clips were made: broken tries, and what memory took from the pixels."""
    name = request.shot_id if request.take == 1 else f"{request.shot_id} take {request.take}"
    remarks = []
    for clip in clips:
        remarks += [f"{name}: {broken}, made with seed {clip.facts['seed']}" for broken in clip.facts.get("broken", ())]
        remarks += clip.facts.get("remarks", ())  # what holds for the whole model
        remarks += [f"{name}: {it}, made with {clip.facts['memory']}" for it in clip.facts.get("ran_out", ())]
        if lossy := clip.facts.get("lossy"):
            again = f"delete {clip.path.parents[1].name}/{MEMORY_FILE} in the work folder to try again with more"
            remarks.append(
                f"{name}: made with {', '.join(lossy)} to fit in memory, which changes its pixels slightly; {again}"
            )
    return tuple(dict.fromkeys(remarks))


def model_remarks(model: VideoModel, options: Options, request: RenderRequest) -> tuple[str, ...]:
    """What holds for the whole film."""
    remarks = []
    if not model.licence.checked:
        remarks.append(f"licence of {model.key}: {model.licence.name}, not checked by us: read it before you publish")
    for lora in options.loras:
        licence = options.lora_licence or "not stated: write `lora_licence:`"
        remarks.append(f"adapter {lora.path} with weight {lora.weight:g}, licence {licence}")
    if options.cache:
        remarks.append(f"accelerated by {options.cache}, which changes pixels")
    guidance = options.guidance if options.guidance is not None else model.guidance
    if request.avoid and not model.negative_prompt:
        remarks.append(f"{model.key} takes no negative prompt: `avoid` is not heeded")
    elif request.avoid and without_guidance(guidance):
        remarks.append(f"guidance {guidance:g} is off: `avoid` is not heeded")
    return tuple(remarks)
