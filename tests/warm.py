"""``python tests/warm.py`` before tests in several processes: numba keeps what it compiled, for librosa and for us, in
files that two processes must not write at once. One that does may leave a file that ends the next one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import soundfile
import torch
from musicvid_kernels.finish import finish, neutral

from musicvid.analysis.analyse import analyse
from musicvid.schema.grid import Corrections

RATE_HZ = 22_050


def clicks(path: Path, seconds: int = 12) -> Path:
    """Two beats a second, every fourth one higher, over a low tone."""
    time_s = np.arange(RATE_HZ * seconds) / RATE_HZ
    since_s = time_s % 0.5
    pitch_hz = np.where(time_s % 2 < 0.5, 880, 440)
    sound = 0.5 * np.sin(2 * np.pi * pitch_hz * time_s) * np.exp(-40 * since_s) + 0.05 * np.sin(
        2 * np.pi * 110 * time_s
    )
    soundfile.write(path, sound, RATE_HZ)
    return path


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        song = clicks(Path(folder, "clicks.wav"))
        for tracker in ("musicvid", "librosa"):
            analyse(song, corrections=Corrections(tracker=tracker))
    levels = torch.randint(0, 256, (2, 16, 32, 3), dtype=torch.uint8).permute(0, 3, 1, 2)
    moved = neutral(2)
    moved[:, 0] = 1.1
    for frames in (levels, levels.float() / 255, (levels.float() / 255).bfloat16()):
        for table in (None, neutral(2), moved):
            finish(frames, table)


if __name__ == "__main__":
    main()
