"""What a prompt asks to see, as far as the animatic understands it."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from musicvid.rendering.backend import RenderRequest
from musicvid.rendering.backends.animatic import words
from musicvid.rendering.backends.animatic.cast import Person, nobody, people
from musicvid.rendering.backends.animatic.chance import Chance
from musicvid.rendering.backends.animatic.reading import finds, singular, tokens

FAMILIES = ("landscape", "water", "city", "forest", "tunnel", "canal", "hall", "room", "cosmos", "silk", "bokeh")
_UNKNOWN = ("landscape", "water", "city", "forest", "tunnel", "cosmos", "silk", "bokeh")
_PEOPLED = ("landscape", "water", "city", "forest", "tunnel", "bokeh", "landscape", "water")
_INSIDE = ("tunnel", "hall", "room")


_SEASONS = frozenset({"winter", "autumn", "spring", "fog", "neon", "mono"})
_LASTING = frozenset({"snow", "rain", "leaves", "fog", "stars"})
_CROWDS = frozenset({"crowd", "audience", "people", "party", "band", "festival", "dancers"})
_STOPS = frozenset(".,;:!?()")
_PLAIN = frozenset({"black", "white", "grey", "gray"})
_OWNERS = frozenset(
    ("coat dress hair jacket scarf hat suit shirt raincoat umbrella boat gown skirt sweater car eyes balloon haired cap "
     "gloves shoe hood hoodie glasses kite robe tie door house wall lighthouse flag").split()
)  # fmt: skip
_GROWING = frozenset(
    "tree field grass meadow leaf leave wave sea water hill forest wood garden wheat sand dune lake river ocean".split()
)
_STREETS = frozenset({"street", "road", "alley", "avenue", "boulevard", "highway", "path", "lane"})
_VEHICLES = frozenset("boat sail ship sailboat car taxi truck van bus".split())


@dataclass(frozen=True, slots=True)
class Brief:
    """``family`` and ``kinds`` choose the scene, the rest dresses it.

    ``understood`` is False when no word told a place and the look was drawn by lot. ``tint`` is the colour of the
    light, ``earth`` of what grows or flows, ``painted`` of a boat or a car, each ``#rrggbb`` or empty. ``heading`` is ``ahead``
    (into the picture) or ``side`` (across it).
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
        sets = {n: sorted(getattr(self, n)) for n in ("kinds", "moods", "weather", "things")}
        plain = {n: getattr(self, n) for n in ("family", "time", "tint", "earth", "painted", "action", "move", "framing", "heading", "crowd")}
        return {**plain, **sets, "people": [asdict(p) for p in self.people]}


def read_brief(request: RenderRequest, scene: str = "") -> Brief:
    """Read ``request``'s words. ``scene`` is everything that is said of the scene it belongs to, in other shots too:
    place, hour, season and ages hold for all of it.

    What words leave open is drawn by lot: what belongs to the section from its label and cast, what belongs to the
    prompt from its words, what belongs to the shot from words and seed.
    """
    parts = tokens(request.prompt)
    wider = tokens(scene) if scene else parts
    look = Chance("look", *(request.look or (request.prompt,)))
    prompt = Chance("prompt", request.prompt)
    shot = Chance("shot", request.prompt, request.seed)
    own_moods, all_moods = _moods(parts), _moods(wider)
    moods = own_moods | (all_moods & _SEASONS)
    crew = people(parts, wider, request.look[1:], look)
    family, understood = _family(parts, look, bool(crew))
    if not understood:
        family, understood = _family(wider, look, bool(crew))
    time = _time(parts, wider, family, moods, look)
    kinds = frozenset(f.key for f in finds(parts, words.KINDS)) or frozenset(f.key for f in finds(wider, words.KINDS))
    camera = tokens(request.camera)
    framing = _first(camera, words.FRAMINGS) or _first(parts, words.FRAMINGS)
    default_framing = shot.choose("framing", ["wide", "medium", "medium", "close"] if crew else ["wide", "medium"])
    energy = request.energy if request.energy == request.energy else 0.5
    return Brief(
        family=family,
        understood=understood,
        kinds=kinds,
        time=time,
        moods=moods,
        tint=_light(parts) or _light(wider),
        earth=_colour_of(parts, _GROWING) or _colour_of(wider, _GROWING),
        painted=_colour_of(parts, _VEHICLES),
        weather=_weather(parts, wider, moods, time, family, prompt),
        things=frozenset(f.key for f in finds(parts, words.THINGS)),
        people=crew[:2] if (framing or default_framing) == "close" else crew,
        crowd=bool(_CROWDS & set(parts)) and not nobody(parts),
        action=_first(parts, words.ACTIONS) or ("dance" if family == "hall" else "walk"),
        move=_move(parts, request.camera),
        framing=framing or default_framing,
        heading=_heading(parts, request.camera, family, shot),
        energy=min(max(energy, 0.0), 1.0),
        look=look,
        words=prompt,
        shot=shot,
    )


def _first(parts: tuple[str, ...], table: dict[str, str]) -> str:
    known = finds(parts, table)
    return known[0].key if known else ""


def _family(parts: tuple[str, ...], look: Chance, peopled: bool) -> tuple[str, bool]:
    """The family whose words weigh most; the place that is named first weighs a little more."""
    score: dict[str, float] = {}
    places = finds(parts, words.PLACES)
    for rank, find in enumerate(places):
        weight = 2.0 if find.key in ("silk", "bokeh", "cosmos") else 3.0  # the sky over a place is no place
        score[find.key] = score.get(find.key, 0.0) + weight + (0.6 if rank == 0 else 0.0)
    for find in finds(parts, words.HINTS):
        score[find.key] = score.get(find.key, 0.0) + (0.6 if find.word == "boat" else 1.0)
    if not score:
        return look.choose("family", _PEOPLED if peopled else _UNKNOWN), False
    return max(score, key=lambda k: score[k]), True


def _moods(parts: tuple[str, ...]) -> frozenset[str]:
    return frozenset(f.key for f in finds(parts, words.MOODS) if not _is_worn(parts, f.at))


def _time(parts: tuple[str, ...], wider: tuple[str, ...], family: str, moods: frozenset[str], look: Chance) -> str:
    for text, table in ((parts, words.TIMES), (wider, words.TIMES), (parts, words.SEASONS), (wider, words.SEASONS)):
        known = [f.key for f in finds(text, table)]
        if known:
            return "night" if "night" in known and known[0] not in ("dawn", "dusk") else known[0]
    if family in ("cosmos", "bokeh", "hall"):
        return "night"
    if "neon" in moods:
        return "night"
    if "storm" in moods or "winter" in moods:
        return look.choose("time", ["day", "day", "dusk"])
    return look.choose("time", ["dawn", "day", "golden", "sunset", "dusk", "night", "golden"])


def _light(parts: tuple[str, ...]) -> str:
    """The first colour that nobody wears and nothing has: the light's."""
    for at, word in enumerate(parts):
        if word in words.COLOURS and word not in _PLAIN and not _is_worn(parts, at) and not _near(parts, at, _GROWING):
            return words.COLOURS[word]
    return ""


def _colour_of(parts: tuple[str, ...], owners: frozenset[str]) -> str:
    """The first colour that stands before one of ``owners``."""
    for at, word in enumerate(parts):
        if word in words.COLOURS and word not in _PLAIN and _near(parts, at, owners):
            return words.COLOURS[word]
    return ""


def _is_worn(parts: tuple[str, ...], at: int) -> bool:
    """Whether the colour at ``at`` is that of a garment, of hair or of a thing."""
    return _near(parts, at, _OWNERS)


def _near(parts: tuple[str, ...], at: int, owners: frozenset[str]) -> bool:
    """Whether one of ``owners`` follows within three words, before any stop."""
    for word in parts[at + 1 : at + 4]:
        if word in _STOPS:
            return False
        if word in owners or singular(word.split()[-1]) in owners:
            return True
    return False


def _weather(parts: tuple[str, ...], wider: tuple[str, ...], moods: frozenset[str], time: str, family: str, prompt: Chance) -> frozenset[str]:
    said = {f.key for f in finds(parts, words.WEATHER)} | ({f.key for f in finds(wider, words.WEATHER)} & _LASTING)
    if family in _INSIDE:
        said &= {"dust", "confetti", "fog", "lanterns", "embers", "rain", "snow"} if family == "room" else {"dust", "confetti", "fog", "embers"}
    if family == "landscape" and not said and time in ("dawn", "golden", "sunset", "day") and prompt.either("birds", 0.5):
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
    if "car" in {f.key for f in finds(parts, words.THINGS)}:
        return "ahead"
    return "ahead" if shot.either("heading", 0.8 if _STREETS & set(parts) else 0.5) else "side"
