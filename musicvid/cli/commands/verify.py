"""``musicvid verify``."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from musicvid.cli.console import progress
from musicvid.cli.options import json_option, quiet_option, work_option
from musicvid.cli.reports import print_report


@click.command("verify")
@click.argument("video", metavar="VIDEO")
@work_option
@click.option("--song", default="", metavar="SONG", help="Compare the sound with this file (default: the film's song).")
@json_option
@quiet_option
def command(video: str, work: str, song: str, as_json: bool, quiet: bool) -> None:
    """Measure the finished file: decode every frame, find every cut, correlate the sound at both ends.

    The plan is read from the workspace beside the film. Exit code 1 when sync is off.
    """
    from musicvid.production.make import verify_film

    with progress(quiet or as_json) as on_progress:
        report = verify_film(Path(video), work=work, song=song, on_progress=on_progress)
    print_report(report, as_json=as_json)
    if not report.ok:
        sys.exit(1)
