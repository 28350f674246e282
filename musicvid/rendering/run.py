"""One call of :func:`musicvid.rendering.render.render`: what is kept, what is made where, and what is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from musicvid.errors import MusicvidError, StorageError
from musicvid.media.encode import EncodeSettings
from musicvid.media.overlay import Overlay
from musicvid.rendering.backend import Backend, Closes, KeepsClips, RenderRequest, ReportsSteps, TakeRef, WarmsUp
from musicvid.rendering.conditions import heeded, unheeded_notes
from musicvid.rendering.failures import failure_of, in_our_words, summed_up
from musicvid.rendering.pool import Outcome, processor_count, run_jobs
from musicvid.rendering.settle import Settled, named, settled
from musicvid.rendering.takes import TakeStore
from musicvid.rendering.telling import Telling
from musicvid.rendering.worker import TakeJob, described
from musicvid.schema.progress import OnProgress
from musicvid.schema.shots import Shot, ShotList
from musicvid.schema.take import Take

OverlayFor = Callable[[Shot], Overlay | None]
Groups = dict[str, list[TakeJob]]
"""Jobs by key: those that are the same picture for picture are made once."""


class Run:
    """``requests`` are all of the film's, in shot order, with every condition that the shots ask for."""

    def __init__(
        self,
        backend: Backend,
        shots: ShotList,
        requests: Sequence[RenderRequest],
        store: TakeStore,
        settings: EncodeSettings,
        overlay_for: OverlayFor | None,
        telling: Telling,
    ) -> None:
        self.backend, self.shots, self.asked = backend, shots, requests
        self.abilities = backend.capabilities()
        self.requests = heeded(requests, self.abilities)
        self.store, self.settings, self.overlay_for = store, settings, overlay_for
        self.telling = telling
        self._unheeded: Mapping[TakeRef, tuple[str, ...]] = {}
        self._failures: list[tuple[str, MusicvidError]] = []
        self._warm = False

    def takes(self, wanted: frozenset[str], workers: int | None) -> Iterator[Take]:
        """Kept takes, then the others."""
        try:
            jobs = self._jobs(wanted)
            count = len(jobs)
            while jobs:
                groups: Groups = {}
                for job in map(named, jobs):
                    if kept := self.store.find(job.key):
                        yield self._finished(kept, job.request, kept=True)
                    else:
                        groups.setdefault(job.key, []).append(job)
                jobs = (yield from self._made(groups, workers)) if groups else []
            if self._failures:
                raise summed_up(self._failures, count)
        finally:
            self._close()

    def kept(self, wanted: frozenset[str]) -> Iterator[Take]:
        """Those takes that are there already."""
        try:
            for job in map(named, self._jobs(wanted)):
                if found := self.store.find(job.key):
                    yield self._finished(found, job.request, kept=True)
        finally:
            self._close()

    def _jobs(self, wanted: frozenset[str]) -> list[TakeJob]:
        """The jobs, without their keys."""
        backend = self.backend
        if isinstance(backend, KeepsClips):
            in_our_words(backend, "keep_in", partial(backend.keep_in, self.store.folder.parent / "clips"))
        jobs = [self._job(request) for request in self.requests if request.shot_id in wanted]
        self.telling.expect(len(jobs))
        self._report(self.telling.step)
        # All requests, also with `only`: what a backend gives a shot must not depend on which others are rendered.
        in_our_words(backend, "prepare", partial(backend.prepare, self.requests))
        self._unheeded = unheeded_notes(backend, [one for one in self.asked if one.shot_id in wanted])
        return jobs

    def _job(self, request: RenderRequest) -> TakeJob:
        shot = self.shots.shots[request.index]
        return TakeJob(
            backend=self.backend,
            request=request,
            key="",
            store=self.store,
            settings=self.settings,
            first_frame=shot.span.start - request.head_frames,
            hold=shot.hold,
            overlay=self.overlay_for(shot) if self.overlay_for else None,
            parent_pid=os.getpid(),
        )

    def _made(self, groups: Groups, workers: int | None) -> Generator[Take, None, list[TakeJob]]:
        """One take for each group; returns the jobs whose group was made under another key than theirs."""
        left: list[TakeJob] = []
        for outcome in self._outcomes([group[0] for group in groups.values()], workers):
            group = groups[outcome.job.key]
            if outcome.result is not None:
                take, kept = outcome.result.take, outcome.result.kept
                if take.key != outcome.job.key:
                    left += group[1:]  # what holds for the first need not hold for them
                    group = group[:1]
                for job in group:
                    yield self._finished(take, job.request, kept=kept)
            elif isinstance(outcome.error, StorageError):
                raise outcome.error  # every other take would meet the same disk
            else:
                self._failures.append((", ".join(job.request.shot_id for job in group), failure_of(outcome)))
        return left

    def _outcomes(self, jobs: list[TakeJob], workers: int | None) -> Iterator[Outcome[TakeJob, Settled]]:
        self.store.open()
        crew = self._crew(len(jobs), workers)
        backend = self.backend
        if crew == 1:
            self.telling.queue((job.request for job in jobs), tells_steps=isinstance(backend, ReportsSteps))
        else:
            self._report(None)  # whom to tell cannot be sent to other processes
        if isinstance(backend, WarmsUp) and not self._warm:
            in_our_words(backend, "warm_up", partial(backend.warm_up, [job.request for job in jobs]))
            self._warm = True
        if crew == 1:
            return self._in_this_process(jobs)
        return run_jobs(settled, jobs, crew, on_loss=lambda job: self.store.remove_parts(job.key))

    def _crew(self, count: int, workers: int | None) -> int:
        """How many processes make ``count`` takes; 1 is this one."""
        if count == 1 or workers == 1 or not self.abilities.parallel:
            return 1
        most = self.abilities.most_workers or count
        if workers is not None and most < min(workers, count):
            self.telling.note(f"{self.backend.name} works in at most {most} processes, not in the {workers} asked for")
        return max(1, min(workers or processor_count(), count, most))

    def _in_this_process(self, jobs: Iterable[TakeJob]) -> Iterator[Outcome[TakeJob, Settled]]:
        for job in jobs:
            self.telling.start(job.request)
            try:
                outcome = Outcome(job, result=settled(replace(job, parent_pid=None)))
            except MusicvidError as error:
                outcome = Outcome(job, error=error)
            if outcome.result is not None and outcome.result.kept:
                self.telling.found(job.request)
            yield outcome

    def _finished(self, take: Take, request: RenderRequest, *, kept: bool) -> Take:
        notes: tuple[str, ...] = in_our_words(self.backend, "notes", lambda: tuple(self.backend.notes(request)))
        notes = (*self._unheeded.get(TakeRef(request.shot_id, request.take), ()), *notes)
        if self.shots.shots[request.index].hold:
            notes = (f"{request.shot_id}: held on its first frame, as asked", *notes)
        self.telling.finish(request, kept=kept)
        return described(take, request, notes)

    def _report(self, to: OnProgress | None) -> None:
        if isinstance(self.backend, ReportsSteps):
            in_our_words(self.backend, "report_to", partial(self.backend.report_to, to))

    def _close(self) -> None:
        self._report(None)
        backend = self.backend
        if isinstance(backend, Closes):
            in_our_words(backend, "close", backend.close)
