"""Who is in the picture: the people a prompt speaks of, how old they are, and what they wear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from musicvid.rendering.backends.animatic import words
from musicvid.rendering.backends.animatic.ages import age_in, years_in
from musicvid.rendering.backends.animatic.cast_words import CARRIED, GARMENTS, HATS, PRONOUNS, ROLES, THEY
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.reading import singular

_NOBODY = re.compile(r"\b(empty|deserted|nobody|no people|no one|abandoned|without people|lifeless)\b")
_CUTS = {"woman": ("coat", "dress"), "man": ("jacket", "coat", "shirt")}


@dataclass(frozen=True, slots=True)
class Person:
    """``age`` in years; colours as ``#rrggbb`` or empty where the prompt leaves them open."""

    role: str = "someone"
    age: float = 0.0
    hair: str = ""
    long_hair: bool = False
    garment: str = ""
    colour: str = ""
    hat: bool = False
    scarf: str = ""
    carries: str = ""


def people(parts: Sequence[str], scene: Sequence[str], names: Sequence[str], chance: Chance) -> tuple[Person, ...]:
    """The people that the tokens ``parts`` speak of, three at most; ``names`` are cast members to be shown as well.

    An age that only the whole ``scene`` tells holds for them too. What words leave open is drawn from ``chance``.
    """
    if nobody(parts):
        return ()
    found, many = _mentions(parts)
    roles = list(dict.fromkeys(role for _, role in found))
    wanted = [n for n in names if singular(n.lower()) not in words.THINGS and any(n.lower() in p for p in parts)]
    for name in wanted[len(roles) : 2]:
        free = [r for r in ("woman", "man") if r not in roles]
        roles.append(chance.choose(f"role {name}", free))
    if many and len(roles) < 2:
        roles = [*roles, *(r for r in ("woman", "man", "someone") if r not in roles)][:3]
    starts = sorted({at for at, _ in found})
    crew = [_described(Person(role), parts, [at for at, r in found if r == role], starts) for role in roles[:3]]
    age = age_in(" ".join(parts)) or age_in(" ".join(scene))
    return tuple(_finished(person, age, chance, i) for i, person in enumerate(crew))


def nobody(parts: Sequence[str]) -> bool:
    """Whether the prompt says that nobody is there."""
    return bool(_NOBODY.search(" ".join(parts))) and not any(ROLES.get(p) in ("woman", "man", "two") for p in parts)


def _mentions(parts: Sequence[str]) -> tuple[list[tuple[int, str]], bool]:
    """(token, role) of everyone, and whether there are many. Pronouns count only where no noun says who it is."""
    nouns = {ROLES[p] for p in parts if p in ROLES and p not in PRONOUNS and p != "two"}
    found: list[tuple[int, str]] = []
    for at, word in enumerate(parts):
        role = ROLES.get(word, "")
        if not role or role == "many" or (word in PRONOUNS and {role, "someone"} & nouns):
            continue
        if word == "two" and not set(parts[at + 1 : at + 4]) & set(ROLES):
            continue
        found += [(at, "woman"), (at, "man")] if role == "two" else [(at, role)]
    if "two" in nouns and {"woman", "man"} <= {role for _, role in found}:
        found = [f for f in found if f[1] != "someone"]  # lovers, each of them a singer
    they = [at for at, p in enumerate(parts) if p in THEY]
    if not found and they and "many" not in nouns:
        found = [(they[0], "woman"), (they[0], "man")]
    return found, "many" in nouns


def _described(person: Person, parts: Sequence[str], places: Sequence[int], starts: Sequence[int]) -> Person:
    """Read what stands after (and for ages just before) each mention, up to the next person or the end of the bracket
    in which a cast member is explained."""
    for at in places:
        stop = next((s for s in starts if s > at), len(parts))
        if ")" in parts[at:stop]:
            stop = at + parts[at:stop].index(")")
        age = years_in(" ".join(parts[at:stop][:5])) or age_in(" ".join(parts[max(at - 3, 0) : at + 1]))
        person = replace(person, age=person.age or age)
        for i in range(at, stop):
            person = _with(person, parts[i], parts[max(i - 3, at) : i])
    return person


def _with(person: Person, word: str, before: Sequence[str]) -> Person:
    """``person`` with what ``word`` and the few words before it tell."""
    colour = next((words.COLOURS[w] for w in reversed(before) if w in words.COLOURS), "")
    if word == "hair" or word.endswith("haired"):
        tone = next((words.HAIR[w] for w in reversed(before) if w in words.HAIR), "")
        return replace(person, hair=person.hair or tone, long_hair=person.long_hair or "long" in before)
    if word in GARMENTS and not person.garment:
        return replace(person, garment=GARMENTS[word], colour=colour)
    if word == "scarf":
        return replace(person, scarf=colour or words.COLOURS["red"])
    if word in HATS:
        return replace(person, hat=True)
    if word in CARRIED and not person.carries:
        return replace(person, carries=CARRIED[word])
    return person


def _finished(person: Person, scene_age: float, chance: Chance, index: int) -> Person:
    """Fill in what the prompt leaves open, so that a cast stays itself."""
    age = person.age or scene_age or 30.0
    role = person.role if person.role != "someone" else chance.choose(f"sex {index}", ["woman", "man"])
    hair = person.hair or words.HAIR[chance.choose(f"hair {index}", ["brown", "black", "auburn", "blond"])]
    if age >= 64 or (age >= 50 and not person.hair):
        hair = words.HAIR["grey" if age < 72 else "white"]
    return replace(
        person,
        role=role,
        age=age,
        hair=hair,
        garment=person.garment or chance.choose(f"garment {index}", _CUTS[role]),
        carries=person.carries or ("cane" if age >= 72 and role == "man" else ""),
        long_hair=person.long_hair or (role == "woman" and chance.either(f"long {index}", 0.6)),
    )
