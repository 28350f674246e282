"""What the animatic reads out of prompts, by examples."""

from __future__ import annotations

import pytest
from animatic_requests import request

from musicvid.rendering.backends.animatic.ages import age_in
from musicvid.rendering.backends.animatic.brief import Brief, read_brief
from musicvid.rendering.backends.animatic.reading import singular, tokens


def read(prompt: str, scene: str = "", **changes: object) -> Brief:
    return read_brief(request(prompt, **changes), scene)


@pytest.mark.parametrize(
    ("prompt", "family", "time"),
    [
        ("A school corridor in 1983, morning light. The camera glides forward.", "tunnel", "dawn"),
        ("Ann runs along a canal at noon. The boat keeps up with her.", "canal", "day"),
        ("Fireworks over the harbour.", "water", "night"),
        ("An empty dance hall.", "hall", "night"),
        ("Neon signs in a rainy street in Tokyo", "city", "night"),
        ("a wheat field, golden hour", "landscape", "golden"),
        ("a bedroom window at dusk", "room", "dusk"),
        ("pine forest, first light", "forest", "dawn"),
        ("the milky way over the mountains", "landscape", "night"),
        ("a galaxy", "cosmos", "night"),
        ("an abstract dream of smoke at sunset", "silk", "sunset"),
        ("fairy lights, bokeh", "bokeh", "night"),
        ("an autumn road", "landscape", "golden"),
        ("paper lanterns rise into the blue dusk over the meadow", "landscape", "dusk"),
        ("dusk, then night over the bay", "water", "night"),
        ("an autumn road at dusk", "landscape", "dusk"),
        ("a train window, fields rushing past by day", "room", "day"),
        ("a space station corridor", "tunnel", "night"),
        ("summer meadow, golden evening light", "landscape", "golden"),
    ],
)
def test_place_and_hour(prompt: str, family: str, time: str) -> None:
    brief = read(prompt)
    assert brief.understood
    assert (brief.family, brief.time) == (family, time)


@pytest.mark.parametrize("prompt", ["xyzzy", "thoughts that nobody names", "", "¿?"])
def test_unknown_words_are_drawn_by_lot_and_stay(prompt: str) -> None:
    first, again, other = (
        read(prompt, look=("chorus",)),
        read(prompt, look=("chorus",)),
        read(prompt, look=("outro", "x")),
    )
    assert not first.understood
    assert first.resolved() == again.resolved()
    families = {read(prompt, look=(f"part {n}",)).family for n in range(40)}
    assert len(families) > 4
    assert other.family in families


@pytest.mark.parametrize(
    ("prompt", "camera", "move", "heading"),
    [
        ("a road", "slow push in", "forward", "ahead"),
        ("a road", "pull back", "back", "ahead"),
        ("a road, pan left", "", "left", "side"),
        ("a road", "tracking shot to the right", "right", "side"),
        ("a field. Quiet and still.", "tilting up", "up", None),
        ("a field", "orbit", "orbit", None),
        ("a field", "static", "still", None),
        ("a field", "very close, still moving forward", "forward", "ahead"),
        ("a field", "handheld", "handheld", None),
    ],
)
def test_camera(prompt: str, camera: str, move: str, heading: str | None) -> None:
    brief = read(prompt, camera=camera)
    assert brief.move == move
    if heading:
        assert brief.heading == heading


@pytest.mark.parametrize(
    ("prompt", "people"),
    [
        ("a couple walks", [("woman", 30), ("man", 30)]),
        ("an old man on a bench", [("man", 78)]),
        ("They pass an old house", [("woman", 30), ("man", 30)]),
        ("a young woman and an elderly man", [("woman", 20), ("man", 78)]),
        ("Ann and Ben, thirty-five, a woman and a man", [("woman", 35), ("man", 35)]),
        ("two lovers in their forties", [("woman", 44), ("man", 44)]),
        ("a seventeen-year-old boy runs", [("man", 17)]),
        ("an empty hall", []),
        ("the sea", []),
        ("a girl, aged 9, and her father", [("woman", 9), ("man", 40)]),
    ],
)
def test_people_and_ages(prompt: str, people: list[tuple[str, int]]) -> None:
    assert [(p.role, p.age) for p in read(prompt).people] == people


def test_cast_is_dressed_as_described() -> None:
    ann, ben = read(
        "Ann (a woman with long red hair and a green coat) and Ben (a tall man with round glasses and a blue scarf), "
        "sixteen, run along a canal in yellow light."
    ).people
    assert (ann.role, ann.age, ann.garment, ann.colour, ann.long_hair) == ("woman", 16, "coat", "#3a8a4a", True)
    assert (ben.role, ben.age, ben.scarf) == ("man", 16, "#3468b8")
    assert ann.hair != ben.hair


def test_cast_names_are_people_unless_they_are_things() -> None:
    brief = read("Ann runs. The boat keeps up.", look=("verse", "ann", "boat"))
    assert len(brief.people) == 1
    assert "boat" in brief.things


def test_colours_belong_to_whom_they_stand_by() -> None:
    brief = read("a woman in a red coat, green trees, a small yellow paper boat, light of a violet sky")
    assert brief.people[0].colour == "#c8282c"
    assert brief.earth == "#3a8a4a"
    assert brief.painted == "#f0c830"
    assert brief.tint == "#7040b0"


def test_the_scene_fills_in_what_a_shot_does_not_say() -> None:
    scene = "Darkness. Only the boat glows in the snow of a winter field. They are eighty."
    brief = read("Darkness. A woman.", scene)
    assert (brief.family, brief.time) == ("landscape", "night")
    assert "winter" in brief.moods
    assert "snow" in brief.weather
    assert brief.people[0].age == 80


@pytest.mark.parametrize(
    ("prompt", "kept"),
    [("a room, snow and leaves outside", {"snow"}), ("a tunnel in the rain", set()), ("a road, rain", {"rain"})],
)
def test_it_does_not_rain_indoors(prompt: str, kept: set[str]) -> None:
    assert read(prompt).weather == kept


def test_close_shots_show_two_at_most() -> None:
    assert len(read("a man, a woman and a child, wide shot, a road").people) == 3
    assert len(read("a man, a woman and a child, close-up, a road").people) == 2


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("the sixties", 0),
        ("late sixties", 65),
        ("she is ninety", 90),
        ("grow old together", 78),
        ("an old town", 0),
        ("children", 8),
        ("middle aged", 46),
        ("twenty cars", 0),
        (", twenty five ,", 25),
        ("", 0),
    ],
)
def test_ages(text: str, age: float) -> None:
    assert age_in(text) == age


def test_phrases_are_one_token() -> None:
    assert tokens("A Dance-Hall; dancing!") == ("a", "dance hall", ";", "dancing", "!")
    assert [singular(w) for w in ("lights", "skies", "glass", "churches", "bus", "leaves")] == [
        "light", "sky", "glass", "church", "bus", "leave",
    ]  # fmt: skip
