"""How a film's shots become what its renderer makes, told before anything is rendered."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from musicvid.schema.shots import ShotList


def fit_lines(shots: ShotList, song: str = "") -> tuple[str, ...]:
    """Lines for a person, as the renderer tells them; none from one that takes shots as they are. ``song`` is the audio
    file. Loads and downloads nothing."""
    from musicvid.rendering.backend import ExplainsFit
    from musicvid.rendering.conditions import asked_of, heeded
    from musicvid.rendering.failures import in_our_words
    from musicvid.rendering.registry import load_backend

    spec = shots.renderer
    backend = load_backend(spec.name, dict(spec.options), model=spec.model, base=Path(spec.base or "."))
    if not isinstance(backend, ExplainsFit):
        return ()
    requests = heeded(asked_of(backend, shots, spec.takes, song), backend.capabilities())
    return tuple(in_our_words(backend, "explain", partial(backend.explain, requests)))
