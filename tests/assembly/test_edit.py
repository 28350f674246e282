"""Which source frame stands at which movie frame: hand-computed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from musicvid.assembly.edit import edit
from musicvid.errors import AssemblyError
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.shots import CutCause, Motion, Shot, ShotList
from musicvid.schema.take import Take

RATE = FrameRate(Fraction(24))
SIZE = FrameSize(160, 90)


def shot(shot_id: str, start: int, stop: int, **more) -> Shot:
    cause = CutCause("beat", start / 24)
    return Shot(shot_id, FrameSpan(start, stop), "verse 1", "verse", "a tree", "", 1, cause, **more)


def shot_list(*shots: Shot) -> ShotList:
    count = shots[-1].span.stop
    return ShotList("t", RATE, SIZE, count, shots, Motion.of([[0.0] * 8] * count))


def take(shot_id: str, frames: int, number: int = 1, head: int = 0, rate: FrameRate = RATE, size=SIZE) -> Take:
    return Take(shot_id, number, f"{shot_id}-{number}", f"/{shot_id}.mp4", rate, size, frames, head, 1, "fake", "1")


def shown(clip, first: int | None = None, stop: int | None = None) -> list[int]:
    first = clip.span.start if first is None else first
    stop = clip.span.stop if stop is None else stop
    return [clip.source_frame(frame) for frame in range(first, stop)]


def test_exact_takes_are_shown_frame_by_frame():
    cut = edit(shot_list(shot("a", 0, 5), shot("b", 5, 9)), [take("b", 4), take("a", 5)], audio="song.ogg")
    assert [c.shot_id for c in cut.clips] == ["a", "b"]
    assert shown(cut.clips[0]) == [0, 1, 2, 3, 4]
    assert shown(cut.clips[1]) == [0, 1, 2, 3]
    assert cut.notes == ()
    assert cut.audio.endswith("/song.ogg")
    assert cut.audio.startswith("/")
    assert [(c.frame, c.to_shot, c.kind, c.time_s) for c in cut.cuts] == [
        (0, "a", "beat", 0.0),
        (5, "b", "beat", 5 / 24),
    ]


def test_lowest_number_unless_one_is_chosen():
    shots = shot_list(shot("a", 0, 5), shot("b", 5, 9, chosen_take=2))
    cut = edit(shots, [take("a", 5, 3), take("a", 5, 2), take("b", 4, 1), take("b", 4, 2)])
    assert [c.take.number for c in cut.clips] == [2, 2]


def test_a_take_rendered_again_replaces_the_earlier_one():
    again = replace(take("a", 5), key="new")
    assert edit(shot_list(shot("a", 0, 5)), [take("a", 5), again]).clips[0].take.key == "new"


def test_all_missing_takes_are_named_at_once():
    shots = shot_list(shot("a", 0, 5), shot("b", 5, 9, chosen_take=3), shot("c", 9, 12))
    with pytest.raises(AssemblyError) as caught:
        edit(shots, [take("a", 5), take("b", 4, 1)])
    text = str(caught.value)
    assert "2 shots have no take" in text
    assert "b (take 3 is chosen, it has 1)" in text
    assert "musicvid render WORKSPACE --only b --only c" in text


def test_a_slower_take_holds_each_frame_until_its_own_time():
    # 16 fps in 24 fps: source times 0, 62.5, 125 ms; record times 0, 41.7, 83.3, 125 ms.
    cut = edit(shot_list(shot("a", 0, 7)), [take("a", 5, rate=FrameRate(Fraction(16)))])
    assert shown(cut.clips[0]) == [0, 0, 1, 2, 2, 3, 4]
    assert cut.notes == ("takes at 16 frames per second are conformed to 24 (shots: 1)",)


def test_a_faster_take_drops_frames_and_a_short_one_holds_its_last():
    cut = edit(shot_list(shot("a", 0, 5)), [take("a", 7, rate=FrameRate(Fraction(48)))])
    assert shown(cut.clips[0]) == [0, 2, 4, 6, 6]
    assert "held for 1 of 5 frames" in cut.notes[0]
    cut = edit(shot_list(shot("a", 0, 5)), [take("a", 3)])
    assert shown(cut.clips[0]) == [0, 1, 2, 2, 2]
    assert "has 3 frames" in cut.notes[0]
    assert "held for 2 of 5 frames" in cut.notes[0]


def test_dissolves_use_the_handles_and_longer_takes_start_at_their_head():
    shots = shot_list(shot("a", 0, 10), shot("b", 10, 20, dissolve_frames=4))
    cut = edit(shots, [take("a", 12), take("b", 17, head=5)])
    a, b = cut.clips
    assert (a.head_frames, a.tail_frames, b.head_frames, b.tail_frames) == (0, 2, 2, 0)
    assert shown(a, 0, 12) == list(range(12))
    # The shot's first frame is the take's frame 5; the dissolve shows two before it.
    assert shown(b, 8, 20) == list(range(3, 15))
    assert [(d.span.start, d.span.stop, d.from_shot, d.to_shot) for d in cut.dissolves] == [(8, 12, "a", "b")]
    assert cut.cuts[1].dissolve_frames == 4
    assert cut.notes == ()


def test_the_first_frame_of_a_shot_is_the_takes_own_first_at_any_rate():
    shots = shot_list(shot("a", 0, 10), shot("b", 10, 20, dissolve_frames=6))
    cut = edit(shots, [take("a", 13), take("b", 10, head=2, rate=FrameRate(Fraction(16)))])
    assert cut.clips[1].source_frame(10) == 2
    assert cut.clips[1].source_frame(7) == 0


def test_a_take_without_enough_head_is_noted():
    shots = shot_list(shot("a", 0, 10), shot("b", 10, 20, dissolve_frames=6))
    cut = edit(shots, [take("a", 13), take("b", 13, head=1)])
    assert cut.clips[1].source_frame(7) == 0
    assert any("has 1 of 3 frames for the dissolve" in note and "first 2 fall into it" in note for note in cut.notes)


def test_a_held_shot_shows_its_first_frame_only():
    shots = shot_list(shot("a", 0, 6), shot("b", 6, 12, dissolve_frames=2, hold=True))
    cut = edit(shots, [take("a", 7), take("b", 7, head=1)])
    assert shown(cut.clips[1], 5, 12) == [1] * 7
    assert cut.notes == ()


def test_what_cannot_be_is_refused():
    with pytest.raises(AssemblyError, match="too few for a dissolve"):
        edit(
            shot_list(shot("a", 0, 10), shot("b", 10, 15, dissolve_frames=6), shot("c", 15, 30, dissolve_frames=6)),
            [take("a", 13), take("b", 11, head=3), take("c", 18, head=3)],
        )
    with pytest.raises(AssemblyError, match="even number"):
        edit(shot_list(shot("a", 0, 10), shot("b", 10, 15, dissolve_frames=3)), [take("a", 11), take("b", 6, head=1)])
    with pytest.raises(AssemblyError, match="starts at frame 9"):
        edit(shot_list(shot("a", 0, 10)), [take("a", 5, head=9)])
