"""Beat trackers by name: ours, librosa's, beat_this, and whatever other packages bring.

A tracker is a class (or any callable without arguments that makes one) with ``summary``, ``version``, ``takes_bpm`` and
``find_beats``, as :class:`~musicvid.analysis.trackers.contract.BeatTracker` says, registered as::

    [project.entry-points."musicvid.beat_trackers"]
    mine = "my_package.tracker:Mine"

:mod:`musicvid.analysis.trackers.conformance` is the contract as a test.
"""

from musicvid.analysis.trackers.contract import BeatTracker, Heard, beat_track, hear
from musicvid.analysis.trackers.registry import DEFAULT_TRACKER, load_tracker, tracker_names

__all__ = ["DEFAULT_TRACKER", "BeatTracker", "Heard", "beat_track", "hear", "load_tracker", "tracker_names"]
