"""Burnt captions: when they are seen, where, in which colour, at what price, and what is refused."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from musicvid.assembly.captions import caption_overlay, shot_captions
from musicvid.errors import AssemblyError
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.lyrics import LyricLine, Word
from musicvid.schema.storyboard import CaptionSpec

HD = FrameSize(1280, 720)
BURN = CaptionSpec("burn")
SECOND_AND_THIRD = FrameSpan(24, 72)


def grey(size: FrameSize, level: int = 90) -> np.ndarray:
    picture = np.full((size.height * 3 // 2, size.width), 128, np.uint8)
    picture[: size.height] = level
    return picture


def drawn(overlay, frame: int, size: FrameSize = HD) -> np.ndarray:
    """Luma of a grey picture after drawing."""
    picture = grey(size)
    overlay.apply(picture, frame)
    return picture[: size.height]


def ink(luma: np.ndarray, level: int = 90) -> np.ndarray:
    """Rows that hold any letter."""
    return np.flatnonzero((luma > level + 60).any(axis=1))


@pytest.mark.parametrize("name", ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"])
def test_first_and_last_visible_frame_are_exact(name: str):
    rate = FrameRate.parse(name)
    for first in range(5, 40, 7):
        start, stop = float(rate.seconds_at(first)), float(rate.seconds_at(first + 6))
        overlay = caption_overlay([LyricLine(start, stop, "Hold me")], rate, FrameSize(320, 180), BURN)
        seen = [k for k in range(first + 12) if (drawn(overlay, k, FrameSize(320, 180)) != 90).any()]
        assert seen == list(range(first, first + 6))


def test_times_between_frames_go_to_the_nearest():
    rate = FrameRate(Fraction(25))
    overlay = caption_overlay([LyricLine(0.219, 0.421, "Hold me")], rate, HD, BURN)  # 5.475 and 10.525 frames
    assert [k for k in range(20) if (drawn(overlay, k) != 90).any()] == list(range(5, 11))


def test_pixels_outside_the_strip_stay_as_they_are():
    rng = np.random.default_rng(1)
    picture = rng.integers(0, 256, (HD.height * 3 // 2, HD.width), np.uint8)
    before = picture.copy()
    caption_overlay([LyricLine(0, 1, "Hold me in the light")], FrameRate(Fraction(24)), HD, BURN).apply(picture, 3)
    changed = np.flatnonzero((picture[:720] != before[:720]).any(axis=1))
    assert changed.min() > 720 * 0.82
    assert changed.max() < 720 * 0.96
    columns = np.flatnonzero((picture[:720] != before[:720]).any(axis=0))
    assert columns.min() > 1280 * 0.05
    assert columns.max() < 1280 * 0.95
    assert abs((columns.min() + columns.max()) / 2 - 640) < 12  # centred
    assert picture.min() == before.min() == 0  # no wrap-round at the ends of the range
    assert picture.max() == before.max() == 255


def test_letters_are_white_with_a_dark_outline():
    luma = drawn(caption_overlay([LyricLine(0, 1, "HIM")], FrameRate(Fraction(24)), HD, BURN), 0)
    assert luma.max() == 235
    assert luma.min() < 35


def words(text: str, start: float, each: float) -> tuple[Word, ...]:
    return tuple(Word(start + i * each, start + (i + 1) * each, w) for i, w in enumerate(text.split()))


def yellow_columns(overlay, frame: int) -> np.ndarray:
    picture = grey(HD)
    overlay.apply(picture, frame)
    v = picture.reshape(-1)[HD.width * HD.height * 5 // 4 :].reshape(HD.height // 2, HD.width // 2)
    return np.flatnonzero((v > 145).any(axis=0)) * 2


def test_the_wipe_reaches_every_word_on_time():
    text = "lamp road rain"
    line = LyricLine(1.0, 4.0, text, words(text, 1.0, 1.0))
    overlay = caption_overlay([line], FrameRate(Fraction(24)), HD, BURN)
    luma = drawn(overlay, 24)
    letters = np.flatnonzero((luma > 200).any(axis=0))
    left, right = letters.min(), letters.max()
    assert yellow_columns(overlay, 24).size == 0
    ends = [yellow_columns(overlay, frame).max() for frame in (36, 48, 60, 72, 95)]
    assert ends == sorted(ends)
    # Half a word, one, one and a half, two: three words of nearly equal width.
    for end, part in zip(ends[:4], (1 / 6, 1 / 3, 1 / 2, 2 / 3), strict=True):
        assert abs((end - left) / (right - left) - part) < 0.09
    assert ends[4] > left + 0.97 * (right - left) - 12
    plain = caption_overlay([line], FrameRate(Fraction(24)), HD, CaptionSpec("burn", karaoke=False))
    assert yellow_columns(plain, 90).size == 0


def test_a_wipe_of_syllables_pauses_and_mistakes():
    # Syllables inside words, a pause, a word that is not in the text: the wipe crosses the gap and never runs back.
    line = LyricLine(
        0, 5, "Tomorrow, we fly!", (Word(0, 1, "To"), Word(1, 2, "morrow"), Word(2.5, 3, "xyz"), Word(4, 5, "fly"))
    )
    overlay = caption_overlay([line], FrameRate(Fraction(24)), HD, BURN)
    ends = [(yellow_columns(overlay, k).max() if yellow_columns(overlay, k).size else 0) for k in range(1, 120, 6)]
    assert ends == sorted(ends)
    assert yellow_columns(overlay, 119).max() > yellow_columns(overlay, 96).max() + 40
    backwards = LyricLine(0, 5, "one two", (Word(3, 4, "one"), Word(1, 2, "two")))
    overlay = caption_overlay([backwards], FrameRate(Fraction(24)), HD, BURN)
    widths = [yellow_columns(overlay, k).size for k in range(0, 120, 8)]
    assert widths == sorted(widths)


def test_scripts_read_from_the_right_are_wiped_from_the_right():
    from musicvid.assembly.captions.overlay import CaptionOverlay

    (event,) = caption_overlay([LyricLine(0, 1, "lamp road")], FrameRate(Fraction(24)), HD, BURN).events
    face = caption_overlay([LyricLine(0, 1, "lamp")], FrameRate(Fraction(24)), HD, BURN)
    wiped = replace(event, rtl=True, wipe=((60,),) * 24)
    columns = yellow_columns(CaptionOverlay("", (wiped,), face.font, HD.width), 0)
    middle, half = HD.width / 2, event.rows[0][1] / 2
    assert columns.min() >= middle + half - 64
    assert columns.max() >= middle + half - 12
    other = replace(event, wipe=((60,),) * 24)
    columns = yellow_columns(CaptionOverlay("", (other,), face.font, HD.width), 0)
    assert columns.max() <= middle - half + 64


def test_lines_sung_together_stand_above_one_another_and_keep_their_place():
    lines = [LyricLine(0, 4, "First voice"), LyricLine(1, 2, "second voice"), LyricLine(2, 5, "third voice")]
    overlay = caption_overlay(lines, FrameRate(Fraction(10)), HD, BURN)
    alone, both, other, last = (ink(drawn(overlay, frame)) for frame in (5, 15, 25, 45))
    assert both.min() < alone.min() - 30
    assert both.max() == alone.max()
    assert last.max() < alone.min()  # does not fall down when the line below goes
    assert abs(other.min() - both.min()) < 12


def test_long_lines_break_into_rows_of_similar_length_inside_the_margins():
    text = "We were running through the city under every neon light and the long way home was the only way"
    for size in (HD, FrameSize(1080, 1920), FrameSize(1080, 1080), FrameSize(320, 180)):
        overlay = caption_overlay([LyricLine(0, 1, text)], FrameRate(Fraction(24)), size, BURN)
        (event,) = overlay.events
        assert 2 <= len(event.rows) <= 3
        assert " ".join(row for row, _ in event.rows) == text
        widths = [width for _, width in event.rows]
        assert max(widths) <= size.width * 0.85
        assert min(widths) > max(widths) * 0.6
        columns = np.flatnonzero((drawn(overlay, 0, size) != 90).any(axis=0))
        assert columns.min() > size.width * 0.03


def test_line_breaks_are_kept_and_upright_pictures_keep_clear_of_the_buttons():
    size = FrameSize(1080, 1920)
    overlay = caption_overlay([LyricLine(0, 1, "One\ntwo three")], FrameRate(Fraction(24)), size, BURN)
    assert [text for text, _ in overlay.events[0].rows] == ["One", "two three"]
    assert ink(drawn(overlay, 0, size)).max() < 1920 * 0.83


def test_missing_letters_are_named_with_the_way_out():
    with pytest.raises(AssemblyError) as caught:
        caption_overlay([LyricLine(62.5, 63, "hello \u611b\u611b")], FrameRate(Fraction(24)), HD, BURN)
    text = str(caught.value)
    assert "\u611b (U+611B)" in text
    assert "lyric line at 1:02.50" in text
    assert "captions: {font:" in text


def test_a_font_that_is_none_is_refused(tmp_path):
    line = [LyricLine(0, 1, "hi")]
    with pytest.raises(AssemblyError, match="does not exist"):
        caption_overlay(line, FrameRate(Fraction(24)), HD, CaptionSpec("burn", font=str(tmp_path / "no.ttf")))
    (tmp_path / "bad.ttf").write_text("not a font")
    with pytest.raises(AssemblyError, match="cannot be read"):
        caption_overlay(line, FrameRate(Fraction(24)), HD, CaptionSpec("burn", font=str(tmp_path / "bad.ttf")))


def test_too_many_lines_at_once_are_refused():
    with pytest.raises(AssemblyError, match="more than fit"):
        caption_overlay([LyricLine(0, 9, f"voice {i}") for i in range(40)], FrameRate(Fraction(24)), HD, BURN)


def test_nothing_to_draw_is_none():
    rate = FrameRate(Fraction(24))
    assert caption_overlay([], rate, HD, BURN) is None
    assert caption_overlay([LyricLine(0, 1, "  ")], rate, HD, BURN) is None
    assert caption_overlay([LyricLine(0, 1, "hi")], rate, HD, CaptionSpec("sidecar")) is None
    assert caption_overlay([LyricLine(0, 1, "hi")], rate, HD, BURN, span=FrameSpan(24, 48)) is None


def test_the_key_follows_the_pixels_and_nothing_else():
    rate = FrameRate(Fraction(24))

    def key(lines, span=SECOND_AND_THIRD, spec=BURN, size=HD):
        return caption_overlay(lines, rate, size, spec, span=span).key

    line = LyricLine(1.5, 2.5, "Hold me", words("Hold me", 1.5, 0.5))
    base = key([line])
    assert key([line]) == base
    assert key([line, LyricLine(10, 11, "elsewhere")]) == base
    # The same shot ten seconds later.
    later = LyricLine(11.5, 12.5, "Hold me", words("Hold me", 11.5, 0.5))
    assert key([later], span=FrameSpan(264, 312)) == base
    others = [
        key([LyricLine(1.5, 2.5, "Hold us")]),
        key([LyricLine(1.6, 2.5, "Hold me", words("Hold me", 1.6, 0.45))]),
        key([LyricLine(1.5, 2.5, "Hold me", words("Hold me", 1.5, 0.4))]),
        key([line], spec=CaptionSpec("burn", karaoke=False)),
        key([line], size=FrameSize(640, 360)),
        key([line], span=FrameSpan(24, 50)),
    ]
    assert len({base, *others}) == 7


def test_overlays_travel_between_processes():
    overlay = caption_overlay([LyricLine(0, 1, "Hold me")], FrameRate(Fraction(24)), HD, BURN)
    data = pickle.dumps(overlay)
    assert len(data) < 5000
    again = pickle.loads(data)
    assert again.key == overlay.key
    assert np.array_equal(drawn(again, 3), drawn(overlay, 3))


def test_odd_quarter_heights_and_tiny_pictures():
    for size in (FrameSize(160, 90), FrameSize(162, 98), FrameSize(90, 160)):
        overlay = caption_overlay([LyricLine(0, 1, "Hold me")], FrameRate(Fraction(24)), size, BURN)
        assert (drawn(overlay, 0, size) != 90).any()


def test_shots_are_captioned_between_their_dissolves():
    from assembly_movies import shots_of

    rate = FrameRate(Fraction(24))
    lines = [LyricLine(0.2, 1.9, "over all three"), LyricLine(0.5, 0.7, "short")]
    shots = shots_of([20, 20, 20], rate, dissolves={1: 8}, captions=BURN, lines=lines, s2={"hold": True})
    overlay_for = shot_captions(shots)
    first, second = (overlay_for(shot) for shot in shots.shots[:2])
    assert {(e.span.start, e.span.stop) for e in first.events} == {(5, 16), (12, 16)}
    assert {(e.span.start, e.span.stop) for e in second.events} == {(24, 40)}
    assert overlay_for(shots.shots[2]) is None  # held: drawn over the frozen frame by assembly
    # "over all three" stands at the same height in both shots.
    assert len({e.top for e in (*first.events, *second.events) if e.rows[0][0] == "over all three"}) == 1
