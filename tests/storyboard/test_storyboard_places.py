"""The small languages: places, times, amounts, transitions. Values computed by hand."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.errors import InputError
from musicvid.production.storyboard.amounts import parse_amount, parse_pace, parse_transition
from musicvid.production.storyboard.places import parse_place, parse_shot_id, parse_time
from musicvid.schema.storyboard import (
    Amount,
    BarPlace,
    DefaultPlace,
    LinePlace,
    SectionPlace,
    TimePlace,
    Transition,
)


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("intro", SectionPlace("intro")),
        ("Verse 2", SectionPlace("verse", 2)),
        ("  pre-chorus   1 ", SectionPlace("pre-chorus", 1)),
        ("middle eight", SectionPlace("middle eight")),
        ("refrão 3", SectionPlace("refrão", 3)),
        ("default", DefaultPlace()),
        ("1:02.5 - 1:20", TimePlace(62.5, 80.0)),
        ("1:02.5-1:20", TimePlace(62.5, 80.0)),
        ("1:02.5 – 1:20", TimePlace(62.5, 80.0)),
        ("12.5 to 1:00:00", TimePlace(12.5, 3600.0)),
        ("0:01:30.25 - 100", TimePlace(90.25, 100.0)),
        ("0 - 7 s", TimePlace(0.0, 7.0)),
        ("10s-20s", TimePlace(10.0, 20.0)),
        ("90:00 - 91:30", TimePlace(5400.0, 5490.0)),
        ("bars 33-48", BarPlace(33, 48)),
        ("bars 33 to 48", BarPlace(33, 48)),
        ("bar 4", BarPlace(4, 4)),
        ('line "the long way home"', LinePlace("the long way home")),
        ("line 'home'", LinePlace("home")),
        ("line “home”", LinePlace("home")),
        ("line the long way", LinePlace("the long way")),
        ('line say "yes" now', LinePlace('say "yes" now')),
    ],
)
def test_places(text: str, place: object) -> None:
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text", ["", "12", "1:02 -", "- 3", "bars", "bars 3-", "bars -3", "line", 'line ""', "3 verse"]
)
def test_what_is_no_place(text: str) -> None:
    with pytest.raises(InputError):
        parse_place(text)


@given(st.integers(0, 99), st.integers(0, 59), st.integers(0, 59), st.integers(0, 999))
def test_times_in_every_spelling(hours: int, minutes: int, seconds: int, thousandths: int) -> None:
    truth = float(Fraction(((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths, 1000))
    assert parse_time(f"{hours}:{minutes:02d}:{seconds:02d}.{thousandths:03d}") == truth
    if hours == 0:
        assert parse_time(f"{minutes}:{seconds:02d}.{thousandths:03d}") == truth
        assert parse_time(f"{minutes * 60 + seconds}.{thousandths:03d}") == truth


@pytest.mark.parametrize("text", ["1:60", "1:60:00", "-1", "1,5", "1e3", "1:2:3:4", "1.", "inf", "9" * 9, "١:٠٢"])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(InputError):
        parse_time(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("2 bars", Amount(Fraction(2), "bars")),
        ("1 bar", Amount(Fraction(1), "bars")),
        ("3 beats", Amount(Fraction(3), "beats")),
        ("1/2 bar", Amount(Fraction(1, 2), "bars")),
        ("1.5 s", Amount(Fraction(3, 2), "seconds")),
        ("0.7s", Amount(Fraction(7, 10), "seconds")),
        ("250 ms", Amount(Fraction(1, 4), "seconds")),
        ("12 frames", Amount(Fraction(12), "frames")),
    ],
)
def test_amounts(text: str, amount: Amount) -> None:
    assert parse_amount(text) == amount
    if amount.unit != "frames":
        assert parse_pace(text) == amount
    assert parse_transition(f"dissolve {text}") == Transition("dissolve", amount)


def test_a_pace_is_in_music_or_seconds() -> None:
    assert parse_pace("auto") is None
    with pytest.raises(InputError, match="unknown unit 'frames'"):
        parse_pace("12 frames")


@pytest.mark.parametrize(
    "text", ["", "2", "bars", "-1 bar", "0 bars", "1/0 bar", "0/3 bar", "1.5.2 s", "1 Bar", "2 bars 1"]
)
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(InputError):
        parse_amount(text)


@pytest.mark.parametrize("text", ["chorus-2/03", "intro/01", "verse/100", "refrão-1/12"])
def test_shot_ids(text: str) -> None:
    assert parse_shot_id(text) == text


@pytest.mark.parametrize("text", ["chorus-2", "chorus-2/", "chorus-2/3", "/03", "a b/03", "a/b/03", "chorus-2/x"])
def test_what_is_no_shot_id(text: str) -> None:
    with pytest.raises(InputError):
        parse_shot_id(text)
