"""musicvid's own tracker."""

from __future__ import annotations

from musicvid.analysis import ANALYSIS_VERSION
from musicvid.analysis.beats import BeatTrack, find_beats
from musicvid.analysis.trackers.contract import Heard


class Ours:
    """See :func:`musicvid.analysis.beats.find_beats`; it needs nothing but the features."""

    summary = "musicvid's own: beats, bar lines, and how sure it is of them"
    version = ANALYSIS_VERSION
    takes_bpm = True

    def find_beats(self, heard: Heard, *, bpm: float | None = None) -> BeatTrack:
        return find_beats(heard.features, bpm=bpm)
