"""Which memory plan clips of a shape are made under, remembered in the workspace: a film made again is the same film.

A plan that ran out of memory is not tried again for clips of that size or larger on that card. Several processes keep
their plans in one file, and each takes over what the others found out when it writes its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import RLock

from musicvid.diffusion.card_memory import card_name
from musicvid.diffusion.faults import Phase
from musicvid.diffusion.memory import MemoryPlan, lower
from musicvid.diffusion.models import VideoModel
from musicvid.diffusion.settings import Settings
from musicvid.errors import RenderError, StorageError
from musicvid.media.files import part_file, storage_error

MEMORY_FILE = "memory.json"
"""Its name in the folder of clips. Without it every plan is chosen anew."""

Choose = Callable[[int, int, int], MemoryPlan]
"""The best plan by what is counted and what is free, for (frames, width, height)."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Memory grows with the number of pixels of a whole clip."""

    frame_count: int
    width: int
    height: int

    @property
    def pixels(self) -> int:
        return self.frame_count * self.width * self.height


class TooLarge(RenderError):
    """Clips of this shape fit under no plan, and the user allows smaller ones."""


def place_of(settings: Settings, model: VideoModel, identity: str) -> str:
    """What plans hold for: card and budget, and what the model's needs depend on beside a clip's shape."""
    guidance = settings.guidance if settings.guidance is not None else model.guidance
    facts = (settings.memory_bytes or "all", settings.dtype, settings.vae_dtype, guidance, identity)
    return " ".join(map(str, (card_name(settings.device), *facts)))


class Plans:
    """``rungs`` is the ladder, best first. ``file`` None: nothing is remembered. ``place`` is that of :func:`place_of`.

    With ``may_shrink``, a shape that fits under no plan raises :class:`TooLarge` instead of an error for people.
    """

    def __init__(
        self,
        rungs: tuple[MemoryPlan, ...],
        choose: Choose,
        place: str,
        file: Path | None = None,
        *,
        may_shrink: bool = False,
    ) -> None:
        self._rungs, self._choose, self._place, self._file = rungs, choose, place, file
        self._may_shrink = may_shrink
        self._lock = RLock()  # the card's thread lowers plans while takes are being named
        self._known: list[tuple[int, int]] = self._read()  # (pixels, rung); one rung too many: too large

    def fits(self, shape: Shape) -> bool:
        """Whether there is a plan; only asked where smaller clips are allowed."""
        try:
            self.plan_for(shape)
        except TooLarge:
            return False
        return True

    def plan_for(self, shape: Shape) -> MemoryPlan:
        """Raises our error when no plan fits."""
        rung = self._rung(shape)
        if rung == len(self._rungs):
            raise TooLarge(f"{shape.frame_count} frames of {shape.width}x{shape.height} do not fit in memory")
        return self._rungs[rung]

    def _rung(self, shape: Shape) -> int:
        with self._lock:
            found = [rung for pixels, rung in self._known if pixels <= shape.pixels]
            if not any(pixels == shape.pixels for pixels, _ in self._known):
                found.append(self._chosen(shape))
                self._remember(shape, max(found))
            return max(found)

    def _chosen(self, shape: Shape) -> int:
        try:
            return self._rungs.index(self._choose(shape.frame_count, shape.width, shape.height))
        except RenderError:
            if not self._may_shrink:
                raise
            return len(self._rungs)

    def lossy_until(self, shape: Shape) -> list[tuple[str, ...]]:
        """What plans give up, from nothing to what the shape's plan does (all of them where none is left): an earlier,
        better clip still counts."""
        return list(dict.fromkeys(plan.lossy for plan in self._rungs[: self._rung(shape) + 1]))

    def lower(self, shape: Shape, phase: Phase) -> MemoryPlan:
        """The next plan that helps where memory ran out; from now on the plan of this shape and larger ones.

        Raises :class:`RenderError` when there is none.
        """
        with self._lock:
            return self._lower(shape, phase)

    def _lower(self, shape: Shape, phase: Phase) -> MemoryPlan:
        plan = self.plan_for(shape)
        below = lower(plan, phase, self._rungs)
        if below is None and self._may_shrink:
            self._remember(shape, len(self._rungs))
            raise TooLarge(f"{shape.frame_count} frames of {shape.width}x{shape.height} do not fit in memory")
        if below is None:
            raise RenderError(
                f"memory ran out in the {phase} stage even with {plan.name}, the last rung of the ladder, for "
                f"{shape.frame_count} frames of {shape.width}x{shape.height}",
                hint="use a smaller render_size, most_frames, a smaller model, or allow `shrink: true`",
            )
        self._remember(shape, self._rungs.index(below))
        return below

    def _remember(self, shape: Shape, rung: int) -> None:
        self._known = [(p, r) for p, r in self._known if p != shape.pixels] + [(shape.pixels, rung)]
        if self._file is None:
            return
        plans = [asdict(plan) for plan in self._rungs] + [None]
        with _alone_with(self._file):
            found = [*self._read(), *self._known]
            self._known = [(p, max(r for q, r in found if q == p)) for p in sorted({p for p, _ in found})]
            others = [row for row in _rows(self._file) if row["place"] != self._place]
            mine = [{"place": self._place, "pixels": p, "plan": plans[r]} for p, r in self._known]
            with part_file(self._file) as part:
                part.write_text(json.dumps([*others, *mine], indent=1) + "\n", "utf-8")

    def _read(self) -> list[tuple[int, int]]:
        by_plan = {json.dumps(asdict(plan)): rung for rung, plan in enumerate(self._rungs)}
        by_plan["null"] = len(self._rungs)
        rows = _rows(self._file) if self._file is not None else []
        mine = [row for row in rows if row["place"] == self._place]
        found = [(int(row["pixels"]), by_plan.get(json.dumps(row["plan"]))) for row in mine]
        return [(pixels, rung) for pixels, rung in found if rung is not None]


@contextmanager
def _alone_with(file: Path) -> Iterator[None]:
    """No other process writes ``file`` inside. Raises :class:`StorageError` where nothing can be locked."""
    from filelock import FileLock

    lock = FileLock(file.with_name(f".{file.name}.lock"), thread_local=False)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError) as error:
        ours = storage_error(error, file) if isinstance(error, OSError) else None
        raise ours or StorageError(f"files cannot be locked here: {error}", where=str(file)) from error
    try:
        yield
    finally:
        lock.release()


def _rows(file: Path) -> list[dict[str, object]]:
    """What is remembered; a file that is missing or damaged remembers nothing (plans are then chosen anew)."""
    try:
        rows = json.loads(file.read_text("utf-8"))
        return [row for row in rows if {"place", "pixels", "plan"} <= row.keys()]
    except (OSError, ValueError, AttributeError, TypeError):
        return []
