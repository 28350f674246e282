"""What a clip is to be made from, before any of it exists, and the name that follows from that."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from musicvid.diffusion.models import Condition
from musicvid.rendering.keys import canonical, content_of
from musicvid.schema.frames import FrameRate, FrameSize


@dataclass(frozen=True, slots=True)
class Sound:
    """The song from ``start_s`` on (may be negative: silence); ``path`` is the audio file."""

    path: str
    start_s: Fraction


@dataclass(frozen=True, slots=True)
class Brief:
    """One call to the model. ``frame_count``, ``rate`` and ``size`` are what it is asked for.

    ``after`` is the clip this one goes on from: its frame ``after_frame`` and the ``repeats - 1`` before it are this
    clip's first frames (0: it begins by itself). ``first``, ``last`` and ``references`` are paths of pictures.
    """

    shot_id: str
    take: int
    prompts: tuple[str, ...]
    avoid: str
    seed: int
    frame_count: int
    rate: FrameRate
    size: FrameSize
    after: Brief | None = None
    after_frame: int = 0
    repeats: int = 0
    first: str = ""
    last: str = ""
    references: tuple[str, ...] = ()
    sound: Sound | None = None

    @property
    def name(self) -> str:
        """For people: the shot, and the take where there are several."""
        return self.shot_id if self.take == 1 else f"{self.shot_id} take {self.take}"

    @property
    def conditions(self) -> frozenset[Condition]:
        given: dict[Condition, bool] = {
            "first": bool(self.first) or self.repeats == 1,
            "extend": self.repeats > 1,
            "last": bool(self.last),
            "references": bool(self.references),
            "sound": self.sound is not None,
            "prompts": len(self.prompts) > 1,
        }
        return frozenset(name for name, there in given.items() if there)

    def chain(self) -> Iterator[Brief]:
        """This clip and those before it, the first made first."""
        found = [self]
        while found[-1].after is not None:
            found.append(found[-1].after)
        return reversed(found)


def clip_key(brief: Brief, made_by: Mapping[str, object], lossy: tuple[str, ...], after_key: str) -> str:
    """Hex SHA-256 of everything that determines the clip's pixels. ``made_by`` says what is the same for all clips
    (engine, weights, settings), ``lossy`` what memory made it give up, ``after_key`` names the clip it goes on from.

    Raises :class:`InputError` for a picture or a song that is gone.
    """
    facts = {
        **made_by,
        "lossy": list(lossy),
        "prompts": list(brief.prompts),
        "avoid": brief.avoid,
        "seed": brief.seed,
        "frame_count": brief.frame_count,
        "rate": str(brief.rate),
        "size": str(brief.size),
        "after": [after_key, brief.after_frame, brief.repeats] if brief.after is not None else [],
        "first": _content(brief, brief.first),
        "last": _content(brief, brief.last),
        "references": [_content(brief, path) for path in brief.references],
        "sound": [_content(brief, brief.sound.path), str(brief.sound.start_s)] if brief.sound else [],
    }
    return hashlib.sha256(canonical(facts).encode()).hexdigest()


def _content(brief: Brief, path: str) -> str:
    return content_of(path, brief.shot_id) if path else ""
