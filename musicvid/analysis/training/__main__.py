"""``python -m musicvid.analysis.training songs|train|…``; see ``README.md`` beside this file."""

from __future__ import annotations

from pathlib import Path

import click

from musicvid.analysis.training.songbook import Songbook, Sources, write_songs

_FONTS = ("/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/TimGM6mb.sf2",
          "/usr/share/sounds/sf3/MuseScore_General_Full.sf3")  # fmt: skip


@click.group()
def main() -> None:
    """Make songs with known beats, and train the analyser's network on them."""


@main.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--midi", required=True, type=click.Path(path_type=Path, exists=True),
              help="Folder with pop909/, freedoom/ and groove/ unpacked.")  # fmt: skip
@click.option("--count", default=1500, show_default=True, help="How many songs.")
@click.option("--first", default=0, show_default=True, help="Number of the first, so that several can work at once.")
@click.option("--stride", default=1, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--leave-out", type=click.Path(path_type=Path, exists=True),
              help="Text file of MIDI names (stems), one a line, that are never used.")  # fmt: skip
@click.option("--soundfont", "fonts", multiple=True, default=_FONTS, type=click.Path(path_type=Path, exists=True))
def songs(
    folder: Path, midi: Path, count: int, first: int, stride: int, seed: int, leave_out: Path | None,
    fonts: tuple[Path, ...],
) -> None:  # fmt: skip
    """Render songs into FOLDER; run again to continue."""
    left_out = frozenset(leave_out.read_text().split()) if leave_out else frozenset()
    sources = Sources(midi / "pop909", midi / "freedoom", midi / "groove", tuple(Path(f) for f in fonts), left_out)
    write_songs(Songbook(sources, seed, folder), folder, iter(range(first, count, stride)))


@main.command()
@click.argument("songs_folder", metavar="SONGS", type=click.Path(path_type=Path, exists=True))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--size", default="medium", show_default=True, type=click.Choice(["small", "medium", "large"]))
@click.option("--steps", default=6000, show_default=True)
@click.option("--seed", default=1, show_default=True)
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--threads", default=2, show_default=True)
@click.option("--most", default=100_000, show_default=True, help="Learn from the first so many songs only.")
def train(
    songs_folder: Path, folder: Path, size: str, steps: int, seed: int, device: str, threads: int, most: int
) -> None:  # fmt: skip
    """Train a network on SONGS into FOLDER; run again to continue."""
    import torch

    from musicvid.analysis.training import learning
    from musicvid.analysis.training.examples import read_song

    torch.set_num_threads(threads)
    kept = [read_song(path) for path in sorted(songs_folder.glob("*.npz"))[:most]]
    hours = sum(len(song.mel) for song in kept) / 100 / 3600
    print(f"{len(kept)} songs, {hours:.1f} h")
    learning.train(learning.Plan(size, steps, seed, device=device), kept, folder)


if __name__ == "__main__":
    main()
