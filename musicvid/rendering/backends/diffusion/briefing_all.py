"""Every shot of a film briefed, or all that the model cannot make named at once."""

from __future__ import annotations

from collections.abc import Sequence

from musicvid.errors import RenderError
from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.diffusion.briefing import Briefed, Briefing

_MOST_LINES = 5


def all_briefed(briefing: Briefing, requests: Sequence[RenderRequest]) -> list[Briefed]:
    """Raises one :class:`RenderError` for all shots that the model cannot make."""
    briefed, wrong = [], dict[str, RenderError]()
    for request in requests:
        try:
            briefed.append(briefing.of(request))
        except RenderError as error:
            wrong.setdefault(request.shot_id, error)
    if len(wrong) == 1:
        raise next(iter(wrong.values()))
    if wrong:
        lines = [str(error) for error in wrong.values()]
        more = f"\n  … and {len(lines) - _MOST_LINES} more" if len(lines) > _MOST_LINES else ""
        raise RenderError(f"the model cannot make {len(lines)} shots:\n  " + "\n  ".join(lines[:_MOST_LINES]) + more)
    return briefed
