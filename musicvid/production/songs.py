"""Analyse a song once: the answer is kept under the hash of the file's bytes and of the corrections asked for."""

from __future__ import annotations

import hashlib
import json
import logging
from dataclasses import asdict, replace
from pathlib import Path

from musicvid.errors import InputError, MediaError, SongError, StorageError
from musicvid.media.files import cache_folder, path_as_given, sha256_of
from musicvid.media.opening import existing_file
from musicvid.production.documents import read_song, write_song
from musicvid.schema.grid import AS_HEARD, Corrections
from musicvid.schema.progress import OnProgress, Progress
from musicvid.schema.song import Song

log = logging.getLogger(__name__)


def analyse(
    song: str | Path,
    *,
    beats: str | Path | None = None,
    bpm: float | None = None,
    offset_s: float | None = None,
    corrections: Corrections = AS_HEARD,
    cache: bool = True,
    on_progress: OnProgress | None = None,
) -> Song:
    """Hear ``song``: beats, bars, tempo, sections, onsets, curves.

    ``corrections`` say what a person knows better, such as a storyboard's ``grid``. ``beats`` (a file of beats that
    replaces the tracker), ``bpm`` (a known tempo) and ``offset_s`` (shifts every beat) are short for those of them, and
    win. The result is kept by content (``cache=False`` neither reads nor writes it).

    Raises :class:`SongError` when the file cannot be read or holds nothing to analyse, :class:`InputError` for
    corrections that are out of range, contradict each other or do not fit the song.
    """
    path = path_as_given(song)
    try:
        existing_file(path)
    except MediaError as error:
        raise SongError(error.message, where=str(song), hint=error.hint) from error
    fix = Corrections(beats=str(beats or ""), bpm=bpm, offset_s=offset_s).over(corrections)
    kept = _kept_at(path, fix)
    heard = _recall(kept, path) if cache else None
    if heard is None:
        from musicvid.analysis.analyse import analyse as hear

        heard = hear(path, corrections=fix, on_progress=on_progress)
        if cache:
            _keep(kept, heard)
    elif on_progress:
        on_progress(Progress("analyse", 1, 1, path.name, kept=True))
    return heard


def _kept_at(path: Path, fix: Corrections) -> Path:
    from musicvid.analysis import ANALYSIS_VERSION

    file = Path(fix.beats)
    plain = replace(fix, beats=file.name, offset_s=fix.offset_s or 0.0, tracker="")
    facts = [ANALYSIS_VERSION, sha256_of(path), asdict(plain)]
    if fix.tracker:
        from musicvid.analysis.trackers.registry import DEFAULT_TRACKER, load_tracker

        # The tracker counts by its version; the default one's is that of the analysis.
        facts += [fix.tracker, load_tracker(fix.tracker).version] if fix.tracker != DEFAULT_TRACKER else []
    if fix.beats:
        # The file counts by its content; in a collection, songs are found by their path and name.
        facts += [sha256_of(file) if file.is_file() else "", str(path)]
    key = hashlib.sha256(json.dumps(facts).encode()).hexdigest()
    return cache_folder() / "songs" / key[:2] / f"{key}.json"


def _recall(kept: Path, path: Path) -> Song | None:
    """A kept analysis; a damaged one is forgotten with a word in the log, since it can be made again."""
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
