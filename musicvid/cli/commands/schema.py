"""``musicvid schema``."""

from __future__ import annotations

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of the storyboard file: `musicvid schema > storyboard.schema.json`."""
    from musicvid.cli.reports import print_json
    from musicvid.production.storyboard import storyboard_schema

    print_json(storyboard_schema())
