"""``musicvid analyse``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicvid.cli.console import progress, say
from musicvid.cli.options import correction_options, corrections, json_option, quiet_option

if TYPE_CHECKING:
    from musicvid.schema.song import Song


@click.command("analyse")
@click.argument("song", metavar="SONG")
@click.option("-o", "--output", metavar="SONG.json", help="Write what was heard to this file.")
@click.option("--click", "click_track", metavar="CLICK.wav", help="Write the song with clicks on its beats.")
@click.option("--plot", metavar="MAP.png", help="Draw waveform, sections, beats and energy.")
@click.option("--storyboard", metavar="STORY.yaml", help="Correct the beats as its `grid:` says; options here win.")
@correction_options
@click.option("--no-cache", is_flag=True, help="Listen again even if this song was heard before.")
@json_option
@quiet_option
def command(
    song: str,
    output: str | None,
    click_track: str | None,
    plot: str | None,
    storyboard: str | None,
    no_cache: bool,
    as_json: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Hear a song: beats with bar positions, tempo, sections, onsets, energy.

    Any file that libsndfile or FFmpeg reads will do, the sound of a video too.
    """
    from musicvid.production.documents import song_to_document, write_song
    from musicvid.production.songs import analyse

    fix = corrections(values)
    if storyboard:
        from musicvid.production.storyboard import Storyboard

        fix = fix.over(Storyboard.load(storyboard).grid)
    with progress(quiet or as_json) as on_progress:
        heard = analyse(song, corrections=fix, cache=not no_cache, on_progress=on_progress)
    if output:
        write_song(Path(output), heard)
    if click_track:
        from musicvid.analysis.click import write_click

        write_click(heard, song, Path(click_track))
    if plot:
        from musicvid.analysis.plot import plot_song

        plot_song(heard, song, Path(plot), corrections=fix)
    if as_json:
        from musicvid.cli.reports import print_json

        print_json(song_to_document(heard))
    elif not quiet:
        _summary(heard)
        for made in filter(None, (output, click_track, plot)):
            say(f"wrote {made}")


def _summary(song: Song) -> None:
    sure = song.confidence
    metre = max((bar.beat_count for bar in song.bars), default=0)
    click.echo(f"{Path(song.file).name}: {clock(song.duration_s)}, {song.tempo_bpm:.1f} bpm, {len(song.beats)} beats, "
               f"{len(song.bars)} bars{f' of up to {metre}' if metre else ''}, {len(song.onsets)} onsets")  # fmt: skip
    click.echo(f"sure of: beats {sure.beats:.0%}, octave {sure.octave:.0%}, on-beat {sure.phase:.0%}, "
               f"bar lines {sure.downbeats:.0%}, sections {sure.sections:.0%}")  # fmt: skip
    doubtful = sum(beat.confidence < 0.5 for beat in song.beats)
    if doubtful:
        click.echo(f"{doubtful} of {len(song.beats)} beats are more likely wrong than right")
    for section in song.sections:
        bar = "█" * round(section.energy * 20)
        click.echo(f"  {clock(section.start_s)} - {clock(section.stop_s)}  {section.name:<16} {bar}")
    for note in song.notes:
        say(f"note: {note}")


def clock(seconds: float) -> str:
    """``1:02.5`` as the storyboard writes it."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
