"""What lies in a footage folder: clips, stills, and files that cannot be shown, each with the reason."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Literal

from musicvid.errors import FootageError, MusicvidError
from musicvid.media.files import sha256_of
from musicvid.media.movie import MovieReader
from musicvid.media.probe import probe

_STILLS = (".jpg", ".jpeg", ".png", ".webp")
# What a person would call a clip, a picture or a song: named when it cannot be used. Anything else is left alone.
_CLIPS = (".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".ts", ".mts", ".m2ts", ".mpg", ".mpeg", ".wmv", ".flv")
_OTHER_CLIPS = (".3gp", ".mxf", ".ogv", ".vob", ".gif", ".apng")
_OTHER_STILLS = (".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif", ".tga", ".psd", ".dng", ".cr2", ".nef", ".arw")
_SONGS = (".wav", ".mp3", ".m4a", ".aac", ".flac", ".ogg", ".opus", ".aif", ".aiff", ".wma")
_MEDIA = frozenset(_STILLS + _CLIPS + _OTHER_CLIPS + _OTHER_STILLS + _SONGS)


@dataclass(frozen=True, slots=True)
class Source:
    """One usable file. ``name`` is its path within the folder; ``clip_s`` how long a clip lasts (None: a still)."""

    path: str
    name: str
    kind: Literal["clip", "still"]
    sha256: str
    clip_s: Fraction | None = None
    remarks: tuple[str, ...] = ()


@dataclass(slots=True)
class Inventory:
    """``usable`` names in the folder, and the ``unusable`` ones with the reason."""

    folder: Path
    usable: list[str] = field(default_factory=list)
    unusable: dict[str, str] = field(default_factory=dict)


def take_stock(folder: Path) -> Inventory:
    """Look into every media file under ``folder`` (hidden ones left out).

    Raises :class:`FootageError` when the folder is missing, or holds nothing that can be shown.
    """
    if not folder.is_dir():
        what = "is not a folder" if folder.exists() else "does not exist"
        raise FootageError(f"the footage folder {what}", where=str(folder), hint="see `folder:` under `renderer:`")
    stock = Inventory(folder)
    for path in _media_files(folder):
        name = path.relative_to(folder).as_posix()
        if reason := _unusable(path):
            stock.unusable[name] = reason
        else:
            stock.usable.append(name)
    if not stock.usable:
        bad = ", ".join(f"{name} ({reason})" for name, reason in list(stock.unusable.items())[:5])
        raise FootageError(
            f"the footage folder has no clip or still that can be used{': ' + bad if bad else ''}",
            where=str(folder),
            hint="put MP4, MOV, MKV, WebM, JPEG, PNG or WebP files there",
        )
    return stock


def look_closely(folder: Path, name: str) -> Source:
    """Everything that showing this file needs: its content's hash, and for a clip its exact length.

    Raises :class:`FootageError` when it has become unreadable.
    """
    path = folder / name
    try:
        digest = sha256_of(path)
        if path.suffix.lower() in _STILLS:
            return Source(str(path), name, "still", digest)
        with MovieReader(path) as reader:
            times, info = reader.timestamps(), reader.info
    except (MusicvidError, OSError) as error:
        raise FootageError(f"{name} cannot be used: {_reason(error)}", where=str(path)) from error
    usual_s = 1 / info.rate.fps if info.rate else Fraction(1, 25)
    last_s = times[-1] - times[-2] if len(times) > 1 else usual_s
    remarks = ("is HDR: its brightness and colours are mapped to BT.709",) if info.hdr else ()
    return Source(str(path), name, "clip", digest, times[-1] - times[0] + last_s, remarks)


def _media_files(folder: Path) -> list[Path]:
    found: list[Path] = []
    for root, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        shown = (Path(root) / name for name in sorted(files) if not name.startswith("."))
        found.extend(path for path in shown if path.suffix.lower() in _MEDIA)
    return found


def _unusable(path: Path) -> str:
    """Why a file cannot be shown; empty if it can."""
    try:
        info = probe(path)
    except (MusicvidError, OSError) as error:
        return _reason(error)
    if info.kind == "sound":
        return "it holds sound only"
    if (info.kind == "still") != (path.suffix.lower() in _STILLS):
        return "it is a still, but only JPEG, PNG and WebP are taken" if info.kind == "still" else "it is no still"
    return ""


def _reason(error: Exception) -> str:
    """The error without the path, which stands beside it already."""
    return error.message if isinstance(error, MusicvidError) else " ".join(str(error).split())
