"""Conditions of a request that not every backend takes: what it does not name is left out, and that is said.

A prompt with bars (``a | b``) stays as it is: whoever does not name ``prompts`` takes it as one text. The sound is for
those that ask for it; the others are not told that they do not get it, for no storyboard asks.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from musicvid.rendering.backend import Backend, Capabilities, RenderRequest, TakeRef
from musicvid.rendering.requests import requests_for
from musicvid.schema.shots import ShotList

_OPTIONAL = ("continues", "first_frame", "last_frame")


def asked_of(
    backend: Backend, shots: ShotList, takes: int, song: str | os.PathLike[str] = ""
) -> tuple[RenderRequest, ...]:
    """What the shots ask of ``backend``, with the sound of ``song`` where it wants that."""
    hears = bool(os.fspath(song)) and "sound" in seen_by(backend.capabilities())
    return requests_for(shots, takes, song=str(Path(song).absolute()) if hears else "")


def seen_by(abilities: Capabilities) -> frozenset[str]:
    """The conditions that a backend is shown: those it heeds, and those it refuses itself."""
    return abilities.conditions | abilities.refused


def heeded(requests: Iterable[RenderRequest], abilities: Capabilities) -> tuple[RenderRequest, ...]:
    """``requests`` without those of the optional conditions that the backend does not take."""
    unheeded = [name for name in _OPTIONAL if name not in seen_by(abilities)]
    return tuple(_without(request, unheeded) for request in requests)


def unheeded_notes(backend: Backend, requests: Sequence[RenderRequest]) -> Mapping[TakeRef, tuple[str, ...]]:
    """What to say about it: one note for each condition, at the first take of ``requests`` that asked for it."""
    notes: dict[TakeRef, tuple[str, ...]] = {}
    conditions = seen_by(backend.capabilities())
    for name in (*_OPTIONAL, "prompts"):
        asking = [request for request in requests if _asks(request, name)] if name not in conditions else []
        if asking:
            first = TakeRef(asking[0].shot_id, asking[0].take)
            shots = len({request.shot_id for request in asking})
            notes[first] = (*notes.get(first, ()), _note(backend.name, name, asking[0], shots - 1))
    return notes


def _asks(request: RenderRequest, name: str) -> bool:
    return "|" in request.prompt if name == "prompts" else bool(getattr(request, name))


def _without(request: RenderRequest, names: list[str]) -> RenderRequest:
    asked = {name: None if name == "continues" else "" for name in names if getattr(request, name)}
    return replace(request, **asked) if asked else request  # type: ignore[arg-type]


def _note(backend: str, name: str, request: RenderRequest, others: int) -> str:
    more = f" (the same for {others} more)" if others else ""
    if request.continues and name == "continues":
        before = request.continues.shot_id
        return f"{backend} does not go on from another shot: {request.shot_id} begins anew after {before}{more}"
    if name == "prompts":
        one = f"{request.prompt!r} of {request.shot_id} is taken as one text"
        return f"{backend} does not tell prompts one after the other: {one}{more}"
    picture, kind = getattr(request, name), name.replace("_", " ")
    return f"{backend} does not take a {kind}: {picture} of {request.shot_id} is not used{more}"
