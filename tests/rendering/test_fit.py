"""What is asked of a video model for a take: laws against brute force, and the cases people meet."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from musicvid.diffusion.models import FrameRule, Licence, Road, VideoModel
from musicvid.errors import InputError, RenderError
from musicvid.rendering.clip_sizes import crop_loss
from musicvid.rendering.fit import FitWishes, Segment, fit
from musicvid.schema.frames import FrameRate, FrameSize

WIDE = FrameSize(1280, 720)


def model(step=4, offset=1, most=81, fps=16, rates=None, multiple=16, sizes=("832x480",), roads=((),)) -> VideoModel:
    return VideoModel(
        key="toy",
        repo="toy/toy",
        roads=tuple(Road("ToyPipeline", frozenset(takes)) for takes in roads),
        frames=FrameRule(step, offset),
        default_frames=most,
        max_frames=most,
        rate_fps=Fraction(fps),
        rates_fps=rates and (Fraction(rates[0]), Fraction(rates[1])),
        size_multiple=multiple,
        sizes=tuple(FrameSize.parse(one) for one in sizes),
        licence=Licence("free"),
    )


WAN = model()
VACE = model(roads=[("first", "last", "extend", "references")])
I2V = model(roads=[("first",), ("first", "last")])
LTX = model(8, 1, 257, 30, (8, 60), 32, ("1216x704", "768x512", "704x480"), [("first", "last", "extend")])
WAN5B = model(4, 1, 121, 24, None, 32, ("1280x704", "704x1280"), [(), ("first",)])
HELIOS = model(33, 0, 132, 24, None, 16, ("640x384",), [("first", "extend")])
RATES = [FrameRate.parse(text) for text in ("23.976", "24", "25", "29.97", "30", "48", "50", "60")]


def legal(rule: FrameRule, most: int) -> list[int]:
    return [rule.step * k + rule.offset for k in range(1, most + 1) if rule.step * k + rule.offset <= most]


rules = st.sampled_from(
    [FrameRule(4, 1), FrameRule(8, 1), FrameRule(6, 1), FrameRule(17, 5), FrameRule(33, 0), FrameRule(33, 0, 4)]
)
links = st.sampled_from([(), ("first",), ("extend",), ("first", "extend")])


@st.composite
def fittings(draw):
    rule = draw(rules)
    most = draw(st.integers(rule.step + rule.offset, 130))
    toy = model(rule.step, rule.offset, most, draw(st.sampled_from([8, 16, 24, 30])), roads=[(), draw(links)])
    return toy, draw(st.integers(1, 400)), draw(st.sampled_from(RATES))


@given(fittings(), st.integers(0, 6))
@example((WAN, 1, RATES[1]), 0)
@example((VACE, 400, RATES[7]), 3)
def test_every_take_is_covered_by_legal_clips(case, counts):
    toy, frame_count, rate = case
    try:
        found = fit(toy, frame_count, rate, WIDE, FitWishes(counts=counts))
    except (RenderError, InputError):
        needed = math.ceil((frame_count - 1) * Fraction(toy.rate_fps) / rate.fps * Fraction(998, 1000)) + 1
        assert needed > max(legal(toy.frames, toy.max_frames))
        # A chain is refused only where it cannot be: no way to go on, or nothing new after what is repeated.
        repeats = 1 if "extend" not in toy.conditions else (5 if toy.frames.offset != 1 else toy.frames.step + 1)
        assert not toy.conditions or max(legal(toy.frames, toy.max_frames)) <= repeats
        return
    allowed = legal(toy.frames, toy.max_frames)
    assert all(one.frame_count in allowed for one in found.segments)
    assert found.segments[0].repeats == 0
    assert all(0 < one.repeats < one.frame_count for one in found.segments[1:])
    joined = sum(one.frame_count - one.repeats for one in found.segments)
    assert found.joined_frames == joined
    assert len(found.positions) == frame_count
    assert found.positions[0] == 0
    assert found.positions[-1] <= joined - 1
    step = found.rate.fps / rate.fps
    assert all(b - a == step for a, b in itertools.pairwise(found.positions))  # time k / rate, exactly
    if counts:
        assert len({one.frame_count for one in found.segments}) <= min(counts, 2)


@given(fittings())
def test_nothing_smaller_would_do(case):
    """Brute force over all ways to make one, two or three clips."""
    toy, frame_count, rate = case
    try:
        found = fit(toy, frame_count, rate, WIDE)
    except (RenderError, InputError):
        assume(False)
    assume(len(found.segments) <= 3)
    allowed = legal(toy.frames, toy.max_frames)
    last = (frame_count - 1) * found.rate.fps / rate.fps
    repeat = found.segments[-1].repeats if len(found.segments) > 1 else 0
    for clips in range(1, len(found.segments) + 1):
        sums = {0}
        for _ in range(clips):
            sums = {a + n for a in sums for n in allowed if n > repeat or clips == 1}
        covering = [total for total in sums if last <= total - repeat * (clips - 1) - 1]
        if clips < len(found.segments):
            if repeat:
                assert not covering
        else:
            assert min(covering) == sum(one.frame_count for one in found.segments)
    lengths = [one.frame_count for one in found.segments]
    assert max(lengths) - min(lengths) <= toy.frames.step  # as equal as legality allows


@given(rules, st.integers(40, 300), st.integers(1, 12), st.lists(st.integers(1, 900), min_size=1, max_size=40))
def test_few_counts_are_few_for_all_shots_together(rule, most, counts, takes):
    toy = model(rule.step, rule.offset, most, 24, roads=[("extend",)])
    made = set()
    for frame_count in takes:
        made |= {one.frame_count for one in fit(toy, frame_count, RATES[1], WIDE, FitWishes(counts=counts)).segments}
    assert len(made) <= counts
    assert made <= set(legal(rule, most))


def test_few_counts_are_evenly_spaced_and_say_what_they_cost():
    found = {fit(WAN5B, n, RATES[1], WIDE, FitWishes(counts=4)).segments[0].frame_count for n in range(1, 122)}
    assert sorted(found) == [33, 61, 93, 121]  # k = 8, 15, 23, 30 of 30
    assert fit(WAN5B, 61, RATES[1], WIDE, FitWishes(counts=4)).note == ""
    assert "28 frames more than needed" in fit(WAN5B, 62, RATES[1], WIDE, FitWishes(counts=4)).note


CASES = [
    # model, take frames at 24, clip rate, segments
    (WAN, 48, "16", [(33, 0)]),  # the last frame lies at 31 1/3: 33 frames
    (WAN, 50, "16", [(37, 0)]),  # at 32 2/3: one more than 33 is needed
    (WAN5B, 49, "24", [(49, 0)]),
    (WAN5B, 50, "24", [(53, 0)]),
    (VACE, 120, "16", [(81, 0)]),
    (VACE, 121, "16", [(81, 0)]),  # position 80 exactly
    (VACE, 122, "16", [(45, 0), (45, 5)]),
    (VACE, 240, "16", [(57, 0), (57, 5), (57, 5)]),  # at 159 1/3: 161 frames and twice 5 again are 171
    (VACE, 242, "16", [(61, 0), (57, 5), (57, 5)]),
    (I2V, 122, "16", [(45, 0), (41, 1)]),
    (LTX, 24 * 12, "24", [(153, 0), (145, 9)]),
    (HELIOS, 130, "24", [(132, 0)]),
    (HELIOS, 140, "24", [(99, 0), (66, 5)]),
]


@pytest.mark.parametrize(("toy", "frame_count", "rate", "segments"), CASES)
def test_cases_worked_out_by_hand(toy, frame_count, rate, segments):
    found = fit(toy, frame_count, RATES[1], WIDE)
    assert found.rate == FrameRate.parse(rate)
    assert [(one.frame_count, one.repeats) for one in found.segments] == segments


@pytest.mark.parametrize(
    ("movie", "toy", "rate"),
    [
        ("24", WAN5B, "24"),
        ("23.976", WAN5B, "24000/1001"),  # a thousandth off: frames stay frames
        ("48", WAN5B, "24"),
        ("47.952", WAN5B, "24000/1001"),
        ("60", LTX, "60"),
        ("50", LTX, "50"),
        ("120", LTX, "60"),
        ("119.88", model(rates=(24, 30)), "30000/1001"),
        ("25", WAN, "16"),
        ("60", WAN5B, "24"),
        ("60", model(rates=(24, 30)), "30"),
        ("24", model(fps=8), "8"),
    ],
)
def test_rates(movie, toy, rate):
    assert fit(toy, 20, FrameRate.parse(movie), WIDE).rate.fps == Fraction(rate)


def test_another_rate_may_be_wished_for():
    faster = fit(WAN, 24, RATES[1], WIDE, FitWishes(rate=RATES[1]))
    assert (faster.rate, faster.segments) == (RATES[1], (Segment(25),))
    assert "moves at 150 % speed" in faster.note
    assert fit(LTX, 24, RATES[1], WIDE, FitWishes(rate=RATES[2])).rate == RATES[2]
    with pytest.raises(InputError, match="8 to 60 frames per second, 120 was asked for"):
        fit(LTX, 24, RATES[1], WIDE, FitWishes(rate=FrameRate.parse("120")))


@given(st.integers(8, 400), st.integers(8, 400), st.sampled_from([WAN, WAN5B, LTX, HELIOS]), st.integers(0, 3))
def test_sizes_are_legal_and_little_is_cropped(half_width, half_height, toy, shrink):
    movie = FrameSize(2 * half_width, 2 * half_height)
    assume(Fraction(1, 4) <= movie.aspect <= 4)
    size = fit(toy, 9, RATES[1], movie, FitWishes(shrink=shrink)).size
    assert size.width % toy.size_multiple == size.height % toy.size_multiple == 0
    if not shrink:
        # Filling the movie's frame and cropping, worked out in pixels of the movie.
        scale = max(Fraction(movie.width, size.width), Fraction(movie.height, size.height))
        shown = Fraction(movie.width * movie.height) / (size.width * scale * size.height * scale)
        usual = [Fraction(one.width * one.height) for one in toy.sizes]
        assert shown >= Fraction(92, 100)
        assert min(usual) * Fraction(8, 10) <= size.width * size.height <= max(usual) * Fraction(12, 10)


@pytest.mark.parametrize(
    ("toy", "movie", "size"),
    [
        (WAN, "1280x720", "832x480"),
        (WAN, "1080x1920", "480x832"),
        (WAN, "1080x1080", "624x624"),
        (WAN, "1920x804", "992x416"),
        (WAN5B, "1920x1080", "1280x704"),
        (WAN5B, "720x1280", "704x1280"),
        (LTX, "1280x720", "1216x704"),
        (LTX, "768x512", "768x512"),
        (LTX, "720x480", "704x480"),
        (model(sizes=("832x480", "1280x720")), "1280x720", "1280x720"),
        (model(sizes=("832x480", "1280x720")), "1920x1080", "1280x720"),
        (model(sizes=("832x480", "1280x720")), "640x360", "832x480"),  # no larger than the movie can show
        (model(sizes=()), "1280x720", "1280x720"),
        (model(sizes=(), multiple=32), "640x360", "640x352"),
    ],
)
def test_sizes_worked_out_by_hand(toy, movie, size):
    assert str(fit(toy, 9, RATES[1], FrameSize.parse(movie)).size) == size


def test_shrinking_goes_down_by_steps_until_there_is_nothing_left():
    areas = []
    for shrink in range(4):
        size = fit(WAN, 9, RATES[1], WIDE, FitWishes(shrink=shrink)).size
        areas.append(size.width * size.height)
        assert crop_loss(size.aspect, WIDE.aspect) < Fraction(8, 100)
    assert all(Fraction(65, 100) < Fraction(b, a) < Fraction(85, 100) for a, b in itertools.pairwise(areas))
    with pytest.raises(RenderError, match="cannot make pictures smaller than"):
        fit(WAN, 9, RATES[1], WIDE, FitWishes(shrink=60))


def test_another_size_may_be_wished_for_if_it_is_legal():
    assert fit(WAN, 9, RATES[1], WIDE, FitWishes(size=FrameSize(640, 640))).size == FrameSize(640, 640)
    with pytest.raises(InputError, match=r"multiples of 32, 1280x720 was asked for .use 1280x704"):
        fit(WAN5B, 9, RATES[1], WIDE, FitWishes(size=WIDE))


def test_a_shot_that_is_too_long_names_the_ways_out():
    with pytest.raises(RenderError) as caught:
        fit(WAN, 144, RATES[1], WIDE)
    text = str(caught.value)
    for part in ("6.00 s", "5.06 s", "`pace:`", "`long_shots: slow`", "goes on from a clip"):
        assert part in text


def test_slow_motion_uses_the_longest_clip_to_its_end():
    found = fit(WAN, 241, RATES[1], WIDE, FitWishes(long_shots="slow"))
    assert found.segments == (Segment(81),)
    assert (found.positions[0], found.positions[-1]) == (0, 80)
    assert {b - a for a, b in itertools.pairwise(found.positions)} == {Fraction(80, 240)}
    assert "slowed to 50 %" in found.note
    assert fit(VACE, 241, RATES[1], WIDE, FitWishes(long_shots="slow")).segments == (Segment(81),)
    assert fit(WAN, 120, RATES[1], WIDE, FitWishes(long_shots="slow")).note == ""
    sung = model(roads=[("sound",)])
    with pytest.raises(RenderError, match="drift apart"):
        fit(sung, 241, RATES[1], WIDE, FitWishes(long_shots="slow"), frozenset(["sound"]))


def test_a_chain_needs_a_road_for_every_clip_in_it():
    """A model whose way to go on takes no references cannot chain a shot that has them."""
    toy = model(roads=[("references",), ("extend",), ("first", "references")])
    found = fit(toy, 150, RATES[1], WIDE, FitWishes(), frozenset(["references"]))
    assert (found.link, found.segments[1].repeats) == ("first", 1)
    assert fit(toy, 150, RATES[1], WIDE).link == "extend"
    with pytest.raises(RenderError, match="at most"):
        fit(toy, 150, RATES[1], WIDE, FitWishes(), frozenset(["references", "last"]))
    assert "made as 2 clips, each going on from the last frame of" in found.note


def test_a_take_that_goes_on_begins_after_what_it_repeats():
    found = fit(VACE, 48, RATES[1], WIDE, FitWishes(), frozenset(["extend"]))
    assert (found.segments, found.link, found.positions[0]) == ((Segment(41, 5),), "extend", 0)  # 33 and 5
    assert found.positions[-1] == Fraction(94, 3)
    first = fit(I2V, 48, RATES[1], WIDE, FitWishes(), frozenset(["extend"]))
    assert (first.segments, first.link) == ((Segment(37, 1),), "first")
    assert "last frame alone" in first.note
    chained = fit(VACE, 122, RATES[1], WIDE, FitWishes(), frozenset(["extend"]))
    assert [one.repeats for one in chained.segments] == [5, 5]
    with pytest.raises(RenderError, match="cannot go on from an earlier clip"):
        fit(WAN, 48, RATES[1], WIDE, FitWishes(), frozenset(["extend"]))
    with pytest.raises(InputError, match="cannot both"):
        fit(VACE, 48, RATES[1], WIDE, FitWishes(), frozenset(["extend", "first"]))


@given(st.integers(2, 400), st.booleans(), st.integers(0, 5))
def test_a_given_last_frame_is_the_last_one_shown(frame_count, has_first, counts):
    conditions = frozenset(["last", "first"] if has_first else ["last"])
    found = fit(VACE, frame_count, RATES[1], WIDE, FitWishes(counts=counts), conditions)
    assert found.positions[-1] == found.joined_frames - 1
    assert len({b - a for a, b in itertools.pairwise(found.positions)}) == 1
    assert found.positions[0] == 0 or not has_first
    if not has_first:
        assert found.positions[1] - found.positions[0] == Fraction(2, 3)
    assert 0 <= found.positions[0] < 5


def test_a_smaller_most_chains_earlier_and_a_larger_one_is_said():
    assert [n.frame_count for n in fit(VACE, 70, RATES[1], WIDE, FitWishes(max_frames=34)).segments] == [29, 25]
    long = fit(WAN, 150, RATES[1], WIDE, FitWishes(max_frames=121))
    assert long.segments == (Segment(101),)
    assert "toy is made for 81" in long.note
    with pytest.raises(InputError, match="5 is the least"):
        fit(WAN, 9, RATES[1], WIDE, FitWishes(max_frames=4))


def test_overlaps():
    assert [s.repeats for s in fit(VACE, 150, RATES[1], WIDE, FitWishes(overlap=9)).segments] == [0, 9]
    with pytest.raises(InputError, match="use 5 or 9"):
        fit(VACE, 150, RATES[1], WIDE, FitWishes(overlap=6))
    with pytest.raises(InputError, match="goes on from one frame"):
        fit(I2V, 150, RATES[1], WIDE, FitWishes(overlap=5))
    with pytest.raises(InputError, match="at most 9 frames cannot begin with 9"):
        fit(VACE, 150, RATES[1], WIDE, FitWishes(overlap=9, max_frames=9))


@pytest.mark.parametrize("wish", [{"max_frames": 0}, {"overlap": 0}, {"shrink": -1}, {"counts": -1}])
def test_wishes_out_of_range_are_refused(wish):
    with pytest.raises(InputError, match=next(iter(wish))):
        FitWishes(**wish)
    with pytest.raises(RenderError, match="0 frames"):
        fit(WAN, 0, RATES[1], WIDE)
