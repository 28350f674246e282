"""What was measured on a finished file."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    median: float
    p95: float
    max: float


@dataclass(frozen=True, slots=True)
class CutMeasure:
    """One planned cut and the frame at which the picture really changes (None: no change could be seen)."""

    shot_id: str
    planned_frame: int
    seen_frame: int | None
    event_error_frames: float


@dataclass(frozen=True, slots=True)
class SyncReport:
    """Frames are counted by decoding, cuts are found from pixels, audio offsets by cross-correlation with the song.

    ``audio_offset_ms``: positive when the movie's sound is late; None where there is no sound to compare.
    ``timestamp_deviation_frames`` is the largest distance of a frame's timestamp from the exact grid.
    ``cut_error_frames`` is seen minus planned; ``event_error_frames`` is the seen cut minus its musical event.
    ``problems`` is empty exactly when ``ok``.
    """

    video: str
    frames: int
    expected_frames: int
    timestamp_deviation_frames: float
    audio_offset_start_ms: float | None
    audio_offset_end_ms: float | None
    av_end_mismatch_ms: float | None
    cut_error_frames: Spread
    event_error_frames: Spread
    drift_ms_per_min: float
    cuts: tuple[CutMeasure, ...]
    problems: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        return not self.problems

    @property
    def cuts_seen(self) -> int:
        return sum(c.seen_frame is not None for c in self.cuts)
