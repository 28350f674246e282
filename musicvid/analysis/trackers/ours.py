"""musicvid's own tracker."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from musicvid.analysis import ANALYSIS_VERSION
from musicvid.analysis.beats import BeatTrack, find_beats
from musicvid.analysis.trackers.contract import Heard


class Ours:
    """See :func:`musicvid.analysis.beats.find_beats`; it needs nothing but the features. Beats that round out of
    the song are dropped."""

    summary = "musicvid's own: beats, bar lines, and how sure it is of them"
    version = ANALYSIS_VERSION
    takes_bpm = True

    def find_beats(self, heard: Heard, *, bpm: float | None = None) -> BeatTrack:
        track = find_beats(heard.features, bpm=bpm)
        inside = (track.times_s >= 0) & (track.times_s < heard.duration_s)
        return replace(
            track,
            times_s=track.times_s[inside],
            positions=track.positions[inside],
            strengths=np.clip(track.strengths[inside], 0.0, 1.0),
        )
