"""A first storyboard for a song: its sections, bars and lyric lines, ready to fill in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from musicvid.errors import InputError
from musicvid.production.storyboard.places import parse_place
from musicvid.production.storyboard.published import SCHEMA_FILE
from musicvid.production.storyboard.tree import resolve
from musicvid.schema.grid import AS_HEARD, Corrections
from musicvid.schema.grid import clock as exact_clock
from musicvid.schema.lyrics import LyricLine, Lyrics
from musicvid.schema.song import Bar, Section, Song
from musicvid.schema.storyboard import SectionPlace

_HEAD = f"""\
# yaml-language-server: $schema=./{SCHEMA_FILE}
# Write what we see after every `note:`. Everything but `musicvid: 1` may be left empty or deleted.
# `musicvid schema > {SCHEMA_FILE}` lets your editor help.
musicvid: 1
"""

_MIDDLE = """
video:
  size: 1280x720                # or 720p, 1080p, vertical, square
  fps: 24                       # 24, 25, 30, 50, 60, 23.976, 29.97 or 59.94

look:
  style:                        # holds for every picture, e.g. 16 mm film, warm grain, natural light
  avoid: text, watermark

renderer:
  name: animatic                # `musicvid backends` lists them
  seed: 0

cast:                           # who and what stays the same, for instance
  # ann: {is: a woman with short red hair and a green coat}

pace:                           # how long shots are: auto (follows the energy), 2 bars, 1 bar, 3 beats, 1.5 s
  default: auto

captions: off                   # off, burn, sidecar or both
"""


def starter_storyboard(
    song: Song, lyrics: Lyrics | None, *, song_file: str, lyrics_file: str = "", grid: Corrections = AS_HEARD
) -> str:
    """YAML with one scene per section of ``song``; its times, bars and lyric lines stand beside it as comments.

    ``song_file``, ``lyrics_file`` and the file in ``grid``, the corrections with which ``song`` was heard, are written
    as they are: absolute, or relative to where the storyboard will be.
    The text loads without mistakes once it stands there.
    """
    parts = [
        _HEAD,
        *_names(lyrics, song_file, lyrics_file),
        _MIDDLE,
        *_grid(grid),
        "\nscenes:\n",
        *_scenes(song, lyrics),
    ]
    if lyrics and lyrics.blocks:
        parts += ["\n# The lyrics hold no times; they are laid onto the sections by their headings:\n"]
        for block in lyrics.blocks:
            parts += [f"#   [{_one_line(block.heading)}]\n" if block.heading else "#\n"]
            parts += [f"#   {_one_line(line)}\n" for line in block.lines]
    return "".join(parts)


def _names(lyrics: Lyrics | None, song_file: str, lyrics_file: str) -> Iterator[str]:
    title = _one_line(lyrics.title) if lyrics else ""
    yield f"title: {_quoted(title)}\n" if title else "title:\n"
    for key, name in (("song", song_file), ("lyrics", lyrics_file)):
        if name and name.strip() == name and name.isprintable():
            yield f"{key}: {_quoted(name)}\n"
        elif name:
            yield f"{key}:                         # its name cannot be written here: rename the file\n"


def _grid(grid: Corrections) -> Iterator[str]:
    """What a person corrected, in full digits, so that the same song is heard from the file."""
    if not grid:
        return
    yield "\ngrid:                           # corrections of the beats\n"
    if grid.beats:
        yield f"  beats: {_quoted(grid.beats)}\n"
    if grid.tracker:
        yield f"  tracker: {_quoted(grid.tracker)}\n"
    if grid.bpm is not None:
        yield f"  bpm: {grid.bpm!r}\n"
    if grid.level:
        yield f"  level: {grid.level}\n"
    if grid.offset_s:
        yield f"  offset: {grid.offset_s!r}\n"
    if grid.anchors:
        yield f"  anchors: [{', '.join(map(str, grid.anchors))}]\n"
    if grid.downbeat_s is not None:
        yield f"  downbeat: {exact_clock(grid.downbeat_s)}\n"


def _scenes(song: Song, lyrics: Lyrics | None) -> Iterator[str]:
    if not song.sections:
        yield "  - in: default\n    note:\n"
    bars, seen = song.bars, set[object]()
    for section in song.sections:
        place = _place(section, seen)
        yield f"  - in: {place}".ljust(32) + f"# {_remark(section, bars)}\n    note:\n"
        for line in lyrics.lines if lyrics else ():
            if section.start_s <= line.start_s < section.stop_s:
                yield f"    # {clock(line.start_s)}  {_one_line(line.text)}\n"
    late = [line for line in (lyrics.lines if lyrics else ()) if line.start_s >= song.duration_s]
    yield from _after_the_end(late)


def _after_the_end(lines: list[LyricLine]) -> Iterator[str]:
    if lines:
        count = "1 lyric line comes" if len(lines) == 1 else f"{len(lines)} lyric lines come"
        yield f"# {count} after the end of the song: do the lyrics belong to it?\n"


def _place(section: Section, seen: set[object]) -> str:
    """The section's name where ``in:`` can say it, else its times."""
    try:
        place = parse_place(section.name)
    except InputError:
        place = None
    if isinstance(place, SectionPlace) and place not in seen:
        seen.add(place)
        plain = re.fullmatch(r"[a-z][a-z0-9 -]*", section.name) and resolve(section.name) == section.name
        return section.name if plain else _quoted(_one_line(section.name))
    return f"{section.start_s:.6f} - {section.stop_s:.6f}"


def _remark(section: Section, bars: tuple[Bar, ...]) -> str:
    inside = [bar.number for bar in bars if section.start_s <= bar.start_s + 0.05 < section.stop_s]
    numbers = f", bars {inside[0]}-{inside[-1]}" if inside else ""
    return f"{clock(section.start_s)} - {clock(section.stop_s)}{numbers}, energy {section.energy:.0%}"


def clock(seconds: float) -> str:
    """``1:02.5`` as ``in:`` reads it, to the tenth of a second."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
