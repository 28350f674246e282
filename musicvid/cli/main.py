"""The ``musicvid`` command. Commands are imported when they run, so that ``--help`` answers at once."""

from __future__ import annotations

import importlib
import logging
import os
import sys

import click

from musicvid import __version__
from musicvid.errors import MusicvidError

COMMANDS = {
    "demo": "Make the example video from the example song and storyboard.",
    "init": "Analyse a song and write a starter storyboard for it.",
    "make": "Make the video: song and storyboard in, finished film out.",
    "analyse": "Hear a song: beats, bars, tempo, sections, energy.",
    "plan": "Print the shot list, with the cost to expect.",
    "render": "Render the takes of a planned workspace.",
    "assemble": "Cut the takes of a workspace onto the song.",
    "verify": "Measure a finished film against its plan.",
    "batch": "Make many films from a job file or a folder.",
    "schema": "Print the JSON Schema of the storyboard file.",
    "backends": "List the renderers that are installed.",
    "doctor": "Say what works here, what is missing and how to get it.",
}
ALIASES = {"analyze": "analyse"}


class LazyGroup(click.Group):
    """Knows its commands by name and one line; loads a command's module when it is run or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        name = ALIASES.get(cmd_name, cmd_name)
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"musicvid.cli.commands.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in COMMANDS and args[0] not in ALIASES and not args[0].startswith("-"):
            from musicvid.errors import nearest

            ctx.fail(f"no command {args[0]!r}{nearest(args[0], COMMANDS)}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="musicvid")
def app() -> None:
    """A song and a storyboard file go in, a finished music video comes out, cut exactly on the music.

    \b
    Look first:   musicvid demo
    Your song:    musicvid init song.ogg
                  (fill in storyboard.yaml)
                  musicvid make song.ogg storyboard.yaml -o video.mp4
    """


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 our error (one message), 2 usage, 130 interrupted."""
    logging.basicConfig(format="musicvid: %(levelname)s: %(message)s", level=logging.WARNING, stream=sys.stderr)
    try:
        code = app(standalone_mode=False)
    except click.exceptions.Abort:
        code = _interrupted()
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except KeyboardInterrupt:
        code = _interrupted()
    except MusicvidError as error:
        click.echo(f"musicvid: error: {error}", err=True)
        code = error.exit_code
    except BrokenPipeError:
        # The reader of our output went away (`musicvid plan … | head`): not an error of ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code if isinstance(code, int) else 0)


def _interrupted() -> int:
    click.echo("musicvid: interrupted; run the same command again to go on", err=True)
    return 130
