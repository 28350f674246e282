"""Briefs become clips in the store, also where memory runs out or pictures come out broken."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from musicvid.diffusion.clip import ClipSpec, MadeClip
from musicvid.diffusion.engine import Engine, OnStep
from musicvid.diffusion.faults import OutOfMemory
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.song_latents import canvas_frames
from musicvid.errors import RenderError
from musicvid.media.colour import rgb_of
from musicvid.media.pictures import conform
from musicvid.rendering.backend import IdentityChanged
from musicvid.rendering.backends.diffusion.briefs import Brief, Sound, clip_key
from musicvid.rendering.backends.diffusion.clip_store import Clip, ClipStore
from musicvid.rendering.backends.diffusion.pictures import condition_picture
from musicvid.rendering.backends.diffusion.plans import Plans, Shape, TooLarge
from musicvid.rendering.backends.diffusion.sound import heard
from musicvid.rendering.backends.diffusion.writing import Writing
from musicvid.vision.faults import fault_of

SOUND_HZ = 16_000


@dataclass(frozen=True, slots=True)
class ClipNames:
    """Names of clips. ``made_by`` is what all clips of a run share; see :func:`clip_key`.

    Without ``guards`` a broken clip is taken as it is, so its name is another one: what one kind of run keeps counts in
    the other only where looking at it made no difference.
    """

    made_by: Mapping[str, object]
    store: ClipStore
    plans: Callable[[], Plans]
    guards: bool = True

    def find(self, brief: Brief) -> Clip | None:
        """The kept clip that gave up least. Memory is not asked about when a whole one is there."""
        return self._kept(brief, self._after(brief))

    def name(self, brief: Brief) -> str:
        """The name of the clip that is kept, else of the one that would be made now.

        Raises :class:`TooLarge` for one that is not kept and cannot be made.
        """
        name = ""
        for one in brief.chain():  # link by link: a film may be one long chain
            kept = self._kept(one, name)
            name = kept.key if kept else self._key(one, self.plans().plan_for(shape_of(one)).lossy, name)
        return name

    def key(self, brief: Brief, lossy: tuple[str, ...]) -> str:
        return self._key(brief, lossy, self._after(brief))

    def _after(self, brief: Brief) -> str:
        return self.name(brief.after) if brief.after is not None else ""

    def _key(self, brief: Brief, lossy: tuple[str, ...], after: str, *, guards: bool | None = None) -> str:
        looked_at = self.guards if guards is None else guards
        made_by = self.made_by if looked_at else {**self.made_by, "guards": False}
        return clip_key(brief, made_by, lossy, after)

    def _kept(self, brief: Brief, after: str) -> Clip | None:
        exact = self._found(brief, (), after)
        if exact is not None:
            return exact
        later = self.plans().lossy_until(shape_of(brief))[1:]
        return next((clip for lossy in later if (clip := self._found(brief, lossy, after))), None)

    def _found(self, brief: Brief, lossy: tuple[str, ...], after: str) -> Clip | None:
        clip = self.store.find(self._key(brief, lossy, after))
        if clip is not None:
            return clip
        other = self.store.find(self._key(brief, lossy, after, guards=not self.guards))
        untouched = other is not None and not other.facts.get("fault") and not other.facts.get("broken")
        return other if untouched else None


def shape_of(brief: Brief) -> Shape:
    return Shape(brief.frame_count, brief.size.width, brief.size.height)


@dataclass(frozen=True, slots=True)
class _Within:
    """A clip that fitted in memory: under which plan, and what ran out before."""

    clip: MadeClip
    plan: MemoryPlan
    ran_out: tuple[str, ...]


@dataclass(slots=True)
class Maker:
    """``watch(brief, pipe)`` gives the step callback for a clip; ``made(brief, clip, seconds)`` hears of each that was
    made and how long it took to write. ``retries`` are other seeds for broken ones; without
    the names' ``guards`` only NaN counts as broken. ``check_wanted`` raises when nobody waits for clips any more."""

    engine: Engine
    names: ClipNames
    watch: Callable[[Brief, Any], OnStep]
    made: Callable[[Brief, MadeClip, float], None]
    retries: int = 2
    check_wanted: Callable[[], None] = lambda: None
    writing: Writing = field(default_factory=Writing)

    def make(self, brief: Brief) -> None:
        """Have the clip made if it is not kept, after those it goes on from. It may still be being written then: see
        ``writing``. Two processes never make the same one.

        Raises :class:`IdentityChanged` when memory forced a plan that gives other pixels, :class:`RenderError` when
        every try came out broken.
        """
        for one in brief.chain():
            if one.after is not None:
                self.writing.wait()  # it begins with frames of that clip
            self._one(one)

    def _one(self, brief: Brief) -> None:
        if self.names.find(brief) is not None:
            return
        plan = self.names.plans().plan_for(shape_of(brief))
        key = self.names.key(brief, plan.lossy)
        if self.writing.has(key):
            return
        with ExitStack() as held:
            held.enter_context(self.names.store.lock(key, self.check_wanted))
            if self.names.store.find(key) is None:
                write = self._new(brief, key)
                self.writing.begin(key, write, held.pop_all())

    def _new(self, brief: Brief, key: str) -> Callable[[], None]:
        """Make the clip; what is returned writes it."""
        broken: list[str] = []
        for attempt in range(self.retries + 1):
            seed = brief.seed if attempt == 0 else _another_seed(brief.seed, attempt)
            spec = self._spec(brief, seed)
            within = self._within_memory(brief, spec)
            fault = _fault_of(within.clip)
            if not fault or (within.clip.finite and not self.names.guards):
                facts = {**self._facts(brief, spec, within, broken), "fault": fault}
                return partial(self._write, brief, key, facts, within.clip)
            broken.append(f"seed {seed} came out {fault}")
        raise RenderError(
            f"every one of {len(broken)} tries came out broken: {'; '.join(broken)}",
            where=brief.name,
            hint="change the prompt, dtype or steps, raise `retries`, or allow it: `guards: false`",
        )

    def _write(self, brief: Brief, key: str, facts: dict[str, Any], made: MadeClip) -> None:
        began_s = time.perf_counter()
        self.names.store.write(key, facts, iter(made.pictures), brief.rate, brief.size)
        self.made(brief, made, time.perf_counter() - began_s)

    def _within_memory(self, brief: Brief, spec: ClipSpec) -> _Within:
        """The made clip and its plan. A lower plan that keeps the pixels is taken at once."""
        plans, shape, ran_out = self.names.plans(), shape_of(brief), []
        while True:
            plan = plans.plan_for(shape)
            try:
                return _Within(self.engine.make(spec, plan, partial(self.watch, brief)), plan, tuple(ran_out))
            except OutOfMemory as error:
                what = f"memory ran out in the {error.phase} stage under {plan.name}"
                try:
                    below = plans.lower(shape, error.phase)
                except TooLarge:
                    raise IdentityChanged(f"{what}: smaller from now on", where=brief.name) from error
                if below.lossy != plan.lossy:
                    raise IdentityChanged(f"{what}: {below.name} from now on", where=brief.name) from error
                ran_out.append(what)

    def _spec(self, brief: Brief, seed: int) -> ClipSpec:
        before = self._shown_before(brief)
        return ClipSpec(
            prompts=brief.prompts,
            avoid=brief.avoid,
            frame_count=brief.frame_count,
            rate=brief.rate,
            size=brief.size,
            seed=seed,
            first=condition_picture(brief.first, brief.size)
            if brief.first
            else (before[-1] if brief.repeats == 1 and before is not None else None),
            last=condition_picture(brief.last, brief.size) if brief.last else None,
            before=before if brief.repeats > 1 else None,
            references=tuple(condition_picture(path, brief.size) for path in brief.references),
            sound=self._heard(brief, brief.sound) if brief.sound else None,
            sound_hz=SOUND_HZ,
        )

    def _shown_before(self, brief: Brief) -> NDArray[np.uint8] | None:
        """The last frames of the clip that this one goes on from, as RGB of this clip's size."""
        if brief.after is None:
            return None
        clip = self.names.find(brief.after)
        if clip is None:
            raise RenderError("the clip that it goes on from is gone", where=brief.name, hint="run again")
        wanted = range(brief.after_frame - brief.repeats + 1, brief.after_frame + 1)
        frames = self.names.store.frames(clip, wanted)
        return np.stack([rgb_of(conform(frame, brief.size)) for frame in frames])

    def _heard(self, brief: Brief, sound: Sound) -> NDArray[np.float32]:
        """The song during the clip, and as far beyond it as the model's canvas reaches."""
        frames = canvas_frames(brief.frame_count, self.engine.model.frames.step)
        return heard(sound.path, sound.start_s, Fraction(frames) / brief.rate.fps, SOUND_HZ)

    def _facts(self, brief: Brief, spec: ClipSpec, within: _Within, broken: list[str]) -> dict[str, Any]:
        return {
            **self.names.made_by,
            "guards": self.names.guards,
            "shot": brief.shot_id,
            "prompts": list(brief.prompts),
            "avoid": brief.avoid,
            "seed": spec.seed,
            "memory": within.plan.name,
            "lossy": list(within.plan.lossy),
            "ran_out": list(within.ran_out),
            "attention": self.engine.attention.name,
            "kernels": self.engine.kernels.name,
            "broken": broken,
            "remarks": list(self.engine.notes),
            "seconds": {name: round(value, 3) for name, value in within.clip.stages_s.items()},
            "peak_bytes": within.clip.peak_bytes,
        }


def _fault_of(made: MadeClip) -> str:
    if not made.finite:
        return "with numbers that are none (NaN)"
    fault = fault_of(made.pictures)
    return "" if fault is None else f"{fault.kind} ({fault.detail})"


def _another_seed(seed: int, attempt: int) -> int:
    digest = hashlib.sha256(f"{seed}/again/{attempt}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1
