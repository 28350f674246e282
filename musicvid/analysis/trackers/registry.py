"""Trackers by name. Ours and plug-ins come in by one door: entry points of group ``musicvid.beat_trackers``."""

from __future__ import annotations

from musicvid.analysis.trackers.contract import BeatTracker
from musicvid.errors import TrackerError
from musicvid.plugins import PluginEntry, PluginGroup

GROUP = "musicvid.beat_trackers"
DEFAULT_TRACKER = "musicvid"

_TRACKERS = PluginGroup(GROUP, "beat tracker", TrackerError)


def tracker_names() -> list[PluginEntry]:
    """Every installed tracker in order of name. One that cannot be imported is listed with its problem."""
    return _TRACKERS.entries()


def load_tracker(name: str = DEFAULT_TRACKER) -> BeatTracker:
    """Make the tracker called ``name``.

    Raises :class:`UnknownNameError` listing the known names, :class:`TrackerError` when it is broken or lacks a package
    or weights.
    """
    tracker, what = _TRACKERS.make(name)
    if not isinstance(tracker, BeatTracker):
        missing = ", ".join(w for w in ("summary", "version", "takes_bpm", "find_beats") if not hasattr(tracker, w))
        raise TrackerError(f"{what} is not a beat tracker: it has no {missing}")
    if not (isinstance(tracker.version, str) and tracker.version):
        raise TrackerError(f"{what} has version {tracker.version!r}: a text that is not empty is needed")
    return tracker
