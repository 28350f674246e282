"""Corrections: what contradicts, who wins, and how times are written."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.errors import InputError
from musicvid.production.storyboard.anchors import parse_anchor, parse_anchors, parse_moment_s
from musicvid.schema.grid import AS_HEARD, Anchor, Corrections, clock

SOME = Corrections(bpm=120.0, level="halve", offset_s=0.1, anchors=(Anchor(1, 2.0),), downbeat_s=3.0)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"beats": "a.txt", "bpm": 120}, "contradict"),
        ({"bpm": 19.9}, "outside 20 to 400"),
        ({"bpm": float("nan")}, "outside 20 to 400"),
        ({"level": "treble"}, "unknown level"),
        ({"offset_s": float("inf")}, "too large"),
        ({"offset_s": float("nan")}, "too large"),
        ({"downbeat_s": -1.0}, "not within a song"),
        ({"anchors": (Anchor(1, -1.0),)}, "not within a song"),
        ({"anchors": (Anchor(0, 1.0),)}, "counted from 1"),
        ({"anchors": (Anchor(1, 1.0), Anchor(2, 1.0))}, "rise together"),
        ({"anchors": (Anchor(2, 1.0), Anchor(2, 2.0))}, "rise together"),
        ({"anchors": (Anchor(1, 1.0), Anchor(97, 2.0))}, "5,760 bpm"),
        ({"anchors": (Anchor(1, 1.0), Anchor(2, 61.0))}, "1 bpm"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(values, words):
    with pytest.raises(InputError, match=words) as caught:
        Corrections(**values)
    assert "\n" not in str(caught.value)


def test_the_upper_wins_key_by_key_and_displaces_what_contradicts():
    assert AS_HEARD.over(SOME) == SOME
    assert SOME.over(AS_HEARD) == SOME
    assert Corrections(level="double").over(SOME).level == "double"
    assert Corrections(level="double").over(SOME).bpm == 120
    assert Corrections(offset_s=0.0).over(SOME).offset_s == 0.0
    assert Corrections(beats="b").over(SOME) == Corrections("b", None, "halve", 0.1, (Anchor(1, 2.0),), 3.0)
    assert Corrections(bpm=90.0).over(Corrections(beats="b")) == Corrections(bpm=90.0)
    assert Corrections(tracker="t").over(Corrections(beats="b")) == Corrections(tracker="t")
    assert Corrections(beats="b").over(Corrections(tracker="t")) == Corrections(beats="b")
    assert Corrections(bpm=90.0).over(Corrections(tracker="t")) == Corrections(bpm=90.0, tracker="t")
    with pytest.raises(InputError, match="--beats or --tracker"):
        Corrections(beats="b", tracker="t")


def test_only_what_corrects_is_true_and_named():
    assert not AS_HEARD
    assert not Corrections(offset_s=0.0)
    assert AS_HEARD.named() == ()
    assert SOME
    assert SOME.named() == ("120 bpm", "halved", "shifted by +100 ms", "1 anchor", "downbeat at 0:03")
    assert Corrections(tracker="librosa").named() == ("beats by librosa",)
    assert Corrections(beats="C:\\music\\b.txt").named() == ("beats from b.txt",)


@given(st.integers(0, 10**10))
def test_a_time_is_read_back_to_the_microsecond(micros):
    assert parse_moment_s(clock(micros / 1e6)) == float(Fraction(micros, 10**6))


@given(st.integers(1, 10**6), st.integers(0, 10**9))
def test_an_anchor_is_read_back(beat, micros):
    anchor = Anchor(beat, micros / 1e6)
    assert parse_anchor(str(anchor)) == anchor


def test_several_anchors_stand_between_commas():
    assert parse_anchors("beat 1 at 0:12.40, 97 @ 1:02.11 s,5 at 3") == (
        Anchor(1, 12.4),
        Anchor(97, 62.11),
        Anchor(5, 3.0),
    )
    with pytest.raises(InputError, match="'' is not an anchor"):
        parse_anchors("beat 1 at 2,")
