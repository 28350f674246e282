"""Backends by name. Built-in ones and plug-ins come in by one door: entry points of group ``musicvid.backends``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from musicvid.errors import RenderError
from musicvid.plugins import PluginEntry, PluginGroup
from musicvid.rendering.backend import Backend
from musicvid.schema.storyboard import OptionValue

GROUP = "musicvid.backends"

_BACKENDS = PluginGroup(GROUP, "backend", RenderError)


def backend_names() -> list[PluginEntry]:
    """Every installed backend in order of name. One that cannot be imported is listed with its problem."""
    return _BACKENDS.entries()


def load_backend(
    name: str, options: Mapping[str, OptionValue] | None = None, *, model: str = "", base: Path | str = ""
) -> Backend:
    """Make the backend called ``name``. Relative paths in ``options`` start from ``base`` (empty: the current folder).

    Raises :class:`UnknownNameError` listing the known names, :class:`InputError` from the backend for wrong options,
    :class:`RenderError` when a plug-in is broken or two of them share the name.
    """
    backend, what = _BACKENDS.make(name, dict(options or {}), model=model, base=Path(base).absolute())
    return checked_backend(backend, what)


def checked_backend(backend: object, what: str = "the backend") -> Backend:
    """``backend`` itself when it has everything that :class:`Backend` asks for; else :class:`RenderError`."""
    if not isinstance(backend, Backend):
        needed = ("name", "version", "model", "capabilities", "prepare", "identity", "render", "notes")
        missing = ", ".join(word for word in needed if not hasattr(backend, word))
        raise RenderError(f"{what} is not a backend: it has no {missing}")
    if not (isinstance(backend.version, str) and backend.version):
        raise RenderError(f"{what} has version {backend.version!r}: a text that is not empty is needed")
    return backend
