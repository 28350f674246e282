"""What the parts of a song are called. Rules, from repetition, energy, voice and place; a storyboard may say otherwise.

A song *has a voice* when some part has at least :data:`_SUNG` of it, and a part is *unsung* when it has less than
:data:`_UNSUNG` of what the most sung part has. Drums and guitars hide a voice: where the same material is sung
elsewhere, or where loud material comes back, far less (:data:`_HIDDEN`, :data:`_DROWNED`) is enough. Of songs without
a voice, no part counts as unsung.

- **chorus**: of the material that comes back sung, the most energetic (coming back often counts too).
- **verse**: of the rest that comes back, the earliest; if nothing else comes back, the earliest part that is not the
  opening. A quiet opening that comes back is no verse but a frame.
- **intro**, **outro**: the first and the last part, when they are unsung or neither of these.
- **instrumental**: any other unsung part. In songs without a voice: the material of intro and outro in between, and
  what comes once in the earlier half.
- **bridge**: all the rest.

A song of one part is a verse. To say otherwise: ``sections:`` in the storyboard.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_QUIET = 0.75
_LOUD = 0.85
"""Energy, of the loudest part's, at which a band drowns a voice."""
_SUNG, _UNSUNG, _HIDDEN, _DROWNED = 0.5, 0.5, 0.2, 0.14
"""Means of the ``vocals`` curve over a part. In the two recordings with known words that this was looked up in, all
parts with words have more than two thirds of what the most sung part has, those without less than half."""


@dataclass(frozen=True, slots=True)
class Part:
    """``group`` is shared by parts of the same material; ``energy`` and ``voice`` 0 to 1; times in seconds."""

    start_s: float
    stop_s: float
    group: int
    energy: float
    voice: float = 0.0


def label_parts(parts: Sequence[Part]) -> list[str]:
    """One label of :data:`musicvid.schema.song.SECTION_LABELS` per part."""
    if len(parts) <= 1:
        return ["verse"] * len(parts)
    most = max(part.voice for part in parts)
    voiced = most >= _SUNG
    mute = [voiced and part.voice < _least_voice(part, parts, most) * most for part in parts]
    sung = [part for part, silent in zip(parts, mute, strict=True) if not silent]
    chorus = _chorus(parts, sung)
    verse = _verse(parts, sung, chorus)
    counts = Counter(p.group for p in sung)
    edges = {p.group for p in (parts[0], parts[-1])} - {chorus, verse}
    labels = []
    for k, part in enumerate(parts):
        late = part.start_s >= 0.5 * parts[-1].stop_s
        if part.group == chorus and not mute[k]:
            labels.append("chorus")
        elif part.group == verse and not mute[k]:
            labels.append("verse")
        elif k == 0:
            labels.append("intro")
        elif k == len(parts) - 1:
            labels.append("outro")
        elif mute[k] or (part.group in edges and not voiced):
            labels.append("instrumental")
        else:
            labels.append("bridge" if voiced or counts[part.group] > 1 or late else "instrumental")
    return labels


def _least_voice(part: Part, parts: Sequence[Part], most: float) -> float:
    """The share of the most sung part's voice below which this one is unsung."""
    if part in (parts[0], parts[-1]):
        return _UNSUNG  # songs begin and end with the verse's chords alone
    alike = [other for other in parts if other.group == part.group]
    if len(alike) > 1 and part.energy >= _LOUD * max(other.energy for other in parts):
        return _DROWNED
    return _HIDDEN if any(other.voice >= _UNSUNG * most for other in alike) else _UNSUNG


def _chorus(parts: Sequence[Part], sung: Sequence[Part]) -> int | None:
    """Group of the chorus; None when nothing comes back and there are too few parts to tell."""
    counts = Counter(p.group for p in sung)
    again = [g for g, n in counts.items() if n > 1 and not _only_at_edges(parts, g)]
    if not again:
        inner = _inner(parts, sung)
        return max(inner, key=lambda p: p.energy).group if len(parts) > 3 and inner else None

    def worth(group: int) -> float:
        opens = 0.1 if sung[0].group == group else 0.0
        return _mean_energy(sung, group) + 0.04 * min(counts[group], 4) - opens

    return max(again, key=worth)


def _verse(parts: Sequence[Part], sung: Sequence[Part], chorus: int | None) -> int | None:
    counts = Counter(p.group for p in sung)
    rest = [p.group for p in sung if p.group != chorus and not _only_at_edges(parts, p.group)]
    again = [g for g in rest if counts[g] > 1]
    full = [g for g in again if g != parts[0].group or _mean_energy(sung, g) > _QUIET * _mean_energy(sung)]
    if full:
        return full[0]
    inner = [p.group for p in _inner(parts, sung) if p.group not in (chorus, parts[0].group)]
    if inner or again:
        return (inner or again)[0]
    return parts[0].group if len(parts) == 2 or chorus is None else None


def _inner(parts: Sequence[Part], sung: Sequence[Part]) -> list[Part]:
    """The sung parts but for the song's first and last."""
    return [part for part in sung if part is not parts[0] and part is not parts[-1]]


def _mean_energy(parts: Sequence[Part], group: int | None = None) -> float:
    """Of the parts of a group, or of all, weighted by how long they last."""
    chosen = [p for p in parts if group is None or p.group == group]
    seconds = sum(p.stop_s - p.start_s for p in chosen)
    return sum(p.energy * (p.stop_s - p.start_s) for p in chosen) / max(seconds, 1e-9)


def _only_at_edges(parts: Sequence[Part], group: int) -> bool:
    """Only the first and last part are of this material: a frame, not a verse."""
    places = [k for k, p in enumerate(parts) if p.group == group]
    return len(parts) > 2 and set(places) <= {0, len(parts) - 1}


def name_parts(labels: Sequence[str]) -> list[str]:
    """Unique names: ``verse 1``, ``verse 2``; the bare label where it occurs once."""
    counts = Counter(labels)
    seen: Counter[str] = Counter()
    names = []
    for label in labels:
        seen[label] += 1
        names.append(label if counts[label] == 1 else f"{label} {seen[label]}")
    return names
