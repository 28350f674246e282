"""What a prompt asks to see, as far as the animatic understands it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.animatic import clues, words
from musicvid.rendering.backends.animatic.cast import Person, nobody, people
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.reading import tokens

_SEASONS = frozenset({"winter", "autumn", "spring", "fog", "neon", "mono"})


@dataclass(frozen=True, slots=True)
class Brief:
    """``family`` and ``kinds`` choose the scene, the rest dresses it.

    ``understood`` is False when no word told a place and the look was drawn by lot. ``tint`` is the colour of the
    light, ``earth`` of what grows or flows, ``painted`` of a boat or a car, each ``#rrggbb`` or empty. ``heading`` is
    ``ahead`` (into the picture) or ``side`` (across it). Whatever else is open is drawn from ``look`` (the same all
    through a section), ``words`` (the same for a prompt) or ``shot`` (prompt and seed).
    """

    family: str
    understood: bool
    kinds: frozenset[str]
    time: str
    moods: frozenset[str]
    tint: str
    earth: str
    painted: str
    weather: frozenset[str]
    things: frozenset[str]
    people: tuple[Person, ...]
    crowd: bool
    deserted: bool
    action: str
    move: str
    framing: str
    heading: str
    energy: float
    look: Chance
    words: Chance
    shot: Chance

    def resolved(self) -> dict[str, object]:
        """What was read, as JSON values."""
        sets = ("kinds", "moods", "weather", "things")
        plain = (
            "family",
            "time",
            "tint",
            "earth",
            "painted",
            "action",
            "move",
            "framing",
            "heading",
            "crowd",
            "deserted",
        )
        read = {name: getattr(self, name) for name in plain} | {name: sorted(getattr(self, name)) for name in sets}
        return {**read, "people": [asdict(person) for person in self.people]}


def read_brief(request: RenderRequest, scene: str = "") -> Brief:
    """Read ``request``'s words. ``scene`` is everything that is said of the scene it belongs to, in other shots too:
    place, hour, season and ages hold for all of it."""
    parts = tokens(request.prompt)
    wider = tokens(scene) if scene else parts
    look = Chance("look", *(request.look or (request.prompt,)))
    prompt, shot = Chance("prompt", request.prompt), Chance("shot", request.prompt, request.seed)
    crew = people(parts, wider, request.look[1:], look)
    family, understood = clues.family(parts, look, bool(crew))
    if not understood:
        family, understood = clues.family(wider, look, bool(crew))
    moods = clues.moods(parts) | (clues.moods(wider) & _SEASONS)
    time = clues.hour(parts, wider, family, moods, look)
    framing = clues.first(tokens(request.camera), words.FRAMINGS) or clues.first(parts, words.FRAMINGS)
    framing = framing or shot.choose("framing", ["wide", "medium", "medium", "close"] if crew else ["wide", "medium"])
    energy = request.energy if request.energy == request.energy else 0.5
    return Brief(
        family=family,
        understood=understood,
        kinds=clues.keys(parts, words.KINDS) or clues.keys(wider, words.KINDS),
        time=time,
        moods=moods,
        tint=clues.light(parts) or clues.light(wider),
        earth=clues.colour_of(parts, words.GROWING) or clues.colour_of(wider, words.GROWING),
        painted=clues.colour_of(parts, words.VEHICLES),
        weather=clues.weather(parts, wider, family, time, prompt),
        things=clues.keys(parts, words.THINGS),
        people=crew[:2] if framing == "close" else crew,
        crowd=bool(words.CROWDS & set(parts)) and not nobody(parts),
        deserted=nobody(parts),
        action=clues.first(parts, words.ACTIONS) or ("dance" if family == "hall" else "walk"),
        move=clues.move(parts, request.camera),
        framing=framing,
        heading=clues.heading(parts, request.camera, family, shot),
        energy=min(max(energy, 0.0), 1.0),
        look=look,
        words=prompt,
        shot=shot,
    )
