"""Is there room on the disk? Asked before anything is written."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from musicvid.assembly.pieces import PlannedPiece
from musicvid.assembly.segments import SegmentStore
from musicvid.errors import StorageError
from musicvid.schema.timeline import Timeline

_BITS_PER_PIXEL = {"h264": 0.6, "h265": 0.5, "prores": 4.0}
"""Generous: grainy pictures at crf 20 (0.59 measured for x264 veryfast), ProRes HQ at its target."""
_SPARE_BYTES = 16 << 20


def refuse_full_disk(planned: Sequence[PlannedPiece], cut: Timeline, movie: Path, store: SegmentStore) -> None:
    """Raise :class:`StorageError` when the movie, or the segments still to encode, will hardly fit.

    Copied packets count as large as their share of the file they come from, encoded ones by picture size.
    """
    luma = cut.size.width * cut.size.height
    per_frame = luma * _BITS_PER_PIXEL[store.settings.codec] / 8
    to_encode = sum(len(entry.part.span) for entry in planned if not entry.ready) * per_frame
    video = 0.0
    for entry in planned:
        if entry.ready and not entry.encoded:
            clip = entry.part.clips[0]
            video += Path(entry.piece.path).stat().st_size * len(entry.part.span) / clip.take.frame_count
        elif entry.ready:
            video += Path(entry.piece.path).stat().st_size
        else:
            video += len(entry.part.span) * per_frame
    song = Path(cut.audio).stat().st_size if cut.audio and Path(cut.audio).is_file() else 0
    folders = {movie.parent: video + song, store.folder: to_encode + song}
    _refuse(folders)


def _refuse(folders: dict[Path, float]) -> None:
    """``folders`` and the bytes that will be written to each; those on one disk add up."""
    disks: dict[int, tuple[Path, float]] = {}
    for folder, needed in folders.items():
        existing = next(place for place in (folder, *folder.parents) if place.is_dir())
        device = existing.stat().st_dev
        first, before = disks.get(device, (existing, 0.0))
        disks[device] = (first, before + needed)
    for place, needed in disks.values():
        free = shutil.disk_usage(place).free
        if needed + _SPARE_BYTES > free:
            raise StorageError(
                f"about {_mega(needed + _SPARE_BYTES)} are needed, {_mega(free)} are free",
                where=str(place),
                hint="free some space and run the same command again: finished work is kept",
            )


def _mega(size: float) -> str:
    return f"{size / 1e6:,.0f} MB"
