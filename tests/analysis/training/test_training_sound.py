"""Rendered beats are where the labels say, to the millisecond; in what the network hears, to the frame."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from made_scores import clicks

from musicvid.analysis.spectrum import FRAME_HZ, RATE_HZ, measure_features
from musicvid.analysis.training.machines import synthesise
from musicvid.analysis.training.performing import perform
from musicvid.analysis.training.playing import INSTALL, SOUNDFONTS, check_instruments, play
from musicvid.analysis.training.scores import Performance
from musicvid.errors import InputError


def rubato(seed: int) -> Performance:
    """Beats that come unevenly, played without looseness."""
    played = perform(clicks((4,) * 6, 110), np.random.default_rng(seed))
    played.notes[:, 0] = played.beats_s
    return played


def starts_s(sound: np.ndarray, near_s: np.ndarray) -> np.ndarray:
    """The first sample of each stroke that is a tenth as loud as its loudest, looked for around the labels."""
    found = []
    for at in near_s:
        low = max(0, round((at - 0.1) * RATE_HZ))
        window = np.abs(sound[low : low + round(0.2 * RATE_HZ)])
        before = window[: round(0.05 * RATE_HZ)].max()  # the tail of the stroke before
        found.append((low + int(np.argmax(window > max(0.1 * window.max(), 2 * before)))) / RATE_HZ)
    return np.array(found)


@pytest.mark.parametrize("seed", range(4))
def test_machines_strike_on_the_labels(seed):
    played = rubato(seed)
    sound = synthesise(played, RATE_HZ, np.random.default_rng(seed))
    assert np.abs(starts_s(sound, played.beats_s) - played.beats_s).max() < 0.002


def test_the_network_hears_them_in_the_frame_of_the_label():
    played = rubato(1)
    sound = synthesise(played, RATE_HZ, np.random.default_rng(1))
    mel = measure_features([sound]).mel.astype(float)
    flux = np.maximum(np.diff(mel, axis=0, prepend=0), 0).sum(axis=1)
    frames = np.round(played.beats_s * FRAME_HZ).astype(int)
    off = [int(flux[max(0, k - 8) : k + 9].argmax()) - min(k, 8) for k in frames]
    # A window of 43 ms begins to hear a stroke 20 ms before it.
    assert set(off) <= {-2, -1, 0, 1}
    assert np.ptp(off) <= 2


needs_fluidsynth = pytest.mark.skipif(
    shutil.which("fluidsynth") is None or not any(font.is_file() for font in SOUNDFONTS), reason=f"needs: {INSTALL}"
)


@needs_fluidsynth
@pytest.mark.parametrize("font", [font for font in SOUNDFONTS if font.is_file()] or [None], ids=str)
def test_fluidsynth_strikes_on_the_labels(font):
    played = rubato(2)
    sound = play(played, font, RATE_HZ)
    off = starts_s(sound, played.beats_s) - played.beats_s
    assert np.abs(off).max() < 0.008
    assert len(sound) == int((played.stop_s + 1) * RATE_HZ)


@needs_fluidsynth
def test_only_the_channels_asked_for_sound():
    font = next(font for font in SOUNDFONTS if font.is_file())
    assert np.abs(play(rubato(2), font, RATE_HZ, channels=[0])).max() < 1e-3


def test_missing_instruments_are_named_with_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    missing = tmp_path / "none.sf2"
    with pytest.raises(InputError) as caught:
        check_instruments([missing])
    for said in ("fluidsynth", str(missing), "apt install fluidsynth fluid-soundfont-gm"):
        assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_nothing_is_said_where_all_is_there(monkeypatch, tmp_path):
    program, font = tmp_path / "fluidsynth", tmp_path / "some.sf2"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    font.touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    check_instruments([Path(font)])
