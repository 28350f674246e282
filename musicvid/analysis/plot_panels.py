"""The panels of the song map, one function each; all share the axis of seconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from musicvid.analysis.waveform import Waveform
from musicvid.schema.grid import Corrections
from musicvid.schema.song import Section, Song

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

WIDTH, HEIGHT = 2000, 900
LEFT, RIGHT = 0.062, 0.985
"""The panels' left and right ends, in parts of the width."""

NIGHT, INK, DIM, FAINT = "#12141c", "#e8e6df", "#8d90a0", "#2a2e3d"
GOLD, ROSE, MINT = "#f2c46d", "#e2788f", "#9df2c8"
VIOLET = "#b39ddb"
COLOURS = {
    "intro": "#6fa8dc",
    "verse": "#5fc6b0",
    "chorus": "#f2a65a",
    "bridge": "#b28ddb",
    "instrumental": "#7f9bd8",
    "outro": "#8fa3b5",
}
WIDE_PX = (RIGHT - LEFT) * WIDTH

_OTHERS = ("#d98cb3", "#9dc183", "#d6c36a", "#c98f76")
_BEATS_FROM_PX = 3.5


def colour_of(section: Section) -> str:
    """The section's colour: its label's own, another steady one for labels that the analyser does not give."""
    if section.label in COLOURS:
        return COLOURS[section.label]
    return _OTHERS[sum(section.label.encode()) % len(_OTHERS)]


def draw_section_names(ax: Axes, song: Song) -> None:
    """A ribbon of the sections' colours with their names, shortened or turned away where they do not fit."""
    ax.set_ylim(0, 1)
    px_per_s = WIDE_PX / song.duration_s
    for section in song.sections:
        width = section.stop_s - section.start_s
        gap = min(2.0 / px_per_s, 0.2 * width)
        ax.axvspan(section.start_s + gap / 2, section.stop_s - gap / 2, color=colour_of(section), linewidth=0)
        text = _fitting(section.name, width * px_per_s)
        ax.text(section.start_s + width / 2, 0.46, text, color=NIGHT, fontsize=13.5, ha="center", va="center",
                weight="bold", clip_on=True)  # fmt: skip


def _fitting(name: str, room_px: float) -> str:
    """The name, its first letters with the number, the initial, or nothing."""
    word, _, number = name.partition(" ")
    short = f"{word[:4]}. {number}".strip() if len(word) > 5 else name
    for text in (name, short, f"{word[0].upper()}{number}"):
        if len(text) * 12.5 + 8 <= room_px:
            return text
    return ""


def draw_wave(ax: Axes, song: Song, waveform: Waveform) -> None:
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


def draw_beat_lines(ax: Axes, song: Song) -> None:
    """Beats across the waveform, where there is room for them."""
    beat_px = 60.0 / max(song.tempo_bpm, 1.0) * WIDE_PX / song.duration_s
    for beat in song.beats if beat_px >= 20 else ():
        downbeat = beat.position == 1
        ax.axvline(beat.time_s, color=GOLD if downbeat else INK, alpha=0.55 if downbeat else 0.16,
                   linewidth=1.3 if downbeat else 0.9, zorder=4)  # fmt: skip


def draw_corrections(ax: Axes, song: Song, corrections: Corrections) -> None:
    """Anchors and the downbeat that a person gave, as marks from top to bottom with their words beside them."""
    marks = [(anchor.time_s, f"beat {anchor.beat}") for anchor in corrections.anchors]
    if corrections.downbeat_s is not None:
        at_s = min((beat.time_s for beat in song.beats), key=lambda t: abs(t - (corrections.downbeat_s or 0.0)),
                   default=corrections.downbeat_s)  # fmt: skip
        marks.append((at_s, "downbeat"))
    free_from_px = [-1e9, -1e9, -1e9]  # of three rows of words
    for time_s, words in sorted(marks):
        ax.axvline(time_s, color=MINT, alpha=0.9, linewidth=1.6, zorder=7)
        ax.plot([time_s], [1.0], marker="v", color=MINT, markersize=9, zorder=8, clip_on=False)
        px, width = time_s / song.duration_s * WIDE_PX, 9.0 * len(words) + 12
        turned = px + width > WIDE_PX
        start = px - width if turned else px
        row = next((k for k, free in enumerate(free_from_px) if start >= free), None)
        if row is None:
            continue
        free_from_px[row] = start + width
        ax.annotate(words, (time_s, 0.93 - 0.13 * row), xytext=(-6 if turned else 6, 0), textcoords="offset points",
                    color=MINT, fontsize=12, va="center", ha="right" if turned else "left", zorder=9,
                    bbox={"boxstyle": "round,pad=0.15", "facecolor": NIGHT, "alpha": 0.75, "linewidth": 0})  # fmt: skip


def draw_beat_ruler(ax: Axes, song: Song) -> None:
    """Bar lines tall with their numbers, beats short where there is room for them; stronger beats brighter."""
    from matplotlib.colors import to_rgb

    ax.set_ylim(0, 1)
    _names(ax, ("bars", GOLD))
    px_per_s = WIDE_PX / song.duration_s
    room = 60.0 / max(song.tempo_bpm, 1.0) * px_per_s
    beats = [beat for beat in song.beats if beat.position != 1] if room >= _BEATS_FROM_PX else []
    colours = [(*to_rgb(INK), 0.25 + 0.5 * beat.strength) for beat in beats]
    ax.vlines([beat.time_s for beat in beats], 0.66, 1.0, colors=colours, linewidth=1.0)
    bars = song.bars
    if not bars:
        return
    bar_px = float(np.median([bar.stop_s - bar.start_s for bar in bars])) * px_per_s
    every = next((n for n in (1, 2, 4, 8, 16, 32, 64, 128, 256) if n * bar_px >= 46), 512)
    numbered = [bar for bar in bars if (bar.number - 1) % every == 0]
    ax.vlines([bar.start_s for bar in numbered], 0.42, 1.0, color=GOLD, linewidth=1.7)
    if bar_px >= 5:
        ax.vlines([bar.start_s for bar in bars], 0.58, 1.0, color=GOLD, linewidth=1.1)
    for bar in numbered:
        ax.text(bar.start_s, 0.36, str(bar.number), color=GOLD, fontsize=11, ha="center", va="top", clip_on=True)


def draw_curves(ax: Axes, song: Song) -> None:
    """Loudness, bass, the sections' energy; above them how likely somebody sings, where that was measured."""
    ax.set_ylim(-0.03, 1.24)
    voices = [curve for curve in song.curves if curve.name == "vocals"]
    for curve in voices:
        at, values = _smoothed(np.asarray(curve.values, np.float64), curve.rate_hz)
        ax.fill_between(at, 1.12, 1.12 + 0.12 * values, color=VIOLET, alpha=0.85, linewidth=0, zorder=3)
    for name, colour, fill in (("loudness", INK, 0.13), ("bass", ROSE, 0.0)):
        curve = song.curve(name)
        at, values = _smoothed(np.asarray(curve.values, np.float64), curve.rate_hz)
        ax.fill_between(at, 0, values, color=colour, alpha=fill, linewidth=0, zorder=2)
        ax.plot(at, values, color=colour, alpha=0.8, linewidth=1.3, zorder=3)
    for section in song.sections:
        ax.hlines(section.energy, section.start_s, section.stop_s, color=colour_of(section), linewidth=5, zorder=6)
    _names(ax, *(("voice", VIOLET) for _ in voices), ("loudness", INK), ("bass", ROSE), ("energy", COLOURS["chorus"]))


def _names(ax: Axes, *entries: tuple[str, str]) -> None:
    """Words in their colours, left of the axes, one under the other."""
    for k, (name, colour) in enumerate(entries):
        height = 0.5 - (k - (len(entries) - 1) / 2) * 26 / (ax.get_position().height * HEIGHT)
        ax.text(-0.008, height, name, transform=ax.transAxes, color=colour, fontsize=12.5, ha="right", va="center")


def _smoothed(values: Floats, rate_hz: float) -> tuple[Floats, Floats]:
    """As fine as can be seen: a Gaussian of some pixels' width."""
    from scipy.ndimage import gaussian_filter1d

    width = max(1.0, len(values) / WIDE_PX * 2.5)
    step = max(1, int(width / 2))
    return np.arange(len(values))[::step] / rate_hz, gaussian_filter1d(values, width, mode="nearest")[::step]


def draw_tempo(ax: Axes, song: Song) -> None:
    if not song.tempo:
        _names(ax, ("no tempo", DIM))
        return
    times = [point.time_s for point in song.tempo]
    bpm = [point.bpm for point in song.tempo]
    low, high = min(bpm), max(bpm)
    room = max((high - low) * 0.25, 0.05 * song.tempo_bpm)
    ax.set_ylim(low - room, high + room)
    ax.plot([*times, song.duration_s], [*bpm, bpm[-1]], color=GOLD, linewidth=1.8, zorder=3)
    ax.axhline(song.tempo_bpm, color=GOLD, alpha=0.25, linewidth=0.9, linestyle=(0, (4, 4)))
    spread = f"{low:.0f} bpm" if round(low) == round(high) else f"{low:.0f} to {high:.0f}"
    _names(ax, ("tempo", GOLD), (spread, DIM))


def draw_seconds(ax: Axes, duration_s: float) -> None:
    steps = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900)
    step = next((s for s in steps if duration_s / s <= 16), 1800)
    ticks = np.arange(0, duration_s, step)
    ax.set_xticks(ticks)
    ax.set_xticklabels([f"{int(t // 60)}:{t % 60:02.0f}" if step >= 1 else f"{t:.1f}" for t in ticks])
    ax.tick_params(labelbottom=True, pad=8)
    ax.axhline(ax.get_ylim()[0], color=FAINT, linewidth=1.5)
