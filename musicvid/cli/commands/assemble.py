"""``musicvid assemble``."""

from __future__ import annotations

from typing import Any

import click

from musicvid.cli.console import progress
from musicvid.cli.options import encoding, encoding_options, json_option, quiet_option
from musicvid.cli.reports import print_report, say_notes


@click.command("assemble")
@click.argument("workspace", metavar="WORKSPACE")
@click.option("-o", "--output", required=True, metavar="OUT.mp4", help="The film.")
@encoding_options
@json_option
@quiet_option
def command(workspace: str, output: str, as_json: bool, quiet: bool, **values: Any) -> None:
    """Cut the rendered takes of a workspace onto the song, and measure the film."""
    from musicvid.production.job import Job
    from musicvid.production.make import assemble_workspace

    job = Job(storyboard="", to=output, work=workspace, encoding=encoding(values))
    with progress(quiet or as_json) as on_progress:
        made = assemble_workspace(job, on_progress)
    if not quiet and not as_json:
        say_notes(made.notes)
    print_report(made.report, as_json=as_json)
