"""Lyrics without times are laid onto the sections of the song: an estimate, and marked as one.

Blocks keep their order. Which section each belongs to is found by dynamic programming over all monotone assignments, so
that two verses in a row may share a long one, and a chorus in the text meets a chorus in the song. Within a section the
lines share the time in proportion to their syllables, each starting on a downbeat or beat.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from musicvid.planning.grid import Grid
from musicvid.planning.wording import plain_words, syllables
from musicvid.schema.lyrics import LyricLine, LyricText
from musicvid.schema.song import Section

VOCAL = ("verse", "chorus", "bridge", "pre-chorus", "post-chorus")
_WORDS = {
    "verse": "verse", "strophe": "verse", "couplet": "verse", "vers": "verse", "estrofa": "verse",
    "chorus": "chorus", "refrain": "chorus", "hook": "chorus", "coro": "chorus", "estribillo": "chorus",
    "bridge": "bridge", "puente": "bridge", "intro": "intro", "outro": "outro", "coda": "outro", "ending": "outro",
    "instrumental": "instrumental", "interlude": "instrumental", "solo": "instrumental", "break": "instrumental",
    "prechorus": "pre-chorus", "postchorus": "post-chorus",
}  # fmt: skip
_SYLLABLE_S = 0.5
_LEAST_LINE_S = 2.0


@dataclass(frozen=True, slots=True)
class Heading:
    """What a heading says: a section label (empty when there is no heading) and a number if one is given."""

    label: str
    number: int | None


@dataclass(frozen=True, slots=True)
class Laid:
    lines: tuple[LyricLine, ...]
    notes: tuple[str, ...]


def laid_lines(blocks: Sequence[LyricText], sections: Sequence[Section], grid: Grid) -> Laid:
    """Lay ``blocks`` onto ``sections``. The lines come in order of time."""
    homes = _homes(blocks, sections)
    notes = [] if not any(b.lines for b in blocks) else ["the lyrics have no times: they are laid out by estimate"]
    lines: list[LyricLine] = []
    for index, section in enumerate(sections):
        texts = homes.get(index, [])
        if texts:
            lines += spread(texts, section, grid)
    for k, block in enumerate(blocks):
        heading = read_heading(block.heading)
        labels = {_label(s) for s in sections}
        if block.lines and heading.label and heading.label not in labels and k == _first_of(blocks, heading):
            home = next(
                (sections[i].name for i, t in homes.items() if (block.heading.strip(), block.lines[0]) in t), ""
            )
            notes.append(f'the song has no section for the lyrics under "{block.heading}": they are laid onto {home}')
    return Laid(tuple(lines), tuple(notes))


def read_heading(text: str) -> Heading:
    """``Verse 2: Ann`` → verse, 2; ``Final Chorus (x2)`` → chorus; other words stay what they are."""
    words = plain_words(re.split(r"[:(\[|–—]", text.strip(" []"), maxsplit=1)[0]).split()
    numbers = [int(w) for w in words if w.isdecimal() and len(w) < 3]
    known = [_WORDS[w] for w in words if w in _WORDS]
    if known and words[0] in ("pre", "post") and known[0] == "chorus":
        known = [f"{words[0]}-chorus"]
    rest = " ".join(w for w in words if not w.isdecimal())
    return Heading(known[-1] if known else rest, numbers[0] if numbers else None)


def spread(texts: Sequence[tuple[str, str]], section: Section, grid: Grid) -> list[LyricLine]:
    """Lay lines, given with the heading they stood under, over ``section`` from its first downbeat on."""
    bar = grid.first_bar_in(section.start_s, section.stop_s)
    first_s = section.start_s if bar is None else max(grid.times_s[grid.downs[bar]], section.start_s)
    if first_s - section.start_s > grid.bar_s:
        first_s = section.start_s
    weights = [syllables(text) for _, text in texts]
    total, sung = sum(weights), 0
    crowded = len(texts) > len(grid.between(first_s, section.stop_s))
    starts: list[float] = []
    for weight in weights:
        ideal_s = first_s + (section.stop_s - first_s) * sung / total
        after_s = starts[-1] if starts else section.start_s - 1
        starts.append(ideal_s if crowded else _on_beat(ideal_s, after_s, section.stop_s, grid))
        sung += weight
    stops = [*starts[1:], section.stop_s]
    return [
        LyricLine(
            start_s=start_s,
            stop_s=min(stop_s, start_s + max(_LEAST_LINE_S, weight * _SYLLABLE_S)),
            text=text,
            section=heading,
            estimated=True,
        )
        for start_s, stop_s, weight, (heading, text) in zip(starts, stops, weights, texts, strict=True)
    ]


def _on_beat(ideal_s: float, after_s: float, stop_s: float, grid: Grid) -> float:
    """A downbeat within a beat of ``ideal_s``, else the nearest beat, else the next one after ``after_s``."""
    reach_s = 1.01 * grid.beat_s_at(ideal_s)
    for mark in (grid.nearest(ideal_s, bars_only=True), grid.nearest(ideal_s)):
        if mark and abs(mark.time_s - ideal_s) <= reach_s and after_s < mark.time_s < stop_s:
            return mark.time_s
    following = grid.after(max(after_s, 0.0))
    if following and ideal_s <= after_s and following.time_s < stop_s:
        return following.time_s
    return ideal_s if ideal_s > after_s else (after_s + stop_s) / 2


def _homes(blocks: Sequence[LyricText], sections: Sequence[Section]) -> dict[int, list[tuple[str, str]]]:
    """Which lines, with their headings, each section holds."""
    headings = [read_heading(b.heading) for b in blocks]
    if not any(h.label for h in headings):
        return _proportional([("", line) for b in blocks for line in b.lines], sections)
    texts = _with_repeats(blocks, headings)
    homes: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for k, home in enumerate(_assignment(headings, sections)):
        homes[home] += [(blocks[k].heading.strip(), line) for line in texts[k]]
    choruses = [k for k, h in enumerate(headings) if h.label == "chorus"]
    if len(choruses) == 1:  # written once, sung at every chorus
        again = [(blocks[choruses[0]].heading.strip(), line) for line in texts[choruses[0]]]
        for index, section in enumerate(sections):
            if _label(section) == "chorus" and not homes.get(index):
                homes[index] = again
    return homes


def _with_repeats(blocks: Sequence[LyricText], headings: Sequence[Heading]) -> list[tuple[str, ...]]:
    """The lines of each block; a heading that stands alone repeats the last text under the same one."""
    last: dict[str, tuple[str, ...]] = {}
    texts = []
    for block, heading in zip(blocks, headings, strict=True):
        lines = tuple(line for line in block.lines if line.strip()) or last.get(heading.label, ())
        last[heading.label] = lines
        texts.append(lines)
    return texts


def _proportional(texts: list[tuple[str, str]], sections: Sequence[Section]) -> dict[int, list[tuple[str, str]]]:
    """Lines without any heading, shared out over the sections that are usually sung."""
    sung = [k for k, s in enumerate(sections) if _label(s) in VOCAL] or list(range(len(sections)))
    total_s = sum(sections[k].stop_s - sections[k].start_s for k in sung)
    weights = [syllables(text) for _, text in texts]
    homes: dict[int, list[tuple[str, str]]] = defaultdict(list)
    done, place, until_s = 0, 0, sections[sung[0]].stop_s - sections[sung[0]].start_s
    for text, weight in zip(texts, weights, strict=True):
        middle_s = total_s * (done + weight / 2) / sum(weights)
        while middle_s > until_s and place + 1 < len(sung):
            place += 1
            until_s += sections[sung[place]].stop_s - sections[sung[place]].start_s
        homes[sung[place]].append(text)
        done += weight
    return homes


def _assignment(headings: Sequence[Heading], sections: Sequence[Section]) -> list[int]:
    """The section of each block: never going back, with the greatest sum of fits.

    Sharing a section with the block before costs 1.5, leaving a section unsung half a point when it is usually sung.
    """
    labels = [_label(s) for s in sections]
    fits = [[_fit(h, k, labels) for k in range(len(sections))] for h in headings]
    skipped = [0.0]
    for label in labels:
        skipped.append(skipped[-1] + (0.5 if label in VOCAL else 0.0))
    score = [fits[0][k] - skipped[k] for k in range(len(sections))]
    came: list[list[int]] = []
    for fit in fits[1:]:
        best, best_at, row, back = float("-inf"), 0, [], []
        for k in range(len(sections)):
            share = score[k] - 1.5
            move = best - skipped[k]
            row.append(fit[k] + max(share, move))
            back.append(best_at if move >= share else k)
            if score[k] + skipped[k + 1] > best:
                best, best_at = score[k] + skipped[k + 1], k
        came.append(back)
        score = row
    ends = [value - (skipped[-1] - skipped[k + 1]) for k, value in enumerate(score)]
    path = [max(range(len(sections)), key=lambda k: (ends[k], -k))]
    for back in reversed(came):
        path.append(back[path[-1]])
    return path[::-1]


def _fit(heading: Heading, k: int, labels: Sequence[str]) -> float:
    """How well a block under ``heading`` suits section ``k``."""
    sung = labels[k] in VOCAL
    if heading.label and heading.label == labels[k]:
        number = labels[: k + 1].count(labels[k])
        return 4.0 if heading.number is None else 5.0 if heading.number == number else 3.0
    if heading.label in labels:
        return -4.0 if sung else -6.0
    if not heading.label:
        return 1.0 if sung else -3.0
    return 0.0 if sung else -2.0


def _label(section: Section) -> str:
    return read_heading(section.label).label


def _first_of(blocks: Sequence[LyricText], heading: Heading) -> int:
    return next(k for k, b in enumerate(blocks) if read_heading(b.heading).label == heading.label)
