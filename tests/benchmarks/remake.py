"""Making a film again: one shot changed, and nothing changed."""

from __future__ import annotations

from pathlib import Path

from tests.benchmarks.inputs import example
from tests.benchmarks.meter import Cost, musicvid, python
from tests.benchmarks.table import Row

RENDER_ONE = """
import sys
from dataclasses import replace
from pathlib import Path
from musicvid.media.encode import EncodeSettings
from musicvid.production.documents import read_shots, read_timeline
from musicvid.rendering.render import render
from musicvid.media.join import Piece, join
work, into, preset = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
shots = read_shots(work / "shots.json")
list(render(shots, into=into, settings=EncodeSettings(preset=preset), only=[sys.argv[4]], workers=1))
cut = read_timeline(work / "timeline.json")
bodies = [c for c in cut.clips if not c.head_frames and not c.tail_frames]
join([Piece(c.take.path, c.frames.start, len(c.span)) for c in bodies], cut.rate, into / "film.mp4")
"""


def measure(work: Path) -> list[Row]:
    folder = work / "remake"
    song, story = example(folder)
    first = _make(song, story, folder)
    shot = _changed_shot(folder)
    story.write_text(story.read_text() + _override(story.read_text(), shot), encoding="utf-8")
    again = _make(song, story, folder)
    floor = python(RENDER_ONE, folder / "film.musicvid", folder / "floor", "ultrafast", shot)
    still = _make(song, story, folder)
    ratio, share = again.cpu_s / floor.cpu_s, again.cpu_s / first.cpu_s
    return [
        Row("one shot changed, make again, whole process, CPU", f"{again.cpu_s:.2f} s",
            f"that shot's encode and the copy {floor.cpu_s:.2f} s", f"{ratio:.2f}x", "at most 1.3x", ratio <= 1.3),
        Row("the same against the first make", f"{again.cpu_s:.2f} s", f"{first.cpu_s:.1f} s", f"{share:.1%}",
            "under 5 %", share < 0.05),
        Row("nothing changed, make again", f"{still.wall_s:.2f} s", "", "", "under 3 s", still.wall_s < 3.0),
    ]  # fmt: skip


def _make(song: Path, story: Path, folder: Path) -> Cost:
    return musicvid("make", song, story, "-o", folder / "film.mp4", "--draft", "--quiet",
                    env={"MUSICVID_CACHE": str(folder / "cache")})  # fmt: skip


def _changed_shot(folder: Path) -> str:
    """A shot of middling length with plain cuts on both sides."""
    from musicvid.production.documents import read_timeline

    cut = read_timeline(folder / "film.musicvid" / "timeline.json")
    plain = sorted((c for c in cut.clips if not c.head_frames and not c.tail_frames), key=lambda c: len(c.span))
    return plain[len(plain) // 2].shot_id


def _override(text: str, shot: str) -> str:
    line = f"  {shot}: {{prompt: a lighthouse on a cliff at night}}\n"
    return line if text.rstrip().splitlines()[-1].startswith("  ") and "\nshots:" in text else f"\nshots:\n{line}"
