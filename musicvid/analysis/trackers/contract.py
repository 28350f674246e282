"""What a beat tracker gets and gives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.spectrum import Features

_USUAL_METRE = 4


@dataclass(frozen=True, slots=True)
class Heard:
    """A song as trackers get it: the file, our features of it, and its samples for those that want them."""

    path: Path
    features: Features

    @property
    def duration_s(self) -> float:
        return self.features.duration_s

    def samples(self, rate_hz: int | None = None) -> NDArray[np.float32]:
        """The mono mix ``(n,)``, -1 to 1, at ``rate_hz`` (None: the file's rate), decoded anew by each call.

        The whole song at once: 330 MB for an hour at 24 kHz. Raises :class:`SongError`.
        """
        from musicvid.media.sound import read_sound

        return read_sound(self.path, rate_hz=rate_hz)


@runtime_checkable
class BeatTracker(Protocol):
    """Finds beats and bar lines.

    ``summary`` is a line for people. ``version`` changes whenever the same song may get other beats: it is part of the
    key under which analyses are kept. ``takes_bpm`` says whether it can be told the tempo; it is never given one
    otherwise.
    """

    summary: str
    version: str
    takes_bpm: bool

    def find_beats(self, heard: Heard, *, bpm: float | None = None) -> BeatTrack:
        """Beats of the song; the same for the same song, whatever was heard before. None at all is an answer.

        Times rise strictly and lie within ``[0, heard.duration_s)``; positions count from 1; strengths and confidences
        are within 0 and 1. :func:`beat_track` makes such a track from times. Raises :class:`MusicvidError`.
        """
        ...


def hear(path: str | os.PathLike[str]) -> Heard:
    """Decode and measure a sound file, as :func:`musicvid.analysis.analyse.analyse` does. Raises :class:`SongError`."""
    from musicvid.analysis.listening import Listening
    from musicvid.analysis.spectrum import measure_features

    return Heard(Path(path), measure_features(Listening(path).blocks()))


def beat_track(
    times_s: ArrayLike,
    downbeats_s: ArrayLike,
    duration_s: float,
    *,
    strengths: ArrayLike = 1.0,
    beats: float,
    octave: float,
    phase: float,
    downbeats: float,
    notes: tuple[str, ...] = (),
) -> BeatTrack:
    """A track from the ``times_s`` (k,) of beats and of those that begin a bar, in seconds.

    Beats are sorted; those outside of the song and doubles go. A downbeat belongs to the beat nearest to it. Between
    downbeats positions count on; before the first one they count back in the commonest metre; without any, all bars
    have four beats. ``strengths`` (k,) or one for all, and the four confidences, are clipped to 0 to 1.
    """
    times = np.asarray(times_s, np.float64).ravel()
    strong = np.broadcast_to(np.asarray(strengths, np.float64), times.shape)
    times, first = np.unique(times, return_index=True)
    inside = np.isfinite(times) & (times >= 0) & (times < duration_s)
    times, strong = times[inside], strong[first][inside]
    firsts = _nearest(times, np.asarray(downbeats_s, np.float64).ravel())
    sure = [float(np.clip(value, 0.0, 1.0)) for value in (beats, octave, phase, downbeats)]
    return BeatTrack(times, _positions(len(times), firsts), np.clip(strong, 0.0, 1.0), *sure, notes)


def _nearest(times_s: NDArray[np.float64], wanted_s: NDArray[np.float64]) -> NDArray[np.int64]:
    """Which of ``times_s`` are nearest to ``wanted_s``, without doubles."""
    if not len(times_s) or not len(wanted_s):
        return np.zeros(0, np.int64)
    return np.unique(np.abs(times_s[:, None] - wanted_s).argmin(axis=0))


def _positions(count: int, firsts: NDArray[np.int64]) -> NDArray[np.int64]:
    if not len(firsts):
        return np.arange(count) % _USUAL_METRE + 1
    lengths = np.diff(firsts)
    metre = int(np.bincount(lengths).argmax()) if len(lengths) else _USUAL_METRE
    at = np.arange(count)
    before = firsts[np.maximum(np.searchsorted(firsts, at, side="right") - 1, 0)]
    return np.where(at < firsts[0], (at - firsts[0]) % metre + 1, at - before + 1)
