"""A map of the song: waveform in the colours of its sections, bars and beats, energy, tempo."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.waveform import Waveform, measure_waveform
from musicvid.errors import InputError
from musicvid.media.files import part_file
from musicvid.media.fonts import font_path
from musicvid.schema.song import Section, Song

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 2000, 900
_DPI = 100
_NIGHT, _INK, _DIM, _FAINT = "#12141c", "#e8e6df", "#8d90a0", "#2a2e3d"
_GOLD, _ROSE = "#f2c46d", "#e2788f"
_COLOURS = {
    "intro": "#6fa8dc",
    "verse": "#5fc6b0",
    "chorus": "#f2a65a",
    "bridge": "#b28ddb",
    "instrumental": "#7f9bd8",
    "outro": "#8fa3b5",
}
_OTHERS = ("#d98cb3", "#9dc183", "#d6c36a", "#c98f76")
_FORMATS = {".png", ".svg", ".pdf", ".jpg", ".webp"}
_BEATS_FROM_PX = 3.5
_LEFT, _RIGHT = 0.062, 0.985
_WIDE_PX = (_RIGHT - _LEFT) * WIDTH


def plot_song(song: Song, song_path: str | os.PathLike[str], to: str | os.PathLike[str]) -> None:
    """Draw ``song`` to a picture of 2000 x 900 (.png, .svg, .pdf, .jpg or .webp).

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
        figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=_NIGHT)
        FigureCanvasAgg(figure)
        _draw(figure, song, waveform)
        with part_file(to) as part, warnings.catch_warnings():
            # A file name in a script that no font here knows is drawn as boxes; that is no news for the user.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure.savefig(part, dpi=_DPI, facecolor=_NIGHT)


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


def _draw(figure: Figure, song: Song, waveform: Waveform) -> None:
    heights = [0.42, 4.15, 0.58, 2.0, 1.15]
    axes = figure.subplots(
        len(heights),
        1,
        sharex=True,
        gridspec_kw={"height_ratios": heights, "left": _LEFT, "right": _RIGHT, "top": 0.885, "bottom": 0.062,
                     "hspace": 0.06},
    )  # fmt: skip
    names, wave, beats, curves, tempo = axes
    for ax in axes:
        _bare(ax)
    names.set_xlim(0.0, song.duration_s)
    _title(figure, song)
    _section_names(names, song)
    _wave(wave, song, waveform)
    _beat_ruler(beats, song)
    _curves(curves, song)
    _tempo(tempo, song)
    _seconds(tempo, song.duration_s)
    _beat_lines(wave, song)
    for ax in (wave, curves, tempo):
        for section in song.sections[1:]:
            ax.axvline(section.start_s, color=_INK, alpha=0.22, linewidth=0.9, zorder=1)


def _bare(ax: Axes) -> None:
    ax.set_facecolor("none")
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.tick_params(length=0, labelbottom=False, labelleft=False, colors=_DIM, labelsize=12)


def colour_of(section: Section) -> str:
    """The section's colour: its label's own, another steady one for labels that the analyser does not give."""
    if section.label in _COLOURS:
        return _COLOURS[section.label]
    return _OTHERS[sum(section.label.encode()) % len(_OTHERS)]


def _title(figure: Figure, song: Song) -> None:
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
    title = figure.text(_LEFT, 0.957, name.replace("$", r"\$"), color=_INK, fontsize=25, va="center", weight="bold")
    figure.text(_RIGHT, 0.966, "   ·   ".join(facts), color=_INK, fontsize=15, va="center", ha="right")
    figure.text(_RIGHT, 0.926, f"sure of   {trust}", color=_DIM, fontsize=12.5, va="center", ha="right")
    if song.notes:
        note = song.notes[0] if len(song.notes[0]) <= 105 else f"{song.notes[0][:102]} …"
        figure.text(_LEFT, 0.915, note.replace("$", r"\$"), color=_ROSE, fontsize=12.5, va="center")
    title.set_clip_on(True)


def _usual_metre(song: Song) -> int:
    counts = [bar.beat_count for bar in song.bars[:-1]]
    return max(set(counts), key=counts.count) if counts else 0


def _section_names(ax: Axes, song: Song) -> None:
    """A ribbon of the sections' colours with their names, shortened or turned away where they do not fit."""
    ax.set_ylim(0, 1)
    px_per_s = _WIDE_PX / song.duration_s
    for section in song.sections:
        width = section.stop_s - section.start_s
        gap = min(2.0 / px_per_s, 0.2 * width)
        ax.axvspan(section.start_s + gap / 2, section.stop_s - gap / 2, color=colour_of(section), linewidth=0)
        text = _fitting(section.name, width * px_per_s)
        ax.text(section.start_s + width / 2, 0.46, text, color=_NIGHT, fontsize=13.5, ha="center", va="center",
                weight="bold", clip_on=True)  # fmt: skip


def _fitting(name: str, room_px: float) -> str:
    """The name, its first letters with the number, the initial, or nothing."""
    word, _, number = name.partition(" ")
    short = f"{word[:4]}. {number}".strip() if len(word) > 5 else name
    for text in (name, short, f"{word[0].upper()}{number}"):
        if len(text) * 12.5 + 8 <= room_px:
            return text
    return ""


def _wave(ax: Axes, song: Song, waveform: Waveform) -> None:
    """Peaks faint, the louder middle bright, in the colour of the section that sounds."""
    at = (np.arange(len(waveform.high)) + 0.5) * song.duration_s / len(waveform.high)
    top = max(float(waveform.high.max()), float(-waveform.low.min()), 1e-6)
    for section in song.sections:
        here = (at >= section.start_s - at[0]) & (at <= section.stop_s + at[0])
        colour = colour_of(section)
        ax.fill_between(at[here], waveform.low[here] / top, waveform.high[here] / top, color=colour, alpha=0.42,
                        linewidth=0, zorder=2)  # fmt: skip
        ax.fill_between(at[here], -waveform.rms[here] / top, waveform.rms[here] / top, color=colour, alpha=0.95,
                        linewidth=0, zorder=3)  # fmt: skip
        ax.axvspan(section.start_s, section.stop_s, color=colour, alpha=0.055, linewidth=0, zorder=0)
    ax.set_ylim(-1.04, 1.04)


def _beat_lines(ax: Axes, song: Song) -> None:
    """Beats across the waveform, where there is room for them."""
    beat_px = 60.0 / max(song.tempo_bpm, 1.0) * _WIDE_PX / song.duration_s
    for beat in song.beats if beat_px >= 20 else ():
        downbeat = beat.position == 1
        ax.axvline(beat.time_s, color=_GOLD if downbeat else _INK, alpha=0.55 if downbeat else 0.16,
                   linewidth=1.3 if downbeat else 0.9, zorder=4)  # fmt: skip


def _beat_ruler(ax: Axes, song: Song) -> None:
    """Bar lines tall with their numbers, beats short where there is room for them; stronger beats brighter."""
    from matplotlib.colors import to_rgb

    ax.set_ylim(0, 1)
    _names(ax, ("bars", _GOLD))
    px_per_s = _WIDE_PX / song.duration_s
    room = 60.0 / max(song.tempo_bpm, 1.0) * px_per_s
    beats = [beat for beat in song.beats if beat.position != 1] if room >= _BEATS_FROM_PX else []
    colours = [(*to_rgb(_INK), 0.25 + 0.5 * beat.strength) for beat in beats]
    ax.vlines([beat.time_s for beat in beats], 0.66, 1.0, colors=colours, linewidth=1.0)
    bars = song.bars
    if not bars:
        return
    bar_px = float(np.median([bar.stop_s - bar.start_s for bar in bars])) * px_per_s
    every = next((n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256) if n * bar_px >= 46), 512)
    numbered = [bar for bar in bars if (bar.number - 1) % every == 0]
    ax.vlines([bar.start_s for bar in numbered], 0.42, 1.0, color=_GOLD, linewidth=1.7)
    if bar_px >= 5:
        ax.vlines([bar.start_s for bar in bars], 0.58, 1.0, color=_GOLD, linewidth=1.1)
    for bar in numbered:
        ax.text(bar.start_s, 0.36, str(bar.number), color=_GOLD, fontsize=11, ha="center", va="top", clip_on=True)


def _curves(ax: Axes, song: Song) -> None:
    ax.set_ylim(-0.03, 1.06)
    for name, colour, fill in (("loudness", _INK, 0.13), ("bass", _ROSE, 0.0)):
        curve = song.curve(name)
        at, values = _smoothed(np.asarray(curve.values, np.float64), curve.rate_hz)
        ax.fill_between(at, 0, values, color=colour, alpha=fill, linewidth=0, zorder=2)
        ax.plot(at, values, color=colour, alpha=0.8, linewidth=1.3, zorder=3)
    for section in song.sections:
        ax.hlines(section.energy, section.start_s, section.stop_s, color=colour_of(section), linewidth=5, zorder=6)
    _names(ax, ("loudness", _INK), ("bass", _ROSE), ("energy", _COLOURS["chorus"]))


def _names(ax: Axes, *entries: tuple[str, str]) -> None:
    """Words in their colours, left of the axes, one under the other."""
    for k, (name, colour) in enumerate(entries):
        height = 0.5 - (k - (len(entries) - 1) / 2) * 26 / (ax.get_position().height * HEIGHT)
        ax.text(-0.008, height, name, transform=ax.transAxes, color=colour, fontsize=12.5, ha="right", va="center")


def _smoothed(values: Floats, rate_hz: float) -> tuple[Floats, Floats]:
    """As fine as can be seen: a Gaussian of some pixels' width."""
    from scipy.ndimage import gaussian_filter1d

    width = max(1.0, len(values) / _WIDE_PX * 2.5)
    step = max(1, int(width / 2))
    return np.arange(len(values))[::step] / rate_hz, gaussian_filter1d(values, width, mode="nearest")[::step]


def _tempo(ax: Axes, song: Song) -> None:
    if not song.tempo:
        _names(ax, ("no tempo", _DIM))
        return
    times = [point.time_s for point in song.tempo]
    bpm = [point.bpm for point in song.tempo]
    low, high = min(bpm), max(bpm)
    room = max((high - low) * 0.25, 0.05 * song.tempo_bpm)
    ax.set_ylim(low - room, high + room)
    ax.plot([*times, song.duration_s], [*bpm, bpm[-1]], color=_GOLD, linewidth=1.8, zorder=3)
    ax.axhline(song.tempo_bpm, color=_GOLD, alpha=0.25, linewidth=0.9, linestyle=(0, (4, 4)))
    spread = f"{low:.0f} bpm" if round(low) == round(high) else f"{low:.0f} to {high:.0f}"
    _names(ax, ("tempo", _GOLD), (spread, _DIM))


def _seconds(ax: Axes, duration_s: float) -> None:
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900)
    step = next((s for s in steps if duration_s / s <= 16), 1800)
    ticks = np.arange(0, duration_s, step)
    ax.set_xticks(ticks)
    ax.set_xticklabels([f"{int(t // 60)}:{t % 60:02.0f}" if step >= 1 else f"{t:.1f}" for t in ticks])
    ax.tick_params(labelbottom=True, pad=8)
    ax.axhline(ax.get_ylim()[0], color=_FAINT, linewidth=1.5)
