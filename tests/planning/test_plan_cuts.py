"""Where shots begin, on songs whose beats are known."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import pytest
from handmade_songs import POP, flat_curves, make_song, named_sections, steady_song, sung

from musicvid.planning.plan import plan
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.lyrics import Lyrics
from musicvid.schema.shots import ShotList
from musicvid.schema.song import Song
from musicvid.schema.storyboard import (
    Amount,
    BarPlace,
    CutRules,
    DefaultPlace,
    LinePlace,
    Pace,
    RendererSpec,
    Scene,
    SectionPlace,
    Storyboard,
    TimePlace,
    VideoSpec,
)

VERSE = steady_song([("verse", 8, 0.5)])  # 120 bpm, 4/4: a bar is 2 s


def amount(value: str, unit: str) -> Amount:
    return Amount(Fraction(value), unit)  # type: ignore[arg-type]


def cut_times(song: Song, pace: Amount | None, **rules: object) -> list[float]:
    shots = plan(song, Storyboard(pace=Pace(pace), cuts=CutRules(**rules)))  # type: ignore[arg-type]
    return [round(s.cut_on.time_s, 3) for s in shots.shots]


def lengths_s(shots: ShotList, section: str) -> list[float]:
    return [float(len(s.span) / shots.rate.fps) for s in shots.shots if s.section == section]


@pytest.mark.parametrize(
    ("pace", "times"),
    [
        (amount("2", "bars"), [0, 4, 8, 12]),
        (amount("3", "bars"), [0, 6, 12]),
        (amount("1", "bars"), [0, 2, 4, 6, 8, 10, 12, 14]),
        (amount("1/2", "bars"), list(range(16))),
        (
            amount("3", "beats"),
            [0, 1.5, 3, 4.5, 6, 7.5, 9, 10.5, 12, 13.5, 15],
        ),  # the rest is more than half of 3 beats
        (amount("5", "seconds"), [0, 4, 10]),
        (amount("1", "seconds"), list(range(16))),
        (amount("60", "frames"), [0, 2.5, 5, 7.5, 10, 12.5]),
        (amount("100", "bars"), [0]),
    ],
)
def test_pace(pace: Amount, times: list[float]) -> None:
    assert cut_times(VERSE, pace) == times


def test_kinds_tell_what_was_cut_on() -> None:
    shots = plan(VERSE, Storyboard(pace=Pace(amount("2", "beats"))))
    assert [s.cut_on.kind for s in shots.shots][:5] == ["start", "beat", "downbeat", "beat", "downbeat"]
    shots = plan(VERSE, Storyboard(pace=Pace(amount("30", "frames"))))
    assert {s.cut_on.kind for s in shots.shots[1:]} == {"grid"}


def test_pace_counts_from_the_first_downbeat_and_the_pickup_joins_the_first_shot() -> None:
    song = steady_song([("verse", 8, 0.5)], pickup_beats=1)
    assert cut_times(song, amount("2", "bars")) == [0, 4.5, 8.5, 12.5]


def test_a_long_pickup_is_a_shot_of_its_own() -> None:
    song = steady_song([("verse", 8, 0.5)], pickup_beats=3)
    assert cut_times(song, amount("1", "bars"))[:3] == [0, 1.5, 3.5]


def test_a_short_rest_joins_the_shot_before_it() -> None:
    song = steady_song([("verse", 9, 0.5)])
    assert cut_times(song, amount("4", "bars")) == [0, 8]
    assert cut_times(steady_song([("verse", 10, 0.5)]), amount("4", "bars")) == [0, 8, 16]


def test_odd_metres() -> None:
    song = steady_song([("verse", 4, 0.5)], metre=7)
    assert cut_times(song, amount("1", "bars")) == [0, 3.5, 7, 10.5]


def test_the_tempo_is_followed_beat_by_beat() -> None:
    times, positions, t = [], [], 0.0
    for k in range(64):
        times.append(t)
        positions.append(k % 4 + 1)
        t += 0.4 + 0.005 * k
    song = make_song(times, positions, (), t)
    cuts = cut_times(song, amount("2", "bars"))
    assert cuts == [0, *(round(times[k], 3) for k in range(8, 64, 8))]


def test_paces_go_by_section() -> None:
    song = steady_song([("verse", 4, 0.5), ("chorus", 4, 0.9), ("verse", 4, 0.5)])
    pace = Pace(
        amount("4", "bars"), (("verse", amount("2", "bars")), ("verse 2", amount("1", "bars")), ("Chorus", None))
    )
    shots = plan(song, Storyboard(pace=pace))
    assert lengths_s(shots, "verse 1") == [4, 4]
    assert lengths_s(shots, "verse 2") == [2, 2, 2, 2]
    assert sum(lengths_s(shots, "chorus")) == 8


def test_cuts_closer_than_the_shortest_shot_are_merged_and_reported() -> None:
    shots = plan(VERSE, Storyboard(pace=Pace(amount("1", "beats"))))
    assert [s.cut_on.time_s for s in shots.shots] == list(range(16)), "0.5 s is under 0.7 s: every second beat stays"
    assert any("pace default (1 beats) is quicker than the shortest shot (0.71 s)" in n for n in shots.notes)
    assert cut_times(VERSE, amount("1", "beats"), shortest=amount("1/2", "seconds")) == [k / 2 for k in range(32)]
    assert cut_times(VERSE, amount("1", "beats"), shortest=amount("1", "bars")) == list(range(0, 16, 2))


def test_a_shortest_shot_of_one_beat_lets_every_beat_of_a_breathing_tempo_pass() -> None:
    times = [k * 0.5 + (0.03 if k % 2 else 0.0) for k in range(32)]
    song = make_song(times, [k % 4 + 1 for k in range(32)], (), 16.0)
    assert len(cut_times(song, amount("1", "beats"), shortest=amount("1", "beats"))) == 32


# ---------------------------------------------------------------- sections


def test_sections_off_the_beat_are_cut_where_they_are() -> None:
    song = replace(VERSE, sections=named_sections([0, 7.81, 16], ["verse", "chorus"], [0.4, 0.9]))
    shots = plan(song, Storyboard(pace=Pace(amount("2", "bars"))))
    assert [(s.cut_on.kind, s.cut_on.time_s) for s in shots.shots] == [
        ("start", 0.0), ("downbeat", 4.0), ("section", 7.81), ("downbeat", 12.0),
    ]  # fmt: skip
    # The chorus counts from its own first downbeat, at 8 s; 0.19 s before it are not worth a shot.


def test_a_section_border_in_the_frame_of_a_downbeat_is_a_cut_on_it() -> None:
    song = replace(VERSE, sections=named_sections([0, 8.009, 16], ["verse", "chorus"], [0.4, 0.9]))
    second = plan(song, Storyboard(pace=Pace(amount("4", "bars")))).shots[1]
    assert (second.id, second.cut_on.kind, second.cut_on.time_s) == ("chorus/01", "downbeat", 8.0)


def test_a_section_too_short_for_a_shot_joins_another_and_is_reported() -> None:
    song = replace(VERSE, sections=named_sections([0, 8, 8.4, 16], ["verse", "bridge", "chorus"], [0.4, 0.2, 0.9]))
    shots = plan(song, Storyboard(pace=Pace(amount("2", "bars"))))
    assert [s.id for s in shots.shots] == ["verse/01", "verse/02", "chorus/01", "chorus/02"]
    assert any(n.startswith("the section border at 0:08.4 makes no cut of its own") for n in shots.notes)


def test_sections_of_one_name_share_their_numbers() -> None:
    sections = named_sections([0, 8, 16], ["verse", "x"], [0.4, 0.4])
    song = replace(VERSE, sections=(sections[0], replace(sections[1], label="Verse!", name="Verse!")))
    ids = [s.id for s in plan(song, Storyboard(pace=Pace(amount("2", "bars")))).shots]
    assert ids == ["verse/01", "verse/02", "verse/03", "verse/04"]


def test_names_in_any_script_make_ids() -> None:
    song = replace(VERSE, sections=named_sections([0, 8, 16], ["サビ", "!!!"], [0.4, 0.4]))
    ids = [s.id for s in plan(song, Storyboard(pace=Pace(amount("4", "bars")))).shots]
    assert ids == ["サビ/01", "section/01"]


@pytest.mark.parametrize("by_story", [True, False])
def test_shots_may_straddle_where_it_is_asked_for(by_story: bool) -> None:
    song = steady_song([("verse", 3, 0.5), ("verse", 5, 0.5)])
    scene = Scene(DefaultPlace(), "Rain", straddle=not by_story)
    story = Storyboard(pace=Pace(amount("2", "bars")), scenes=(scene,))
    assert [s.cut_on.time_s for s in plan(song, replace(story, scenes=(replace(scene, straddle=False),))).shots] == [
        0, 4, 6, 10, 14,
    ]  # fmt: skip
    asked = replace(story, cuts=CutRules(straddle=by_story))
    assert [s.cut_on.time_s for s in plan(song, asked).shots] == [0, 4, 8, 12]


def test_a_change_of_scene_cuts_even_where_shots_may_straddle() -> None:
    song = steady_song([("verse", 3, 0.5), ("chorus", 5, 0.5)])
    story = Storyboard(
        pace=Pace(amount("2", "bars")),
        cuts=CutRules(straddle=True),
        scenes=(Scene(SectionPlace("verse"), "Rain"), Scene(SectionPlace("chorus"), "Sun")),
    )
    assert 6.0 in [s.cut_on.time_s for s in plan(song, story).shots]


# ---------------------------------------------------------------- scenes


def test_times_are_the_directors_word() -> None:
    story = Storyboard(pace=Pace(amount("2", "bars")), scenes=(Scene(TimePlace(5.3, 9.1), "Fireworks"),))
    shots = plan(VERSE, story).shots
    assert [(s.cut_on.kind, s.cut_on.time_s, s.scene) for s in shots] == [
        ("start", 0.0, None),
        ("time", 5.3, 0),  # the downbeat at 4.0 would leave less than half of a shot before it
        ("time", 9.1, None),
        ("downbeat", 12.0, None),
    ]


def test_a_time_too_near_a_section_border_gives_way_and_is_reported() -> None:
    song = steady_song([("verse", 4, 0.5), ("chorus", 4, 0.9)])
    story = Storyboard(pace=Pace(amount("2", "bars")), scenes=(Scene(TimePlace(8.2, 12.0), "Fireworks"),))
    shots = plan(song, story)
    assert [s.cut_on.time_s for s in shots.shots] == [0, 4, 8, 12]
    assert [s.scene for s in shots.shots] == [None, None, 0, None]
    assert any(n.startswith("the time at 0:08.2 makes no cut of its own: the cut at 0:08 is") for n in shots.notes)


def test_a_range_shorter_than_the_shortest_shot_is_extended_and_reported() -> None:
    story = Storyboard(pace=Pace(amount("8", "bars")), scenes=(Scene(TimePlace(5.0, 5.1), "Flash"),))
    shots = plan(VERSE, story)
    assert [(s.cut_on.time_s, s.scene) for s in shots.shots] == [(0.0, None), (5.0, 0), (6.0, None)]
    assert any("0:05 - 0:05.1 is shorter than the shortest shot: it lasts until 0:06" in n for n in shots.notes)


def test_bars_cut_on_their_downbeats() -> None:
    story = Storyboard(pace=Pace(amount("8", "bars")), scenes=(Scene(BarPlace(3, 5), "A hall"),))
    shots = plan(VERSE, story).shots
    assert [(s.cut_on.kind, s.cut_on.time_s, s.scene) for s in shots] == [
        ("start", 0.0, None), ("downbeat", 4.0, 0), ("downbeat", 10.0, None),
    ]  # fmt: skip


def test_where_two_scenes_meet_the_more_specific_or_later_one_gives_the_cut_its_kind() -> None:
    meeting = (Scene(TimePlace(5.0, 8.0), "Fireworks"), Scene(BarPlace(5, 6), "A hall"))
    shots = plan(VERSE, Storyboard(pace=Pace(amount("8", "bars")), scenes=meeting)).shots
    assert [(s.cut_on.kind, s.cut_on.time_s) for s in shots][1:] == [
        ("time", 5.0),
        ("downbeat", 8.0),
        ("downbeat", 12.0),
    ]
    lyrics = Lyrics(lines=sung((8.0, 10.0, "home")))
    story = Storyboard(
        pace=Pace(amount("8", "bars")), scenes=(Scene(LinePlace("home"), "Ann"), Scene(TimePlace(10.0, 14.0), "Rain"))
    )
    kinds = {s.cut_on.time_s: s.cut_on.kind for s in plan(VERSE, story, lyrics).shots}
    assert kinds[8.0] == "line"
    assert kinds[10.0] == "downbeat", "the line's end, on its mark, is more specific than the range's start"


@pytest.mark.parametrize(
    ("start_s", "cut_s"),
    [
        (6.0, 6.0),
        (6.2, 6.0),  # within half a beat after the beat
        (6.3, 6.3),  # too far from the beat before, too far from the next
        (5.95, 6.0),  # sung a touch early
        (5.9, 5.9),
    ],
)
def test_a_line_begins_on_the_beat_it_is_sung_on(start_s: float, cut_s: float) -> None:
    lyrics = Lyrics(lines=sung((start_s, 9.0, "the long way home")))
    story = Storyboard(pace=Pace(amount("1", "bars")), scenes=(Scene(LinePlace("long way"), "Ann"),))
    (shot,) = [s for s in plan(VERSE, story, lyrics).shots if s.scene == 0]
    assert (shot.cut_on.kind, shot.cut_on.time_s) == ("line", cut_s)
    assert shot.span.stop == 9 * 24, "one line is one shot, however quick the pace"


def test_two_lines_in_a_row_are_two_shots() -> None:
    lyrics = Lyrics(lines=sung((4.0, 6.0, "my home"), (6.0, 8.0, "your home")))
    story = Storyboard(pace=Pace(amount("8", "bars")), scenes=(Scene(LinePlace("home"), "Ann"),))
    assert [s.cut_on.time_s for s in plan(VERSE, story, lyrics).shots if s.scene == 0] == [4.0, 6.0]


# ---------------------------------------------------------------- songs without much of a beat


def test_without_beats_there_is_a_grid_and_a_note() -> None:
    shots = plan(make_song([], [], (), 20.0, tempo_bpm=0.0), Storyboard(pace=Pace(amount("2", "bars"))))
    assert [(s.cut_on.kind, s.cut_on.time_s) for s in shots.shots] == [
        ("start", 0.0), ("grid", 4.0), ("grid", 8.0), ("grid", 12.0), ("grid", 16.0),
    ]  # fmt: skip
    assert [s.id for s in shots.shots][:2] == ["song/01", "song/02"]
    assert shots.notes[0] == "no beats were heard in this song: cuts lie on a steady grid"


def test_one_beat_sets_the_grid() -> None:
    song = make_song([1.3], [1], (), 20.0, tempo_bpm=120.0)
    assert cut_times(song, amount("2", "bars")) == [0, 5.3, 9.3, 13.3, 17.3]


def test_beats_without_bar_lines() -> None:
    song = make_song([k * 0.5 for k in range(40)], [2] * 40, (), 20.0)
    shots = plan(song, Storyboard(pace=Pace(amount("2", "bars"))))
    assert [(s.cut_on.kind, s.cut_on.time_s) for s in shots.shots][1:] == [("beat", 4.0 * k) for k in range(1, 5)]
    assert "no bar lines were heard in this song: every fourth beat is taken as one" in shots.notes


def test_the_grid_goes_on_where_the_beat_pauses() -> None:
    beats = [8 + k * 0.5 for k in range(16)] + [24 + k * 0.5 for k in range(16)]
    song = make_song(beats, [k % 4 + 1 for k in range(32)], (), 48.0)
    shots = plan(song, Storyboard(pace=Pace(amount("2", "bars")))).shots
    assert [(s.cut_on.time_s, s.cut_on.kind) for s in shots] == [
        (0.0, "start"), (4.0, "grid"), (8.0, "downbeat"), (12.0, "downbeat"), (16.0, "grid"), (20.0, "grid"),
        (24.0, "downbeat"), (28.0, "downbeat"), (32.0, "grid"), (36.0, "grid"), (40.0, "grid"), (44.0, "grid"),
    ]  # fmt: skip


@pytest.mark.parametrize("duration_s", [0.001, 0.2, 0.7, 1.3])
def test_very_short_songs_are_one_shot(duration_s: float) -> None:
    shots = plan(make_song([0.0], [1], (), duration_s), Storyboard(scenes=(Scene(DefaultPlace(), "Rain"),)))
    assert [s.id for s in shots.shots] == ["song/01"]


# ---------------------------------------------------------------- pace: auto


def test_auto_is_quicker_where_the_energy_is_higher() -> None:
    shots = plan(steady_song(POP), Storyboard())
    mean = {name: sum(v) / len(v) for name in ("intro", "verse 1", "chorus 3") for v in [lengths_s(shots, name)]}
    assert mean["intro"] > mean["chorus 3"]
    assert mean["verse 1"] > mean["chorus 3"]


def test_auto_breathes() -> None:
    shots = plan(steady_song([("verse", 16, 0.4), ("chorus", 16, 1.0)]), Storyboard())
    verse = lengths_s(shots, "verse")
    assert verse[-1] > verse[-2], "held before the chorus"
    assert min(verse[-4:-1]) < verse[0], "quicker toward it"
    chorus = lengths_s(shots, "chorus")
    assert chorus[-1] > min(chorus), "the end is held"
    assert len(set(chorus)) > 1


def test_auto_cuts_on_downbeats_or_on_beats_when_asked() -> None:
    song = steady_song([("chorus", 32, 1.0), ("chorus", 32, 1.0)], bpm=80)  # a bar is 3 s: half of one is asked for
    bars = plan(song, Storyboard())
    assert {s.cut_on.kind for s in bars.shots[1:]} == {"downbeat"}
    beats = plan(song, Storyboard(cuts=CutRules(on="beats")))
    assert {s.cut_on.kind for s in beats.shots[1:]} == {"downbeat", "beat"}
    assert len(beats.shots) > len(bars.shots)


def test_auto_listens_to_the_curve_within_a_long_section() -> None:
    curve = flat_curves(64, 0.0)[0]
    loud_end = replace(curve, data=curve.data[: len(curve.data) // 2] + flat_curves(32, 1.0)[0].data)
    song = steady_song([("verse", 32, 0.6)], curves=(loud_end,))
    shots = plan(song, Storyboard())
    before = sum(s.span.stop <= 32 * 24 for s in shots.shots)
    assert len(shots.shots) - before > 1.5 * before


def test_auto_draws_from_the_seed() -> None:
    song = steady_song(POP)
    forms = {tuple(s.span.start for s in plan(song, Storyboard(renderer=RendererSpec(seed=k))).shots) for k in range(9)}
    assert len(forms) > 1


@pytest.mark.parametrize("bpm", [52, 75, 97, 128, 174, 210])
@pytest.mark.parametrize("metre", [3, 4, 5, 7])
def test_auto_stays_watchable(bpm: int, metre: int) -> None:
    shots = plan(steady_song(POP, bpm=bpm, metre=metre), Storyboard())
    lengths = [float(len(s.span) / shots.rate.fps) for s in shots.shots]
    bar_s = metre * 60 / bpm
    assert max(lengths) <= max(12.1, 2 * bar_s)
    assert min(lengths) >= min(1.0, bar_s) - 1 / 24


# ---------------------------------------------------------------- rates


@pytest.mark.parametrize("name", ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"])
def test_no_drift_over_two_hours(name: str) -> None:
    rate = FrameRate.parse(name)
    song = steady_song([("verse", 3600, 0.5)], bpm=119.3)
    story = Storyboard(video=VideoSpec(FrameSize(320, 180), rate), pace=Pace(amount("1", "bars")))
    shots = plan(song, story)
    assert len(shots.shots) == 3600
    for k, shot in enumerate(shots.shots):
        exact = Fraction(k * 4 * 600, 1193)  # bar k of 119.3 beats a minute
        assert abs(shot.span.start / rate.fps - exact) <= 1 / (2 * rate.fps) + Fraction(1, 10**9)
    gaps = {b.span.start - a.span.start for a, b in pairwise(shots.shots)}
    assert len(gaps) == 2, "only the two neighbouring whole numbers"
