"""Shots → requests: handles, motion, seeds, take numbers. Expected values are written out by hand."""

import hashlib
from dataclasses import replace
from fractions import Fraction

import pytest
from flat_backend import make_shots

from musicvid.errors import InputError
from musicvid.rendering.backend import SoundSlice, TakeRef
from musicvid.rendering.requests import requests_for, reseeded, take_seed


def rows_of(request):
    """The loudness channel, which make_shots sets to the movie's frame number."""
    return [int(request.motion.row(k)[0]) for k in range(len(request.motion))]


def test_handles_reach_into_both_neighbours():
    shots = make_shots((10, 12, 14), dissolves=((1, 4), (2, 6)))
    first, second, third = requests_for(shots)
    assert [(r.head_frames, r.frame_count) for r in (first, second, third)] == [(0, 12), (2, 17), (3, 17)]
    assert rows_of(first) == list(range(12))
    assert rows_of(second) == list(range(8, 25))
    assert rows_of(third) == list(range(19, 36))
    assert [r.first_timecode_frame for r in (first, second, third)] == [0, 8, 19]


def test_motion_outside_the_movie_repeats_its_ends():
    # No planner makes these, but a request must have a row for each of its frames whatever happens.
    shots = make_shots((3, 4), dissolves=((0, 4), (1, 10)))
    opening, closing = requests_for(shots)
    assert rows_of(opening) == [0, 0, 0, 1, 2, 3, 4, 5, 6, 6]
    assert opening.first_timecode_frame == 0
    assert rows_of(closing) == [0, 0, 0, 1, 2, 3, 4, 5, 6]


def test_everything_a_backend_needs_is_handed_over():
    shots = make_shots((5,), rate="29.97", size="320x180")
    (request,) = requests_for(shots)
    assert (request.shot_id, request.index, request.take) == ("verse-1/01", 0, 1)
    assert (str(request.rate), str(request.size), request.seed) == ("30000/1001", "320x180", 100)
    assert (request.prompt, request.avoid, request.look) == ("prompt 0", "text", ("verse",))


def test_takes_of_a_shot_stand_together_and_differ_in_seed_only():
    requests = requests_for(make_shots((5, 5)), takes=3)
    assert [(r.shot_id[-2:], r.take) for r in requests] == [
        ("01", 1), ("01", 2), ("01", 3), ("02", 1), ("02", 2), ("02", 3),
    ]  # fmt: skip
    assert requests[0].seed == 100
    assert len({r.seed for r in requests}) == 6
    # sha256("100/2"), first 32 bits without the last, computed apart from the code under test
    assert requests[1].seed == int(hashlib.sha256(b"100/2").hexdigest()[:8], 16) // 2
    assert requests_for(make_shots((5, 5)), takes=1)[1] == requests[3]


def test_a_chosen_take_is_made_even_beyond_the_number_asked_for():
    requests = requests_for(make_shots((5, 5), chosen={1: 4}), takes=2)
    assert [(r.shot_id[-2:], r.take) for r in requests] == [("01", 1), ("01", 2), ("02", 1), ("02", 2), ("02", 4)]
    assert requests[-1].seed == take_seed(101, 4)


def test_seeds_fit_into_31_bits():
    assert all(0 <= take_seed(2**40 + k, k % 5 + 2) < 2**31 for k in range(200))


def test_reseeding_is_per_shot_and_repeatable():
    shots = make_shots((5, 5))
    seeds = [shot.seed for shot in reseeded(shots, 7).shots]
    assert len(set(seeds)) == 2
    assert seeds == [shot.seed for shot in reseeded(shots, 7).shots]
    assert seeds != [shot.seed for shot in reseeded(shots, 8).shots]


def test_no_takes_is_a_mistake():
    with pytest.raises(InputError, match="0 takes"):
        requests_for(make_shots(), takes=0)


def joined(shots, **seams):
    """``shots`` with fields changed: ``_02={"continues": "verse-1/01"}``."""
    changed = [replace(shot, **seams.get(f"_{shot.id[-2:]}", {})) for shot in shots.shots]
    return replace(shots, shots=tuple(changed))


def test_takes_go_on_from_the_take_of_their_own_number():
    shots = joined(make_shots(), _02={"continues": "verse-1/01"}, _03={"continues": "verse-1/02"})
    assert [(r.shot_id[-2:], r.take, r.continues) for r in requests_for(shots, 2)] == [
        ("01", 1, None),
        ("01", 2, None),
        ("02", 1, TakeRef("verse-1/01", 1)),
        ("02", 2, TakeRef("verse-1/01", 2)),
        ("03", 1, TakeRef("verse-1/02", 1)),
        ("03", 2, TakeRef("verse-1/02", 2)),
    ]


def test_takes_go_on_from_the_take_that_was_chosen():
    shots = joined(make_shots(chosen={0: 2}), _02={"continues": "verse-1/01"})
    assert [r.continues for r in requests_for(shots, 3) if r.shot_id == "verse-1/02"] == [TakeRef("verse-1/01", 2)] * 3


def test_what_is_gone_on_from_is_always_made():
    seams = {"_02": {"continues": "verse-1/01"}, "_03": {"continues": "verse-1/02"}}
    requests = requests_for(joined(make_shots(chosen={2: 5}), **seams), 1)
    made = {TakeRef(r.shot_id, r.take) for r in requests}
    assert [(r.shot_id[-2:], r.take) for r in requests] == [(s, n) for s in ("01", "02", "03") for n in (1, 5)]
    assert {r.continues for r in requests if r.continues} <= made
    # A take that was chosen before is gone on from instead: nothing more is made for this one's sake.
    requests = requests_for(joined(make_shots(chosen={1: 1, 2: 5}), **seams), 1)
    assert [(r.shot_id[-2:], r.take) for r in requests] == [("01", 1), ("02", 1), ("03", 1), ("03", 5)]


def test_pictures_are_handed_over():
    shots = joined(make_shots(), _01={"first_frame": "/a.png", "last_frame": "/z.png"})
    assert [(r.first_frame, r.last_frame) for r in requests_for(shots)] == [("/a.png", "/z.png"), ("", ""), ("", "")]


def test_sound_starts_with_the_takes_first_frame():
    shots = make_shots((10, 12, 14), dissolves=((1, 4), (2, 6)), rate="23.976")
    requests = requests_for(shots, song="/song.ogg")
    assert [r.sound for r in requests] == [SoundSlice("/song.ogg", k) for k in (0, 8, 19)]
    # Written out: frame k of 24000/1001 frames a second begins k * 1001 / 24000 s after the song.
    starts = [r.rate.seconds_at(r.sound.first_frame) for r in requests]
    assert starts == [0, Fraction(8 * 1001, 24000), Fraction(19 * 1001, 24000)]
    assert [r.sound for r in requests_for(shots)] == [None] * 3


def test_sound_before_the_song_is_said_as_it_is():
    opening, _ = requests_for(make_shots((3, 4), dissolves=((0, 4),)), song="/song.ogg")
    assert (opening.sound, opening.first_timecode_frame) == (SoundSlice("/song.ogg", -2), 0)
