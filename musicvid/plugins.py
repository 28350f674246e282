"""Plug-ins by name: entry points of one group, built-in ones and those of other distributions by the same door."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from musicvid.errors import MusicvidError, UnknownNameError


@dataclass(frozen=True, slots=True)
class PluginEntry:
    """One plug-in that is installed. ``source`` is the distribution it came with (``musicvid 0.1.0``).

    ``problem`` says why it cannot be used (it does not import); empty when all is well.
    """

    name: str
    summary: str
    source: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class PluginGroup:
    """Entry points of ``group`` (``musicvid.backends``), each a callable that makes one ``kind`` of thing (backend).

    ``failure`` is the error for a plug-in that is broken.
    """

    group: str
    kind: str
    failure: type[MusicvidError]

    def entries(self) -> list[PluginEntry]:
        """Every installed plug-in in order of name. One that cannot be imported is listed with its problem."""
        entries = []
        for point in self._points():
            try:
                factory = self._load(point)
            except MusicvidError as error:
                entries.append(PluginEntry(point.name, "", _source(point), error.message))
            else:
                entries.append(PluginEntry(point.name, _summary(factory), _source(point)))
        return entries

    def make(self, plugin: str, /, *args: Any, **options: Any) -> tuple[Any, str]:
        """What the factory called ``plugin`` makes, and words for it (``backend 'x' of package 1.0``).

        Raises :class:`UnknownNameError` listing the known names, the factory's own :class:`MusicvidError`, and
        ``failure`` when the plug-in is broken or two of them share the name.
        """
        points = [point for point in self._points() if point.name == plugin]
        if not points:
            raise self._unknown(plugin)
        if len({point.value for point in points}) > 1:
            sources = " and ".join(_source(point) for point in points)
            raise self.failure(f"{self.kind} {plugin!r} is offered by {sources}", hint="uninstall one of them")
        point = points[0]
        factory = self._load(point)
        try:
            made = factory(*args, **options)
        except MusicvidError:
            raise
        except Exception as error:  # a plug-in may raise anything
            raise self._broken(point, "cannot be made", error) from error
        return made, f"{self.kind} {plugin!r} of {_source(point)}"

    def _points(self) -> list[EntryPoint]:
        return sorted(entry_points(group=self.group), key=lambda point: (point.name, _source(point)))

    def _unknown(self, name: str) -> MusicvidError:
        known = {point.name for point in self._points()}
        if not known:
            return self.failure(
                f"{self.kind} {name!r} cannot be found, nor any other: musicvid is not installed",
                hint="pip install -e . in the project's folder",
            )
        return UnknownNameError(self.kind, name, known)

    def _load(self, point: EntryPoint) -> Any:
        try:
            return point.load()
        except Exception as error:  # importing somebody's module may raise anything
            raise self._broken(point, "does not import", error) from error

    def _broken(self, point: EntryPoint, what: str, error: Exception) -> MusicvidError:
        cause = " ".join(f"{type(error).__name__}: {error}".split())
        return self.failure(
            f"{self.kind} {point.name!r} of {_source(point)} {what}: {cause}",
            hint=f"look at {point.value} or reinstall it",
        )


def _source(point: EntryPoint) -> str:
    return f"{point.dist.name} {point.dist.version}" if point.dist else "an unknown distribution"


def _summary(factory: object) -> str:
    return " ".join(str(getattr(factory, "summary", "")).split())
