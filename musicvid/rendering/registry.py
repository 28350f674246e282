"""Backends by name. Built-in ones and plug-ins come in by one door: entry points of group ``musicvid.backends``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from musicvid.errors import MusicvidError, RenderError, UnknownNameError
from musicvid.rendering.backend import Backend, BackendFactory
from musicvid.schema.storyboard import OptionValue

GROUP = "musicvid.backends"


@dataclass(frozen=True, slots=True)
class BackendEntry:
    """One backend that is installed. ``source`` is the distribution it came with (``musicvid 0.1.0``).

    ``problem`` says why it cannot be used (it does not import); empty when all is well.
    """

    name: str
    summary: str
    source: str
    problem: str = ""


def backend_names() -> list[BackendEntry]:
    """Every installed backend in order of name. One that cannot be imported is listed with its problem."""
    entries = []
    for point in _points():
        try:
            factory = _load(point)
        except RenderError as error:
            entries.append(BackendEntry(point.name, "", _source(point), error.message))
        else:
            entries.append(BackendEntry(point.name, _summary(factory), _source(point)))
    return entries


def load_backend(
    name: str, options: Mapping[str, OptionValue] | None = None, *, model: str = "", base: Path | str = ""
) -> Backend:
    """Make the backend called ``name``. Relative paths in ``options`` start from ``base`` (empty: the current folder).

    Raises :class:`UnknownNameError` listing the known names, :class:`InputError` from the backend for wrong options,
    :class:`RenderError` when a plug-in is broken or two of them share the name.
    """
    points = [point for point in _points() if point.name == name]
    if not points:
        raise _unknown(name)
    if len({point.value for point in points}) > 1:
        sources = " and ".join(_source(point) for point in points)
        raise RenderError(f"backend {name!r} is offered by {sources}", hint="uninstall one of them")
    point = points[0]
    factory = _load(point)
    try:
        backend = factory(dict(options or {}), model=model, base=Path(base).absolute())
    except MusicvidError:
        raise
    except Exception as error:  # a plug-in may raise anything
        raise _broken(point, "cannot be made", error) from error
    return checked_backend(backend, f"backend {name!r} of {_source(point)}")


def checked_backend(backend: object, what: str = "the backend") -> Backend:
    """``backend`` itself when it has everything that :class:`Backend` asks for; else :class:`RenderError`."""
    if not isinstance(backend, Backend):
        needed = ("name", "version", "model", "capabilities", "prepare", "identity", "render", "notes")
        missing = ", ".join(word for word in needed if not hasattr(backend, word))
        raise RenderError(f"{what} is not a backend: it has no {missing}")
    if not (isinstance(backend.version, str) and backend.version):
        raise RenderError(f"{what} has version {backend.version!r}: a text that is not empty is needed")
    return backend


def _points() -> list[EntryPoint]:
    return sorted(entry_points(group=GROUP), key=lambda point: (point.name, _source(point)))


def _unknown(name: str) -> MusicvidError:
    known = {point.name for point in _points()}
    if not known:
        return RenderError(
            f"backend {name!r} cannot be found, nor any other: musicvid is not installed",
            hint="pip install -e . in the project's folder",
        )
    return UnknownNameError("backend", name, known)


def _load(point: EntryPoint) -> BackendFactory:
    try:
        return point.load()
    except Exception as error:  # importing somebody's module may raise anything
        raise _broken(point, "does not import", error) from error


def _broken(point: EntryPoint, what: str, error: Exception) -> RenderError:
    cause = " ".join(f"{type(error).__name__}: {error}".split())
    return RenderError(
        f"backend {point.name!r} of {_source(point)} {what}: {cause}", hint=f"look at {point.value} or reinstall it"
    )


def _source(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"


def _summary(factory: BackendFactory) -> str:
    return " ".join(str(getattr(factory, "summary", "")).split())
