"""What the benchmarks work on: the example song and storyboard, and longer songs made from it."""

from __future__ import annotations

from pathlib import Path

STORY = """musicvid: 1
title: benchmark
look: {{style: 16 mm film}}
renderer: {{name: animatic, seed: 7}}
video: {{size: 1280x720, fps: 24}}
scenes:
  - {{in: default, note: "{note}"}}
"""


def example(folder: Path) -> tuple[Path, Path]:
    """The example's song and its storyboard in ``folder``."""
    from musicvid.production.demo import example as load

    folder.mkdir(parents=True, exist_ok=True)
    song = load().compose(folder)
    return Path(song), folder / "storyboard.yaml"


def looped(song: Path, length_s: float, to: Path) -> Path:
    """``song`` over and over until it lasts ``length_s``, written block by block."""
    import soundfile

    with soundfile.SoundFile(song) as source:
        left = int(length_s * source.samplerate)
        with soundfile.SoundFile(to, "w", source.samplerate, source.channels, subtype="PCM_16") as target:
            while left > 0:
                block = source.read(min(left, 1 << 18), dtype="int16")
                if not len(block):
                    source.seek(0)
                    continue
                target.write(block)
                left -= len(block)
    return to


def plain_story(folder: Path, note: str = "Two people walk along a beach at dawn.") -> Path:
    story = folder / "plain.yaml"
    story.write_text(STORY.format(note=note), encoding="utf-8")
    return story
