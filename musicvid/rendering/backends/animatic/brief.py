"""What a prompt asks to see, as far as the animatic understands it."""

from __future__ import annotations

from dataclasses import dataclass

from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.animatic import words
from musicvid.rendering.backends.animatic.cast import Person, nobody, people
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.reading import finds, tokens

FAMILIES = ("landscape", "water", "city", "forest", "tunnel", "canal", "hall", "room", "cosmos", "silk", "bokeh")
_UNKNOWN = ("landscape", "water", "city", "forest", "tunnel", "cosmos", "silk", "bokeh")
_PEOPLED = ("landscape", "water", "city", "forest", "tunnel", "bokeh", "landscape", "water")
_INSIDE = ("tunnel", "hall", "room")


@dataclass(frozen=True, slots=True)
class Brief:
    """``family`` and ``kinds`` choose the scene, the rest dresses it. ``understood`` is False when no word told a place
    and the look was drawn by lot. ``heading`` is ``ahead`` (into the picture) or ``side`` (across it)."""

    family: str
    understood: bool
    kinds: frozenset[str]
    time: str
    moods: frozenset[str]
    tint: str
    weather: frozenset[str]
    things: frozenset[str]
    people: tuple[Person, ...]
    crowd: bool
    action: str
    move: str
    framing: str
    heading: str
    energy: float
    look: Chance
    words: Chance
    shot: Chance

    def key(self) -> tuple[object, ...]:
        """What decides which brushes are needed."""
        return (self.family, self.kinds, self.weather, self.things, len(self.people), self.heading, self.framing)


def read_brief(request: RenderRequest) -> Brief:
    """Read ``request``'s words. What they leave open is drawn by lot: what belongs to the section from its label and
    cast, what belongs to the prompt from its words, what belongs to the shot from words and seed."""
    parts = tokens(request.prompt)
    look = Chance("look", *(request.look or (request.prompt,)))
    prompt = Chance("prompt", request.prompt)
    shot = Chance("shot", request.prompt, request.seed)
    moods = frozenset(f.key for f in finds(parts, words.MOODS) if not _owned(parts, f.at))
    crew = people(parts, request.look[1:], look)
    family, understood = _family(parts, look, bool(crew))
    time = _time(parts, family, moods, look)
    return Brief(
        family=family,
        understood=understood,
        kinds=frozenset(f.key for f in finds(parts, words.KINDS)),
        time=time,
        moods=moods,
        tint=_tint(parts),
        weather=_weather(parts, moods, time, family, prompt),
        things=frozenset(f.key for f in finds(parts, words.THINGS)),
        people=crew,
        crowd=bool({"crowd", "audience", "people", "party", "band", "festival", "dancers"} & set(parts)) and not nobody(parts),
        action=_first(parts, words.ACTIONS) or ("dance" if family == "hall" else "walk"),
        move=_move(parts, request.camera),
        framing=_first(tokens(request.camera), words.FRAMINGS) or _first(parts, words.FRAMINGS)
        or shot.choose("framing", ["wide", "medium", "medium", "close"] if crew else ["wide", "medium"]),
        heading=_heading(parts, request.camera, family, shot),
        energy=min(max(request.energy, 0.0), 1.0) if request.energy == request.energy else 0.5,
        look=look,
        words=prompt,
        shot=shot,
    )  # fmt: skip


def _first(parts: tuple[str, ...], table: dict[str, str]) -> str:
    known = finds(parts, table)
    return known[0].key if known else ""


def _family(parts: tuple[str, ...], look: Chance, peopled: bool) -> tuple[str, bool]:
    """The family whose words weigh most; the place that is named first weighs a little more."""
    score: dict[str, float] = {}
    places = finds(parts, words.PLACES)
    for rank, find in enumerate(places):
        weight = 2.0 if find.key in ("silk", "bokeh") else 3.0
        score[find.key] = score.get(find.key, 0.0) + weight + (0.6 if rank == 0 else 0.0)
    for find in finds(parts, words.HINTS):
        score[find.key] = score.get(find.key, 0.0) + 1.0
    if not score:
        return look.choose("family", _PEOPLED if peopled else _UNKNOWN), False
    return max(score, key=lambda k: score[k]), True


def _time(parts: tuple[str, ...], family: str, moods: frozenset[str], look: Chance) -> str:
    known = [f.key for f in finds(parts, words.TIMES)] or [f.key for f in finds(parts, words.SEASONS)]
    if known:
        return "night" if "night" in known and known[0] not in ("dawn", "dusk") else known[0]
    if family in ("cosmos", "bokeh", "hall"):
        return "night"
    if "neon" in moods:
        return "night"
    if "storm" in moods or "winter" in moods:
        return look.choose("time", ["day", "day", "dusk"])
    return look.choose("time", ["dawn", "day", "golden", "sunset", "dusk", "night", "golden"])


def _tint(parts: tuple[str, ...]) -> str:
    """The first colour that is not a garment's, hair's or a thing's: the light's."""
    return next(
        (
            words.COLOURS[w]
            for at, w in enumerate(parts)
            if w in words.COLOURS and w not in _PLAIN and not _owned(parts, at)
        ),
        "",
    )


def _owned(parts: tuple[str, ...], at: int) -> bool:
    """Whether the colour at ``at`` is that of a garment, of hair or of a thing."""
    return any(word.split()[-1] in _OWNERS for word in parts[at + 1 : at + 4])


_PLAIN = ("black", "white", "grey", "gray")
_OWNERS = frozenset({"coat", "dress", "hair", "jacket", "scarf", "hat", "suit", "shirt", "raincoat", "umbrella", "boat", "gown", "skirt",
             "sweater", "car", "eyes", "balloon", "haired", "cap", "gloves", "shoes", "hood", "hoodie"})  # fmt: skip


def _weather(parts: tuple[str, ...], moods: frozenset[str], time: str, family: str, prompt: Chance) -> frozenset[str]:
    said = {f.key for f in finds(parts, words.WEATHER)}
    if family in _INSIDE:
        said &= {"dust", "confetti", "fog", "lanterns", "embers"}
    elif time == "night" and not (said & {"rain", "snow", "fog"}) and "storm" not in moods:
        said |= {"stars"}
    if (
        family == "landscape"
        and not said
        and time in ("dawn", "golden", "sunset", "day")
        and prompt.either("birds", 0.5)
    ):
        said |= {"birds"}
    return frozenset(said)


def _move(parts: tuple[str, ...], camera: str) -> str:
    """The camera's first move; it stands still only where nothing says that it moves."""
    said = finds(tokens(camera), words.MOVES)
    moves = [f.key for f in said if f.key != "still"] or [f.key for f in said]
    moves += [f.key for f in finds(parts, words.MOVES) if f.word != "still"]
    return moves[0] if moves else ""


def _heading(parts: tuple[str, ...], camera: str, family: str, shot: Chance) -> str:
    moves = {f.key for f in finds((*tokens(camera), *parts), words.MOVES)}
    if family in ("tunnel", "canal", "cosmos", "silk", "bokeh") or moves & {"forward", "back"}:
        return "ahead"
    if moves & {"left", "right"}:
        return "side"
    return shot.choose("heading", ["ahead", "side"])
