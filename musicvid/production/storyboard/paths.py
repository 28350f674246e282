"""Paths that a storyboard may name: inside its folder, or absolute."""

from __future__ import annotations

from pathlib import Path

from musicvid.errors import InputError


def locate(text: str, folder: Path) -> Path:
    """The absolute path of ``text`` seen from ``folder``.

    Raises :class:`InputError` when a relative path leaves the folder, be it by ``..`` or through a link.
    """
    written = Path(text)
    if written.is_absolute():
        return written
    try:
        home = folder.resolve()
        path = (home / written).resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name too long, a null byte
        raise InputError(f"{text!r} is not a usable path: {error}") from error
    if not path.is_relative_to(home):
        raise InputError(
            f"{text!r} leads out of the storyboard's folder: move the file there or write its absolute path"
        )
    return path


def locate_file(text: str, folder: Path) -> Path:
    """Like :func:`locate`, for a file that must exist."""
    path = locate(text, folder)
    try:
        if path.is_file():
            return path
        what = "is a folder, a file is needed" if path.is_dir() else f"no such file (looked for {path})"
    except (OSError, ValueError) as error:
        raise InputError(f"{text!r} cannot be opened: {error}") from error
    raise InputError(f"{text!r}: {what}" if what.startswith("no") else f"{text!r} {what}")
