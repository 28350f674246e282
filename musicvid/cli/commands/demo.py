"""``musicvid demo``."""

from __future__ import annotations

from pathlib import Path

import click

from musicvid.cli.console import progress, say
from musicvid.cli.options import quiet_option, workers_option
from musicvid.cli.reports import report_line


@click.command("demo")
@click.option(
    "-o", "--output", default="musicvid-demo", show_default=True, metavar="DIR", help="Folder for the example."
)
@click.option("--final", is_flag=True, help="Encode with the final preset instead of the draft's.")
@workers_option
@quiet_option
def command(output: str, final: bool, workers: int | None, quiet: bool) -> None:
    """Make the example video from the example song and storyboard, and say where it is."""
    from musicvid.production.demo import make_demo

    folder = Path(output)
    with progress(quiet) as on_progress:
        made = make_demo(folder, draft=not final, workers=workers, on_progress=on_progress)
    click.echo(report_line(made.report))
    if not quiet:
        say(f"the film:       {made.video}")
        say(f"its storyboard: {folder / 'storyboard.yaml'} (change a note and run the same command again)")
