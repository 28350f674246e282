"""Requests → briefs: which clips a take is cut from, what each goes on from, and which frames are shown when."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from musicvid.diffusion.models import Condition, VideoModel
from musicvid.errors import RenderError
from musicvid.rendering.backend import RenderRequest, TakeRef
from musicvid.rendering.backends.diffusion.briefs import Brief, Sound
from musicvid.rendering.backends.diffusion.options import Options
from musicvid.rendering.backends.diffusion.prompts_over_time import Telling, telling_of
from musicvid.rendering.fit import Fit, FitWishes, Segment, fit

_MOST_SHRINK = 3


@dataclass(frozen=True, slots=True)
class Briefed:
    """One take (``name`` tells it from the run's others): its clips in order, and for each of its frames the place in
    them, joined without what they repeat."""

    name: str
    briefs: tuple[Brief, ...]
    positions: tuple[Fraction, ...]
    notes: tuple[str, ...] = ()

    def shown_at(self, frame: int) -> tuple[Brief, int]:
        """The clip and its frame that are seen at the take's ``frame``."""
        place = int(self.positions[frame])
        for brief in self.briefs:
            fresh = brief.frame_count - brief.repeats
            if place < fresh:
                return brief, place + brief.repeats
            place -= fresh
        raise AssertionError("positions lie within the clips")

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(Segment(brief.frame_count, brief.repeats) for brief in self.briefs)


class Briefing:
    """The briefs of a whole run. ``fits`` says whether a clip is kept or fits in memory; where it does not, a smaller
    one is asked for. None: whatever the size, it is tried."""

    def __init__(
        self,
        model: VideoModel,
        options: Options,
        requests: Iterable[RenderRequest],
        fits: Callable[[Brief], bool] | None = None,
    ) -> None:
        self._model, self._options, self._fits = model, options, fits
        self._requests = {(one.shot_id, one.take): one for one in requests}
        self._briefed: dict[tuple[str, int], Briefed] = {}

    def of(self, request: RenderRequest) -> Briefed:
        """Raises :class:`RenderError` for what the model cannot do, naming the shot."""
        key = (request.shot_id, request.take)
        self._requests.setdefault(key, request)
        if key not in self._briefed or self._requests[key] != request:
            self._requests[key] = request
            try:
                self._briefed[key] = self._brief(request)
            except RenderError as error:
                error.where = error.where or request.shot_id
                raise
        return self._briefed[key]

    def _brief(self, request: RenderRequest) -> Briefed:
        before, note = self._before(request)
        conditions = self._conditions(request, before is not None)
        history = before[1] + 1 if before else None
        telling = telling_of(self._model, request, replace(self._wishes(), history=history), conditions)
        for shrink in range(_MOST_SHRINK + 1):
            wishes, conditions = replace(telling.wishes, shrink=shrink), telling.conditions
            try:
                fitted = fit(self._model, request.frame_count, request.rate, request.size, wishes, conditions)
            except RenderError:
                if not shrink:
                    raise
                break  # there is no smaller one
            self._check(request, conditions, fitted)
            briefs = self._chained(request, fitted, telling, before)
            if self._fits is None or all(map(self._fits, briefs)):
                small = f"made at {fitted.size} for lack of memory, as allowed" if shrink else ""
                notes = tuple(f"{request.shot_id}: {one}" for one in (fitted.note, telling.note, note, small) if one)
                return Briefed(f"{request.shot_id} take {request.take}", briefs, fitted.positions, notes)
        raise RenderError(
            f"even {briefs[0].size} does not fit in memory",
            where=request.shot_id,
            hint="use a smaller model or most_frames",
        )

    def _wishes(self) -> FitWishes:
        options = self._options
        return FitWishes(
            size=options.render_size,
            rate=options.clip_fps,
            max_frames=options.most_frames,
            counts=options.counts,
            long_shots=options.long_shots,
        )

    def _conditions(self, request: RenderRequest, continues: bool) -> frozenset[Condition]:
        wanted: set[Condition] = set()
        if request.first_frame:
            wanted.add("first")
        elif continues:
            wanted.add("extend")  # by its last frame alone where the model takes no more: the fit says which
        if request.last_frame:
            wanted.add("last")
        if request.references and self._options.references:
            wanted.add("references")
        if request.sound is not None:
            wanted.add("sound")
        return frozenset(wanted)

    def _before(self, request: RenderRequest) -> tuple[tuple[Brief, int] | None, str]:
        """The clip and frame that this take goes on from, or None and why not."""
        if request.continues is None or request.first_frame:
            return None, ""
        limit = self._options.hops
        if self._hops(request) % (limit + 1) == 0:
            return None, f"begins afresh: {limit} shots in a row went on from the one before, which is the limit (hops)"
        earlier = self._earlier(request, request.continues)
        # A dissolve begins `head_frames` before the cut, and the earlier take has as many beyond it.
        shown = earlier.frame_count - 1 - 2 * request.head_frames
        return self.of(earlier).shown_at(shown), ""

    def _hops(self, request: RenderRequest) -> int:
        hops, at = 0, request
        while at.continues is not None and not at.first_frame:
            hops, at = hops + 1, self._earlier(at, at.continues)
        return hops

    def _earlier(self, request: RenderRequest, ref: TakeRef) -> RenderRequest:
        try:
            return self._requests[ref.shot_id, ref.take]
        except KeyError:
            raise RenderError(
                f"it continues take {ref.take} of {ref.shot_id}, which is not asked for",
                where=request.shot_id,
                hint="raise `takes`, or take back `continues`",
            ) from None

    def _chained(
        self, request: RenderRequest, fitted: Fit, telling: Telling, before: tuple[Brief, int] | None
    ) -> tuple[Brief, ...]:
        briefs: list[Brief] = []
        joined = 0
        for number, segment in enumerate(fitted.segments):
            opens = number == 0
            after, frame = (before or (None, 0)) if opens else (briefs[-1], briefs[-1].frame_count - 1)
            briefs.append(
                Brief(
                    shot_id=request.shot_id,
                    take=request.take,
                    prompts=telling.of_clip(number),
                    avoid=request.avoid,
                    seed=_segment_seed(request.seed, number),
                    frame_count=segment.frame_count,
                    rate=fitted.rate,
                    size=fitted.size,
                    after=after,
                    after_frame=frame,
                    repeats=segment.repeats,
                    first=request.first_frame if opens else "",
                    last=request.last_frame if number == len(fitted.segments) - 1 else "",
                    references=tuple(r.path for r in request.references) if self._options.references else (),
                    sound=_sound(request, joined - segment.repeats - fitted.positions[0], fitted),
                )
            )
            joined += segment.frame_count - segment.repeats
        return tuple(briefs)

    def _check(self, request: RenderRequest, conditions: frozenset[Condition], fitted: Fit) -> None:
        """Every clip of the take has a road, or the take is refused by name."""
        missing = self._model.needs - conditions if not conditions & {"extend"} else frozenset()
        if missing:
            raise RenderError(
                f"{self._model.key} makes no clip without {', '.join(sorted(missing))}: give the shot a first_frame",
                where=request.shot_id,
                hint="or choose a text-to-video model: musicvid models",
            )
        last = len(fitted.segments) - 1
        for number, segment in enumerate(fitted.segments):
            wanted = set(conditions) - {"extend"} - ({"last"} if number < last else set())
            if number:
                wanted.discard("first")
            if segment.repeats:
                wanted.add("extend" if segment.repeats > 1 else "first")
            if self._model.road_for(frozenset(wanted)) is None:
                roads = "; ".join(" + ".join(sorted(road.takes)) or "a prompt alone" for road in self._model.roads)
                what = " + ".join(sorted(wanted)) or "a prompt alone"
                raise RenderError(
                    f"{self._model.key} cannot make a clip from {what} (it takes: {roads})",
                    where=request.shot_id,
                    hint="choose a model that does (musicvid models)"
                    + (", or leave the cast's pictures out: `references: false`" if "references" in wanted else ""),
                )


def _segment_seed(seed: int, number: int) -> int:
    return (seed + number) % 2**31


def _sound(request: RenderRequest, began: Fraction, fitted: Fit) -> Sound | None:
    if request.sound is None:
        return None
    start_s = Fraction(request.sound.first_frame) / request.rate.fps + began / fitted.rate.fps
    return Sound(request.sound.path, start_s)
