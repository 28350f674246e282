"""``python -m musicvid.analysis.training songs|train|form-songs|form``; see ``README.md`` and ``FORM.md``."""

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
@click.option("--rate", default=3e-3, show_default=True, help="Largest learning rate.")
@click.option("--start", default="", metavar="FILE", help="Begin with this network.")
@click.option("--hard", is_flag=True, help="Hide much of the sound: for a second run, from --start.")
def train(
    songs_folder: Path, folder: Path, size: str, steps: int, seed: int, device: str, threads: int, most: int,
    rate: float, start: str, hard: bool,
) -> None:  # fmt: skip
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
    learn(Plan(size, steps, seed, peak_rate=rate, device=device, start=start, hard=hard), heard, folder)


@main.command()
@click.argument("songs_folder", metavar="SONGS", type=_THERE)
def choice(songs_folder: Path) -> None:
    """Fit the weights of the choice of level, phase and bar line, on SONGS with beats in JSON files beside them."""
    from musicvid.analysis.training.choice_fitting import as_text
    from musicvid.analysis.training.choice_songs import counted_songs, fit_songs

    songs = list(counted_songs(songs_folder))
    found = fit_songs(songs)
    click.echo(
        f"{len(songs)} songs; held out: beat F {100 * found.beat_f:.1f}, downbeat F {100 * found.downbeat_f:.1f}"
    )
    click.echo(f"CHOICE\n{as_text(found.choice)}\nRIGHT\n    {', '.join(f'{w:.3f}' for w in found.right)}")


@main.command("form-songs")
@click.argument("folder", type=_FOLDER)
@click.option("--midi", required=True, type=_THERE, help="Folder with pop909/, freedoom/ and groove/ unpacked.")
@click.option("--composed", default=120, show_default=True, help="How many composed songs beside POP909's.")
@click.option("--seed", default=1, show_default=True, help="Another seed, other songs.")
@click.option("--leave-out", type=click.Path(path_type=Path, dir_okay=False, exists=True),
              help="Text file of MIDI names without endings, one a line, that are never used.")  # fmt: skip
@click.option("--soundfont", "soundfonts", multiple=True, default=SOUNDFONTS, type=click.Path(path_type=Path),
              show_default=True, help="Three of them, given three times; the first plays most often.")  # fmt: skip
def form_songs(
    folder: Path, midi: Path, composed: int, seed: int, leave_out: Path | None, soundfonts: tuple[Path, ...]
) -> None:
    """Render songs with labelled parts into FOLDER; run again to continue."""
    _check_packages()
    check_instruments(soundfonts)
    from musicvid.analysis.training.form_songs import write_form_songs
    from musicvid.analysis.training.songbook import Songbook, Sources

    left_out = frozenset(leave_out.read_text().split()) if leave_out else frozenset()
    sources = Sources(midi / "pop909", midi / "freedoom", midi / "groove", soundfonts, left_out)
    for path in write_form_songs(Songbook(sources, seed, folder), folder, composed):
        click.echo(path.name)


@main.command()
@click.argument("songs_folder", metavar="SONGS", type=_THERE)
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--epochs", default=14, show_default=True, help="How often every song is seen.")
@click.option("--seed", default=1, show_default=True)
@click.option("--threads", default=1, show_default=True, help="Processor threads.")
def form(songs_folder: Path, file: Path, epochs: int, seed: int, threads: int) -> None:
    """Learn from SONGS where parts begin and which repeat, write it to FILE, and score songs that were held out."""
    import torch

    from musicvid.analysis.training import form_learning
    from musicvid.analysis.training.form_songs import read_form_song

    torch.set_num_threads(threads)
    read = [read_form_song(path) for path in sorted(songs_folder.glob("*-*.npz"))]
    kept = [song for song in read if not form_learning.held_out(song)]
    others = [song for song in read if form_learning.held_out(song)]
    if not kept or not others:
        found = f"{len(kept)} songs to learn from and {len(others)} held out"
        hint = "make more: python -m musicvid.analysis.training form-songs FOLDER --midi FOLDER"
        raise InputError(found, where=str(songs_folder), hint=hint)
    click.echo(f"{len(kept)} songs to learn from, {len(others)} held out")
    learned = form_learning.learn(kept, others, epochs, seed, lambda epoch, loss: click.echo(f"{epoch} {loss:.4f}"))
    form_learning.write_learned(file, learned)
    for row in form_learning.table(others, learned):
        click.echo(row)


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
