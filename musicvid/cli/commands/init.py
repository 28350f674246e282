"""``musicvid init``."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from musicvid.cli.console import progress, say
from musicvid.cli.options import correction_options, corrections, quiet_option
from musicvid.errors import InputError


@click.command("init")
@click.argument("song", metavar="SONG")
@click.option("-o", "--output", default="storyboard.yaml", show_default=True, metavar="STORY.yaml")
@click.option("--lyrics", default="", metavar="FILE", help="Lyrics (.lrc .srt .vtt .ass .txt); found beside the song.")
@click.option("--force", is_flag=True, help="Write over a storyboard that is there.")
@correction_options
@quiet_option
def command(song: str, output: str, lyrics: str, force: bool, quiet: bool, **values: Any) -> None:
    """Analyse a song and write a starter storyboard: its sections, bars and lyric lines, ready to fill in.

    Corrections of the beats given here are kept in it.
    """
    from musicvid.media.files import part_file
    from musicvid.production.stages import hear
    from musicvid.production.storyboard import starter_storyboard, storyboard_schema

    target = Path(output)
    if target.exists() and not force:
        raise InputError("a storyboard is there already", where=output, hint="use -o OTHER.yaml or --force")
    fix = corrections(values)
    with progress(quiet) as on_progress:
        heard = hear(song, fix, on_progress)
    words = Path(lyrics) if lyrics else _lyrics_beside(Path(song))
    read = None
    if words:
        from musicvid.interchange.lyrics import read_lyrics

        read = read_lyrics(words)
    text = starter_storyboard(
        heard,
        read,
        song_file=_seen_from(target, Path(song)),
        lyrics_file=_seen_from(target, words) if words else "",
        grid=replace(fix, beats=_seen_from(target, Path(fix.beats)) if fix.beats else ""),
    )
    with part_file(target) as part:
        part.write_text(text, encoding="utf-8")
    schema = target.parent / "storyboard.schema.json"
    with part_file(schema) as part:
        part.write_text(json.dumps(storyboard_schema(), indent=1) + "\n", encoding="utf-8")
    if not quiet:
        say(f"wrote {target} ({len(heard.sections)} sections) and {schema.name} for your editor")
        say(f"fill in the notes, then: musicvid make {song} {target} -o video.mp4")


def _lyrics_beside(song: Path) -> Path | None:
    for suffix in (".lrc", ".srt", ".vtt", ".ass", ".txt"):
        if song.with_suffix(suffix).is_file():
            return song.with_suffix(suffix)
    return None


def _seen_from(storyboard: Path, file: Path) -> str:
    """``file`` as the storyboard names it: relative inside its folder, else absolute."""
    relative = os.path.relpath(file.absolute(), storyboard.absolute().parent)
    return str(file.absolute()) if relative.startswith("..") else relative
