"""Prompts: what a picture maker is told about one shot.

A prompt is whole sentences in this order: what is seen (the scene's note, cast names explained by what they are), cast
that the note does not name, camera, energy, style. The words that explain a cast member are the same in every shot.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from musicvid.planning.wording import as_sentence, sentences
from musicvid.schema.storyboard import CastMember, Look

_FRAMINGS = ("wide shot", "medium shot", "close-up", "medium shot")
_FRAMED = re.compile(
    r"\b(shot|close-?up|wide|angle|lens|camera|aerial|drone|zoom\w*|pan(s|ning)?|dolly|tracking|view|framed?)\b", re.I
)
_ENERGIES = (
    (0.25, "quiet and still"),
    (0.5, "calm, gentle movement"),
    (0.75, "lively, flowing movement"),
    (2.0, "energetic, sweeping movement"),
)


@dataclass(frozen=True, slots=True)
class Scenery:
    """What the words of a prompt are taken from. ``cast`` are those of the shot, ``place`` names the section."""

    note: tuple[str, ...]
    cast: tuple[CastMember, ...]
    camera: str
    energy: float
    look: Look
    title: str
    place: str


def compose(scenery: Scenery) -> str:
    """The prompt; never empty, one line."""
    told, named = _explained(scenery.note, scenery.cast)
    parts = [as_sentence(text) for text in told]
    parts.append(as_sentence(_featuring([m for m in scenery.cast if m not in named], told)))
    if not any(parts) and not as_sentence(scenery.look.style):
        parts.append(as_sentence(", ".join(word for word in (scenery.title, scenery.place) if word.strip())))
    parts += [as_sentence(scenery.camera), as_sentence(energy_words(scenery.energy)), as_sentence(scenery.look.style)]
    return " ".join(part for part in parts if part)


def energy_words(energy: float) -> str:
    """How much moves, in words, for a section's energy from 0 to 1."""
    return next(words for limit, words in _ENERGIES if energy < limit or limit > 1)


def told_by(note: str, place: int, count: int) -> tuple[str, ...]:
    """The sentences of ``note`` that shot ``place`` of ``count`` shows.

    A single shot shows them all. Of several, each keeps the first sentence, the scene itself, and the others follow one
    after another, so that the scene moves on.
    """
    all_of_it = sentences(note)
    if count <= 1 or len(all_of_it) <= 1:
        return tuple(all_of_it)
    first = place * len(all_of_it) // count
    stop = max((place + 1) * len(all_of_it) // count, first + 1)
    return tuple(all_of_it[:1] + all_of_it[max(first, 1) : stop])


def framing(note: str, place: int, count: int) -> str:
    """How shot ``place`` of a scene without camera words is framed, so that neighbours differ; empty for one shot."""
    return "" if count <= 1 or _FRAMED.search(note) else _FRAMINGS[place % len(_FRAMINGS)]


def cast_of(names: Sequence[str], note: str, known: Sequence[CastMember]) -> tuple[CastMember, ...]:
    """Who is in a shot: those that the scene lists, in its order, then those that its note names."""
    people = {member.name: member for member in known}
    listed = [people[name] for name in dict.fromkeys(names) if name in people]
    return (*listed, *(m for m in known if m not in listed and _name_pattern(m.name).search(note)))


def _name_pattern(name: str) -> re.Pattern[str]:
    words = [re.escape(word) for word in re.split(r"[\s_-]+", name) if word]
    return re.compile(r"(?<!\w)" + (r"[\s_-]+".join(words) or re.escape(name)) + r"(?!\w)", re.I)


def _explained(note: Sequence[str], cast: Sequence[CastMember]) -> tuple[list[str], list[CastMember]]:
    """The note with each name explained where it stands first, and who was explained."""
    places: list[tuple[int, int, int, CastMember]] = []
    for member in sorted(cast, key=lambda m: -len(m.name)):  # "Ann Lee" before "Ann"
        place = _first_mention(member, note, places) if _what(member) else None
        if place:
            places.append((*place, member))
    told = list(note)
    for k, _start, stop, member in sorted(places, key=lambda p: p[:3], reverse=True):
        told[k] = f"{told[k][:stop]} ({_what(member)}){told[k][stop:]}"
    return told, [place[3] for place in places]


def _first_mention(
    member: CastMember, note: Sequence[str], taken: Sequence[tuple[int, int, int, CastMember]]
) -> tuple[int, int, int] | None:
    """Sentence, start and end of the name where an explanation can follow: "Ann (a woman)'s coat" would read badly."""
    for k, text in enumerate(note):
        for match in _name_pattern(member.name).finditer(text):
            clear = all(k != at or match.end() <= start or match.start() >= stop for at, start, stop, _ in taken)
            if clear and not re.match(r"['’]s?\b", text[match.end() :]):
                return k, match.start(), match.end()
    return None


def _featuring(cast: Sequence[CastMember], told: Sequence[str]) -> str:
    words = []
    for member in cast:
        what = _what(member)
        mentioned = any(_name_pattern(member.name).search(text) for text in told)
        name = " ".join(re.split(r"[\s_-]+", member.name))
        words.append(f"{name[:1].upper()}{name[1:]} ({what})" if mentioned and what else what or name)
    return f"featuring {_listed(words)}" if words else ""


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words) if len(words) < 3 else ", ".join(words[:-1]) + f", and {words[-1]}"


def _what(member: CastMember) -> str:
    return " ".join(member.description.split()).strip(" .,;:")
