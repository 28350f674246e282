"""``python -m musicvid.analysis.training songs|train``; see ``README.md`` beside this file."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import click

from musicvid.analysis.training.playing import SOUNDFONTS, check_instruments
from musicvid.errors import InputError, MusicvidError

_FOLDER = click.Path(path_type=Path, file_okay=False)
_THERE = click.Path(path_type=Path, file_okay=False, exists=True)
_NEEDED = ("mido", "sklearn")


@click.group()
def main() -> None:
    """Make songs with known beats, and train the analyser's network on them."""


@main.command()
@click.argument("folder", type=_FOLDER)
@click.option("--midi", required=True, type=_THERE, help="Folder with pop909/, freedoom/ and groove/ unpacked.")
@click.option("--count", default=1200, show_default=True, help="Songs are numbered from 0 to below this.")
@click.option("--first", default=0, show_default=True, help="Number of the first, so that several can work at once.")
@click.option("--stride", default=1, show_default=True, help="From one number to the next.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other songs.")
@click.option("--leave-out", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="Text file of MIDI names without endings, one a line, that are never used.")  # fmt: skip
@click.option("--soundfont", "soundfonts", multiple=True, default=SOUNDFONTS, type=click.Path(path_type=Path),
              show_default=True, help="Three of them, given three times; the first plays most often.")  # fmt: skip
def songs(
    folder: Path, midi: Path, count: int, first: int, stride: int, seed: int, leave_out: Path | None,
    soundfonts: tuple[Path, ...],
) -> None:  # fmt: skip
    """Render songs into FOLDER; run again to continue."""
    _check_packages()
    check_instruments(soundfonts)
    from musicvid.analysis.training.songbook import Songbook, Sources, write_songs

    left_out = frozenset(leave_out.read_text().split()) if leave_out else frozenset()
    sources = Sources(midi / "pop909", midi / "freedoom", midi / "groove", soundfonts, left_out)
    write_songs(Songbook(sources, seed, folder), folder, range(first, count, stride))


@main.command()
@click.argument("songs_folder", metavar="SONGS", type=_THERE)
@click.argument("folder", type=_FOLDER)
@click.option("--size", default="medium", show_default=True, type=click.Choice(["small", "medium", "large"]))
@click.option("--steps", default=5000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--threads", default=2, show_default=True, help="Processor threads.")
@click.option("--most", default=100_000, show_default=True, help="Learn from the first so many songs only.")
def train(
    songs_folder: Path, folder: Path, size: str, steps: int, seed: int, device: str, threads: int, most: int
) -> None:
    """Train a network on SONGS into FOLDER; run again to continue."""
    import torch

    from musicvid.analysis.spectrum import FRAME_HZ
    from musicvid.analysis.training.learning import Plan
    from musicvid.analysis.training.learning import train as learn
    from musicvid.analysis.training.song_files import read_song

    torch.set_num_threads(threads)
    heard = [read_song(path) for path in sorted(songs_folder.glob("*.npz"))[:most]]
    if not heard:
        raise InputError("no songs here", where=str(songs_folder),
                         hint="make some: python -m musicvid.analysis.training songs FOLDER --midi FOLDER")  # fmt: skip
    hours = sum(len(song.mel) for song in heard) / FRAME_HZ / 3600
    click.echo(f"{len(heard)} songs, {hours:.1f} h")
    learn(Plan(size, steps, seed, device=device), heard, folder)


def _check_packages() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise InputError(f"not installed: {', '.join(missing)}", hint='pip install "musicvid[training]"')


def run() -> None:
    """The program: our errors are one line, and exit with 1."""
    try:
        main(prog_name="python -m musicvid.analysis.training")
    except MusicvidError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)


if __name__ == "__main__":
    run()
