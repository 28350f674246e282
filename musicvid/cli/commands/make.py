"""``musicvid make``."""

from __future__ import annotations

from typing import Any

import click

from musicvid.cli.console import progress, say
from musicvid.cli.options import (
    Duration,
    correction_options,
    corrections,
    encoding,
    encoding_options,
    json_option,
    quiet_option,
    wish_options,
    wishes,
    work_option,
    workers_option,
)
from musicvid.cli.reports import print_report, say_notes


@click.command("make")
@click.argument("song_and_storyboard", nargs=-1, required=True, metavar="[SONG] STORYBOARD")
@click.option("-o", "--output", default="", metavar="OUT.mp4", help="The film (default: the storyboard's name, .mp4).")
@wish_options
@encoding_options
@correction_options
@click.option("--only", multiple=True, metavar="SHOT", help="Render only this shot, leave the rest as it was. Repeat.")
@click.option("--budget", "budget_s", type=Duration(), help="Do not start when it would take longer: 20 min, 2 h.")
@work_option
@workers_option
@json_option
@quiet_option
def command(song_and_storyboard: tuple[str, ...], output: str, as_json: bool, quiet: bool, **values: Any) -> None:
    """Make the video: song and storyboard in, finished film out, measured.

    The same command run again does only what changed. The old film stays until the new one is whole.
    """
    from musicvid.production.job import Job
    from musicvid.production.make import make_job

    song, storyboard = split_inputs(song_and_storyboard)
    job = Job(
        storyboard=storyboard,
        song=song,
        to=output or film_name(storyboard, values["codec"]),
        wishes=wishes(values),
        encoding=encoding(values),
        corrections=corrections(values),
        **values,
    )
    with progress(quiet or as_json) as on_progress:
        made = make_job(job, on_progress)
    if not quiet and not as_json:
        say_notes(made.notes)
        if made.kept:
            say("nothing changed: the film is as it was")
    print_report(made.report, as_json=as_json, kept=made.kept)


def split_inputs(arguments: tuple[str, ...]) -> tuple[str, str]:
    """``STORYBOARD`` or ``SONG STORYBOARD`` as (song or empty, storyboard)."""
    if len(arguments) > 2:
        raise click.UsageError(f"expected [SONG] STORYBOARD, got {len(arguments)} files")
    song, storyboard = ("", *arguments)[-2:]
    return song, storyboard


def film_name(storyboard: str, codec: str) -> str:
    from pathlib import Path

    return str(Path(storyboard).with_suffix(".mov" if codec == "prores" else ".mp4"))
