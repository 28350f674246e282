"""The verb: exact frames on disk (counted by PyAV), resuming, holds, overlays, faults, and what is not imported."""

import errno
import os
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from flat_backend import FlatBackend, chroma_of, collect, decoded, luma_of, make_shots

import musicvid
from musicvid.errors import InputError, RenderError, StorageError, UnknownNameError
from musicvid.media.encode import EncodeSettings
from musicvid.rendering.render import render
from musicvid.rendering.takes import TakeStore
from musicvid.schema.storyboard import RendererSpec


@pytest.mark.parametrize("rate", ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"])
def test_every_take_has_exactly_its_frames_on_the_grid(tmp_path, rate):
    shots = make_shots((1, 7, 26), rate=rate)
    for take, count in zip(render(shots, FlatBackend(), tmp_path, workers=1), (1, 7, 26), strict=True):
        frames = decoded(take.path)
        assert [frame.y for frame in frames] == [pytest.approx(luma_of(k), abs=1) for k in range(count)]
        assert [frame.time_s for frame in frames] == [k / shots.rate.fps for k in range(count)]
        assert (take.frame_count, take.rate, take.size) == (count, shots.rate, shots.size)


def test_the_same_bytes_in_any_process(tmp_path):
    shots = make_shots((5, 9))
    here = render(shots, FlatBackend(), tmp_path / "here", workers=1)
    there = sorted(render(shots, FlatBackend(), tmp_path / "there", workers=2), key=lambda take: take.shot_id)
    for a, b in zip(here, there, strict=True):
        assert (a.key, Path(a.path).read_bytes()) == (b.key, Path(b.path).read_bytes())


def test_takes_tell_what_they_are(tmp_path):
    shots = make_shots(dissolves=((1, 4),), rate="29.97")
    takes = list(render(shots, FlatBackend(model="small"), tmp_path / "work", workers=1, takes=2))
    assert [(t.shot_id[-2:], t.number, t.head_frames, t.frame_count) for t in takes] == [
        ("01", 1, 0, 8), ("01", 2, 0, 8), ("02", 1, 2, 9), ("02", 2, 2, 9), ("03", 1, 0, 9), ("03", 2, 0, 9),
    ]  # fmt: skip
    first = takes[0]
    assert (first.backend, first.backend_version, first.model, first.seed) == ("flat", "1", "small", 100)
    assert first.notes == ("verse-1/01: flat",)
    assert Path(first.path).is_absolute()
    assert Path(first.path).is_relative_to(tmp_path / "work" / "takes")
    u, v = chroma_of("prompt 0", 100)
    assert all(abs(f.u - u) <= 1 and abs(f.v - v) <= 1 for f in decoded(first.path))


def test_a_dissolve_ends_on_a_keyframe(tmp_path):
    shots = make_shots((10, 12, 14), dissolves=((1, 4), (2, 6)))
    keys = [
        [k for k, frame in enumerate(decoded(take.path)) if frame.key]
        for take in render(shots, FlatBackend(), tmp_path, workers=1)
    ]
    assert keys == [[0], [0, 4], [0, 6]]


def test_finished_takes_are_not_rendered_again(tmp_path):
    log = tmp_path / "log"
    shots = make_shots()

    def run(shot_list=shots, **more):
        log.write_text("")
        told = []
        takes = list(render(shot_list, FlatBackend(log=str(log)), tmp_path, on_progress=told.append, **more))
        return takes, log.read_text().split("\n")[:-1], told

    takes, rendered, told = run(workers=2)
    assert sorted(rendered) == ["verse-1/01 1", "verse-1/02 1", "verse-1/03 1"]
    assert [(p.stage, p.done, p.total, p.kept) for p in told] == [("render", k, 3, False) for k in (1, 2, 3)]

    again, rendered, told = run(workers=1)
    assert rendered == []
    assert again == sorted(takes, key=lambda take: take.shot_id)
    assert [(p.item, p.kept) for p in told] == [(f"verse-1/0{k}", True) for k in (1, 2, 3)]

    changed = replace(shots, shots=(shots.shots[0], replace(shots.shots[1], prompt="new"), shots.shots[2]))
    assert run(changed)[1] == ["verse-1/02 1"]

    Path(takes[0].path).write_bytes(b"damaged")
    again, rendered, _ = run(workers=1)
    assert rendered == [f"{takes[0].shot_id} 1"]
    assert len(decoded(takes[0].path)) == takes[0].frame_count

    _, rendered, told = run(takes=2, workers=1)
    assert rendered == ["verse-1/01 2", "verse-1/02 2", "verse-1/03 2"]
    assert [p.item for p in told] == [f"verse-1/0{k}" for k in (1, 2, 3)] + [f"verse-1/0{k} take 2" for k in (1, 2, 3)]


def test_a_moved_or_renamed_shot_keeps_its_take(tmp_path):
    log = tmp_path / "log"
    shots = make_shots((6, 7), seeds=(5, 5), prompts=("a", "b"))
    list(render(shots, FlatBackend(log=str(log)), tmp_path, workers=1))
    # The motion is part of the picture, so it has to move along with the shot.
    moved = make_shots((7, 6), seeds=(5, 5), prompts=("b", "a"))
    moved = replace(moved, motion=type(moved.motion)(shots.motion.data[6 * 32 :] + shots.motion.data[: 6 * 32]))
    takes = list(render(moved, FlatBackend(log=str(log)), tmp_path, workers=1))
    assert [take.shot_id for take in takes] == ["verse-1/01", "verse-1/02"]
    assert takes[0].notes == ("verse-1/01: flat",), "remarks are about this shot, not the one it was made for"
    assert len(log.read_text().splitlines()) == 2


def test_two_shots_alike_are_made_once(tmp_path):
    log = tmp_path / "log"
    shots = make_shots((6, 6), seeds=(5, 5), prompts=("a", "a"))
    shots = replace(shots, motion=type(shots.motion)(shots.motion.data[: 6 * 32] * 2))
    takes = list(render(shots, FlatBackend(log=str(log)), tmp_path, workers=2))
    assert [take.shot_id for take in takes] == ["verse-1/01", "verse-1/02"]
    assert takes[0].path == takes[1].path
    assert len(log.read_text().splitlines()) == 1


def test_only_some_shots(tmp_path):
    backend = FlatBackend()
    takes = list(render(make_shots(), backend, tmp_path, only=["verse-1/03", "verse-1/01"], workers=1))
    assert [take.shot_id for take in takes] == ["verse-1/01", "verse-1/03"]
    assert backend.prepared == 3, "a backend is told of all shots, so that it treats these as in a whole run"
    with pytest.raises(UnknownNameError, match=r"unknown shot 'verse-1/04', did you mean 'verse-1/0\d'"):
        render(make_shots(), backend, tmp_path, only=["verse-1/04"])


def test_a_seed_changes_all_shots(tmp_path):
    plain = list(render(make_shots(), FlatBackend(), tmp_path, workers=1))
    seeded = list(render(make_shots(), FlatBackend(), tmp_path, workers=1, seed=9))
    again = list(render(make_shots(), FlatBackend(), tmp_path, workers=1, seed=9))
    assert {take.key for take in plain}.isdisjoint(take.key for take in seeded)
    assert seeded == again


@pytest.mark.parametrize("head", [0, 4])
def test_hold_freezes_the_first_frame_of_the_shot(tmp_path, head):
    shots = make_shots((10, 8, 9), dissolves=((1, head), (2, 2)) if head else (), holds=(1,))
    take = list(render(shots, FlatBackend(), tmp_path, workers=1))[1]
    frames = decoded(take.path)
    assert len(frames) == take.frame_count == 8 + head // 2 + (1 if head else 0)
    assert {frame.y for frame in frames} <= {luma_of(head // 2) + d for d in (-1, 0, 1)}
    assert take.notes[0] == "verse-1/02: held on its first frame, as asked"
    free = replace(shots, shots=tuple(replace(shot, hold=False) for shot in shots.shots))
    assert list(render(free, FlatBackend(), tmp_path, workers=1))[1].key != take.key


@dataclass
class Stamp:
    """An overlay that writes the movie's frame number into the top rows, and counts on pictures being its own."""

    key: str = "stamp"

    def apply(self, picture, frame):
        assert picture.flags.writeable
        picture[: picture.shape[0] * 2 // 3 // 2] += np.uint8(frame * 2)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "rgb24"])
def test_overlays_know_the_movies_frame(tmp_path, pixel_format):
    import av

    shots = make_shots((6, 7), dissolves=((1, 4),), holds=(1,))
    backend = FlatBackend(pixel_format=pixel_format)
    plain = list(render(shots, backend, tmp_path, workers=1))
    marked = list(render(shots, backend, tmp_path, workers=2, overlay_for=lambda shot: Stamp()))
    marked.sort(key=lambda take: take.shot_id)
    assert [take.overlay_key for take in plain + marked] == ["", "", "stamp", "stamp"]
    for before, after, first in zip(plain, marked, (0, 4), strict=True):
        pictures = []
        for take in (before, after):
            with av.open(take.path) as container:
                pictures.append([f.to_ndarray(format="yuv420p").astype(int) for f in container.decode(video=0)])
        for k, (without, with_stamp) in enumerate(zip(*pictures, strict=True)):
            # Away from the border between the two halves, which the encoder blurs.
            assert np.abs(with_stamp[2:16] - without[2:16] - 2 * (first + k)).max() <= 2
            assert np.abs(with_stamp[34:46] - without[34:46]).max() <= 2


def test_an_overlay_for_some_shots_only(tmp_path):
    shots = make_shots()
    plain = list(render(shots, FlatBackend(), tmp_path, workers=1))
    mixed = list(
        render(
            shots,
            FlatBackend(),
            tmp_path,
            workers=1,
            overlay_for=lambda shot: Stamp() if shot.id == "verse-1/02" else None,
        )
    )
    mixed.sort(key=lambda take: take.shot_id)
    assert [a.key == b.key for a, b in zip(plain, mixed, strict=True)] == [True, False, True]


def test_settings_reach_the_encoder(tmp_path):
    import av

    settings = EncodeSettings(codec="h265", preset="ultrafast", crf=30)
    takes = list(render(make_shots((3,)), FlatBackend(), tmp_path, settings=settings))
    with av.open(takes[0].path) as container:
        assert container.streams.video[0].codec_context.name == "hevc"
    assert takes[0].key != next(render(make_shots((3,)), FlatBackend(), tmp_path)).key


FAULTS = {
    "short": "6 frames came, 7 were asked for",
    "long": "more than the 7 frames that were asked for came",
    "none": "0 frames came, 7 were asked for",
    "shape": r"frame 0 is uint8 \(48, 64\), uint8 \(72, 64\) was asked for",
    "dtype": r"frame 0 is float32 \(72, 64\), uint8 \(72, 64\) was asked for",
    "raise": "it raised FileNotFoundError: .*weights.bin",
    "ours": "no such colour",
}


@pytest.mark.parametrize(("fault", "workers"), [*((fault, 1) for fault in FAULTS), ("raise", 2), ("shape", 2)])
def test_a_backend_that_does_wrong_is_told_and_the_other_shots_finish(tmp_path, fault, workers):
    done = []
    with pytest.raises(RenderError, match=f"verse-1/02: .*{FAULTS[fault]}") as caught:
        collect(render(make_shots(), FlatBackend(faults={"verse-1/02": fault}), tmp_path, workers=workers), done)
    assert sorted(done) == ["verse-1/01", "verse-1/03"]
    assert caught.value.__cause__ is not None
    assert sorted(path.suffix for path in tmp_path.glob("takes/*/*")) == [".json", ".json", ".mp4", ".mp4"]


def test_several_failures_are_one_error(tmp_path):
    faults = {"verse-1/01": "short", "verse-1/02": "ours", "verse-1/04": "ours"}
    with pytest.raises(RenderError) as caught:
        list(render(make_shots((5, 6, 7, 8)), FlatBackend(faults=faults), tmp_path, workers=1))
    assert str(caught.value).splitlines() == [
        "3 of 4 takes failed; the others are kept:",
        "  verse-1/01: backend 'flat' failed: 4 frames came, 5 were asked for",
        "  verse-1/02, verse-1/04: no such colour",
    ]


@pytest.mark.parametrize("part", ["prepare", "identity", "notes"])
def test_an_exception_in_any_method_is_ours(tmp_path, part):
    backend = FlatBackend()
    setattr(backend, part, lambda *arguments: {}["missing"])
    with pytest.raises(RenderError, match=f"'flat' failed: its {part} raised KeyError: 'missing'"):
        list(render(make_shots(), backend, tmp_path, workers=1))


def test_a_full_disk_stops_the_run(tmp_path, monkeypatch):
    log = tmp_path / "log"

    def full(self, take, facts):
        raise StorageError("the disk is full", where=take.path)

    monkeypatch.setattr(TakeStore, "add", full)
    with pytest.raises(StorageError, match="the disk is full"):
        list(render(make_shots(), FlatBackend(log=str(log)), tmp_path, workers=1))
    assert len(log.read_text().splitlines()) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_no_part_is_left_when_the_system_refuses_to_write(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", _refuse)
    with pytest.raises(StorageError, match="disk is full"):
        list(render(make_shots(), FlatBackend(), tmp_path, workers=1))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def _refuse(handle):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_mistakes_are_told_before_anything_is_rendered(tmp_path):
    shots = make_shots()
    with pytest.raises(InputError, match="0 workers"):
        render(shots, FlatBackend(), tmp_path, workers=0)
    with pytest.raises(InputError, match="made already"):
        render(shots, FlatBackend(), tmp_path, options={"log": "x"})
    with pytest.raises(RenderError, match="is not a backend"):
        render(shots, 7, tmp_path)
    with pytest.raises(InputError, match="-1 takes"):
        render(shots, FlatBackend(), tmp_path, takes=-1)


def test_options_come_from_the_shot_lists_renderer_when_it_is_the_same(tmp_path, monkeypatch):
    asked = []

    def load(name, options, *, model, base):
        asked.append((name, options, model, base))
        return FlatBackend()

    monkeypatch.setattr("musicvid.rendering.render.load_backend", load)
    spec = RendererSpec("sparks", "big", takes=2, options=(("log", "x"),), base=str(tmp_path))
    shots = make_shots((3,), renderer=spec)
    assert len(list(render(shots, into=tmp_path))) == 2
    render(shots, "sparks", tmp_path, options={"log": "y"}, model="small")
    render(shots, "other", tmp_path, base="elsewhere")
    assert asked == [
        ("sparks", {"log": "x"}, "big", tmp_path),
        ("sparks", {"log": "y"}, "small", tmp_path),
        ("other", None, "", Path("elsewhere")),
    ]


def test_nothing_heavy_is_imported_when_everything_is_there(tmp_path):
    list(render(make_shots(), FlatBackend(), tmp_path, workers=1))
    script = """
import sys
from flat_backend import FlatBackend, make_shots
for name in [name for name in sys.modules if name.split(".")[0] == "av"]:
    del sys.modules[name]  # the test's own decoder
from musicvid.rendering.render import render
print(len(list(render(make_shots(), FlatBackend(), sys.argv[1]))))
heavy = ("numba", "loky", "cv2", "scipy", "torch", "librosa", "moviepy", "av", "PIL")
print([name for name in heavy if name in sys.modules])
"""
    folders = [str(Path(musicvid.__file__).parents[1]), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(folders)}
    ran = subprocess.run([sys.executable, "-c", script, str(tmp_path)], env=environment, capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["3", "[]"], ran.stderr


def test_workers_use_one_thread(tmp_path):
    backend = FlatBackend()
    backend.render = _environment_of
    for take in render(make_shots((4, 4)), backend, tmp_path, workers=2):
        threads = [frame.y for frame in decoded(take.path)]
        assert threads == [pytest.approx(101, abs=1)] * 4


def _environment_of(request):
    """The picture's luma tells how many threads numba and OpenMP may use: 100 for each, plus the number."""
    import cv2

    names = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    most = max(cv2.getNumThreads(), *(int(os.environ.get(name, 99)) for name in names))
    for _ in range(request.frame_count):
        yield np.full((request.size.height * 3 // 2, request.size.width), 100 + most, np.uint8)
