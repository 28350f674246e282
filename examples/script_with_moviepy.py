"""For people who script: a shot drawn by a plain function, another renderer's shots with an effect, moviepy at the end.

python examples/script_with_moviepy.py SONG OUT.mp4
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np

import musicvid as mv
from musicvid.rendering.backends.clips import ClipBackend

STORY = """
musicvid: 1
title: scripted
video: {size: 320x180, fps: 24}
pace: {default: 1 bar}
"""


def sweep(time_s: float) -> np.ndarray:
    """A bright bar that crosses a blue picture once a second; RGB (180, 320, 3)."""
    picture = np.zeros((180, 320, 3), np.uint8)
    picture[..., 2] = 90
    left = int(320 * (time_s % 1.0))
    picture[:, left : left + 24] = (255, 220, 120)
    return picture


def main(song_path: str, to: str) -> None:
    song = mv.analyse(song_path)
    with tempfile.TemporaryDirectory() as work:
        story = Path(work) / "story.yaml"
        story.write_text(STORY, encoding="utf-8")
        shots = mv.plan(song, mv.Storyboard.load(story))
        takes = list(mv.render(shots, backend=ClipBackend(sweep, key="sweep"), into=work))
        cut = mv.edit(shots, takes, audio=song_path)
        mv.assemble(cut, to=to, work=work)
        print(mv.verify(to, cut).ok)
        with_moviepy = cut.to_moviepy()  # an ordinary moviepy clip from here on
        print(f"{with_moviepy.duration:.2f} s, frame at 1 s: {with_moviepy.get_frame(1.0).shape}")
        with_moviepy.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
