"""Shots → what a backend is asked for: handles, seeds, what a take goes on from, and its stretch of the song."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from musicvid.errors import InputError
from musicvid.rendering.backend import RenderRequest, SoundSlice, TakeRef
from musicvid.schema.frames import FrameSpan
from musicvid.schema.shots import Motion, Shot, ShotList


def requests_for(shots: ShotList, takes: int = 1, *, song: str = "") -> tuple[RenderRequest, ...]:
    """One request for every take of every shot, in shot order, a shot's takes together.

    Takes are numbered from 1; a shot that chose a take beyond ``takes`` gets that one too, and so does the shot that it
    goes on from. The first take has the shot's own seed, the others seeds derived from it, so that asking for more
    never changes those that are there.

    A shot that goes on from another continues the take chosen there, else the one with its own number. ``song`` is the
    audio file whose stretch every request gets; empty: none does.
    """
    if takes < 1:
        raise InputError(f"{takes} takes cannot be rendered: ask for 1 or more")
    numbers = _numbers(shots, takes)
    return tuple(
        _request(shots, index, shot, number, song)
        for index, shot in enumerate(shots.shots)
        for number in numbers[shot.id]
    )


def take_seed(seed: int, number: int) -> int:
    """The seed of a shot's take ``number``: its own for take 1, else 31 bits of a hash of both."""
    return seed if number == 1 else _derived(seed, number)


def reseeded(shots: ShotList, seed: int) -> ShotList:
    """The same shots, each with a seed derived from ``seed`` and its id."""
    changed = tuple(replace(shot, seed=_derived(seed, shot.id)) for shot in shots.shots)
    return replace(shots, shots=changed)


def _derived(seed: int, what: int | str) -> int:
    digest = hashlib.sha256(f"{seed}/{what}".encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def _numbers(shots: ShotList, takes: int) -> dict[str, list[int]]:
    """The takes that are made of each shot: those asked for, chosen, and gone on from by later shots."""
    numbers = {shot.id: set(range(1, takes + 1)) for shot in shots.shots}
    chosen = {shot.id: shot.chosen_take for shot in shots.shots}
    for shot in reversed(shots.shots):
        if shot.chosen_take is not None:
            numbers[shot.id].add(shot.chosen_take)
        if shot.continues and chosen[shot.continues] is None:
            numbers[shot.continues] |= numbers[shot.id]
    return {shot_id: sorted(found) for shot_id, found in numbers.items()}


def _goes_on_from(shots: ShotList, shot: Shot, number: int) -> TakeRef | None:
    before = shots.find(shot.continues) if shot.continues else None
    return TakeRef(before.id, before.chosen_take or number) if before else None


def _request(shots: ShotList, index: int, shot: Shot, number: int, song: str) -> RenderRequest:
    head, tail = shots.handles(index)
    first = shot.span.start - head
    count = head + len(shot.span) + tail
    return RenderRequest(
        shot_id=shot.id,
        index=index,
        take=number,
        prompt=shot.prompt,
        avoid=shot.avoid,
        frame_count=count,
        head_frames=head,
        rate=shots.rate,
        size=shots.size,
        seed=take_seed(shot.seed, number),
        motion=_motion(shots.motion, first, count),
        look=(shot.label, *shot.cast),
        camera=shot.camera,
        energy=shot.energy,
        first_timecode_frame=max(first, 0),
        references=shot.references,
        first_frame=shot.first_frame,
        last_frame=shot.last_frame,
        continues=_goes_on_from(shots, shot, number),
        sound=SoundSlice(song, first) if song else None,
    )


def _motion(motion: Motion, first: int, count: int) -> Motion:
    """``count`` rows from movie frame ``first`` on; outside the movie the nearest row is repeated."""
    before = max(-first, 0)
    inside = motion.cut(FrameSpan(max(first, 0), max(first, 0) + count - before))
    opening = motion.cut(FrameSpan(0, 1)).data
    return Motion(opening * before + inside.data)
