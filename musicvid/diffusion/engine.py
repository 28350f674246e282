"""One model at work: prompts encoded first and once, the denoiser loaded once, clips made one after the other.

An engine belongs to one thread and one card: pipelines of diffusers are not thread-safe. Only code that renders imports
this module; it loads torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import wraps
from itertools import chain
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from musicvid.diffusion.acceleration import reset_cache
from musicvid.diffusion.attention import apply_attention, choose_attention
from musicvid.diffusion.calls import call_of, frames_of, rounds_of
from musicvid.diffusion.card_memory import clear, is_out_of_memory, on_card
from musicvid.diffusion.clip import ClipSpec, MadeClip
from musicvid.diffusion.decoded import undressed
from musicvid.diffusion.faults import OutOfMemory
from musicvid.diffusion.folder_facts import read_facts
from musicvid.diffusion.fused import fuse_pipeline, kernels_for
from musicvid.diffusion.loading import TEXT_PARTS, load, on_another_road, pipeline_class
from musicvid.diffusion.memory import MemoryPlan
from musicvid.diffusion.models import Road, VideoModel
from musicvid.diffusion.placement import fit_tiles, phase_of, place, unplace
from musicvid.diffusion.prompts import reads_from
from musicvid.diffusion.reading import Reading, Told, pages_of
from musicvid.diffusion.schedules import check_schedule, schedule_for
from musicvid.diffusion.settings import Settings
from musicvid.diffusion.stages import Stages
from musicvid.diffusion.steps import watched
from musicvid.diffusion.switches import switch_on
from musicvid.errors import RenderError

ENCODED_APART = frozenset({"wan", "wan-vace", "ltx", "ltx2", "helios", "skyreels"})
"""Families whose prompts are encoded beforehand, so that the text encoder never shares the card with the denoiser."""

OnStep = Callable[[int, int, Any], None]
"""``(step from 0, steps, latents)`` after each step; raise to stop there."""
Watch = Callable[[Any], OnStep]
"""Given the loaded pipeline, what to call after each of a clip's steps."""


@dataclass(slots=True)
class Counts:
    """What the engine did so far."""

    loads: int = 0
    encoder_loads: int = 0
    encoded: int = 0
    clips: int = 0
    placed: list[str] = field(default_factory=list)


Given = ParamSpec("Given")
Back = TypeVar("Back")


def _on_its_card(method: Callable[Concatenate[Engine, Given], Back]) -> Callable[Concatenate[Engine, Given], Back]:
    """Libraries open streams on the current card, which is the first one in each new thread."""

    @wraps(method)
    def within(engine: Engine, *args: Given.args, **more: Given.kwargs) -> Back:
        with on_card(engine.settings.device):
            return method(engine, *args, **more)

    return within


class Engine:
    """``identity`` names the weights (a commit, or the folder's fingerprint). ``prompts`` keeps embeddings on disk."""

    def __init__(
        self, model: VideoModel, folder: Path, settings: Settings, *, identity: str, prompts: Path | None = None
    ) -> None:
        self.model, self.folder, self.settings = model, folder, settings
        self.counts = Counts()
        self.attention = choose_attention(settings.attention, settings.device, settings.dtype)
        self.kernels = kernels_for(settings.device)
        self.reading = Reading(model, settings, identity, prompts)
        self.notes: list[str] = []
        self._pipe: Any = None
        self._schedule: Any = None
        self._plan: MemoryPlan | None = None

    @property
    def encodes_apart(self) -> bool:
        return self.model.family in ENCODED_APART

    def road_for(self, spec: Told) -> Road:
        """The pipeline that takes what ``spec`` asks for. Raises :class:`RenderError` when the model has none."""
        road = self.model.road_for(spec.conditions)
        if road is None:
            wanted = ", ".join(sorted(spec.conditions)) or "a prompt alone"
            can = "; ".join(" + ".join(sorted(r.takes)) or "a prompt alone" for r in self.model.roads)
            raise RenderError(
                f"{self.model.key} cannot make a clip from {wanted} (it takes: {can})",
                hint="choose another model: musicvid models",
            )
        return road

    @_on_its_card
    def encode(self, clips: Iterable[Told], on_text: Callable[[int, int], None] | None = None) -> None:
        """Encode every text of ``clips`` that nobody has encoded yet, with nothing but the text encoder in memory.

        Classes of one family may read a text differently, so what is encoded depends on each clip's road.
        ``on_text(done, total)`` may raise to stop. Raises :class:`OutOfMemory` when the encoder does not fit.
        """
        wanted = [page for clip in clips for page in pages_of(clip, self.road_for(clip))] if self.encodes_apart else []
        missing = self.reading.missing(wanted)
        if not missing:
            return
        self.release()
        pipe = load(self.folder, self._home, self.settings, only=TEXT_PARTS)
        self.counts.encoder_loads += 1
        try:
            for number, _ in enumerate(self.reading.read(pipe, missing), 1):
                self.counts.encoded += 1
                if on_text:
                    on_text(number, len(missing))
        finally:
            del pipe
            clear(self.settings.device)

    def make(self, spec: ClipSpec, plan: MemoryPlan, watch: Watch | None = None) -> MadeClip:
        """One clip under a memory plan. Raises :class:`OutOfMemory` (the pipeline stays usable), our errors, and
        whatever is raised after a step."""
        from musicvid.diffusion.pictures import to_planes

        stages = Stages(self.settings.device)
        pipe = self._ready(spec, plan, stages)
        with undressed(pipe) as black:
            decoded = self._called(pipe, spec, plan, watch, stages, black)
        with stages.timed("convert"):
            finite, pictures = to_planes(decoded, black)
        self.counts.clips += 1
        return MadeClip(pictures, finite, stages.seconds, stages.peak_bytes)

    def frames(self, spec: ClipSpec, plan: MemoryPlan, watch: Watch | None = None, stages: Stages | None = None) -> Any:
        """The pipeline's own frames on the engine's device: floats ``(frames, 3, height, width)`` in 0 to 1."""
        stages = stages or Stages(self.settings.device)
        return self._called(self._ready(spec, plan, stages), spec, plan, watch, stages)

    @_on_its_card
    def _ready(self, spec: ClipSpec, plan: MemoryPlan, stages: Stages) -> Any:
        """The pipeline for ``spec``, with its prompts encoded and its weights where ``plan`` wants them."""
        with stages.timed("encode"):
            self.encode([spec])
        with stages.timed("load"):
            return self._placed(self.road_for(spec), plan)

    @_on_its_card
    def _called(
        self, pipe: Any, spec: ClipSpec, plan: MemoryPlan, watch: Watch | None, stages: Stages, black: float = 0.0
    ) -> Any:
        """Frames with ``black`` for black and 1 for white."""
        from musicvid.diffusion.noise import seeded

        arguments = call_of(pipe, self.model, spec, self.settings)
        on_step = watch(pipe) if watch else None
        if self.settings.cache:
            reset_cache(pipe)
        if plan.tiling:
            fit_tiles(pipe, spec.size)

        def seen(step: int, steps: int, latents: Any) -> None:
            stages.step(step + 1, steps)
            if on_step:
                on_step(step, steps, latents)

        try:
            rounds = rounds_of(pipe, arguments)
            with watched(pipe, seen, rounds=rounds) as more, seeded(pipe, spec.seed, self.settings.device):
                stages.begin()
                answer = pipe(**arguments, **more)
                stages.end()
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            phase = phase_of(error, pipe)
            error.__traceback__ = None  # it holds the tensors that were too many
            clear(self.settings.device)
            raise OutOfMemory(phase) from error
        return _clip_of(frames_of(pipe, answer, spec, black), spec, type(pipe).__name__)

    def release(self) -> None:
        """Let go of the denoiser and everything else on the card."""
        if self._pipe is not None:
            self._pipe = self._plan = None
            clear(self.settings.device)

    @property
    def _home(self) -> str:
        """The road whose class takes the most of the folder's parts: loaded under it, every other road has its own."""
        import inspect

        parts = set(read_facts(self.folder).parts)

        def fitting(road: Road) -> int:
            return len(parts & set(inspect.signature(pipeline_class(road.pipeline).__init__).parameters))

        return max(self.model.roads, key=fitting).pipeline

    def _placed(self, road: Road, plan: MemoryPlan) -> Any:
        """The pipeline on ``road``, with its weights where ``plan`` wants them."""
        if self._pipe is not None and self._plan is not None and self._plan.fp8 and not plan.fp8:
            self.release()  # eight-bit weights cannot be made whole again
        if self._pipe is None:
            without = TEXT_PARTS if self.encodes_apart else ()
            self._pipe = load(self.folder, self._home, self.settings, without=without)
            notes = fuse_pipeline(self._pipe, self.kernels), switch_on(self._pipe, self.settings)
            self.notes = list(dict.fromkeys(chain(*notes)))  # the same after each load
            apply_attention(self._pipe, self.attention)
            self._schedule = self._pipe.scheduler
            check_schedule(self._pipe)
            self.counts.loads += 1
        changed = type(self._pipe).__name__ != road.pipeline
        if (changed or plan != self._plan) and self._plan is not None:
            unplace(self._pipe)
            self._plan = None
        if changed:
            self._pipe = on_another_road(self._pipe, road.pipeline)
            self._pipe.register_modules(scheduler=schedule_for(self._pipe, self._schedule))
            check_schedule(self._pipe)
        if self.encodes_apart and "encode_prompt" not in vars(self._pipe):
            self._pipe.encode_prompt = reads_from(self.reading.book(road), type(self._pipe))
        if self._plan is None:
            place(self._pipe, plan, self.settings.device)
            self._plan = plan
            self.counts.placed.append(plan.name)
        return self._pipe


def _clip_of(frames: Any, spec: ClipSpec, name: str) -> Any:
    """No more frames than asked for. Fewer are an error: they would shift the film."""
    if len(frames) < spec.frame_count:
        raise RenderError(f"{name} made {len(frames)} frames, {spec.frame_count} were asked for")
    return frames[: spec.frame_count]
