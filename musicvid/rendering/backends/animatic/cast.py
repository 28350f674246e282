"""Who is in the picture: the people a prompt speaks of, how old they are, and what they wear."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from musicvid.rendering.backends.animatic import words
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.reading import singular

_WOMAN = "woman women lady she her bride mother mum mom wife queen girlfriend sister heroine actress ballerina nun witch grandmother schoolgirl girl daughter princess waitress"
_MAN = "man men guy he his him groom father dad husband king boyfriend brother hero actor grandfather schoolboy boy son prince sailor soldier cowboy"
_SOMEONE = "person figure someone stranger wanderer traveller traveler astronaut runner dancer singer musician rider child kid lover hitchhiker swimmer teenager driver poet worker silhouette"
_TWO = "couple lovers pair newlyweds twosome two"
_MANY = "people crowd friends dancers family band children kids audience runners strangers"
ROLES = {word: role for role, line in (("woman", _WOMAN), ("man", _MAN), ("someone", _SOMEONE), ("two", _TWO), ("many", _MANY))
         for word in line.split()}  # fmt: skip
_WEAK = {"she", "her", "he", "his", "him", "two"}
_AGES = {"baby": 5, "toddler": 5, "child": 8, "kid": 8, "little": 8, "childhood": 8, "children": 8, "kids": 8,
         "schoolgirl": 12, "schoolboy": 12, "teen": 16, "teenage": 16, "teenager": 16, "teenagers": 16, "youth": 18,
         "youthful": 18, "young": 20, "younger": 20, "girl": 17, "boy": 17, "daughter": 10, "son": 10, "student": 20,
         "adult": 32, "grown": 32, "parents": 40, "mature": 50, "aging": 58, "ageing": 58, "older": 56, "elder": 70,
         "elderly": 78, "aged": 74, "grandmother": 74, "grandfather": 74, "grandparents": 74, "wrinkled": 76,
         "gray haired": 70, "ancient": 80}  # fmt: skip
_DECADES = {
    "teens": 15,
    "twenties": 24,
    "thirties": 34,
    "forties": 44,
    "fifties": 54,
    "sixties": 65,
    "seventies": 75,
    "eighties": 84,
}
_NUMBERS = {"sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40,
            "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90}  # fmt: skip
_DIGITS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9}
_OLD_WHO = {
    "man",
    "woman",
    "couple",
    "lady",
    "people",
    "lovers",
    "now",
    "together",
    "and",
    ".",
    ",",
    "friends",
    "they",
    "pair",
    "age",
}
_GARMENTS = {"coat": "coat", "raincoat": "coat", "jacket": "jacket", "parka": "coat", "cloak": "coat", "robe": "dress", "dress": "dress",
             "gown": "dress", "skirt": "dress", "sundress": "dress", "suit": "jacket", "shirt": "shirt", "sweater": "shirt",
             "jumper": "shirt", "hoodie": "jacket", "tshirt": "shirt", "cardigan": "jacket", "uniform": "jacket", "tuxedo": "jacket",
             "cape": "coat", "overalls": "shirt", "spacesuit": "jacket"}  # fmt: skip
_CARRIED = {"umbrella": "umbrella", "parasol": "umbrella", "balloon": "ball", "balloons": "ball", "suitcase": "case", "cane": "cane",
            "stick": "cane", "guitar": "guitar", "lantern": "lantern"}  # fmt: skip


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

    An age that only the whole ``scene`` tells holds for them too.
    """
    if nobody(parts):
        return ()
    found, many = _roles(parts)
    roles = list(dict.fromkeys(role for _, role in found))
    wanted = [n for n in names if singular(n.lower()) not in words.THINGS and any(n.lower() in p for p in parts)]
    while len(roles) < min(len(wanted), 2):
        roles.append(chance.choose(f"role {wanted[len(roles)]}", ["woman", "man"]) if "woman" not in roles else "man")
    if many and len(roles) < 2:
        roles = [*roles, *[r for r in ("woman", "man", "someone") if r not in roles]][:3]
    cast = [_dressed(Person(role), parts, [at for at, r in found if r == role], found) for role in roles[:3]]
    scene_age = _age(" ".join(parts)) or _age(" ".join(scene))
    return tuple(_finished(p, scene_age, chance, i) for i, p in enumerate(cast))


def nobody(parts: Sequence[str]) -> bool:
    """Whether the prompt says that nobody is there."""
    text = " ".join(parts)
    return bool(
        re.search(r"\b(empty|deserted|nobody|no people|no one|abandoned|without people|lifeless)\b", text)
    ) and not any(ROLES.get(p) in ("woman", "man", "two") for p in parts)


def _roles(parts: Sequence[str]) -> tuple[list[tuple[int, str]], bool]:
    """(token, role) of everyone, weak words (she, his) only where no noun says so; and whether there are many."""
    found: list[tuple[int, str]] = []
    strong = {ROLES[p] for p in parts if p in ROLES and p not in _WEAK}
    for at, word in enumerate(parts):
        role = ROLES.get(word)
        if role is None or role == "many" or (word in _WEAK and role in strong):
            continue
        if word == "two" and not (set(parts[at + 1 : at + 4]) & set(ROLES)):
            continue
        if role == "two":
            found += [(at, "woman"), (at, "man")]
        elif not (word in ("she", "he", "her", "his", "him") and "someone" in strong):
            found.append((at, role))
    named = {role for _, role in found}
    if {"woman", "man"} & named and "someone" in named and "two" in strong:
        found = [f for f in found if f[1] != "someone"]
    if not found and {"they", "them", "their", "we", "us"} & set(parts) and "many" not in strong:
        at = next(i for i, p in enumerate(parts) if p in ("they", "them", "their", "we", "us"))
        found = [(at, "woman"), (at, "man")]
    return found, "many" in strong


def _dressed(
    person: Person, parts: Sequence[str], places: Sequence[int], everyone: Sequence[tuple[int, str]]
) -> Person:
    """Read what stands after (and for ages just before) each mention, up to the next person."""
    starts = sorted({at for at, _ in everyone})
    for at in places:
        stop = next((s for s in starts if s > at), len(parts))
        if ")" in parts[at:stop]:  # a cast member's description ends there
            stop = at + parts[at:stop].index(")")
        before = parts[max(at - 3, 0) : at]
        age = _age(" ".join([*before, parts[at]]))
        if age and not person.age:
            person = replace(person, age=age)
        for i in range(at, stop):
            colour = next((w for w in reversed(parts[max(i - 3, at) : i]) if w in words.COLOURS), "")
            word = parts[i]
            if word == "hair" or word.endswith("haired"):
                tone = next((w for w in reversed(parts[max(i - 3, at) : i]) if w in words.HAIR), "")
                person = replace(
                    person, hair=person.hair or words.HAIR.get(tone, ""), long_hair="long" in parts[max(i - 3, at) : i]
                )
            elif word in _GARMENTS and not person.garment:
                person = replace(person, garment=_GARMENTS[word], colour=words.COLOURS.get(colour, ""))
            elif word == "scarf":
                person = replace(person, scarf=words.COLOURS.get(colour, "#c8282c"))
            elif word in ("hat", "cap", "helmet", "hood", "beret"):
                person = replace(person, hat=True)
            elif word in _CARRIED and not person.carries:
                person = replace(person, carries=_CARRIED[word])
    return person


def _finished(person: Person, scene_age: float, chance: Chance, index: int) -> Person:
    """Fill in what the prompt leaves open, by ``chance``, so that a cast stays itself."""
    age = person.age or scene_age or 30.0
    role = person.role if person.role != "someone" else chance.choose(f"sex {index}", ["woman", "man"])
    hair = person.hair or chance.choose(f"hair {index}", [words.HAIR[k] for k in ("brown", "black", "auburn", "blond")])
    if age >= 64 or (age >= 50 and not person.hair):
        hair = words.HAIR["grey"] if age < 72 else words.HAIR["white"]
    garment = person.garment or chance.choose(
        f"garment {index}", ["coat", "dress"] if role == "woman" else ["jacket", "coat", "shirt"]
    )
    carries = person.carries or ("cane" if age >= 72 and role == "man" else "")
    return replace(person, role=role, age=age, hair=hair, garment=garment, carries=carries,
                   long_hair=person.long_hair or (role == "woman" and chance.either(f"long {index}", 0.6)))  # fmt: skip


def _age(text: str) -> float:
    """The first age that ``text`` speaks of in years, 0 if none. An old house does not age those who pass it."""
    number = re.search(r"\b(?:aged?|age of) (\d{1,2})\b|\b(\d{1,2}) years? old\b", text)
    if number:
        return float(number[1] or number[2])
    parts = text.split()
    for at, word in enumerate(parts):
        before = parts[at - 1] if at else ""
        if word in _DECADES and before in ("their", "his", "her", "our", "my", "late", "early", "mid"):
            return float(_DECADES[word])
        if word in _NUMBERS and (before in ("at", "are", "is", "aged", "turn", "turned", "turns", "am", "was", "were")
                                 or (before == "," and {",", ".", ")", *_DIGITS} & set(parts[at + 1 : at + 2]))):  # fmt: skip
            return float(_NUMBERS[word] + _DIGITS.get(parts[at + 1] if at + 1 < len(parts) else "", 0))
        if word == "middle" and parts[at + 1 : at + 2] == ["aged"]:
            return 46.0
        if word == "old" and (before in ("grow", "grown", "grew", "growing", "getting", "are", "very", "now", "is")
                              or set(parts[at + 1 : at + 2]) & _OLD_WHO or at + 1 == len(parts)):  # fmt: skip
            return 78.0
        if word == "age" and before == "old":
            return 78.0
        if word in _AGES and not (word == "aged" and before == "middle"):
            return float(_AGES[word])
    return 0.0
