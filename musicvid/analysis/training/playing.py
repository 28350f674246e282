"""A performance as sound: soundfonts through FluidSynth."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.training.scores import Performance
from musicvid.errors import InputError, MusicvidError

Array = NDArray[np.float32]

PROGRAM = "fluidsynth"
SOUNDFONTS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/sounds/sf2/TimGM6mb.sf2"),
    Path("/usr/share/sounds/sf3/MuseScore_General_Full.sf3"),
)
"""Where Debian and Ubuntu put them."""
INSTALL = "apt install fluidsynth fluid-soundfont-gm musescore-general-soundfont timgm6mb-soundfont"
_TICKS = 9600
"""Per quarter note at 120 bpm: a tick is 52 microseconds."""


def check_instruments(soundfonts: Sequence[Path]) -> None:
    """Raise InputError, with what to install, where FluidSynth or one of the soundfonts is missing."""
    missing = [str(font) for font in soundfonts if not font.is_file()]
    if shutil.which(PROGRAM) is None:
        missing.insert(0, PROGRAM)
    if missing:
        raise InputError(f"not installed: {', '.join(missing)}", hint=INSTALL)


def play(performance: Performance, soundfont: Path, rate_hz: int, *, channels: Sequence[int] | None = None) -> Array:
    """Mono sound ``(samples,)`` through FluidSynth, dry, a second longer than the performance.

    ``channels``: only these. MusicvidError when FluidSynth fails, in its own words.
    """
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        midi, wave = Path(folder, "piece.mid"), Path(folder, "piece.wav")
        write_midi(performance, midi, channels)
        command = [PROGRAM, "-ni", "-q", "-g", "0.4", "-R", "0", "-C", "0", "-r", str(rate_hz), "-O", "float",
                   "-o", "synth.dynamic-sample-loading=1", "-F", str(wave), str(soundfont), str(midi)]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode or not wave.exists():
            raise MusicvidError(f"{PROGRAM} failed ({done.returncode}): {done.stderr.strip()}", where=str(soundfont))
        sound, _ = soundfile.read(wave, dtype="float32", always_2d=True)
    wanted = int((performance.stop_s + 1.0) * rate_hz)
    mono = sound.mean(axis=1)[:wanted]
    return np.pad(mono, (0, max(0, wanted - len(mono)))).astype(np.float32)


def write_midi(performance: Performance, path: Path, channels: Sequence[int] | None = None) -> None:
    """The performance as a MIDI file whose ticks are seconds: the tempo never changes, the notes carry the time."""
    import mido

    score = performance.score
    rows = []
    for start, length, channel, pitch, velocity in performance.notes:
        if channels is None or int(channel) in channels:
            what = {"channel": int(channel), "note": int(np.clip(pitch, 0, 127))}
            loud = int(np.clip(velocity, 1, 127))
            rows.append((round(start * 2 * _TICKS), 1, mido.Message("note_on", velocity=loud, **what)))
            rows.append((round((start + length) * 2 * _TICKS), 0, mido.Message("note_off", **what)))
    rows.sort(key=lambda row: row[:2])
    track = mido.MidiTrack()
    track.append(mido.MetaMessage("set_tempo", tempo=500_000))
    for channel, program in score.programs.items():
        track.append(mido.Message("program_change", channel=channel, program=program))
        track.append(mido.Message("control_change", channel=channel, control=7, value=score.volumes.get(channel, 100)))
    now = 0
    for tick, _, message in rows:
        message.time = max(tick - now, 0)
        now += message.time
        track.append(message)
    midi = mido.MidiFile(ticks_per_beat=_TICKS)
    midi.tracks.append(track)
    midi.save(path)
