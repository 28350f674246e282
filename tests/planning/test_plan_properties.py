"""What holds for every song and every storyboard."""

from __future__ import annotations

import re
from fractions import Fraction

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_songs import lyrics_of, songs, storyboards

from musicvid.planning.plan import plan
from musicvid.schema.shots import ShotList
from musicvid.schema.song import Song
from musicvid.schema.storyboard import Storyboard

thorough = settings(
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def nearest_frame(time_s: float, fps: Fraction) -> int:
    """By hand: the grid line nearest to ``time_s``."""
    low = int(Fraction(time_s) * fps)
    return low if Fraction(time_s) * fps - low < Fraction(1, 2) else low + 1


def planned(data: st.DataObject, **wishes: bool) -> tuple[Song, Storyboard, ShotList]:
    song = data.draw(songs())
    story = data.draw(storyboards(song, **wishes))
    return song, story, plan(song, story, lyrics_of(song))


@thorough
@given(st.data())
def test_shots_tile_the_song_to_its_last_sample(data: st.DataObject) -> None:
    song, story, shots = planned(data)
    fps = story.video.rate.fps
    edge = 0
    for shot in shots.shots:
        assert shot.span.start == edge
        assert shot.span.stop > edge
        edge = shot.span.stop
    assert edge == shots.frame_count
    assert 0 <= Fraction(shots.frame_count) / fps - Fraction(song.sample_count, song.sample_rate_hz) < 1 / fps


@thorough
@given(st.data())
def test_every_cut_stands_on_the_frame_nearest_to_its_event(data: st.DataObject) -> None:
    song, story, shots = planned(data)
    fps = story.video.rate.fps
    beats = {b.time_s: b.position for b in song.beats}
    heard = 1 in beats.values() and len(beats) > 1
    for shot in shots.shots:
        error = Fraction(shot.span.start) / fps - Fraction(shot.cut_on.time_s)
        assert abs(error) <= 1 / (2 * fps)
        if shot.cut_on.kind == "downbeat":
            assert beats[shot.cut_on.time_s] == 1
        if shot.cut_on.kind == "beat" and heard:
            assert beats[shot.cut_on.time_s] != 1
        if shot.cut_on.kind == "section":
            assert shot.cut_on.time_s in {s.start_s for s in song.sections}
    assert [s.cut_on.kind == "start" for s in shots.shots] == [True] + [False] * (len(shots.shots) - 1)


@thorough
@given(st.data())
def test_no_shot_is_shorter_than_the_shortest(data: st.DataObject) -> None:
    _, story, shots = planned(data)
    fps = story.video.rate.fps
    for shot in shots.shots:
        assert len(shot.span) / fps >= story.cuts.shortest.value or len(shots.shots) == 1


@thorough
@given(st.data())
def test_no_shot_straddles_a_section_border(data: st.DataObject) -> None:
    song, story, shots = planned(data)
    fps = story.video.rate.fps
    edges = [0, *(nearest_frame(s.start_s, fps) for s in song.sections[1:]), shots.frame_count]
    for before, edge, after in zip(edges, edges[1:], edges[2:], strict=False):
        if min(edge - before, after - edge) / fps < story.cuts.shortest.value:
            continue  # a section too short for a shot of its own
        assert edge in {s.span.start for s in shots.shots}


@thorough
@given(st.data())
def test_ids_are_unique_and_count_within_their_section(data: st.DataObject) -> None:
    _, _, shots = planned(data, scenes=False)
    seen: dict[str, int] = {}
    for shot in shots.shots:
        match = re.fullmatch(r"([a-z]+(?:-\d+)?)/(\d\d+)", shot.id)
        assert match
        assert match[1] == shot.section.replace(" ", "-")
        assert int(match[2]) == seen.get(match[1], 0) + 1
        seen[match[1]] = int(match[2])


@thorough
@given(st.data())
def test_prompts_and_dissolves_are_sound(data: st.DataObject) -> None:
    _, _, shots = planned(data)
    for k, shot in enumerate(shots.shots):
        assert shot.prompt
        assert "\n" not in shot.prompt
        assert not re.search(r"[,;:]\.|\.\.|  | ,|^[,. ]|[,;: ]$", shot.prompt)
        head, tail = shots.handles(k)
        assert shot.dissolve_frames % 2 == 0
        assert head + tail == 0 or head + tail <= len(shot.span) - 4
        assert 0 <= shot.seed < 2**31
    assert shots.shots[0].dissolve_frames == 0


@thorough
@given(st.data())
def test_shots_that_may_straddle_still_tile_and_stay_long_enough(data: st.DataObject) -> None:
    _, story, shots = planned(data, straddle=True)
    assert sum(len(s.span) for s in shots.shots) == shots.frame_count
    for shot in shots.shots:
        assert len(shot.span) / story.video.rate.fps >= story.cuts.shortest.value or len(shots.shots) == 1


@thorough
@given(st.data())
def test_every_line_is_attached_to_exactly_the_shots_it_sounds_over(data: st.DataObject) -> None:
    song, story, shots = planned(data)
    fps = story.video.rate.fps
    for line in lyrics_of(song).lines:
        first, stop = nearest_frame(line.start_s, fps), nearest_frame(line.stop_s, fps)
        for shot in shots.shots:
            sounds = first < shot.span.stop and stop > shot.span.start
            assert (line in shot.lines) == sounds
