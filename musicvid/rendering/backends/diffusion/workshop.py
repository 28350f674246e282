"""A model on a card and what is around it: names of clips, memory plans, progress, a thread that works ahead."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from musicvid.diffusion.card_memory import fp8_possible
from musicvid.diffusion.made_by import made_by
from musicvid.diffusion.memory import MemoryPlan, ladder
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.prompts import check_text_length
from musicvid.diffusion.settings import Settings
from musicvid.diffusion.steps import Cancelled
from musicvid.errors import RenderError, StorageError
from musicvid.rendering.backend import IdentityChanged
from musicvid.rendering.backends.diffusion.ahead import Ahead
from musicvid.rendering.backends.diffusion.briefing import Briefed
from musicvid.rendering.backends.diffusion.briefs import Brief
from musicvid.rendering.backends.diffusion.clip_store import Clip, ClipStore
from musicvid.rendering.backends.diffusion.engines import engine_here, engine_on
from musicvid.rendering.backends.diffusion.maker import ClipNames, Maker
from musicvid.rendering.backends.diffusion.options import Options
from musicvid.rendering.backends.diffusion.plans import MEMORY_FILE, Plans, TooLarge, place_of
from musicvid.rendering.backends.diffusion.setup import best_plan, settings_of
from musicvid.rendering.backends.diffusion.steps_told import StepsTold
from musicvid.rendering.backends.diffusion.timings import Timings, timing_of, work_of
from musicvid.rendering.backends.diffusion.where import Weights
from musicvid.schema.frames import FrameSize
from musicvid.schema.progress import OnProgress, Progress

if TYPE_CHECKING:
    from musicvid.diffusion.clip import MadeClip
    from musicvid.diffusion.engine import Engine


class Workshop:
    """Made once per run. What is loaded stays in this process; another one gets a workshop with nothing loaded."""

    def __init__(self, weights: Weights, options: Options, home: Path, devices: tuple[str, ...]) -> None:
        self.weights, self.options, self.home, self.devices = weights, options, home, devices
        self.model: VideoModel = weights.model
        self._away = False  # in a process that works for another one
        check_text_length(self.model, options.text_tokens)
        self.store = ClipStore(home)
        self.names = ClipNames(self._made_by(), self.store, lambda: self.plans, self.options.guards)
        self.on_progress: OnProgress | None = None
        self._ahead: Ahead | None = None
        self._briefs: dict[Hashable, Briefed] = {}
        self._noted: set[str] = set()

    def _made_by(self) -> Mapping[str, object]:
        """What determines the pixels of all clips alike. The device is not in it: noise comes from the CPU."""
        from musicvid.diffusion.attention import choose_attention

        attention = choose_attention(self.options.attention, self.settings.device, self.settings.dtype)
        return made_by(
            self.weights.identity,
            self.model,
            self.settings,
            self.weights.loras,
            inexact_attention="" if attention.exact else attention.name,
        )

    @cached_property
    def device(self) -> str:
        """The first one, where all work is handed out; a process that works for another one claims one for itself."""
        from musicvid.diffusion.cards import claim

        return claim(self.devices, self.home).device if self._away and len(self.devices) > 1 else self.devices[0]

    @cached_property
    def settings(self) -> Settings:
        return settings_of(self.options, self.device, self.weights.adapters)

    def check_settings(self, briefs: Sequence[Brief]) -> None:
        """Raises :class:`RenderError` for an option that the pipeline of one of these clips has no argument for."""
        from musicvid.diffusion.calls.asked import check_asked, check_pair

        check_pair(self.weights.folder, self.settings)
        roads = (self.model.road_for(brief.conditions) for brief in briefs)
        for pipeline in {road.pipeline for road in roads if road is not None}:
            check_asked(pipeline, self.settings)

    @cached_property
    def plans(self) -> Plans:
        device = self.settings.device
        rungs = ladder(device, may_shrink=False, fp8_possible=fp8_possible(device))
        place = place_of(self.settings, self.model, self.weights.identity)
        return Plans(rungs, self._choose, place, self.home / MEMORY_FILE, may_shrink=self.options.shrink)

    def _choose(self, frame_count: int, width: int, height: int) -> MemoryPlan:
        return best_plan(self.weights, self.settings, frame_count, FrameSize(width, height))

    def fits(self, brief: Brief) -> bool:
        """Whether it is kept or there is a plan for it; only asked where smaller clips are allowed."""
        try:
            self.names.name(brief)
        except TooLarge:
            return False
        return True

    @cached_property
    def engine(self) -> Engine:
        return engine_here(self.weights, self.settings, self.home, self.devices)

    @cached_property
    def maker(self) -> Maker:
        options = self.options
        return Maker(self.engine, self.names, self.told.watch, self._made, options.retries, self._check_wanted)

    @cached_property
    def told(self) -> StepsTold:
        return StepsTold(
            self.home / "previews",
            every=self.options.preview_every,
            progress=lambda: self.on_progress,
            cancelled=lambda: self.cancelled,
        )

    def _made(self, brief: Brief, made: MadeClip, write_s: float) -> None:
        """Remember how long the clip took: estimates of the next film come from there."""
        work = work_of(brief, self.model, self.options, self.settings.device)
        try:
            Timings().add(timing_of(work, made.stages_s, write_s))
        except StorageError as error:  # a clip is not lost for the sake of an estimate
            self._note(f"how long clips take is not remembered: {error}")

    def _note(self, text: str) -> None:
        if self.on_progress is not None and text not in self._noted:
            self._noted.add(text)
            self.on_progress(Progress("render", 0, 0, note=text))

    @property
    def works_ahead(self) -> bool:
        return self._ahead is not None and not self._ahead.stopped

    @property
    def cancelled(self) -> bool:
        return self._ahead is not None and self._ahead.stopped

    def begin(self, briefed: Sequence[Briefed]) -> None:
        """Start the thread that makes these takes' clips in order, every prompt before the first.

        Where several processes will make them, only the prompts are encoded here: they find them on disk.
        """
        self.store.open()
        if len(self.devices) > 1:
            engine_on(self.weights, self.settings, self.home).encode(brief for one in briefed for brief in one.briefs)
            return
        self._briefs = {
            **self._briefs,
            **{id(one): one for one in briefed},
        }  # another thread may be reading the old one
        coming = [id(one) for one in briefed]
        if self._ahead is None:
            self._ahead = Ahead(self._work, coming)
        else:
            self._ahead.expect(coming)

    def clips(self, briefed: Briefed, names: Sequence[str]) -> list[Clip]:
        """The take's clips, made now if they are not kept. ``names`` are those that the take is to be cut from.

        Raises our errors; :class:`IdentityChanged` when they have other names by now.
        """
        while None in (kept := [self.names.find(brief) for brief in briefed.briefs]):
            try:
                self._have_made(briefed)
            except IdentityChanged:
                if self.names_of(briefed) != names:
                    raise
                continue  # that was before the take was named: its clips were looked for ahead of time
            if None in [self.names.find(brief) for brief in briefed.briefs]:
                raise RenderError("a clip that was just made is gone", where=briefed.name, hint="run again")
        found = [clip for clip in kept if clip is not None]
        if [clip.key for clip in found] != names:
            raise IdentityChanged("its clips were made with less memory", where=briefed.name)
        return found

    def names_of(self, briefed: Briefed) -> list[str]:
        """The names of the take's clips as of now; empty where one of them can no longer be made so large."""
        try:
            return [self.names.name(brief) for brief in briefed.briefs]
        except TooLarge:
            return []

    def _have_made(self, briefed: Briefed) -> None:
        try:
            if self._ahead is None or self._ahead.stopped:
                self._make(briefed)
            else:
                self._briefs = {**self._briefs, id(briefed): briefed}
                self._ahead.wait_for(id(briefed))
            self.maker.writing.wait()
        except TooLarge as error:
            raise IdentityChanged(str(error), where=briefed.name) from error

    def _work(self, item: Hashable) -> None:
        briefs = [brief for one in self._briefs.values() for brief in one.briefs]
        self.engine.encode(briefs, lambda done, total: self._check_wanted())  # at most once: the first time
        self._make(self._briefs[item])

    def _make(self, briefed: Briefed) -> None:
        for number, brief in enumerate(briefed.briefs):
            self.told.expect(briefed.briefs[number + 1 :])
            self.maker.make(brief)

    def _check_wanted(self) -> None:
        if self.cancelled:
            raise Cancelled("nobody waits for clips any more")

    def close(self) -> None:
        if self._ahead is not None:
            self._ahead.stop()
            self._ahead = None
        self._briefs = {}
        if "maker" in self.__dict__:
            self.maker.writing.close()  # a finished clip is not lost for the sake of leaving at once
        if "engine" in self.__dict__:
            self.engine.release()
            if len(self.devices) > 1 and not self._away:
                from musicvid.diffusion.cards import let_go

                let_go(self.devices, self.home)
        for name in ("engine", "maker"):
            self.__dict__.pop(name, None)

    def __getstate__(self) -> dict[str, Any]:
        own = ("device", "settings", "engine", "maker", "told", "plans", "names")
        kept = {name: value for name, value in self.__dict__.items() if name not in own}
        return {**kept, "_ahead": None, "on_progress": None, "_briefs": {}, "_away": True}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.names = ClipNames(self._made_by(), self.store, lambda: self.plans, self.options.guards)
