"""A map of the song: waveform in the colours of its sections, bars and beats, energy, tempo."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from musicvid.analysis.plot_panels import (
    DIM,
    HEIGHT,
    INK,
    LEFT,
    MINT,
    NIGHT,
    RIGHT,
    ROSE,
    WIDTH,
    draw_beat_lines,
    draw_beat_ruler,
    draw_corrections,
    draw_curves,
    draw_seconds,
    draw_section_names,
    draw_tempo,
    draw_wave,
)
from musicvid.analysis.waveform import Waveform, measure_waveform
from musicvid.errors import InputError
from musicvid.media.files import part_file
from musicvid.media.fonts import font_path
from musicvid.schema.grid import AS_HEARD, Corrections
from musicvid.schema.song import Song

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_DPI = 100
_FORMATS = {".png", ".svg", ".pdf", ".jpg", ".webp"}


def plot_song(
    song: Song,
    song_path: str | os.PathLike[str],
    to: str | os.PathLike[str],
    *,
    corrections: Corrections = AS_HEARD,
) -> None:
    """Draw ``song`` to a picture of 2000 x 900 (.png, .svg, .pdf, .jpg or .webp).

    The ``corrections`` with which it was heard are named, anchors and the downbeat are marked.

    Raises :class:`InputError` for another ending, :class:`SongError`, :class:`StorageError`.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    if Path(to).suffix.lower() not in _FORMATS:
        raise InputError(
            f"the map cannot be drawn as {Path(to).suffix or 'a file without ending'!r}",
            where=os.fspath(to),
            hint=f"use a name that ends in {', '.join(sorted(_FORMATS))}",
        )
    waveform = measure_waveform(song_path, song.sample_rate_hz, song.sample_count)
    with mpl.rc_context({"font.family": [_shipped_font(), "DejaVu Sans"], "svg.hashsalt": "musicvid"}):
        figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=NIGHT)
        FigureCanvasAgg(figure)
        _draw(figure, song, waveform, corrections)
        with part_file(to) as part, warnings.catch_warnings():
            # A file name in a script that no font here knows is drawn as boxes; that is no news for the user.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure.savefig(part, dpi=_DPI, facecolor=NIGHT)


def _shipped_font() -> str:
    """Make the shipped font known to matplotlib; what it lacks comes from DejaVu Sans, which matplotlib brings."""
    from matplotlib.font_manager import FontEntry, fontManager

    name = "musicvid Inter"
    if all(entry.name != name for entry in fontManager.ttflist):
        for weight, file in ((400, font_path("medium")), (700, font_path("bold"))):
            fontManager.ttflist.append(
                FontEntry(
                    fname=str(file),
                    name=name,
                    style="normal",
                    variant="normal",
                    weight=weight,
                    stretch="normal",
                    size="scalable",
                )
            )
    return name


def _draw(figure: Figure, song: Song, waveform: Waveform, corrections: Corrections) -> None:
    heights = [0.42, 4.15, 0.58, 2.0, 1.15]
    axes = figure.subplots(
        len(heights),
        1,
        sharex=True,
        gridspec_kw={"height_ratios": heights, "left": LEFT, "right": RIGHT, "top": 0.885, "bottom": 0.062,
                     "hspace": 0.06},
    )  # fmt: skip
    names, wave, beats, curves, tempo = axes
    for ax in axes:
        _bare(ax)
    names.set_xlim(0.0, song.duration_s)
    _title(figure, song, corrections)
    draw_section_names(names, song)
    draw_wave(wave, song, waveform)
    draw_beat_ruler(beats, song)
    draw_curves(curves, song)
    draw_tempo(tempo, song)
    draw_seconds(tempo, song.duration_s)
    draw_beat_lines(wave, song)
    draw_corrections(wave, song, corrections)
    for ax in (wave, curves, tempo):
        for section in song.sections[1:]:
            ax.axvline(section.start_s, color=INK, alpha=0.22, linewidth=0.9, zorder=1)


def _bare(ax: Axes) -> None:
    ax.set_facecolor("none")
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, labelbottom=False, labelleft=False, colors=DIM, labelsize=12)


def _title(figure: Figure, song: Song, corrections: Corrections) -> None:
    minutes, seconds = divmod(song.duration_s, 60)
    metre = _usual_metre(song)
    facts = [f"{int(minutes)}:{seconds:04.1f}", f"{song.tempo_bpm:.1f} bpm", f"{len(song.beats)} beats",
             f"{len(song.bars)} bars" + (f" of {metre}" if metre else "")]  # fmt: skip
    sure = song.confidence
    trust = "  ".join(f"{name} {value:.0%}" for name, value in (
        ("beats", sure.beats), ("octave", sure.octave), ("phase", sure.phase), ("bar lines", sure.downbeats),
        ("sections", sure.sections)))  # fmt: skip
    name = Path(song.file).name
    name = name if len(name) <= 60 else f"{name[:56]} …"
    title = figure.text(LEFT, 0.957, name.replace("$", r"\$"), color=INK, fontsize=25, va="center", weight="bold")
    figure.text(RIGHT, 0.966, "   ·   ".join(facts), color=INK, fontsize=15, va="center", ha="right")
    figure.text(RIGHT, 0.926, f"sure of   {trust}", color=DIM, fontsize=12.5, va="center", ha="right")
    if corrections:
        words = f"corrected:   {'   ·   '.join(corrections.named())}"
        figure.text(LEFT, 0.915, _shortened(words), color=MINT, fontsize=12.5, va="center", gid="corrections")
    elif song.notes:
        figure.text(LEFT, 0.915, _shortened(song.notes[0]), color=ROSE, fontsize=12.5, va="center")
    title.set_clip_on(True)


def _shortened(words: str) -> str:
    return (words if len(words) <= 105 else f"{words[:102]} …").replace("$", r"\$")


def _usual_metre(song: Song) -> int:
    counts = [bar.beat_count for bar in song.bars[:-1]]
    return max(set(counts), key=counts.count) if counts else 0
