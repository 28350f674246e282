"""``a | b | c``: prompts that follow each other in equal parts of a shot, within one clip or from clip to clip. None is
ever left out: a shot that cannot tell them all is refused."""

from __future__ import annotations

import itertools
import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from musicvid.diffusion.models import Condition, VideoModel
from musicvid.diffusion.windows import window_starts
from musicvid.errors import InputError, RenderError
from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.clip_lengths import legal_counts
from musicvid.rendering.fit import Fit, FitWishes, fit

_ONE_TAKE_MOST_S = 60
"""How long a clip with prompts over time may get; its windows slide, so the model's own limit is not one."""
_LEAST_SHARE = Fraction(1, 2)
"""Of its equal part of the shot, what a prompt gets at least where there is a choice."""
_SEARCHED_S = 120
"""Shots up to this length are tried to say how long one would have to be."""


@dataclass(frozen=True, slots=True)
class Telling:
    """How a take's prompts are told. ``wishes`` and ``conditions`` are those of its fit; ``told`` has the prompts of
    each clip (the last entry is that of all further ones): one, or one for each of its windows in time."""

    wishes: FitWishes
    conditions: frozenset[Condition]
    told: tuple[tuple[str, ...], ...]
    note: str = ""
    least_share: Fraction = Fraction(1)

    def of_clip(self, number: int) -> tuple[str, ...]:
        return self.told[min(number, len(self.told) - 1)]


def prompts_of(prompt: str) -> tuple[str, ...]:
    """The prompts between the bars; empty ones are none. Raises :class:`RenderError` for bars alone."""
    if "|" not in prompt:
        return (prompt,)
    parts = tuple(part.strip() for part in prompt.split("|") if part.strip())
    if not parts:
        raise RenderError(f"its prompt {prompt!r} has bars and nothing between them", hint="write `first | then`")
    return parts


def telling_of(
    model: VideoModel, request: RenderRequest, wishes: FitWishes, conditions: frozenset[Condition]
) -> Telling:
    """Within one clip where each prompt gets a fair part of the shot, else from clip to clip, else within one clip.

    Raises :class:`RenderError` where neither tells all prompts, and what :func:`fit` raises.
    """
    return _Story(model, request, wishes, conditions).told()


class _Story:
    """One call of :func:`telling_of`, for a take of ``frame_count`` frames."""

    def __init__(
        self, model: VideoModel, request: RenderRequest, wishes: FitWishes, conditions: frozenset[Condition]
    ) -> None:
        self.model, self.request, self.wishes, self.conditions = model, request, wishes, conditions
        self.prompts = prompts_of(request.prompt)
        self.frame_count = request.frame_count

    def told(self) -> Telling:
        if len(self.prompts) == 1:
            return Telling(self.wishes, self.conditions, (self.prompts,))
        told = self._told()
        if told is None:
            raise self._refused()
        return told

    def _told(self) -> Telling | None:
        within = self._within_one()
        if within is not None and (within.least_share >= _LEAST_SHARE or not self._chains):
            return within
        return self._from_clip_to_clip() or within

    def _within_one(self) -> Telling | None:
        """None where the model does not take several prompts with the rest, or the clip has too few windows."""
        if not self._takes_several:
            return None
        conditions: frozenset[Condition] = self.conditions | {"prompts"}
        most = self.wishes.max_frames or self.model.frames.at_most(int(_ONE_TAKE_MOST_S * self.model.rate_fps))
        wishes = replace(self.wishes, max_frames=most)
        fitted = self._fit(wishes, conditions)
        if len(fitted.segments) > 1:
            return None
        starts = window_starts(fitted.joined_frames, self.model.frames.step)
        return self._telling(fitted, wishes, conditions, [starts], "within one clip")

    def _from_clip_to_clip(self) -> Telling | None:
        """With the longest clips of which the shot takes one for each prompt; None where it is too short for that."""
        wishes, fitted = self.wishes, self._fit(self.wishes, self.conditions)
        if len(fitted.segments) < len(self.prompts):
            most = self._longest() if self._chains else None
            if most is None:
                return None
            wishes = replace(self.wishes, max_frames=most, counts=0)
            fitted = self._fit(wishes, self.conditions)
        fresh = [segment.frame_count - segment.repeats for segment in fitted.segments]
        starts = [(sum(fresh[:number]),) for number in range(len(fresh))]
        return self._telling(fitted, wishes, self.conditions, starts, "from clip to clip")

    def _longest(self) -> int | None:
        counts = legal_counts(self.model.frames, self.wishes.max_frames or self.model.max_frames)
        enough = bisect_left(counts, True, key=lambda most: self._clips_of(most) < len(self.prompts))
        most = counts[enough - 1] if enough else None
        return most if most is not None and self._clips_of(most) < math.inf else None

    def _clips_of(self, most: int) -> float:
        """How many clips of at most so many frames the shot takes: infinitely many where they only repeat others."""
        try:
            return len(self._fit(replace(self.wishes, max_frames=most, counts=0), self.conditions).segments)
        except InputError:
            return math.inf

    @property
    def _takes_several(self) -> bool:
        return self.model.road_for(self.conditions | {"prompts"}) is not None

    @property
    def _chains(self) -> bool:
        """Whether clips may go on from each other: the model can, and slow motion is not wanted instead."""
        shared = self.conditions - {"first", "last", "extend"}
        ways: tuple[Condition, ...] = ("extend", "first")
        return self.wishes.long_shots == "chain" and any(self.model.road_for(shared | {way}) for way in ways)

    def _telling(
        self,
        fitted: Fit,
        wishes: FitWishes,
        conditions: frozenset[Condition],
        starts: Sequence[tuple[int, ...]],
        how: str,
    ) -> Telling | None:
        """``starts``: for each clip, where in the joined clips its pieces start to be seen."""
        begins = [bisect_left(fitted.positions, start) for clip in starts for start in clip]
        changes = changes_at(begins, self.frame_count, len(self.prompts))
        if changes is None:
            return None
        texts = iter([self.prompts[sum(piece >= change for change in changes)] for piece in range(len(begins))])
        told = tuple(tuple(next(texts) for _ in clip) for clip in starts)
        edges = [0, *(begins[change] for change in changes), self.frame_count]
        least = min(b - a for a, b in itertools.pairwise(edges)) * Fraction(len(self.prompts), self.frame_count)
        seconds = ", ".join(f"{float(edge / self.request.rate.fps):.1f}" for edge in edges[1:-1])
        note = f"its {len(self.prompts)} prompts are told {how}, the next from {seconds} s on"
        return Telling(wishes, conditions, told, note, least)

    def _fit(self, wishes: FitWishes, conditions: frozenset[Condition]) -> Fit:
        return fit(self.model, self.frame_count, self.request.rate, self.request.size, wishes, conditions)

    def _refused(self) -> RenderError:
        many, asked = len(self.prompts), self.frame_count
        shot_s = float(asked / self.request.rate.fps)
        if not self._takes_several and not self._chains:
            clips = len(self._fit(self.wishes, self.conditions).segments)
            slow = ", or `long_shots: chain`" if self.wishes.long_shots == "slow" else ""
            return RenderError(
                f"its {many} prompts (`a | b`) need as many clips that go on from each other, the shot has {clips}",
                hint=f"use a model that goes on from a clip or takes several prompts (musicvid models){slow}, or one "
                "prompt",
            )
        least = self._least_frames()
        needs = f", {float(least / self.request.rate.fps):.2f} s are needed" if least else ""
        return RenderError(
            f"its {many} prompts (`a | b`) cannot all be told: the shot lasts {shot_s:.2f} s{needs}",
            hint="make the shot longer, or give fewer prompts",
        )

    def _least_frames(self) -> int | None:
        """How long the take must be; None where that is not found within some minutes."""
        asked, limit = self.frame_count, math.ceil(_SEARCHED_S * self.request.rate.fps)
        try:
            lengths = range(asked, limit + 1)
            found = bisect_left(lengths, True, key=self._can_tell)
            return lengths[found] if found < len(lengths) else None
        finally:
            self.frame_count = asked

    def _can_tell(self, frame_count: int) -> bool:
        self.frame_count = frame_count
        try:
            return self._told() is not None
        except RenderError:
            return False  # longer than the model can make


def changes_at(begins: Sequence[int], frame_count: int, many: int) -> tuple[int, ...] | None:
    """The pieces with which the second of ``many`` prompts begins, the third …: those nearest to equal parts of the
    take, each prompt with one at least. Piece ``k`` is seen from the take's frame ``begins[k]`` to the next one's.

    None where fewer than ``many`` are seen.
    """
    ends = [*begins[1:], frame_count]
    seen = [piece for piece, (start, end) in enumerate(zip(begins, ends, strict=True)) if start < end]
    if len(seen) < many:
        return None
    changes: list[int] = []
    at = 0
    for number in range(1, many):
        choice = range(at + 1, len(seen) - (many - number) + 1)
        ideal = Fraction(number * frame_count, many)
        at = min(choice, key=lambda one: abs(begins[seen[one]] - ideal))
        changes.append(seen[at])
    return tuple(changes)
