"""The verb ``render``: a shot list becomes takes, each made once and found again ever after."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path

from musicvid.errors import InputError, UnknownNameError
from musicvid.media.encode import EncodeSettings
from musicvid.rendering.backend import Backend, ChecksRelease
from musicvid.rendering.conditions import asked_of
from musicvid.rendering.failures import in_our_words
from musicvid.rendering.registry import checked_backend, load_backend
from musicvid.rendering.requests import reseeded
from musicvid.rendering.run import OverlayFor, Run
from musicvid.rendering.takes import TakeStore
from musicvid.rendering.telling import Telling
from musicvid.schema.progress import OnProgress
from musicvid.schema.shots import ShotList
from musicvid.schema.storyboard import OptionValue
from musicvid.schema.take import Take


def render(
    shots: ShotList,
    backend: str | Backend | None = None,
    into: str | os.PathLike[str] = "work",
    *,
    options: Mapping[str, OptionValue] | None = None,
    model: str | None = None,
    base: str | os.PathLike[str] | None = None,
    settings: EncodeSettings | None = None,
    takes: int | None = None,
    seed: int | None = None,
    only: Iterable[str] | None = None,
    workers: int | None = None,
    song: str | os.PathLike[str] = "",
    overlay_for: OverlayFor | None = None,
    on_progress: OnProgress | None = None,
) -> Iterator[Take]:
    """Yield a :class:`Take` for every take of every shot: first those already in the store, in shot order, then the
    others as they are finished (with one worker: in shot order).

    ``backend`` is a name or an instance; None is the shot list's own renderer. ``options``, ``model`` and ``takes``
    come from the shot list where they are not given (``options`` and ``model`` only if it names the same renderer), and
    relative paths in options start from ``base``. ``into`` is the workspace: takes are kept in ``into/takes``, and
    whatever is there already is not rendered again. ``seed`` gives every shot a seed derived from it. ``only`` are
    shot ids. ``workers`` is the number of processes (None: one per processor; 1: in this process); a backend may allow
    fewer. ``song`` is the audio file, for backends that ask for ``sound``. ``overlay_for`` says what is burnt into a
    shot's pictures.

    What a shot asks for and the backend does not take (a first or last frame, to go on from another shot) is left out
    and told in the notes of the first such take.

    Names, options, ids and the release are checked at once: raises :class:`UnknownNameError` and :class:`InputError`.
    While iterating, shots that fail do not stop the others; at the end one :class:`RenderError` names them all. A full
    disk stops the run with :class:`StorageError`. Ctrl-C stops the workers; finished takes stay.
    """
    if workers is not None and workers < 1:
        raise InputError(f"{workers} workers cannot render: ask for 1 or more")
    maker = _backend(shots, backend, options, model, base)
    if isinstance(maker, ChecksRelease):
        in_our_words(maker, "check_release", partial(maker.check_release, shots.release))
    wanted = _wanted(shots, only)
    if seed is not None:
        shots = reseeded(shots, seed)
    count = shots.renderer.takes if takes is None else takes
    run = _run(maker, shots, count, into, settings, song, overlay_for, Telling(on_progress))
    return run.takes(wanted, workers)


def kept_takes(
    shots: ShotList,
    into: str | os.PathLike[str] = "work",
    *,
    settings: EncodeSettings | None = None,
    song: str | os.PathLike[str] = "",
    overlay_for: OverlayFor | None = None,
) -> list[Take]:
    """The takes of the shot list's own renderer that :func:`render` would not have to make; nothing is rendered."""
    maker = _backend(shots, None, None, None, None)
    run = _run(maker, shots, shots.renderer.takes, into, settings, song, overlay_for, Telling(None))
    return list(run.kept(_wanted(shots, None)))


def _run(
    maker: Backend,
    shots: ShotList,
    takes: int,
    into: str | os.PathLike[str],
    settings: EncodeSettings | None,
    song: str | os.PathLike[str],
    overlay_for: OverlayFor | None,
    telling: Telling,
) -> Run:
    requests = asked_of(maker, shots, takes, song)
    return Run(maker, shots, requests, TakeStore(into), settings or EncodeSettings(), overlay_for, telling)


def _backend(
    shots: ShotList,
    backend: str | Backend | None,
    options: Mapping[str, OptionValue] | None,
    model: str | None,
    base: str | os.PathLike[str] | None,
) -> Backend:
    spec = shots.renderer
    if backend is not None and not isinstance(backend, str):
        if options is not None or model is not None:
            raise InputError("options and model go with a backend's name; this backend is made already")
        return checked_backend(backend, f"{type(backend).__name__} object")
    name = backend or spec.name
    if name == spec.name:
        options = dict(spec.options) if options is None else options
        model = spec.model if model is None else model
    return load_backend(name, options, model=model or "", base=Path(spec.base if base is None else base))


def _wanted(shots: ShotList, only: Iterable[str] | None) -> frozenset[str]:
    known = [shot.id for shot in shots.shots]
    if only is None:
        return frozenset(known)
    wanted = list(only)
    for shot_id in wanted:
        if shot_id not in known:
            raise UnknownNameError("shot", shot_id, known)
    return frozenset(wanted)
