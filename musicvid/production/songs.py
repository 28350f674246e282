"""Analyse a song once: the answer is kept under the hash of the file's bytes and of the corrections asked for."""

from __future__ import annotations

import hashlib
import json
import logging
import os
from pathlib import Path

from musicvid.errors import InputError, MediaError, SongError, StorageError
from musicvid.media.files import path_as_given, sha256_of
from musicvid.media.opening import existing_file
from musicvid.production.documents import read_song, write_song
from musicvid.schema.progress import OnProgress, Progress
from musicvid.schema.song import Song

log = logging.getLogger(__name__)


def cache_folder() -> Path:
    """Where analyses are kept: ``$MUSICVID_CACHE``, else the user's cache folder."""
    from platformdirs import user_cache_path

    named = os.environ.get("MUSICVID_CACHE")
    return Path(named) if named else user_cache_path("musicvid", appauthor=False)


def analyse(
    song: str | Path,
    *,
    beats: str | Path | None = None,
    bpm: float | None = None,
    offset_s: float = 0.0,
    cache: bool = True,
    on_progress: OnProgress | None = None,
) -> Song:
    """Hear ``song``: beats, bars, tempo, sections, onsets, curves.

    ``beats`` is a file of beat times that replaces the tracker, ``bpm`` a known tempo, ``offset_s`` shifts every beat.
    The result is kept by content (``cache=False`` neither reads nor writes it).

    Raises :class:`SongError` when the file cannot be read or holds nothing to analyse.
    """
    path = path_as_given(song)
    try:
        existing_file(path)
    except MediaError as error:
        raise SongError(error.message, where=str(song), hint=error.hint) from error
    if bpm is not None and not 30 <= bpm <= 300:
        raise InputError(f"a tempo of {bpm:g} bpm is outside 30 to 300")
    kept = _kept_at(path, beats, bpm, offset_s)
    heard = _recall(kept, path) if cache else None
    if heard is None:
        from musicvid.analysis.analyse import analyse as hear

        heard = hear(path, beats=beats, bpm=bpm, offset_s=offset_s, on_progress=on_progress)
        if cache:
            _keep(kept, heard)
    elif on_progress:
        on_progress(Progress("analyse", 1, 1, path.name, kept=True))
    return heard


def _kept_at(path: Path, beats: str | Path | None, bpm: float | None, offset_s: float) -> Path:
    from musicvid.analysis import ANALYSIS_VERSION

    beats_sha = sha256_of(Path(beats)) if beats and Path(beats).is_file() else str(beats)
    facts = [ANALYSIS_VERSION, sha256_of(path), beats_sha, bpm, offset_s]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return cache_folder() / "songs" / key[:2] / f"{key}.json"


def _recall(kept: Path, path: Path) -> Song | None:
    """A kept analysis; a damaged one is forgotten with a word in the log, since it can be made again."""
    from dataclasses import replace

    if not kept.is_file():
        return None
    try:
        return replace(read_song(kept), file=str(path))
    except InputError as error:
        log.warning("kept analysis is damaged, analysing again: %s", error)
        return None


def _keep(kept: Path, song: Song) -> None:
    try:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_song(kept, song)
    except (OSError, StorageError) as error:
        log.warning("the analysis could not be kept: %s", error)
