"""A take: one rendering of one shot, kept under the hash of everything that determines its pixels."""

from __future__ import annotations

from dataclasses import dataclass

from musicvid.schema.frames import FrameRate, FrameSize


@dataclass(frozen=True, slots=True)
class Take:
    """``path`` is the video file. A take has its own rate, size and length; ``assembly.edit`` says what is shown.

    ``head_frames`` are shown only in the dissolve before the shot: frame ``head_frames`` of the file is the shot's
    first. ``number`` counts from 1 within the shot. ``overlay_key`` names captions that are already burnt in (empty:
    none). ``notes`` report what had to be held, slowed or looped.
    """

    shot_id: str
    number: int
    key: str
    path: str
    rate: FrameRate
    size: FrameSize
    frame_count: int
    head_frames: int
    seed: int
    backend: str
    backend_version: str
    model: str = ""
    overlay_key: str = ""
    notes: tuple[str, ...] = ()
