"""What a slow backend asks of a run: names that change on the way, its folder, steps told in order, few processes."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from flat_backend import FlatBackend, collect, make_shots
from slow_backend import SlowBackend

from musicvid.errors import InputError, RenderError
from musicvid.rendering import run as run_room
from musicvid.rendering.backend import SoundSlice, TakeRef
from musicvid.rendering.render import render
from musicvid.rendering.specimens import make_request
from musicvid.rendering.telling import Telling
from musicvid.schema.progress import Progress
from musicvid.schema.release import Release


def rendered(backend, shots=None, into=Path("work"), **more):
    backend.events.clear()
    takes = list(render(shots or make_shots(), backend, into, **{"workers": 1, **more}))
    return takes, [event for event in backend.events if event.startswith("render")]


def parts_in(folder):
    return list(folder.glob("takes/*/.*"))


def joined(**conditions):
    """Three shots of which the last two ask for ``conditions``."""
    first, *others = make_shots().shots
    return replace(make_shots(), shots=(first, *(replace(shot, **conditions) for shot in others)))


# ---------------------------------------------------------------------------------------------- identity that changes


def test_a_take_is_made_again_under_its_new_name_and_found_there(tmp_path):
    backend = SlowBackend(needs={"verse-1/02": 2})
    takes, made = rendered(backend, into=tmp_path)
    assert made == [f"render verse-1/0{k} 1" for k in (1, 2, 2, 2, 3)]
    assert backend.rung == 2
    assert parts_in(tmp_path) == []
    # The first take is still that of rung 0, the others are of rung 2: that is what their keys say.
    lower, made = rendered(SlowBackend(), into=tmp_path, only=["verse-1/01"])
    assert (lower[0].key, made) == (takes[0].key, [])
    again, made = rendered(SlowBackend(rung=2), into=tmp_path, only=["verse-1/02", "verse-1/03"])
    assert ([take.key for take in again], made) == ([take.key for take in takes[1:]], [])


def test_a_run_that_starts_lower_again_finds_what_was_made_higher(tmp_path):
    takes, _ = rendered(SlowBackend(needs={"verse-1/02": 1}), into=tmp_path)
    told = []
    again, made = rendered(SlowBackend(needs={"verse-1/02": 1}), into=tmp_path, on_progress=told.append)
    assert made == ["render verse-1/02 1"]  # tried on rung 0, then found on rung 1; so is the third, untried
    assert sorted(take.key for take in again) == sorted(take.key for take in takes)
    assert [event.kept for event in told] == [True] * 3


def test_in_worker_processes_too(tmp_path):
    needs = {"verse-1/02": 3}
    takes = {take.shot_id: take for take in render(make_shots(), SlowBackend(needs=needs), tmp_path, workers=2)}
    assert len(takes) == 3
    there, made = rendered(SlowBackend(rung=3), into=tmp_path, only=["verse-1/02"])
    assert (there[0].key, made) == (takes["verse-1/02"].key, [])
    assert parts_in(tmp_path) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_the_same_picture_twice_is_still_made_once(tmp_path, workers):
    log = tmp_path / "log"
    shots = make_shots((6, 6, 6), prompts=("a", "a", "b"), seeds=(1, 1, 2))
    shots = replace(shots, motion=replace(shots.motion, data=bytes(len(shots.motion.data))))
    backend = SlowBackend(needs={f"verse-1/0{k}": 1 for k in (1, 2, 3)}, log=str(log))
    takes = {take.shot_id: take.key for take in render(shots, backend, tmp_path, workers=workers)}
    assert len(takes) == 3
    assert takes["verse-1/01"] == takes["verse-1/02"] != takes["verse-1/03"]
    assert len(list(tmp_path.glob("takes/*/[!.]*.mp4"))) == 2


@pytest.mark.parametrize("workers", [1, 2])
def test_it_comes_to_an_end(tmp_path, workers):
    done = []
    restless = SlowBackend(needs={"verse-1/02": 1000})
    with pytest.raises(RenderError, match=r"verse-1/02: .*its identity changed 9 times over one take.*no room"):
        collect(render(make_shots(), restless, tmp_path, workers=workers), done)
    assert sorted(done) == ["verse-1/01", "verse-1/03"]
    if workers == 1:
        assert restless.events.count("render verse-1/02 1") == 9


@pytest.mark.parametrize("workers", [1, 2])
def test_a_change_that_is_none_is_an_error(tmp_path, workers):
    liar = SlowBackend(needs={"verse-1/02": 1}, lies=True)
    with pytest.raises(RenderError, match=r"verse-1/02: .*says that its identity changed, but it is the same"):
        list(render(make_shots(), liar, tmp_path, workers=workers))


# ------------------------------------------------------------------------------------------ what it asks of a run


def test_everything_happens_in_order(tmp_path):
    backend = SlowBackend()
    list(render(make_shots((3, 4)), backend, tmp_path, workers=1))
    assert backend.events == [
        "keep in clips",
        "report",
        "prepare",
        "warm up 2",
        "render verse-1/01 1",
        "render verse-1/02 1",
        "be silent",
        "close",
    ]
    backend.events.clear()
    list(render(make_shots((3, 4)), backend, tmp_path, workers=1))
    assert backend.events == ["keep in clips", "report", "prepare", "be silent", "close"]


def test_it_is_closed_whatever_happens(tmp_path):
    backend = SlowBackend(faults={"verse-1/01": "raise"})
    with pytest.raises(RenderError):
        list(render(make_shots(), backend, tmp_path, workers=1))
    assert backend.events[-2:] == ["be silent", "close"]
    takes = render(make_shots(), SlowBackend(), tmp_path, workers=1)
    backend = SlowBackend()
    takes = render(make_shots(), backend, tmp_path / "other", workers=1)
    next(takes)
    takes.close()
    assert backend.events[-1] == "close"


def test_a_release_that_it_forbids_is_refused_at_once(tmp_path):
    shots = replace(make_shots(), release=Release(territories=("EU",)))
    with pytest.raises(InputError, match="slow may not be used in EU"):
        render(shots, SlowBackend(forbidden="EU"), tmp_path)
    assert len(list(render(shots, SlowBackend(forbidden="KR"), tmp_path, workers=1))) == 3


def test_few_workers(tmp_path, monkeypatch):
    crews = []
    genuine = run_room.run_jobs
    monkeypatch.setattr(
        run_room, "run_jobs", lambda work, jobs, crew, **more: crews.append(crew) or genuine(work, jobs, crew, **more)
    )
    told = []
    shots = make_shots((3, 3, 3, 3))
    assert (
        len(list(render(shots, SlowBackend(most_workers=2), tmp_path / "a", workers=3, on_progress=told.append))) == 4
    )
    assert crews == [2]
    assert [event.note for event in told if event.note] == ["slow works in at most 2 processes, not in the 3 asked for"]
    told.clear()
    backend = SlowBackend(most_workers=1)
    assert len(list(render(shots, backend, tmp_path / "b", on_progress=told.append))) == 4
    assert crews == [2]
    assert len([event for event in backend.events if event.startswith("render")]) == 4, "not in this process"
    assert [event.note for event in told if event.note] == []


# ----------------------------------------------------------------------------------------------------------- conditions


@pytest.mark.parametrize(
    ("conditions", "note"),
    [
        ({"continues": "verse-1/01"}, "flat does not go on from another shot: verse-1/02 begins anew after verse-1/01"),
        ({"first_frame": "/gone.png"}, "flat does not take a first frame: /gone.png of verse-1/02 is not used"),
        ({"last_frame": "/gone.png"}, "flat does not take a last frame: /gone.png of verse-1/02 is not used"),
    ],
)
def test_what_a_backend_does_not_take_is_said_once_and_changes_no_key(tmp_path, conditions, note):
    plain = list(render(make_shots(), FlatBackend(), tmp_path, workers=1))
    for _ in range(2):  # kept takes say it as well
        takes = list(render(joined(**conditions), FlatBackend(), tmp_path, workers=1, takes=2))
        assert {take.key for take in plain} <= {take.key for take in takes}
        said = [(take.shot_id, take.number) for take in takes if f"{note} (the same for 1 more)" in take.notes]
        assert said == [("verse-1/02", 1)]
        assert sum(note[:20] in said for take in takes for said in take.notes) == 1
    alone = list(render(joined(**conditions), FlatBackend(), tmp_path, workers=1, only=["verse-1/03"]))
    assert any("verse-1/03" in said and note[:20] in said for said in alone[0].notes)


def test_prompts_that_a_backend_tells_as_one_are_said_once(tmp_path):
    note = "flat does not tell prompts one after the other: 'a | b' of verse-1/02 is taken as one text"
    takes = list(render(joined(prompt="a | b"), FlatBackend(), tmp_path / "a", workers=1, takes=2))
    said = [(take.shot_id, take.number, said) for take in takes for said in take.notes if "one text" in said]
    assert said == [("verse-1/02", 1, f"{note} (the same for 1 more)")]
    backend = SlowBackend(conditions=frozenset({"prompt", "prompts"}))
    takes = list(render(joined(prompt="a | b"), backend, tmp_path / "b", workers=1))
    assert [one.prompt for one in backend.asked[1:]] == ["a | b"] * 2
    assert not any("one text" in note for take in takes for note in take.notes)


def test_what_a_backend_names_it_gets(tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"red")
    names = frozenset({"continues", "first_frame", "last_frame", "sound"})
    shots = joined(continues="verse-1/01", last_frame=str(picture))
    backend = SlowBackend(conditions=names)
    takes = list(render(shots, backend, tmp_path, workers=1))
    assert [one.continues for one in backend.asked] == [None, *[TakeRef("verse-1/01", 1)] * 2]
    assert [one.last_frame for one in backend.asked] == ["", *[str(picture)] * 2]
    assert [one.sound for one in backend.asked] == [None] * 3
    assert not any("does not" in note for take in takes for note in take.notes)
    picture.write_bytes(b"green")
    other = list(render(shots, backend, tmp_path, workers=1))
    assert [a.key == b.key for a, b in zip(takes, other, strict=True)] == [True, False, False]


def test_sound_is_for_those_that_ask_for_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("song.ogg").write_bytes(b"la")
    shots = make_shots((10, 12), dissolves=((1, 4),), rate="23.976")
    backend = SlowBackend(conditions=frozenset({"sound"}))
    first = list(render(shots, backend, "work", workers=1, song="song.ogg"))
    assert [one.sound for one in backend.asked] == [SoundSlice(str(tmp_path / "song.ogg"), k) for k in (0, 8)]
    Path("song.ogg").write_bytes(b"la la")
    second = list(render(shots, backend, "work", workers=1, song="song.ogg"))
    assert not {take.key for take in first} & {take.key for take in second}
    deaf = SlowBackend()
    list(render(shots, deaf, "work", workers=1, song="song.ogg"))
    assert [one.sound for one in deaf.asked] == [None, None]


# ------------------------------------------------------------------------------------------------------------- progress


def test_steps_come_between_finished_takes_and_rise(tmp_path):
    told = []
    backend = SlowBackend(steps=3, item_s=1.0)
    list(render(make_shots(), backend, tmp_path, workers=1, on_progress=told.append))
    assert [(e.item[-2:], e.done, e.step) for e in told] == [
        (f"0{k + 1}", done, step) for k in range(3) for done, step in ((k, 1), (k, 2), (k, 3), (k + 1, 0))
    ]
    assert {(e.stage, e.total) for e in told} == {("render", 3)}
    fractions = [e.done + (e.step / e.steps if e.steps else 0) for e in told]
    assert fractions == sorted(fractions)
    assert backend.tell is None


class Clock:
    def __init__(self):
        self.now_s = 100.0

    def __call__(self):
        return self.now_s


def test_the_rest_is_told_by_the_pace_of_what_was_made():
    told, clock = [], Clock()
    telling = Telling(told.append, clock)
    requests = [make_request(shot_id=f"a/0{k}", frame_count=count) for k, count in enumerate((10, 30, 20))]
    telling.expect(3)
    telling.queue(requests)

    telling.start(requests[0])
    telling.step(Progress("render", 0, 0, "a/00", step=1, steps=4))
    assert told[-1].all_s is None  # nothing tells yet
    clock.now_s += 5
    telling.step(Progress("render", 0, 0, step=2, steps=4, item_s=5.0))
    assert (told[-1].item, told[-1].all_s) == ("a/00", 5.0 + 50 * 1.0)  # 10 frames in 10 s, 50 to come
    clock.now_s += 15
    telling.finish(requests[0], kept=False)
    assert (told[-1].done, told[-1].all_s) == (1, 50 * 2.0)  # it took 20 s

    telling.start(requests[1])
    clock.now_s += 10
    telling.step(Progress("render", 0, 0, "a/01", step=1, steps=4))
    assert told[-1].all_s == 50.0 + 20 * 2.0  # 60 s for 30 frames, of which 10 have gone
    telling.step(Progress("render", 0, 0, "a/01", step=2, steps=4, item_s=20.0))
    assert told[-1].all_s == 20.0 + 20 * (20 + 30) / 40
    telling.found(requests[1])  # that tells nothing of the others
    telling.finish(requests[1], kept=True)
    assert told[-1].all_s == 20 * 2.0

    telling.start(requests[2])
    clock.now_s += 40
    telling.finish(requests[2], kept=False)
    assert (told[-1].done, told[-1].total, told[-1].all_s) == (3, 3, None)


def test_takes_that_were_only_cut_again_tell_nothing_of_the_rest():
    """After a resume the first takes come from what the backend kept, at once and without a step."""
    told, clock = [], Clock()
    telling = Telling(told.append, clock)
    requests = [make_request(shot_id=f"a/0{k}", frame_count=10) for k in range(5)]
    telling.expect(5)
    telling.queue(requests, tells_steps=True)
    for request in requests[:2]:
        telling.start(request)
        clock.now_s += 0.25
        telling.finish(request, kept=False)
        assert told[-1].all_s is None
    telling.start(requests[2])
    clock.now_s += 4
    telling.step(Progress("render", 0, 0, "a/02", step=1, steps=4))
    assert told[-1].all_s is None
    telling.step(Progress("render", 0, 0, "a/02", step=1, steps=4, item_s=16.0))
    assert told[-1].all_s == 16.0 + 2 * 20.0
    clock.now_s += 26
    telling.finish(requests[2], kept=False)
    assert told[-1].all_s == 2 * 30.0
    telling.start(requests[3])  # kept as well, for all that the run knows
    clock.now_s += 1
    telling.finish(requests[3], kept=False)
    assert told[-1].all_s == 30.0
    telling.start(requests[4])
    telling.step(Progress("render", 0, 0, "a/04", step=1, steps=4))
    assert told[-1].all_s == 30.0


def test_two_threads_tell_of_one_run():
    """Nothing is told twice or out of order, whoever tells it."""
    told = []
    telling = Telling(lambda event: (told.append(event), time.sleep(0.0005)))
    requests = [make_request(shot_id=f"a/{k:02}", frame_count=10) for k in range(40)]
    telling.expect(40)
    telling.queue(requests, tells_steps=True)

    def steps():
        for request in requests:
            telling.step(Progress("render", 0, 0, request.shot_id, step=1, steps=2, item_s=1.0))

    card = threading.Thread(target=steps)
    card.start()
    for request in requests:
        telling.start(request)
        telling.finish(request, kept=False)
    card.join()
    done = [event.done for event in told]
    assert done == sorted(done)
    assert len(told) == 80


def test_a_backend_that_works_ahead_of_what_is_written():
    told, clock = [], Clock()
    telling = Telling(told.append, clock)
    requests = [make_request(shot_id="a/01", take=k, frame_count=10) for k in (1, 2, 3)]
    telling.expect(3)
    telling.queue(requests)
    telling.step(Progress("render", 0, 0, "a/01", step=1, steps=4))  # before its turn has come here
    clock.now_s += 20
    telling.start(requests[0])
    telling.step(Progress("render", 0, 0, "a/01 take 2", step=1, steps=4))
    assert (told[-1].item, told[-1].done, told[-1].all_s) == ("a/01 take 2", 0, 20.0 + 20.0)
    clock.now_s += 5
    telling.finish(requests[0], kept=False)
    assert told[-1].all_s == 15.0 + 20.0
    telling.step(Progress("render", 0, 0, note="weights are here"))
    assert (told[-1].note, told[-1].item, told[-1].done, told[-1].all_s) == ("weights are here", "", 1, None)
