"""Write whole files or none: a part file in the same folder, fsync, then one atomic rename."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import itertools
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from musicvid.errors import StorageError

_NUMBERS = itertools.count()
_ABANDONED_S = 300.0
_PART = re.compile(r"\..+\.part-(\d+)-\d+\.[a-z0-9]+")
_ADVICE = {
    errno.ENOSPC: ("the disk is full", "free some space and run the same command again: finished work is kept"),
    errno.EDQUOT: ("the disk quota is used up", "free some space and run the same command again"),
    errno.EFBIG: ("the file grew beyond what this disk or user may write", "write to another disk"),
    errno.EACCES: ("no permission to write here", "choose another folder or change its permissions"),
    errno.EPERM: ("no permission to write here", "choose another folder or change its permissions"),
    errno.EROFS: ("this disk is read-only", "choose another folder"),
    errno.ENOENT: ("the folder went away", "check the path"),
    errno.EEXIST: ("a part of this path is a file, not a folder", "check the path"),
    errno.ENOTDIR: ("a part of this path is a file, not a folder", "check the path"),
    errno.EISDIR: ("this is a folder, a file name was expected", "add a file name"),
    errno.ENAMETOOLONG: ("this name is too long", "choose a shorter one"),
    errno.EIO: ("the disk reports an input/output error", "check the disk"),
}


def path_as_given(text: str | os.PathLike[str], base: Path | None = None) -> Path:
    """The absolute path of what a person wrote, seen from ``base`` (None: the current folder). ``~`` is their home, but
    a file that is merely called ``~x.mp4`` is itself."""
    path = Path(text)
    with contextlib.suppress(RuntimeError):  # there is no such user, so this is a name
        path = path.expanduser()
    return ((base or Path()) / path).absolute()


def cache_folder() -> Path:
    """Where what may be wanted again is kept, such as analyses: ``$MUSICVID_CACHE``, else the user's cache folder."""
    from platformdirs import user_cache_path

    named = os.environ.get("MUSICVID_CACHE")
    return Path(named) if named else user_cache_path("musicvid", appauthor=False)


@contextmanager
def part_file(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a path beside ``target`` to write to; on success it is synced to disk and becomes ``target``.

    The name is ``.stem.part-<pid>-<n>.suffix``, so writers that look at the suffix still work. If the block raises, the
    part is removed and an older ``target`` stays as it was. Check the part inside the block, before it counts.
    Missing folders are made. Raises :class:`StorageError` for a full disk, no permission and the like.

    Parts of the same target left by processes that were killed are removed.
    """
    target = Path(target).absolute()
    part = target.with_name(f".{target.stem}.part-{os.getpid()}-{next(_NUMBERS)}{target.suffix}")
    try:
        if target.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(target))
        target.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(target)
        yield part
        _sync(part)
        os.replace(part, target)
        _sync_folder(target.parent)
    except OSError as error:
        _remove(part)
        if (ours := storage_error(error, target)) is None:
            raise
        raise ours from error
    except BaseException:  # also Ctrl-C: nothing half-written stays
        _remove(part)
        raise


def _remove_abandoned(target: Path) -> None:
    """Parts of ``target`` whose process is gone, and that nobody wrote to for a while: a number that means no process
    here may be a living one on another machine that shares this folder."""
    start, end = f".{target.stem}.part-", target.suffix
    for entry in os.scandir(target.parent):
        number = entry.name.removeprefix(start).partition("-")[0]
        if not (entry.name.startswith(start) and entry.name.endswith(end) and number.isdecimal()):
            continue
        with contextlib.suppress(FileNotFoundError, PermissionError):  # another process is faster, or it is not ours
            if not process_lives(int(number)) and time.time() - entry.stat().st_mtime > _ABANDONED_S:
                os.unlink(entry)


def remove_parts(folder: Path, pattern: str, *, idle_s: float) -> None:
    """Remove the parts under ``folder`` that ``pattern`` finds, whose process is gone and that nobody wrote to for
    ``idle_s``: what a run that was killed left behind in a store of many files."""
    for part in folder.glob(pattern):
        match = _PART.fullmatch(part.name)
        # A part that another process finishes or removes at this moment is no concern of ours.
        with contextlib.suppress(FileNotFoundError, PermissionError):
            if match and not process_lives(int(match[1])) and time.time() - part.stat().st_mtime >= idle_s:
                part.unlink()


def process_lives(pid: int) -> bool:
    """Whether there is such a process on this machine (or nobody can tell)."""
    if os.name != "posix":
        return False  # asking would end the process there; a file in use cannot be removed there anyway
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _remove(part: Path) -> None:
    """Remove what was written so far; whatever hinders that is the same trouble that is already being reported."""
    with contextlib.suppress(OSError):
        part.unlink(missing_ok=True)


def storage_error(error: OSError, target: str | os.PathLike[str]) -> StorageError | None:
    """Our error for an operating system error while writing ``target``; None if it is about something else."""
    if error.errno not in _ADVICE:
        return None
    message, hint = _ADVICE[error.errno]
    return StorageError(message, where=os.fspath(target), hint=hint)


@contextmanager
def writing(target: str | os.PathLike[str]) -> Iterator[None]:
    """Turn what FFmpeg and the system say while ``target`` is written into our errors."""
    import av

    from musicvid.media.opening import media_error

    try:
        yield
    except (av.FFmpegError, OSError) as error:
        if isinstance(error, OSError) and (ours := storage_error(error, target)):
            raise ours from error
        raise media_error(error, target, "written") from error


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system lets folders be opened (not on Windows)."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # some network file systems
            raise
    finally:
        os.close(handle)


def sha256_of(path: str | os.PathLike[str]) -> str:
    """Hex SHA-256 of a file's content."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
