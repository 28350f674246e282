"""``musicvid backends``."""

from __future__ import annotations

import click

from musicvid.cli.console import print_table
from musicvid.cli.options import json_option


@click.command("backends")
@json_option
def command(as_json: bool) -> None:
    """List the renderers that are installed, and where each comes from."""
    from musicvid.rendering.registry import backend_names

    entries = backend_names()
    if as_json:
        from musicvid.cli.reports import print_json

        print_json([{"name": e.name, "summary": e.summary, "source": e.source} for e in entries])
        return
    print_table(["name", "what it does", "from"], [[e.name, e.summary, e.source] for e in entries])
