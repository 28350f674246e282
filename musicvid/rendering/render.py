"""The verb ``render``: a shot list becomes takes, each made once and found again ever after."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from musicvid.errors import InputError, MusicvidError, StorageError, UnknownNameError
from musicvid.media.encode import EncodeSettings
from musicvid.media.overlay import Overlay
from musicvid.rendering.backend import Backend, RenderRequest, WarmsUp
from musicvid.rendering.failures import failure_of, in_our_words, summed_up
from musicvid.rendering.keys import backend_facts, take_key
from musicvid.rendering.pool import Outcome, processor_count, run_jobs
from musicvid.rendering.registry import checked_backend, load_backend
from musicvid.rendering.requests import requests_for, reseeded
from musicvid.rendering.takes import TakeStore
from musicvid.rendering.worker import TakeJob, described, make_take
from musicvid.schema.progress import OnProgress, Progress
from musicvid.schema.shots import Shot, ShotList
from musicvid.schema.storyboard import OptionValue
from musicvid.schema.take import Take

OverlayFor = Callable[[Shot], Overlay | None]


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
    overlay_for: OverlayFor | None = None,
    on_progress: OnProgress | None = None,
) -> Iterator[Take]:
    """Yield a :class:`Take` for every take of every shot: first those already in the store, in shot order, then the
    others as they are finished (with one worker: in shot order).

    ``backend`` is a name or an instance; None is the shot list's own renderer. ``options``, ``model`` and ``takes``
    come from the shot list where they are not given (``options`` and ``model`` only if it names the same renderer), and
    relative paths in options start from ``base``. ``into`` is the workspace: takes are kept in ``into/takes``, and
    whatever is there already is not rendered again. ``seed`` gives every shot a seed derived from it. ``only`` are
    shot ids. ``workers`` is the number of processes (None: one per processor; 1: in this process). ``overlay_for``
    says what is burnt into a shot's pictures.

    Names, options and ids are checked at once: raises :class:`UnknownNameError` and :class:`InputError`. While
    iterating, shots that fail do not stop the others; at the end one :class:`RenderError` names them all. A full disk
    stops the run with :class:`StorageError`. Ctrl-C stops the workers; finished takes stay.
    """
    if workers is not None and workers < 1:
        raise InputError(f"{workers} workers cannot render: ask for 1 or more")
    maker = _backend(shots, backend, options, model, base)
    wanted = _wanted(shots, only)
    if seed is not None:
        shots = reseeded(shots, seed)
    requests = requests_for(shots, shots.renderer.takes if takes is None else takes)
    run = _Run(maker, shots, requests, TakeStore(into), settings or EncodeSettings(), overlay_for, on_progress)
    return run.takes(wanted, workers)


def kept_takes(
    shots: ShotList,
    into: str | os.PathLike[str] = "work",
    *,
    settings: EncodeSettings | None = None,
    overlay_for: OverlayFor | None = None,
) -> list[Take]:
    """The takes of the shot list's own renderer that :func:`render` would not have to make; nothing is rendered."""
    maker = _backend(shots, None, None, None, None)
    requests = requests_for(shots, shots.renderer.takes)
    run = _Run(maker, shots, requests, TakeStore(into), settings or EncodeSettings(), overlay_for, None)
    return list(run.kept(_wanted(shots, None)))


class _Run:
    """One call of :func:`render`."""

    def __init__(
        self,
        backend: Backend,
        shots: ShotList,
        requests: Sequence[RenderRequest],
        store: TakeStore,
        settings: EncodeSettings,
        overlay_for: OverlayFor | None,
        on_progress: OnProgress | None,
    ) -> None:
        self.backend, self.shots, self.requests = backend, shots, requests
        self.store, self.settings, self.overlay_for = store, settings, overlay_for
        self._tell = on_progress or (lambda progress: None)
        self._done = self._total = 0

    def takes(self, wanted: frozenset[str], workers: int | None) -> Iterator[Take]:
        """Kept takes, then the others."""
        pending: dict[str, list[RenderRequest]] = {}
        jobs: list[TakeJob] = []
        for job in self._jobs(wanted):
            if kept := self.store.find(job.key):
                yield self._finished(kept, job.request, kept=True)
            elif job.key in pending:
                pending[job.key].append(job.request)  # two shots that are the same picture for picture: made once
            else:
                pending[job.key] = [job.request]
                jobs.append(job)
        if jobs:
            self.store.open()
            if isinstance(self.backend, WarmsUp):
                backend = self.backend
                in_our_words(backend, "warm_up", lambda: backend.warm_up([job.request for job in jobs]))
            yield from self._rendered(jobs, pending, workers)

    def kept(self, wanted: frozenset[str]) -> Iterator[Take]:
        """Those takes that are there already."""
        for job in self._jobs(wanted):
            if found := self.store.find(job.key):
                yield self._finished(found, job.request, kept=True)

    def _jobs(self, wanted: frozenset[str]) -> Iterator[TakeJob]:
        # All requests, also with `only`: what a backend gives a shot must not depend on which others are rendered.
        in_our_words(self.backend, "prepare", lambda: self.backend.prepare(self.requests))
        requests = [request for request in self.requests if request.shot_id in wanted]
        self._total = len(requests)
        yield from map(self._job, requests)

    def _rendered(
        self, jobs: list[TakeJob], pending: Mapping[str, list[RenderRequest]], workers: int | None
    ) -> Iterator[Take]:
        failures: list[tuple[str, MusicvidError]] = []
        for outcome in self._outcomes(jobs, workers):
            names = [request.shot_id for request in pending[outcome.job.key]]
            if outcome.result is not None:
                for request in pending[outcome.job.key]:
                    yield self._finished(outcome.result, request, kept=False)
            elif isinstance(outcome.error, StorageError):
                raise outcome.error  # every other take would meet the same disk
            else:
                failures.append((", ".join(names), failure_of(outcome)))
        if failures:
            raise summed_up(failures, self._total)

    def _outcomes(self, jobs: list[TakeJob], workers: int | None) -> Iterator[Outcome[TakeJob, Take]]:
        if len(jobs) == 1 or workers == 1 or not self.backend.capabilities().parallel:
            return _in_this_process(jobs)
        crew = min(workers or processor_count(), len(jobs))
        if crew == 1:
            return _in_this_process(jobs)
        return run_jobs(make_take, jobs, crew, on_loss=lambda job: self.store.remove_parts(job.key))

    def _job(self, request: RenderRequest) -> TakeJob:
        shot = self.shots.shots[request.index]
        overlay = self.overlay_for(shot) if self.overlay_for else None
        first_frame = shot.span.start - request.head_frames
        facts = in_our_words(self.backend, "identity", lambda: backend_facts(self.backend, request))
        key = take_key(
            request,
            facts,
            self.settings.key,
            hold=shot.hold,
            overlay_key=overlay.key if overlay else "",
            overlay_frame=first_frame,
        )
        return TakeJob(
            backend=self.backend,
            request=request,
            key=key,
            store=self.store,
            settings=self.settings,
            first_frame=first_frame,
            hold=shot.hold,
            overlay=overlay,
            facts=facts,
            parent_pid=os.getpid(),
        )

    def _finished(self, take: Take, request: RenderRequest, *, kept: bool) -> Take:
        notes = in_our_words(self.backend, "notes", lambda: tuple(self.backend.notes(request)))
        if self.shots.shots[request.index].hold:
            notes = (f"{request.shot_id}: held on its first frame, as asked", *notes)
        self._done += 1
        item = request.shot_id if request.take == 1 else f"{request.shot_id} take {request.take}"
        self._tell(Progress("render", self._done, self._total, item, kept))
        return described(take, request, notes)


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


def _in_this_process(jobs: Iterable[TakeJob]) -> Iterator[Outcome[TakeJob, Take]]:
    from dataclasses import replace

    for job in jobs:
        try:
            outcome = Outcome(job, result=make_take(replace(job, parent_pid=None)))
        except MusicvidError as error:
            outcome = Outcome(job, error=error)
        yield outcome
