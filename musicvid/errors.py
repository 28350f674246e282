"""Every error that musicvid raises on purpose.

::

    MusicvidError                exit code 1, one clear message, never a traceback
    ├── InputError               a file or value that the user gave
    │   ├── SongError            the song cannot be read, is empty, silent, too short
    │   ├── StoryboardError      carries every mistake found, with file:line:column
    │   ├── LyricsError          a lyrics file
    │   ├── FootageError         a clip, a still or a folder of them
    │   └── UnknownNameError     a name that is not known; lists the known ones
    ├── TrackerError             a beat tracker that is broken or lacks what it needs
    ├── MediaError               a media file that cannot be decoded, encoded or joined
    ├── RenderError              a backend that could not make a take
    ├── AssemblyError            takes that cannot become the planned movie
    ├── StorageError             disk full, folder not writable
    └── SyncError                the finished file is not what was planned

Foreign exceptions become ours at the doors (``media``, ``interchange``, document readers); the cause is kept.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


class MusicvidError(Exception):
    """What happened (with the value), where, and what to do next.

    ``where`` is ``file``, ``file:line`` or ``file:line:column``; ``hint`` is the next step, if possible a command.
    """

    exit_code = 1

    def __init__(self, message: str, *, where: str | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders: keep keyword-only fields through pickle.
        return (_rebuild, (type(self), self.args, self.__dict__.copy()))


def _rebuild(cls: type[MusicvidError], args: tuple[object, ...], state: dict[str, object]) -> MusicvidError:
    error = cls.__new__(cls)
    Exception.__init__(error, *args)
    error.__dict__.update(state)
    return error


class InputError(MusicvidError):
    """A file or a value that the user gave is wrong."""


class SongError(InputError):
    """The song cannot be read or holds no music that can be analysed."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a user's file: 1-based line and column, dotted path of the field, what is wrong."""

    file: str
    line: int
    column: int
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}"
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class StoryboardError(InputError):
    """All mistakes of a storyboard at once, in the order of the file."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (m.line, m.column, m.field)))
        super().__init__("\n".join(str(m) for m in self.mistakes))


class LyricsError(InputError):
    """A lyrics file cannot be read."""


class FootageError(InputError):
    """A clip, a still or a folder of them cannot be used."""


class UnknownNameError(InputError):
    """A name that is not known. The message lists the known ones and the nearest."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, where: str | None = None) -> None:
        self.known = tuple(sorted(known))
        super().__init__(f"unknown {kind} {name!r}{nearest(name, self.known)}", where=where)


class TrackerError(MusicvidError):
    """A beat tracker is broken, or lacks a package or weights."""


class MediaError(MusicvidError):
    """A media file cannot be decoded, encoded or joined."""


class RenderError(MusicvidError):
    """A backend could not make a take."""


class AssemblyError(MusicvidError):
    """The takes cannot become the planned movie."""


class StorageError(MusicvidError):
    """The disk is full or a folder cannot be written."""


class SyncError(MusicvidError):
    """The finished file is not what was planned."""


def nearest(word: str, known: Iterable[str]) -> str:
    """``", did you mean 'x'? (known: …)"`` for messages about unknown words."""
    words = list(known)
    close = difflib.get_close_matches(word, words, n=1)
    guess = f", did you mean {close[0]!r}?" if close else ""
    return f"{guess} (known: {', '.join(words)})" if words else guess
