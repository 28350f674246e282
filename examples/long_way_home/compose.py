"""Write the song into a folder: sound, lyrics and storyboard."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.errors import InputError, StorageError, UnknownNameError

from .clock import Clock
from .score import ARTIST, SAMPLE_RATE_HZ, TITLE
from .truth import lyrics_text, truth

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SONG_NAME = "long_way_home.flac"
LYRICS_NAME = "long_way_home.lrc"
STORYBOARD_NAME = "storyboard.yaml"
_HERE = Path(__file__).parent


def storyboard_path() -> Path:
    """The storyboard that comes with the song."""
    return _HERE / STORYBOARD_NAME


def compose(folder: str | os.PathLike[str], seconds: float | None = None) -> Path:
    """Write ``long_way_home.flac``, ``long_way_home.lrc`` and ``storyboard.yaml`` into ``folder``; return the song.

    ``seconds`` renders only the beginning, for a quick look. What is there already and was made by this version of the
    score is kept; a storyboard that is there is always kept, since it may have been edited. Files are written beside
    their place and renamed, so that a killed run leaves nothing half done. Raises StorageError.
    """
    place = Path(folder)
    song = place / SONG_NAME
    count = Clock().sample_count if seconds is None else min(round(seconds * SAMPLE_RATE_HZ), Clock().sample_count)
    if count <= 0:
        raise InputError(f"cannot render {seconds} seconds of the song", hint="give a length above 0")
    lyrics = lyrics_text(truth()).encode()
    try:
        place.mkdir(parents=True, exist_ok=True)
        if not _is_current(song, count):
            _written(song, lambda part: _write_song(part, count))
        if not (place / LYRICS_NAME).exists() or (place / LYRICS_NAME).read_bytes() != lyrics:
            _written(place / LYRICS_NAME, lambda part: part.write_bytes(lyrics))
        if not (place / STORYBOARD_NAME).exists():
            _written(place / STORYBOARD_NAME, lambda part: shutil.copyfile(storyboard_path(), part))
    except OSError as error:
        raise StorageError(
            f"cannot write the example song: {error}", where=str(place), hint="choose a folder with 50 MB of free space"
        ) from error
    return song


def render_song(first: str | None = None, last: str | None = None) -> NDArray[np.float32]:
    """The song from section ``first`` to section ``last`` by name, both included; all of it when none is given.

    Float32 samples (n, 2) at 44.1 kHz. With ``first`` alone, that section. Times of ``truth()`` count from the start of
    the whole song: subtract the start of ``first``. Raises UnknownNameError.
    """
    from .synth.render import render

    clock = Clock()
    names = [section.name for section in clock.sections]
    for name in (first, last):
        if name is not None and name not in names:
            raise UnknownNameError("section", name, names)
    begin = names.index(first) if first else 0
    end = names.index(last) if last else begin if first else len(names) - 1
    if end < begin:
        raise InputError(f"section {last!r} comes before {first!r}")
    return render(clock, clock.start_sample(begin), clock.stop_sample(end)).T


@cache
def _version() -> str:
    """A stamp of everything that determines the sound: the sources of this package."""
    digest = hashlib.sha256()
    for source in sorted(_HERE.rglob("*.py")):
        digest.update(source.relative_to(_HERE).as_posix().encode() + b"\0" + source.read_bytes())
    return f"score {digest.hexdigest()[:16]}"


def _is_current(song: Path, count: int) -> bool:
    import soundfile

    if not song.is_file():
        return False
    try:
        with soundfile.SoundFile(song) as file:
            return bool(file.comment == _version() and file.frames == count)
    except soundfile.LibsndfileError:
        # Something else by that name: it is replaced, as anything that this version did not make.
        return False


def _write_song(part: Path, count: int) -> None:
    import soundfile

    from .synth.master import as_pcm16
    from .synth.render import render

    samples = as_pcm16(render(Clock(), 0, count), seed=1)
    try:
        with soundfile.SoundFile(part, "w", SAMPLE_RATE_HZ, 2, "PCM_16", format="FLAC") as file:
            file.title, file.artist, file.comment = TITLE, ARTIST, _version()
            file.write(samples)
    except soundfile.LibsndfileError as error:
        raise OSError(str(error)) from error


def _written(target: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` make a part file beside ``target``, then put it in its place in one step."""
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}.part-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    part = Path(name)
    try:
        write(part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o644)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)
