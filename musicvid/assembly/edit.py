"""The verb ``edit``: which frame of which take is shown at each frame of the movie. No file is opened."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from pathlib import Path

from musicvid.assembly.cut import Cut
from musicvid.errors import AssemblyError
from musicvid.schema.frames import FrameSpan
from musicvid.schema.shots import Shot, ShotList
from musicvid.schema.take import Take
from musicvid.schema.timeline import Clip, CutPoint, Dissolve, FrameMap

Shelf = Mapping[str, Mapping[int, Take]]
"""Takes by shot id, then by number."""


def edit(shots: ShotList, takes: Iterable[Take], audio: str | Path = "") -> Cut:
    """Lay the takes on the shots' exact frames.

    Each shot shows its ``chosen_take``, else the take with the lowest number; of two takes with the same number the
    later one counts. Takes made exactly (rate and frames as asked) are shown frame by frame; a take with another rate
    is conformed by holding each source frame until its own time, one that is too short holds its last frame, and both
    are noted. ``audio`` is the song (empty: a silent movie).

    Raises :class:`AssemblyError` when shots have no take to show, naming all of them.
    """
    shelf: dict[str, dict[int, Take]] = {}
    for take in takes:
        shelf.setdefault(take.shot_id, {})[take.number] = take
    _refuse_missing(shots, shelf)
    clips, notes = [], []
    for index, shot in enumerate(shots.shots):
        clip = _clip(shots, index, _choose(shot, shelf))
        clips.append(clip)
        notes.extend(_held(clip))
    notes.extend(_conformed(shots, clips))
    return Cut(
        title=shots.title,
        rate=shots.rate,
        size=shots.size,
        frame_count=shots.frame_count,
        clips=tuple(clips),
        cuts=tuple(_cut_point(shot) for shot in shots.shots),
        audio=str(Path(audio).absolute()) if str(audio) else "",
        dissolves=tuple(_dissolves(shots.shots)),
        captions=shots.captions,
        notes=tuple(notes),
    )


def _refuse_missing(shots: ShotList, shelf: Shelf) -> None:
    missing = []
    for shot in shots.shots:
        numbers = sorted(shelf.get(shot.id, {}))
        if shot.chosen_take is not None and shot.chosen_take not in numbers:
            have = f"has {', '.join(map(str, numbers))}" if numbers else "has none"
            missing.append((shot.id, f"{shot.id} (take {shot.chosen_take} is chosen, it {have})"))
        elif not numbers:
            missing.append((shot.id, shot.id))
    if missing:
        many = len(missing) > 1
        only = "" if len(missing) > 8 else "".join(f" --only {shot_id}" for shot_id, _ in missing)
        raise AssemblyError(
            f"{len(missing)} {'shots have' if many else 'shot has'} no take to show: "
            + ", ".join(m for _, m in missing),
            hint=f"render {'them' if many else 'it'}: musicvid render WORKSPACE{only}",
        )


def _choose(shot: Shot, shelf: Shelf) -> Take:
    numbers = shelf[shot.id]
    return numbers[min(numbers) if shot.chosen_take is None else shot.chosen_take]


def _clip(shots: ShotList, index: int, take: Take) -> Clip:
    shot = shots.shots[index]
    head, tail = shots.handles(index)
    _refuse_crowded(shot, index, head, tail)
    # The first frame of the shot is frame `head_frames` of the take, whatever the two rates are.
    step = Fraction(0) if shot.hold else take.rate.fps / shots.rate.fps
    start = max(take.head_frames - math.floor(head * step), 0)
    if start >= take.frame_count:
        raise AssemblyError(
            f"take {take.number} has {take.frame_count} frames, its shot starts at frame {take.head_frames}",
            where=f"shot {shot.id}",
            hint=f"render it again: musicvid render WORKSPACE --only {shot.id}",
        )
    frames = FrameMap(start=start, available=take.frame_count, step=step)
    return Clip(shot.id, shot.span, take, frames, head_frames=head, tail_frames=tail, lines=shot.lines)


def _refuse_crowded(shot: Shot, index: int, head: int, tail: int) -> None:
    if index == 0 and head:
        raise AssemblyError("the first shot has nothing to dissolve from", where=f"shot {shot.id}")
    if shot.dissolve_frames % 2:
        raise AssemblyError(
            f"a dissolve of {shot.dissolve_frames} frames has no middle frame: an even number is needed",
            where=f"shot {shot.id}",
        )
    if head + tail > len(shot.span):
        raise AssemblyError(
            f"{len(shot.span)} frames are too few for a dissolve of {2 * head} frames into the shot and one of "
            f"{2 * tail} out of it",
            where=f"shot {shot.id}",
            hint="shorten a dissolve or the pace in the storyboard",
        )


def _cut_point(shot: Shot) -> CutPoint:
    return CutPoint(shot.span.start, shot.id, shot.cut_on.kind, shot.cut_on.time_s, shot.dissolve_frames)


def _dissolves(shots: tuple[Shot, ...]) -> Iterable[Dissolve]:
    for before, shot in itertools.pairwise(shots):
        half = shot.dissolve_frames // 2
        if half:
            yield Dissolve(FrameSpan(shot.span.start - half, shot.span.start + half), before.id, shot.id)


def _held(clip: Clip) -> Iterable[str]:
    """What a person should know about a take that does not fill its place."""
    frames, take = clip.frames, clip.take
    shown = clip.head_frames + len(clip.span) + clip.tail_frames
    if frames.step:
        fitting = math.ceil((frames.available - frames.start) / frames.step)
        if shown > fitting:
            yield (
                f"shot {clip.shot_id}: take {take.number} has {take.frame_count} frames, too few to fill the shot: "
                f"its last frame is held for {shown - fitting} of {shown} frames"
            )
        wanted = math.floor(clip.head_frames * frames.step)
        if wanted > take.head_frames:
            yield (
                f"shot {clip.shot_id}: take {take.number} has {take.head_frames} of {wanted} frames for the dissolve "
                f"before the shot: the shot's first {wanted - take.head_frames} fall into it"
            )


def _conformed(shots: ShotList, clips: Iterable[Clip]) -> Iterable[str]:
    """One note per foreign rate and size, however many shots have it."""
    rates: dict[str, int] = {}
    sizes: dict[str, int] = {}
    for clip in clips:
        if clip.take.rate != shots.rate and clip.frames.step:
            rates[str(clip.take.rate)] = rates.get(str(clip.take.rate), 0) + 1
        if clip.take.size != shots.size:
            sizes[str(clip.take.size)] = sizes.get(str(clip.take.size), 0) + 1
    for rate, count in rates.items():
        yield f"takes at {rate} frames per second are conformed to {shots.rate} (shots: {count})"
    for size, count in sizes.items():
        yield f"takes of {size} pixels are scaled to fill {shots.size} (shots: {count})"
