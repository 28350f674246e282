"""What no tracker should be sure of, and what it must follow all the same: right, or unsure and told so.

Beats are judged by mir_eval (within 70 ms, from the first beat on) against the scores that the sounds were made from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import hard_files
import hard_sounds
import mir_eval
import numpy as np
import pytest
from played_songs import RATE, Score, play, score

from musicvid.analysis.analyse import analyse
from musicvid.analysis.downmix import Downmix
from musicvid.errors import SongError
from musicvid.media.sound_packets import SoundBlock
from musicvid.schema.song import Song

UNSURE = 0.5
RIGHT = 0.9

Truth = tuple[Score, ...]
"""The readings that count as right; none where there is no beat to find."""


def _three_seconds() -> tuple[np.ndarray, Score]:
    whole = score((120, 4, 4))
    heard = whole.beats < 3.0
    return play(whole)[: 3 * RATE], Score(whole.beats[heard], whole.positions[heard], 3.0)


PULSELESS: dict[str, Callable[[], tuple[np.ndarray, int]]] = {
    "noise": lambda: (hard_sounds.white_noise(), RATE),
    "speech": lambda: (hard_sounds.speech(), RATE),
    "a cappella": lambda: (hard_sounds.a_cappella(), RATE),
    "drone": lambda: (hard_sounds.drone(), 8000),
    "almost silence": lambda: (0.003 * hard_sounds.white_noise(12), RATE),
}
HARD: dict[str, Callable[[], tuple[np.ndarray, Score]]] = {
    "three seconds": _three_seconds,
    "rubato piano": hard_sounds.rubato_piano,
    "seven-eight metal": hard_sounds.seven_eight_metal,
    "drifting take": hard_sounds.drifting_take,
    "dj mix": hard_sounds.dj_mix,
    "begun before the file": hard_sounds.begun_before_the_file,
}
FOLLOWED = ("drifting take", "dj mix", "begun before the file", *hard_files.SPOILED)
"""A pulse that a listener taps along to at once: here unsure is not enough."""


@dataclass(frozen=True)
class Case:
    name: str
    song: Song
    truth: Truth

    @property
    def best_f(self) -> float:
        """Of all readings of the truth."""
        found = np.array([beat.time_s for beat in self.song.beats])
        return max(mir_eval.beat.f_measure(reading.beats, found) for reading in self.truth)


def _readings(name: str, written: Score) -> Truth:
    """In 2 + 2 + 3, people count eighths or tap the three uneven groups."""
    if name != "seven-eight metal":
        return (written,)
    groups = np.isin(written.positions, (1, 3, 5))
    return written, Score(written.beats[groups], (written.positions[groups] + 1) // 2, written.end)


def _heard(name: str, path: Path) -> Case:
    if name in hard_files.SPOILED:
        truth: Truth = (hard_files.SPOILED[name](path),)
    elif name in HARD:
        sound, written = HARD[name]()
        hard_files.write(path, sound)
        truth = _readings(name, written)
    else:
        hard_files.write(path, *PULSELESS[name]())
        truth = ()
    return Case(name, analyse(path), truth)


def _cases(names: Iterable[str]) -> list:
    """One worker for all tests on a sound: it is analysed once."""
    return [pytest.param(name, id=name, marks=[pytest.mark.xdist_group(name)]) for name in names]


@pytest.fixture(scope="module")
def kept() -> dict[str, Case]:
    return {}


@pytest.fixture
def case(request, kept, tmp_path_factory) -> Case:
    """The analysis of the sound that the test asks for, made once."""
    name = request.param
    if name not in kept:
        kept[name] = _heard(name, tmp_path_factory.mktemp("hard") / "song.wav")
    return kept[name]


@pytest.mark.parametrize("case", _cases([*PULSELESS, *HARD, *hard_files.SPOILED]), indirect=True)
def test_there_is_a_grid_to_plan_with(case):
    song = case.song
    times = [beat.time_s for beat in song.beats]
    assert len(times) >= 2
    assert all(a < b for a, b in pairwise(times))
    assert times[0] >= 0
    assert times[-1] < song.duration_s
    assert 40 <= song.tempo_bpm <= 240
    assert max(np.diff(times)) < 3.5
    assert song.sections[0].start_s == 0
    assert song.sections[-1].stop_s == song.duration_s
    assert all(a.stop_s == b.start_s for a, b in pairwise(song.sections))
    sure = song.confidence
    assert all(0 <= value <= 1 for value in (sure.beats, sure.octave, sure.phase, sure.downbeats, sure.sections))
    assert 0 <= sure.overall <= 1


@pytest.mark.parametrize("case", _cases(PULSELESS), indirect=True)
def test_no_pulse_is_said_to_be_none(case):
    assert case.song.confidence.overall < UNSURE
    assert case.song.confidence.downbeats < UNSURE
    assert case.song.notes


@pytest.mark.parametrize("case", _cases([*HARD, *hard_files.SPOILED]), indirect=True)
def test_the_grid_is_right_or_doubted(case):
    if case.best_f <= RIGHT:
        assert case.song.confidence.overall < UNSURE
        assert case.song.notes


@pytest.mark.parametrize("case", _cases(FOLLOWED), indirect=True)
def test_what_people_tap_to_is_followed(case):
    assert case.best_f > RIGHT


@pytest.mark.parametrize("case", _cases(["drifting take", *hard_files.SPOILED]), indirect=True)
def test_bars_are_found_there_as_well(case):
    found = np.array([beat.time_s for beat in case.song.downbeats])
    assert mir_eval.beat.f_measure(case.truth[0].downbeats, found) > 0.85


@pytest.mark.parametrize("case", _cases(["seven-eight metal"]), indirect=True)
def test_seven_eight_has_bars_of_seven_or_doubts_them(case):
    written = case.truth[0]
    found = np.array([beat.time_s for beat in case.song.downbeats])
    right = mir_eval.beat.f_measure(written.downbeats, found) > RIGHT
    assert right or case.song.confidence.downbeats < UNSURE


@pytest.mark.parametrize("case", _cases(["dj mix"]), indirect=True)
def test_a_mix_has_the_tempo_of_each_record(case):
    tempi = case.song.tempo
    for start_s, stop_s, bpm in ((3, 20, 122), (34, 50, 128), (62, 76, 100)):
        heard = [point.bpm for point in tempi if start_s <= point.time_s < stop_s]
        assert np.median(heard) == pytest.approx(bpm, rel=0.02)


@pytest.mark.parametrize("case", _cases(["begun before the file"]), indirect=True)
def test_the_first_whole_beat_is_found(case):
    """The stroke that was cut off is no beat of the file; the next one is."""
    first = case.truth[0].beats[0]
    assert any(abs(beat.time_s - first) < 0.07 for beat in case.song.beats)


@pytest.mark.parametrize("case", _cases(["cancelled stereo"]), indirect=True)
def test_a_side_that_is_upside_down_is_noted(case):
    assert any("upside down" in note and "was heard alone" in note for note in case.song.notes)


@pytest.mark.parametrize("case", _cases(["surround", "clipped"]), indirect=True)
def test_channels_that_add_up_are_not_noted(case):
    assert not any("upside down" in note for note in case.song.notes)


@pytest.mark.parametrize("layout", [2, 6, 8])
def test_a_channel_alone_or_unlike_the_others_is_still_mixed(layout):
    """Only cancelled channels are taken apart: one that plays alone, or noise that differs in each, is not."""
    names = {2: ("FL", "FR"), 6: ("FL", "FR", "FC", "LFE", "BL", "BR")}.get(
        layout, ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")
    )
    noise = np.random.default_rng(8).standard_normal((layout, RATE)).astype(np.float32)
    for only in (slice(None), *(k for k, name in enumerate(names) if name != "LFE")):
        planes = np.zeros_like(noise)
        planes[only] = noise[only]
        block = SoundBlock(planes, names, RATE, None, 16)
        downmix = Downmix()
        assert np.array_equal(downmix.heard(block), block.mono)
        assert downmix.alone is None


@pytest.mark.parametrize("channels", [1, 2])
def test_silence_is_refused_with_advice(tmp_path, channels):
    path = hard_files.write(tmp_path / "song.wav", np.zeros((10 * RATE, channels)))
    with pytest.raises(SongError, match="silent") as refusal:
        analyse(path)
    assert refusal.value.hint
