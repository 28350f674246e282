"""``musicvid batch``."""

from __future__ import annotations

import sys
from typing import Any

import click

from musicvid.cli.console import print_table, say
from musicvid.cli.options import encoding, encoding_options, json_option, quiet_option, wish_options, wishes


@click.command("batch")
@click.argument("jobs", metavar="JOBS.yaml|DIR")
@click.option(
    "-o", "--output", default="", metavar="DIR", help="Folder for the films (default: beside each storyboard)."
)
@click.option("--engine", type=click.Choice(["local"]), default="local", show_default=True)
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Films made at the same time.")
@click.option("--keep-going/--stop", default=True, show_default=True, help="Go on after a film that failed.")
@click.option("--tracker", default="", metavar="NAME", help="Another beat tracker; musicvid doctor lists them.")
@wish_options
@encoding_options
@json_option
@quiet_option
def command(
    jobs: str,
    output: str,
    engine: str,
    workers: int,
    keep_going: bool,
    tracker: str,
    as_json: bool,
    quiet: bool,
    **values: Any,
) -> None:
    """Make many films: from a job file, or from a folder of NAME.flac + NAME.yaml pairs.

    Films that are finished and unchanged are skipped. Exit code 1 if any failed.
    """
    from musicvid.production.batch import batch, read_jobs
    from musicvid.schema.grid import Corrections

    fix = Corrections(tracker=tracker)
    work = read_jobs(jobs, output=output, wishes=wishes(values), encoding=encoding(values), corrections=fix)

    def tell(outcome: Any) -> None:
        if not quiet and not as_json:
            say(f"{outcome.state}: {outcome.name}{': ' + outcome.message if outcome.state == 'failed' else ''}")

    outcomes = batch(work, workers=workers, keep_going=keep_going, on_outcome=tell)
    if as_json:
        from musicvid.cli.reports import print_json

        print_json([{"name": o.name, "state": o.state, "film": o.film, "message": o.message} for o in outcomes])
    else:
        rows = [[o.name, o.state, f"{o.wall_s:.0f}", o.message] for o in outcomes]
        print_table(["film", "state", "seconds", "result"], rows, numbers=(2,))
    if any(o.state in ("failed", "not started") for o in outcomes):
        sys.exit(1)
