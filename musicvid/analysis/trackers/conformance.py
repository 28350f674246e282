"""The contract that any beat tracker must pass, for authors of plug-ins. Needs no pytest; call it in a test::

    from musicvid.analysis.trackers.conformance import check_tracker

    def test_mine_keeps_the_contract(tmp_path):
        check_tracker(Mine, tmp_path)

Every check raises AssertionError with one clear sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.beats import BeatTrack
from musicvid.analysis.trackers.contract import BeatTracker, Heard, hear
from musicvid.media.sound import write_sound

MakeTracker = Callable[[], BeatTracker]

RATE_HZ = 22_050
BPM = 120.0


def check_tracker(make: MakeTracker, folder: Path) -> None:
    """Run every check; sounds are written to ``folder``."""
    check_description(make())
    heard = {name: _written(folder / f"{name}.wav", sound) for name, sound in sounds().items()}
    for name, song in heard.items():
        check_track(make().find_beats(song), song.duration_s, name)
    check_repeatable(make, heard["song"], heard["noise"])
    check_tempo(make(), heard["song"])


def sounds() -> dict[str, NDArray[np.float64]]:
    """A song of drums and chords at 120 bpm, silence, noise, one held note, and less than a second of music."""
    rng = np.random.default_rng(7)
    t = np.arange(16 * RATE_HZ) / RATE_HZ
    beat, age_s = (t * BPM / 60).astype(int), t % (60 / BPM)
    drum = np.where(beat % 2, 0.4 * rng.standard_normal(len(t)), np.sin(2 * np.pi * 60 * t)) * np.exp(-18 * age_s)
    root_hz = 110 * 2 ** (np.array([0, 5, 7, 3])[beat // 4 % 4] / 12)
    chord = sum(np.sin(2 * np.pi * root_hz * ratio * t) for ratio in (1, 1.25, 1.5)) * 0.1
    song = 0.6 * drum + chord
    return {
        "song": song,
        "silence": np.zeros(8 * RATE_HZ),
        "noise": 0.2 * rng.standard_normal(10 * RATE_HZ),
        "note": 0.3 * np.sin(2 * np.pi * 220 * t),
        "moment": song[: RATE_HZ // 2],
    }


def check_description(tracker: BeatTracker) -> None:
    """Summary, version and takes_bpm are there and of the right kind."""
    _require(isinstance(tracker, BeatTracker), f"{type(tracker).__name__} lacks a member of the BeatTracker protocol")
    _require(isinstance(tracker.summary, str) and bool(tracker.summary), f"summary is {tracker.summary!r}, not a text")
    _require(
        isinstance(tracker.version, str) and bool(tracker.version),
        f"version is {tracker.version!r}: it must be a text that is not empty, for it is part of every analysis' key",
    )
    _require(isinstance(tracker.takes_bpm, bool), f"takes_bpm is {tracker.takes_bpm!r}, neither True nor False")


def check_track(track: BeatTrack, duration_s: float, what: str = "the song") -> None:
    """Times rise strictly within the song; positions count on from 1; strengths and confidences are 0 to 1."""
    _require(isinstance(track, BeatTrack), f"{what}: find_beats gave {type(track).__name__}, not a BeatTrack")
    times, positions, strengths = (np.asarray(x) for x in (track.times_s, track.positions, track.strengths))
    shapes = f"{times.shape}, {positions.shape}, {strengths.shape}"
    _require(times.ndim == 1 and times.shape == positions.shape == strengths.shape, f"{what}: shapes differ: {shapes}")
    _require(bool(np.isfinite(times).all()), f"{what}: some times are no numbers")
    _require(bool((np.diff(times) > 0).all()), f"{what}: times do not rise strictly")
    inside = (times >= 0) & (times < duration_s)
    _require(bool(inside.all()), f"{what}: beats at {times[~inside]} lie outside of its {duration_s:.3f} s")
    _require(np.issubdtype(positions.dtype, np.integer), f"{what}: positions are {positions.dtype}, not whole numbers")
    _require(bool((positions >= 1).all()), f"{what}: positions are counted from 1, some are below")
    steps = positions[1:][(positions[1:] != 1) & (positions[1:] != positions[:-1] + 1)]
    _require(not len(steps), f"{what}: positions {steps} follow neither the one before nor begin a bar")
    _in_range(strengths, f"{what}: strengths")
    sure = (track.pulse_confidence, track.octave_confidence, track.phase_confidence, track.downbeat_confidence)
    _in_range(np.array(sure, np.float64), f"{what}: confidences")
    _require(all(isinstance(note, str) for note in track.notes), f"{what}: notes are not texts: {track.notes!r}")


def check_repeatable(make: MakeTracker, song: Heard, other: Heard) -> None:
    """The same song gives the same beats: again, from another instance, and whatever was heard in between."""
    tracker = make()
    first = tracker.find_beats(song)
    tracker.find_beats(other)
    _require(_same(tracker.find_beats(song), first), "the same song gave other beats the second time")
    _require(_same(make().find_beats(song), first), "a second instance gave other beats for the same song")


def check_tempo(tracker: BeatTracker, song: Heard) -> None:
    """One that takes a tempo keeps to it within 10 %."""
    if not tracker.takes_bpm:
        return
    for bpm in (BPM, BPM / 2):
        track = tracker.find_beats(song, bpm=bpm)
        check_track(track, song.duration_s, f"the song at {bpm:g} bpm")
        found = 60 / float(np.median(np.diff(track.times_s))) if len(track.times_s) > 1 else 0.0
        _require(abs(found / bpm - 1) < 0.1, f"it takes a tempo, but told {bpm:g} bpm it gave {found:.1f}")


def _written(path: Path, sound: NDArray[np.float64]) -> Heard:
    write_sound(path, sound, RATE_HZ)
    return hear(path)


def _same(one: BeatTrack, two: BeatTrack) -> bool:
    return np.array_equal(one.times_s, two.times_s) and np.array_equal(one.positions, two.positions)


def _in_range(values: NDArray[np.float64], what: str) -> None:
    wrong = values[~((values >= 0) & (values <= 1))]
    _require(not len(wrong), f"{what} lie within 0 and 1, {wrong} do not")


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
