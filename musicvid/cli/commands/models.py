"""``musicvid models`` and ``musicvid models show``."""

from __future__ import annotations

import click

from musicvid.cli.console import print_table
from musicvid.cli.options import json_option


@click.group("models", invoke_without_command=True)
@json_option
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """List the video models that the diffusion renderer knows; any folder or hub name of diffusers works as well.

    \b
    takes: what a clip can be made from besides its prompt; `!` marks what the model makes nothing without
           (first, last: a frame; extend: the end of an earlier clip; sound: the song; prompts: several over time;
           avoid: a negative prompt)
    """
    if ctx.invoked_subcommand is not None:
        return
    from musicvid.production.models import HEADINGS, all_models, table

    if as_json:
        from musicvid.cli.reports import print_json

        print_json(all_models())
        return
    print_table(list(HEADINGS), table(), numbers=(5,))


@command.command("show")
@click.argument("name", metavar="NAME|FOLDER")
@json_option
def show(name: str, as_json: bool) -> None:
    """Say what a model needs, under which licence, and what this machine can do with it. Downloads nothing."""
    from musicvid.production.models import as_json as json_of
    from musicvid.production.models import as_lines, examine

    examined = examine(name)
    if as_json:
        from musicvid.cli.reports import print_json

        print_json(json_of(examined))
        return
    for label, text in as_lines(examined):
        click.echo(f"{label:<13} {text}")
