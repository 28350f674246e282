"""The folder in which one film is made. Everything in it is derived and may be thrown away.

::

    FILM.musicvid/
    ├── workspace.json    what this folder is
    ├── song.json         what the analyser heard
    ├── shots.json        the shot list
    ├── timeline.json     the edit of the finished film
    ├── sync.json         what was measured on it
    ├── made.json         what the finished film was made from: nothing changed, nothing to do
    ├── takes/            content-addressed takes
    ├── clips/            what a video model made, without loss, its prompts, revisions and memory plans
    ├── segments/         content-addressed encoded pieces
    ├── audio/            the song as it is muxed
    └── thumbs.npz/json   what was measured, by the hash of the bytes it was measured on
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from musicvid.errors import InputError, StorageError
from musicvid.production.documents import write_document


@dataclass(frozen=True, slots=True)
class Workspace:
    root: Path

    @classmethod
    def beside(cls, film: Path) -> Workspace:
        """The workspace that belongs to a film: ``clip.mp4`` has ``clip.musicvid``."""
        return cls(film.with_suffix(".musicvid"))

    @property
    def song(self) -> Path:
        return self.root / "song.json"

    @property
    def shots(self) -> Path:
        return self.root / "shots.json"

    @property
    def timeline(self) -> Path:
        return self.root / "timeline.json"

    @property
    def sync(self) -> Path:
        return self.root / "sync.json"

    @property
    def made(self) -> Path:
        return self.root / "made.json"

    @property
    def clips(self) -> Path:
        return self.root / "clips"

    @property
    def thumbs(self) -> Path:
        return self.root / "thumbs.npz"

    def create(self) -> None:
        """Make the folder. Raises :class:`StorageError` where that is impossible or something else stands there."""
        marker = self.root / "workspace.json"
        try:
            if self.root.is_dir() and not marker.exists() and self._is_used():
                raise InputError(
                    "this folder is not empty and not a musicvid workspace", where=str(self.root), hint="use --work DIR"
                )
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"cannot make the workspace: {error.strerror}", where=str(self.root)) from error
        if not marker.exists():
            write_document(marker, {"document": "workspace", "version": 1})

    def _is_used(self) -> bool:
        """Whether something of a person's stands there. Hidden files do not count: the system's own, or the marker that
        another run is writing at this moment."""
        return any(not entry.name.startswith(".") for entry in self.root.iterdir())

    def existing(self, path: Path, made_by: str) -> Path:
        """``path`` if it is there; else :class:`InputError` naming the command that makes it."""
        if not path.is_file():
            raise InputError(f"there is no {path.name} here", where=str(self.root), hint=f"run: musicvid {made_by}")
        return path

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the workspace alone; the lock dies with its process, however that ends."""
        from filelock import FileLock, Timeout

        self.create()
        lock = FileLock(self.root / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise StorageError(
                "another musicvid is at work in this workspace", where=str(self.root), hint="wait, or use --work DIR"
            ) from error
        try:
            yield
        finally:
            lock.release()
