"""The ``musicvid`` command. Commands are imported when they run, so that ``--help`` answers at once."""

from __future__ import annotations

import importlib
import io
import logging
import os
import sys

import click

from musicvid import __version__
from musicvid.cli.console import say
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
    "models": "List the video models, and say what one needs.",
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
    _open_standard_streams()
    logging.basicConfig(format="musicvid: %(levelname)s: %(message)s", level=logging.WARNING, stream=sys.stderr)
    logging.raiseExceptions = False  # a warning that nobody can read any more is no reason for a traceback
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        say("musicvid: interrupted; run the same command again to go on")
        code = 130
    except click.ClickException as error:
        say(_usage_text(error))
        code = error.exit_code
    except MusicvidError as error:
        say(f"musicvid: error: {error}")
        code = error.exit_code
    except SystemExit as left:
        # The reader of our output went away (`musicvid plan … | head`), which click turns into exit code 1.
        code = 0 if isinstance(left.__context__, BrokenPipeError) else left.code
    except BrokenPipeError:
        _drop_output()
        code = 0
    except OSError as error:
        say(f"musicvid: error: {_system_text(error)}")
        _drop_output()
        code = 1
    sys.exit(code if isinstance(code, int | str) else 0)


def _open_standard_streams() -> None:
    """Give a closed standard stream (``musicvid … >&-``) a place to go.

    Otherwise the first files that are opened get its number, and what FFmpeg says on 2 would land in a film.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        if getattr(sys, name) is not None:
            continue
        opened = os.open(os.devnull, os.O_RDWR)
        if opened != number:
            os.dup2(opened, number)
            os.close(opened)
        os.set_inheritable(number, True)  # worker processes need it as well
        setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))


def _drop_output() -> None:
    """Send what is still buffered nowhere, so that leaving does not fail on it again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _usage_text(error: click.ClickException) -> str:
    """What click would print: the usage line of the command, and what was wrong."""
    text = io.StringIO()
    error.show(file=text)
    return text.getvalue().rstrip("\n")


def _system_text(error: OSError) -> str:
    """One line for what the system refused where no door of ours was in between."""
    from musicvid.media.files import storage_error

    if isinstance(error.filename, str | bytes):
        where = os.fsdecode(error.filename)
        if isinstance(error, FileNotFoundError):
            return f"{where}: there is no such file"
    else:
        where = "the output"
    return str(storage_error(error, where) or f"{where}: {error.strerror or type(error).__name__}")
