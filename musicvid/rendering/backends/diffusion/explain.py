"""What the model will be asked for, in lines for a person who has not rendered yet. No weights, no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from musicvid.diffusion.licences import shown
from musicvid.diffusion.models import VideoModel
from musicvid.errors import MusicvidError
from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.diffusion.briefing import Briefed, Briefing
from musicvid.rendering.backends.diffusion.options import Options

_MOST_LENGTHS = 6
_MOST_SHOTS = 3
_MOST_REMARKS = 12


def explained(model: VideoModel | None, options: Options, requests: Sequence[RenderRequest]) -> tuple[str, ...]:
    """The clips in numbers, then whatever is unusual with the shots it holds for, what cannot be made, and the licence.

    ``model`` is the table's row or what a folder is like; None for weights that nobody knows before they are there.
    """
    if model is None:
        return ("the model is in no table: its frame counts, sizes and licence are looked at when it is rendered",)
    briefing = Briefing(model, options, requests)
    takes: list[Briefed] = []
    unusual: dict[str, list[str]] = {}
    for request in requests:
        try:
            briefed = briefing.of(request)
        except MusicvidError as error:
            told = [f"cannot be made: {str(error).removeprefix(f'{request.shot_id}: ')}"]
        else:
            takes.append(briefed)
            told = [note.removeprefix(f"{request.shot_id}: ") for note in briefed.notes]
            told += ["goes on from another shot"] if briefed.briefs[0].after is not None else []
        for one in told:
            unusual.setdefault(one, []).append(request.shot_id)
    lines = [f"{model.key}: {_clips(takes)}"] if takes else []
    lines += [f"{_shots(ids)}: {what}" for what, ids in list(unusual.items())[:_MOST_REMARKS]]
    lines += [f"… and {len(unusual) - _MOST_REMARKS} more remarks"] if len(unusual) > _MOST_REMARKS else []
    return (*lines, f"{model.key}: " + "; ".join(shown(model.licence)))


def _clips(takes: Sequence[Briefed]) -> str:
    """``13 clips for 12 takes, at 24 fps in 1280x704: 12 of 81 frames, 1 of 49``."""
    briefs = [brief for take in takes for brief in take.briefs]
    forms = sorted({f"at {brief.rate} fps in {brief.size}" for brief in briefs})
    lengths = sorted(Counter(brief.frame_count for brief in briefs).items(), reverse=True)
    if len(lengths) > _MOST_LENGTHS:
        words = f"{len(lengths)} lengths from {lengths[-1][0]} to {lengths[0][0]} frames"
    else:
        words = ", ".join(f"{times} of {count} frames" for count, times in lengths)
    return f"{_many(len(briefs), 'clip')} for {_many(len(takes), 'take')}, {' and '.join(forms)}: {words}"


def _shots(ids: Sequence[str]) -> str:
    shots = list(dict.fromkeys(ids))
    more = f" and {len(shots) - _MOST_SHOTS} more" if len(shots) > _MOST_SHOTS else ""
    return ", ".join(shots[:_MOST_SHOTS]) + more


def _many(count: int, what: str) -> str:
    return f"{count} {what}" + ("" if count == 1 else "s")
