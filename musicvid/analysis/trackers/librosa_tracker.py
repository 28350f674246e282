"""librosa's beat tracker: the plain peer that everybody knows."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.trackers.contract import Heard, beat_track

_RATE_HZ = 22_050
_HOP = 512
_UNKNOWN, _ONE_OF_FOUR = 0.5, 0.25


class LibrosaTracker:
    """``librosa.beat.beat_track`` with its own settings (dynamic programming, Ellis 2007).

    It knows no bars and does not say how sure it is: every fourth beat is called a downbeat, and the confidences are
    those of somebody who does not know.
    """

    summary = "librosa's beat_track; every fourth beat is called a downbeat"
    takes_bpm = True

    def __init__(self) -> None:
        self.version = version("librosa")

    def find_beats(self, heard: Heard, *, bpm: float | None = None) -> BeatTrack:
        import librosa

        strength = librosa.onset.onset_strength(y=heard.samples(_RATE_HZ), sr=_RATE_HZ, hop_length=_HOP)
        _, frames = librosa.beat.beat_track(onset_envelope=strength, sr=_RATE_HZ, hop_length=_HOP, bpm=bpm)
        frames = np.asarray(frames, np.int64)
        times_s = librosa.frames_to_time(frames, sr=_RATE_HZ, hop_length=_HOP)
        return beat_track(
            times_s,
            times_s[::4],
            heard.duration_s,
            strengths=strength[frames] / max(float(strength.max(initial=0.0)), 1e-9),
            beats=_UNKNOWN if len(times_s) else 0.0,
            octave=_UNKNOWN,
            phase=_UNKNOWN,
            downbeats=_ONE_OF_FOUR,
            notes=("beats by librosa, which does not say how sure it is; every fourth is taken as a downbeat",),
        )
