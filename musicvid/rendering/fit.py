"""A take as the movie wants it → the clips that a video model can make for it. Exact: no float comes near.

The take has ``frame_count`` frames at the movie's rate and size; the model has legal frame counts, its own rate and
sizes. What is asked of the model must cover the take and should cost as little as that allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from musicvid.diffusion.models import Condition, VideoModel
from musicvid.errors import InputError, RenderError
from musicvid.rendering.clip_lengths import clip_lengths, legal_counts, overlap_of
from musicvid.rendering.clip_rates import clip_rate, is_nearly
from musicvid.rendering.clip_sizes import clip_size
from musicvid.schema.frames import FrameRate, FrameSize

_FIRST_ONLY: frozenset[Condition] = frozenset(("first", "last", "extend", "prompts"))
"""Conditions that belong to one clip of a chain. The others (references, sound) belong to all."""


@dataclass(frozen=True, slots=True)
class FitWishes:
    """What the user wants otherwise. ``rate`` and ``size`` are those of clips, ``max_frames`` bounds their length.

    ``shrink``: steps down to about three quarters of the area. ``counts``: so many clip lengths at most, the same for
    all shots (0: any). ``overlap``: frames that a clip repeats of the one it goes on from. ``long_shots``: a shot
    longer than the model's clip is a ``chain`` of clips, or the longest clip in ``slow`` motion. ``history``: frames
    that there are of what a take goes on from; where they are fewer than the model's overlap, the last one must do.
    """

    rate: FrameRate | None = None
    size: FrameSize | None = None
    max_frames: int | None = None
    shrink: int = 0
    counts: int = 0
    overlap: int | None = None
    long_shots: Literal["chain", "slow"] = "chain"
    history: int | None = None

    def __post_init__(self) -> None:
        for name, value, least in (("max_frames", self.max_frames, 1), ("overlap", self.overlap, 1),
                                   ("shrink", self.shrink, 0), ("counts", self.counts, 0)):  # fmt: skip
            if value is not None and value < least:
                raise InputError(f"{name} is {value}: {least} or more was expected")


@dataclass(frozen=True, slots=True)
class Segment:
    """One clip: ``frame_count`` is legal; its first ``repeats`` frames repeat the end of the one before and are not
    shown."""

    frame_count: int
    repeats: int = 0


@dataclass(frozen=True, slots=True)
class Fit:
    """What to ask the model for, and which of its frames the take shows.

    ``rate`` and ``size`` are those of the clips. Joined, the segments without what they repeat are numbered from 0;
    frame ``k`` of the take shows ``positions[k]`` there: rising, between two frames where it is no whole number.
    ``link`` is how a segment goes on from what is before it: by ``extend`` or by ``first`` (its last frame alone);
    None: none does. ``note`` is for the person (empty: nothing unusual).
    """

    rate: FrameRate
    size: FrameSize
    segments: tuple[Segment, ...]
    positions: tuple[Fraction, ...]
    link: Literal["extend", "first"] | None = None
    note: str = ""

    @property
    def joined_frames(self) -> int:
        return sum(one.frame_count - one.repeats for one in self.segments)


def fit(
    model: VideoModel,
    frame_count: int,
    rate: FrameRate,
    size: FrameSize,
    wishes: FitWishes = FitWishes(),
    conditions: frozenset[Condition] = frozenset(),
) -> Fit:
    """Fit a take of ``frame_count`` frames at ``rate`` in ``size`` to ``model``.

    ``conditions`` are what the take is made from: with ``extend`` it goes on from an earlier clip, and its first
    segment repeats that one's end (or its last frame, where the model takes no more). With ``last`` the take's last
    frame is the clip's: it starts later, or moves a little faster where its start is given too.

    Raises :class:`RenderError` for a shot that is longer than the model can make, :class:`InputError` for wishes that
    it cannot fulfil.
    """
    return _Fitting(model, frame_count, rate, wishes, conditions).fit(size)


class _Fitting:
    """One call of :func:`fit`."""

    def __init__(
        self,
        model: VideoModel,
        frame_count: int,
        rate: FrameRate,
        wishes: FitWishes,
        conditions: frozenset[Condition],
    ) -> None:
        if frame_count < 1:
            raise RenderError(f"a take of {frame_count} frames was asked for")
        if {"first", "extend"} <= conditions:
            raise InputError("a take cannot both begin with a picture and go on from an earlier clip")
        self.model, self.frame_count, self.take_rate = model, frame_count, rate
        self.wishes, self.conditions = wishes, conditions
        self.notes: list[str] = []

    def fit(self, size: FrameSize) -> Fit:
        size = clip_size(self.model, size, wish=self.wishes.size, shrink=self.wishes.shrink)
        rate = clip_rate(self.model, self.take_rate, self.wishes.rate)
        self._tell_speed(rate)
        most = self.model.frames.at_most(self._most_frames())
        last = (self.frame_count - 1) * rate.fps / self.take_rate.fps
        needed = math.ceil(last) + 1
        goes_on = "extend" in self.conditions
        link = self._link() if goes_on else None
        if goes_on and link is None:
            raise self._cannot_go_on()
        head = self._repeats(link)
        slow = needed + head > most and self.wishes.long_shots == "slow"
        if slow:
            self._check_sound()
            needed = most - head
        elif needed + head > most and link is None and (link := self._link()) is None:
            raise self._too_long(most, rate)
        lengths = self._lengths(needed, head, self._repeats(link))
        segments = tuple(Segment(n, self._repeats(link) if k else head) for k, n in enumerate(lengths))
        self._tell_link(link, segments)
        positions = self._positions(sum(one.frame_count - one.repeats for one in segments), last, slow)
        used = link if any(one.repeats for one in segments) else None
        return Fit(rate, size, segments, positions, used, "; ".join(self.notes))

    def _most_frames(self) -> int:
        most = self.wishes.max_frames or self.model.max_frames
        legal_counts(self.model.frames, most)  # refuses what is below the model's least
        return most

    def _link(self) -> Literal["extend", "first"] | None:
        """How a clip of this take can go on from one before it."""
        return next((way for way in self._links() if way == "first" or self._enough_history), None)

    def _links(self) -> list[Literal["extend", "first"]]:
        """How one can, however much there is to go on from; the better way first."""
        shared = self.conditions - _FIRST_ONLY
        ways: tuple[Literal["extend", "first"], ...] = ("extend", "first")
        end = self.conditions & {"last"}
        return [
            way for way in ways if self.model.road_for(shared | {way}) and self.model.road_for(shared | {way} | end)
        ]

    @property
    def _enough_history(self) -> bool:
        history = self.wishes.history
        return history is None or "extend" not in self.conditions or self._repeats("extend") <= history

    def _repeats(self, link: Literal["extend", "first"] | None) -> int:
        if link is None:
            return 0
        wish = self.wishes.overlap
        if link == "first" and wish not in (None, 1):
            raise InputError(f"{self.model.key} goes on from one frame, an overlap of {wish} was asked for")
        return 1 if link == "first" else overlap_of(self.model.frames, wish)

    def _lengths(self, needed: int, head: int, repeat: int) -> tuple[int, ...]:
        most = self._most_frames()
        exact = clip_lengths(legal_counts(self.model.frames, most), needed, head=head, repeat=repeat)
        if max(exact) > self.model.max_frames:
            self.notes.append(f"clips of {max(exact)} frames: {self.model.key} is made for {self.model.max_frames}")
        if not self.wishes.counts:
            return exact
        if "last" in self.conditions:
            self.notes.append("keeps its own clip length, because it ends on a given picture")
            return exact
        few = legal_counts(self.model.frames, most, only=self.wishes.counts)
        lengths = clip_lengths(few, needed, head=head, repeat=repeat)
        if extra := sum(lengths) - sum(exact):
            self.notes.append(f"{extra} frames more than needed are made, to keep to {len(few)} clip lengths")
        return lengths

    def _positions(self, joined: int, last: Fraction, slow: bool) -> tuple[Fraction, ...]:
        """Where each of the take's frames lies in the joined clips."""
        start, end = Fraction(0), last
        if slow:
            end = Fraction(joined - 1)
            self.notes.append(f"longer than the longest clip: slowed to {_percent(end, last)}")
        elif "last" in self.conditions and last < joined - 1:
            pinned = self.conditions & {"first", "extend", "sound"} and self.frame_count > 1
            if pinned:
                self.notes.append(f"moves at {_percent(joined - 1, last)} speed, to end on its last frame")
            else:
                start = joined - 1 - last
            end = Fraction(joined - 1)
        step = (end - start) / max(1, self.frame_count - 1)
        return tuple(start + k * step for k in range(self.frame_count))

    def _tell_speed(self, rate: FrameRate) -> None:
        own = self.model.rate_fps
        if self.wishes.rate and not self.model.rates_fps and not is_nearly(rate.fps, own):
            self.notes.append(f"made at {own} fps, shown at {rate}: moves at {_percent(rate.fps, own)} speed")

    def _tell_link(self, link: Literal["extend", "first"] | None, segments: tuple[Segment, ...]) -> None:
        if len(segments) > 1:
            repeats = segments[1].repeats
            end = "the last frame" if repeats == 1 else f"the last {repeats} frames"
            self.notes.append(f"made as {len(segments)} clips, each going on from {end} of the one before")
        elif link == "first" and "extend" in self.conditions:
            self.notes.append("goes on from the last frame alone: its movement starts anew")

    def _check_sound(self) -> None:
        if "sound" in self.conditions:
            raise RenderError(
                "the song cannot drive a clip in slow motion: they would drift apart",
                hint="use a shorter `pace:`, or `long_shots: chain`",
            )

    def _cannot_go_on(self) -> RenderError:
        if self._links():
            return RenderError(
                f"{self.model.key} goes on from {self._repeats('extend')} frames, the shot before has "
                f"{self.wishes.history}",
                hint="make the shot before longer, or remove `continues:`",
            )
        more = ", ".join(sorted(self.conditions - {"extend"}))
        with_what = f" and heed {more}" if more else ""
        return RenderError(
            f"{self.model.key} cannot go on from an earlier clip{with_what}",
            hint="remove `continues:`, or choose a model that goes on from a clip (musicvid models)",
        )

    def _too_long(self, most: int, rate: FrameRate) -> RenderError:
        shot_s, most_s = self.frame_count / self.take_rate.fps, most / rate.fps
        return RenderError(
            f"the shot lasts {float(shot_s):.2f} s, a clip of {self.model.key} at most {float(most_s):.2f} s",
            hint="use a shorter `pace:`, `long_shots: slow`, or a model that goes on from a clip (musicvid models)",
        )


def _percent(shown: Fraction | int, own: Fraction) -> str:
    return f"{round(100 * shown / own)} %" if own else "100 %"
