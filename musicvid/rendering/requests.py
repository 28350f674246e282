"""Shots → what a backend is asked for: handles, seeds and the slice of the song's motion."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from musicvid.errors import InputError
from musicvid.rendering.backend import RenderRequest
from musicvid.schema.frames import FrameSpan
from musicvid.schema.shots import Motion, Shot, ShotList


def requests_for(shots: ShotList, takes: int = 1) -> tuple[RenderRequest, ...]:
    """One request for every take of every shot, in shot order, a shot's takes together.

    Takes are numbered from 1; a shot that chose a take beyond ``takes`` gets that one too. The first take has the
    shot's own seed, the others seeds derived from it, so that asking for more never changes those that are there.
    """
    if takes < 1:
        raise InputError(f"{takes} takes cannot be rendered: ask for 1 or more")
    return tuple(
        _request(shots, index, shot, number)
        for index, shot in enumerate(shots.shots)
        for number in _numbers(shot, takes)
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


def _numbers(shot: Shot, takes: int) -> list[int]:
    numbers = list(range(1, takes + 1))
    if shot.chosen_take is not None and shot.chosen_take > takes:
        numbers.append(shot.chosen_take)
    return numbers


def _request(shots: ShotList, index: int, shot: Shot, number: int) -> RenderRequest:
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
    )


def _motion(motion: Motion, first: int, count: int) -> Motion:
    """``count`` rows from movie frame ``first`` on; outside the movie the nearest row is repeated."""
    before = max(-first, 0)
    inside = motion.cut(FrameSpan(max(first, 0), max(first, 0) + count - before))
    opening = motion.cut(FrameSpan(0, 1)).data
    return Motion(opening * before + inside.data)
