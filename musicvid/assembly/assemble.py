"""The verb ``assemble``: edit → finished movie. Packets are copied wherever they can be; the rest is encoded once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from threading import Event

from musicvid.assembly.captions.overlay import timeline_captions
from musicvid.assembly.captions.sidecars import write_sidecars
from musicvid.assembly.parts import parts_of
from musicvid.assembly.pieces import PlannedPiece, plan_pieces
from musicvid.assembly.segments import SegmentStore
from musicvid.assembly.space import refuse_full_disk
from musicvid.assembly.whole import refuse_broken
from musicvid.errors import AssemblyError
from musicvid.media.encode import EncodeSettings
from musicvid.media.files import part_file
from musicvid.media.join import join
from musicvid.media.soundtrack import soundtrack
from musicvid.schema.progress import OnProgress, Progress
from musicvid.schema.timeline import Timeline

_CONTAINERS = {"h264": (".mp4", ".mov", ".m4v"), "h265": (".mp4", ".mov", ".m4v"), "prores": (".mov",)}


def assemble(
    cut: Timeline,
    to: str | Path,
    *,
    work: str | Path = "work",
    settings: EncodeSettings | None = None,
    lossless: bool = False,
    on_progress: OnProgress | None = None,
) -> Path:
    """Write the movie and return its absolute path.

    Shots whose takes are exactly what is shown are copied as packets. Dissolves, conformed shots, and shots whose
    captions are not in the take yet are encoded with ``settings`` into ``work/segments``, where they are kept. The song
    is added once, from ``work/audio``; ``lossless`` keeps it without loss. Lyric sidecars are written beside the movie
    when the edit asks for them.

    An older file at ``to`` stays until the new one is whole and checked. Raises :class:`AssemblyError`,
    :class:`MediaError`, and :class:`StorageError` (before anything is written, if the disk has too little room).
    """
    settings = settings or EncodeSettings()
    movie = _target(to, settings)
    captions = timeline_captions(cut)
    store = SegmentStore(work, cut.rate, cut.size, settings)
    planned = plan_pieces(parts_of(cut, captions), store)
    refuse_full_disk(planned, cut, movie, store)
    sound = None
    if cut.audio:
        container = "mov" if movie.suffix.lower() == ".mov" else "mp4"
        sound = soundtrack(cut.audio, Path(work).absolute() / "audio", container=container, lossless=lossless)
    _encode(planned, store, on_progress)
    with part_file(movie) as part:
        pieces = [entry.piece for entry in planned]
        join(pieces, cut.rate, part, sound=sound, title=cut.title, comment=comment(cut))
        refuse_broken(part, cut)
    if cut.captions.sidecar:
        write_sidecars(cut, movie)
    if on_progress:
        on_progress(Progress("assemble", len(planned) + 1, len(planned) + 1, item=movie.name))
    return movie


def comment(cut: Timeline) -> str:
    """How the movie was made, for its ``comment`` tag: renderers, models, and a hash of every shot's take and seed."""
    makers = dict.fromkeys(
        " ".join(filter(None, (clip.take.backend, clip.take.backend_version, clip.take.model))) for clip in cut.clips
    )
    recipe = json.dumps([[clip.shot_id, clip.take.number, clip.take.seed, clip.take.key] for clip in cut.clips])
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    seeds = list(dict.fromkeys(str(clip.take.seed) for clip in cut.clips))
    shown = f"seed {seeds[0]}" if len(seeds) == 1 else f"{len(seeds)} seeds"
    pictures = f"{len(cut.clips)} shots by {', '.join(makers)}"
    return f"musicvid {version('musicvid')}; {pictures}; {shown}; recipe {digest}"


def _target(to: str | Path, settings: EncodeSettings) -> Path:
    movie = Path(to).absolute()
    fitting = _CONTAINERS[settings.codec]
    if movie.suffix.lower() not in fitting:
        raise AssemblyError(
            f"a {settings.codec} movie cannot be written as {movie.suffix or 'a file without suffix'}",
            where=str(to),
            hint=f"end its name with {' or '.join(fitting[:2])}",
        )
    if movie.is_dir():
        raise AssemblyError("this is a folder, a file name was expected", where=str(to))
    return movie


def _encode(planned: Sequence[PlannedPiece], store: SegmentStore, on_progress: OnProgress | None) -> None:
    """Encode what is missing, one segment per core; report every part in order.

    Threads are enough: FFmpeg works outside the interpreter's lock. Each encoder stays on one thread, because its
    output must not depend on the machine.
    """
    total = len(planned) + 1
    stop = Event()
    waiting = {entry.piece.path: entry.part for entry in planned if not entry.ready}
    workers = max(1, min(len(waiting), os.cpu_count() or 1, 8))
    with ThreadPoolExecutor(workers) as pool:
        jobs = {path: pool.submit(store.encode, part, stop) for path, part in waiting.items()}
        try:
            for done, entry in enumerate(planned, start=1):
                if not entry.ready:
                    jobs[entry.piece.path].result()
                if on_progress:
                    on_progress(Progress("assemble", done, total, item=entry.part.name, kept=entry.ready))
        except BaseException:  # also Ctrl-C: give up the segments in flight, keep the finished ones
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
