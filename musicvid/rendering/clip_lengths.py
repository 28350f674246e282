"""How many frames each clip of a shot has: legal numbers only, as few frames as can be."""

from __future__ import annotations

from collections.abc import Sequence

from musicvid.diffusion.models import FrameRule
from musicvid.errors import InputError

_OVERLAP = 5


def legal_counts(rule: FrameRule, most: int, *, only: int = 0) -> tuple[int, ...]:
    """The legal frame counts up to ``most``, rising. With ``only`` at most that many, evenly spaced, the largest one
    among them: they depend on nothing else, so a shot that changes leaves the other shots' clips alone.

    Raises :class:`InputError` when no legal count is that small.
    """
    smallest = rule.at_least(1)
    if most < smallest:
        raise InputError(f"clips of at most {most} frames were asked for, {smallest} is the least this model makes")
    steps = rule.index_at_least(rule.at_most(most))
    kept = {-(-k * steps // only) for k in range(1, only + 1)} if only else range(1, steps + 1)
    return tuple(rule.count_of(k) for k in sorted(kept))


def clip_lengths(legal: Sequence[int], needed: int, *, head: int = 0, repeat: int = 0) -> tuple[int, ...]:
    """The lengths of the clips that together show ``needed`` new frames.

    The first clip begins with ``head`` frames that are shown elsewhere already, every later one repeats the ``repeat``
    last frames of the one before. First as few clips as can be, then as few frames, then as equal as ``legal`` (rising)
    allows; longer ones come first. Raises :class:`InputError` when a clip is not longer than what it repeats.
    """
    most = legal[-1]
    count = 1
    if needed + head > most:
        _check_longer(most, repeat)
        count += -(-(needed + head - most) // (most - repeat))
    _check_longer(most, head)
    usable = [n for n in legal if n > max(head, repeat if count > 1 else 0)]
    made = needed + head + repeat * (count - 1)
    level = next(k for k, n in enumerate(usable) if n * count >= made)
    if level == 0:
        return (usable[0],) * count
    lowered = (usable[level] * count - made) // (usable[level] - usable[level - 1])  # below count: else all would be
    return (usable[level],) * (count - lowered) + (usable[level - 1],) * lowered


def overlap_of(rule: FrameRule, wish: int | None = None) -> int:
    """How many frames a clip repeats of the one that it goes on from: five, or a few more.

    Video autoencoders of the rules ``step * k + 1`` code one frame alone and then groups of ``step``: an overlap must
    be made like that too. A model that makes chunks (``cut``) goes on from a whole one. Raises :class:`InputError` for
    a ``wish`` that is not.
    """
    if rule.cut and not wish:
        return rule.count_of(1)
    step = rule.cut or rule.step
    if rule.offset != 1 and not rule.cut:
        return wish or _OVERLAP
    groups = -(-((wish or _OVERLAP) - 1) // step)
    overlap = 1 + groups * step
    if wish and wish != overlap:
        raise InputError(
            f"this model cannot repeat {wish} frames of the clip before", hint=f"use {overlap - step} or {overlap}"
        )
    return overlap


def _check_longer(most: int, repeats: int) -> None:
    if most <= repeats:
        raise InputError(
            f"a clip of at most {most} frames cannot begin with {repeats} that repeat the one before it",
            hint="allow longer clips or a smaller overlap",
        )
