"""Every frame of a film as a thumb, decoded once per distinct group of pictures."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from musicvid.errors import MediaError
from musicvid.media.files import part_file
from musicvid.media.gops import decode_gops, scan_gops
from musicvid.media.movie import MovieReader
from musicvid.media.pictures import conform, planes_of, size_of
from musicvid.vision.thumbs import THUMB_SIZE, thumb

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from musicvid.media.gops import Gop
    from musicvid.schema.frames import FrameSize
    from musicvid.schema.timeline import Clip

CACHE_VERSION = "2"


@dataclass(frozen=True, slots=True)
class FilmPictures:
    """``thumbs`` is ``(frames, THUMB_SIZE)`` uint8 of every decoded frame; ``times_s`` their exact timestamps, sorted.

    ``decoded`` counts the frames decoded now, the rest was remembered.
    """

    thumbs: NDArray[np.uint8]
    times_s: tuple[Fraction, ...]
    decoded: int


def film_pictures(film: Path | str, memory: Path | None = None) -> FilmPictures:
    """Decode ``film``; ``memory`` is a file that remembers thumbs by the hash of their packets."""
    gops = scan_gops(film)
    known = _recall(memory)
    wanted = {i for i, gop in enumerate(gops) if gop.sha256 not in known}
    fresh: dict[int, list[NDArray[np.uint8]]] = {i: [] for i in wanted}
    for index, planes in decode_gops(film, gops, wanted):
        fresh[index].append(thumb(planes.y, planes.u, planes.v))
    rows = [np.stack(fresh[i]) if fresh.get(i) else known.get(gop.sha256, _NONE) for i, gop in enumerate(gops)]
    if not rows:
        raise MediaError("there is not one frame in this film", where=str(film))
    if memory is not None and wanted:
        _remember(memory, gops, rows)
    times = sorted(time for gop in gops for time in gop.times_s)
    return FilmPictures(np.concatenate(rows), tuple(times), sum(len(f) for f in fresh.values()))


def take_thumbs(clip: Clip, record_frames: range, size: FrameSize) -> NDArray[np.uint8] | None:
    """Thumbs of what ``clip`` alone shows at ``record_frames``; None when its take is gone."""
    if not Path(clip.take.path).is_file():
        return None
    rows = []
    with MovieReader(clip.take.path) as movie:
        for picture in movie.pictures([clip.source_frame(k) for k in record_frames]):
            planes = planes_of(picture if size_of(picture) == size else conform(picture, size))
            rows.append(thumb(planes.y, planes.u, planes.v))
    return np.stack(rows)


_NONE = np.zeros((0, THUMB_SIZE), np.uint8)


def _recall(memory: Path | None) -> dict[str, NDArray[np.uint8]]:
    """What was remembered; nothing when the file is missing, damaged or of another version (it is only a cache)."""
    if memory is None or not memory.exists():
        return {}
    try:
        with np.load(memory, allow_pickle=False) as stored:
            if str(stored["version"]) != CACHE_VERSION:
                return {}
            edges = np.concatenate([[0], np.cumsum(stored["lengths"])])
            thumbs = stored["thumbs"]
            names = [str(name) for name in stored["names"]]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        return {}
    return {name: thumbs[edges[i] : edges[i + 1]] for i, name in enumerate(names)}


def _remember(memory: Path, gops: list[Gop], rows: list[NDArray[np.uint8]]) -> None:
    with part_file(memory) as part, part.open("wb") as file:
        np.savez(
            file,
            version=CACHE_VERSION,
            names=np.array([gop.sha256 for gop in gops]),
            lengths=np.array([len(r) for r in rows]),
            thumbs=np.concatenate(rows),
        )
