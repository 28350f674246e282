"""Finished movies, decoded with PyAV and read frame by frame."""

from __future__ import annotations

import errno
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from assembly_movies import FAST, RATES, SIZE, boxes, decode, exact_takes, flat, make_take, read_code, shots_of

import musicvid.assembly.segments as segments
from musicvid.assembly.assemble import assemble
from musicvid.assembly.captions import shot_captions
from musicvid.assembly.edit import edit
from musicvid.errors import AssemblyError, MediaError, StorageError
from musicvid.media.encode import EncodeSettings
from musicvid.media.sound import write_sound
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.lyrics import LyricLine
from musicvid.schema.storyboard import CaptionSpec

R24 = FrameRate(Fraction(24))


@pytest.fixture
def encoded(monkeypatch) -> list[str]:
    """The names of all parts that were really encoded."""
    names: list[str] = []
    pictures = segments.PartPictures

    class Counted(pictures):
        def __enter__(self):
            names.append(self.part.name)
            return super().__enter__()

    monkeypatch.setattr(segments, "PartPictures", Counted)
    return names


def song(folder: Path, seconds: float, hz: int = 44100) -> Path:
    rng = np.random.default_rng(3)
    path = folder / "song.wav"
    write_sound(path, (rng.standard_normal(int(seconds * hz)) * 0.1).astype(np.float32), hz)
    return path


def codes(movie: Path) -> list[tuple[int, int]]:
    return [read_code(y) for y, _, _ in decode(movie)[0]]


@pytest.mark.parametrize("name", RATES)
def test_every_frame_is_right_at_every_rate(name: str, tmp_path, encoded):
    rate = FrameRate.parse(name)
    rng = np.random.default_rng(5)
    lengths = rng.integers(3, 15, 24).tolist()
    shots = shots_of(lengths, rate)
    audio = song(tmp_path, float(shots.frame_count / rate.fps) - 0.004)
    movie = assemble(
        edit(shots, exact_takes(tmp_path, shots), audio), tmp_path / "out" / "m.mp4", work=tmp_path / "w", settings=FAST
    )
    assert movie == tmp_path / "out" / "m.mp4"
    pictures, times = decode(movie)
    expected = [(clip, frame) for clip, length in enumerate(lengths) for frame in range(length)]
    assert [read_code(y) for y, _, _ in pictures] == expected
    assert times == [k / rate.fps for k in range(len(expected))]  # exactly on the grid
    assert encoded == []
    with av.open(str(movie)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
        video, sound = container.streams
        assert video.average_rate == rate.fps
        assert abs(sound.duration * sound.time_base - video.duration * video.time_base) < 1 / rate.fps


@pytest.mark.parametrize("name", RATES)
def test_dissolves_mix_the_right_frames_with_the_right_weights(name: str, tmp_path, encoded):
    rate = FrameRate.parse(name)
    lengths = [12, 14, 12, 9, 10]
    shots = shots_of(lengths, rate, dissolves={1: 6, 3: 10, 4: 8})  # shot 3 is nothing but dissolves
    movie = assemble(edit(shots, exact_takes(tmp_path, shots)), tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    pictures, times = decode(movie)
    assert times == [k / rate.fps for k in range(sum(lengths))]
    assert sorted(encoded) == ["s0 > s1", "s2 > s3", "s3 > s4"]
    edges = np.cumsum([0, *lengths])
    mixed = {}
    for to, count in ((1, 6), (3, 10), (4, 8)):
        mixed |= {edges[to] - count // 2 + k: (to, Fraction(2 * k + 1, 2 * count)) for k in range(count)}
    for frame, (y, u, _) in enumerate(pictures):
        if frame not in mixed:
            clip = int(np.searchsorted(edges, frame, "right")) - 1
            head = shots.handles(clip)[0]
            assert read_code(y) == (clip, frame - edges[clip] + head)
            continue
        to, weight = mixed[frame]
        for plane, seen in enumerate((y[30:90].mean(), u[20:45].mean())):
            wanted = (1 - weight) * flat(to - 1)[plane] + weight * flat(to)[plane]
            assert seen == pytest.approx(float(wanted), abs=1.5), (frame, plane)
        if frame == edges[to] - 1:  # both nearly half: a cell that is on in both codes is bright, off in both dark
            outgoing = frame - edges[to - 1] + shots.handles(to - 1)[0]
            incoming = frame - edges[to] + shots.handles(to)[0]
            for bit in range(9):
                level = y[10:14, bit * 8 + 2 : bit * 8 + 6].mean()
                on = (outgoing >> bit & 1) + (incoming >> bit & 1)
                assert abs(level - (16, 125, 235)[on]) < 25


def test_changing_one_shot_encodes_its_pieces_only(tmp_path, encoded):
    shots = shots_of([12, 12, 12, 12], R24, dissolves={2: 4, 3: 4})
    takes = exact_takes(tmp_path / "t", shots)
    work = {"work": tmp_path / "w", "settings": FAST}
    assemble(edit(shots, takes), tmp_path / "m.mp4", **work)
    assert sorted(encoded) == ["s1 > s2", "s2 > s3"]
    first = (tmp_path / "m.mp4").read_bytes()
    encoded.clear()
    seen = []
    assemble(edit(shots, takes), tmp_path / "m.mp4", **work, on_progress=seen.append)
    assert encoded == []
    assert (tmp_path / "m.mp4").read_bytes() == first  # same input, same bytes
    assert all(p.kept for p in seen[:-1])
    assert [p.done for p in seen] == list(range(1, seen[-1].total + 1))
    other = make_take(tmp_path / "t", "s1", 9, 14, rate=R24, head=0)
    assemble(edit(shots, [takes[0], other, *takes[2:]]), tmp_path / "m.mp4", **work)
    assert encoded == ["s1 > s2"]  # its body is copied, the dissolve out of it is made anew
    assert codes(tmp_path / "m.mp4")[12:22] == [(9, k) for k in range(10)]
    encoded.clear()
    assemble(
        edit(shots, [*takes[:3], make_take(tmp_path / "t", "s3", 9, 14, rate=R24, head=2)]), tmp_path / "m.mp4", **work
    )
    assert encoded == ["s2 > s3"]


def test_foreign_takes_are_conformed_and_kept(tmp_path, encoded):
    shots = shots_of([12, 12, 12, 12], R24, s2={"hold": True})
    takes = exact_takes(tmp_path, shots)
    takes[0] = make_take(tmp_path, "s0", 10, 8, rate=FrameRate(Fraction(16)))
    takes[1] = make_take(tmp_path, "s1", 11, 12, rate=R24, size=FrameSize(320, 192))
    takes[3] = make_take(tmp_path, "s3", 13, 7, rate=R24)
    cut = edit(shots, takes)
    movie = assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    seen = codes(movie)
    assert seen[:12] == [(10, k * 2 // 3) for k in range(12)]
    assert len(seen) == 48
    assert seen[24:36] == [(2, 0)] * 12
    assert seen[36:] == [(13, min(k, 6)) for k in range(12)]
    assert sorted(encoded) == ["s0", "s1", "s2", "s3"]
    big = decode(movie)[0][12:24]
    assert all(abs(y[50:].mean() - flat(11)[0]) < 2 for y, _, _ in big)
    encoded.clear()
    assemble(cut, movie, work=tmp_path / "w", settings=FAST)
    assert encoded == []


def test_longer_takes_are_shown_from_their_head(tmp_path, encoded):
    shots = shots_of([10, 10], R24)
    takes = [make_take(tmp_path, "s0", 1, 30, rate=R24), make_take(tmp_path, "s1", 2, 30, head=7, rate=R24)]
    movie = assemble(edit(shots, takes), tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    assert codes(movie) == [(1, k) for k in range(10)] + [(2, k) for k in range(7, 17)]
    assert encoded == ["s1"]  # no keyframe at frame 7


def test_takes_of_other_settings_are_encoded_again(tmp_path, encoded):
    shots = shots_of([10, 10], R24)
    takes = exact_takes(tmp_path, shots)
    takes[1] = make_take(tmp_path, "s1", 1, 10, rate=R24, settings=EncodeSettings(preset="medium", crf=30))
    movie = assemble(edit(shots, takes), tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    assert codes(movie) == [(0, k) for k in range(10)] + [(1, k) for k in range(10)]
    assert encoded == ["s1"]


@pytest.mark.parametrize(("codec", "suffix", "name"), [("h265", ".mp4", "hevc"), ("prores", ".mov", "prores")])
def test_other_codecs(codec, suffix, name, tmp_path, encoded):
    settings = EncodeSettings(codec=codec, preset="ultrafast")
    shots = shots_of([6, 8], R24, dissolves={1: 4})
    takes = exact_takes(tmp_path, shots, settings=settings)
    movie = assemble(edit(shots, takes), tmp_path / f"m{suffix}", work=tmp_path / "w", settings=settings)
    with av.open(str(movie)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.name == name
        assert stream.frames == 14
        luma = [
            f.reformat(format="gray8", src_color_range=1, dst_color_range=1).to_ndarray()
            for f in container.decode(video=0)
        ]
    assert [read_code(y) for y in luma[:4]] == [(0, k) for k in range(4)]
    assert [read_code(y) for y in luma[8:]] == [(1, k) for k in range(4, 10)]
    assert encoded == ["s0 > s1"]
    assert not list((tmp_path / "w").rglob("*.part*"))


def test_tags_faststart_and_metadata(tmp_path):
    shots = shots_of([6, 8], R24, dissolves={1: 4})
    cut = edit(shots, exact_takes(tmp_path, shots), song(tmp_path, 0.58))
    movie = assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    order = boxes(movie)
    assert order.index("moov") < order.index("mdat")
    with av.open(str(movie)) as container:
        context = container.streams.video[0].codec_context
        tags = (context.colorspace, context.color_primaries, context.color_trc, context.color_range)
        assert tags == (1, 1, 1, 1)
        assert context.has_b_frames == 0
        assert container.metadata["title"] == "A title"
        comment = container.metadata["comment"]
    assert comment.startswith("musicvid ")
    assert "coded 1" in comment
    assert "2 seeds" in comment


def test_nothing_to_encode_loads_no_heavy_library(tmp_path):
    shots = shots_of([6, 8], R24)
    cut = edit(shots, exact_takes(tmp_path, shots))
    assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    import pickle

    (tmp_path / "cut.pickle").write_bytes(pickle.dumps(cut))
    code = (
        "import pickle, sys; from pathlib import Path\n"
        "from musicvid.assembly.assemble import assemble\n"
        "from musicvid.media.encode import EncodeSettings\n"
        "cut = pickle.loads(Path(sys.argv[1], 'cut.pickle').read_bytes())\n"
        "s = EncodeSettings(preset='ultrafast')\n"
        "assemble(cut, Path(sys.argv[1], 'n.mp4'), work=Path(sys.argv[1], 'w'), settings=s)\n"
        "heavy = {'cv2', 'numba', 'scipy', 'librosa', 'moviepy', 'torch', 'matplotlib', 'PIL'} & set(sys.modules)\n"
        "print(sorted(heavy))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "[]", done.stderr
    assert (tmp_path / "n.mp4").read_bytes() == (tmp_path / "m.mp4").read_bytes()


def test_the_old_movie_stays_until_the_new_one_is_whole(tmp_path, monkeypatch):
    import musicvid.assembly.assemble as verb

    shots = shots_of([6, 8], R24)
    cut = edit(shots, exact_takes(tmp_path, shots))
    movie = tmp_path / "m.mp4"
    movie.write_bytes(b"the old movie")
    join = verb.join

    def half(pieces, rate, to, **more):
        join(pieces, rate, to, **more)
        Path(to).write_bytes(Path(to).read_bytes()[:-3000])
        raise KeyboardInterrupt

    monkeypatch.setattr(verb, "join", half)
    with pytest.raises(KeyboardInterrupt):
        assemble(cut, movie, work=tmp_path / "w", settings=FAST)
    assert movie.read_bytes() == b"the old movie"

    def full(pieces, rate, to, **more):
        Path(to).write_bytes(b"begun")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(verb, "join", full)
    with pytest.raises(StorageError, match="disk is full"):
        assemble(cut, movie, work=tmp_path / "w", settings=FAST)

    def short(pieces, rate, to, **more):
        join(pieces[:1], rate, to, **more)

    monkeypatch.setattr(verb, "join", short)
    with pytest.raises((AssemblyError, MediaError), match="6 frames"):
        assemble(cut, movie, work=tmp_path / "w", settings=FAST)
    assert movie.read_bytes() == b"the old movie"
    assert sorted(p.name for p in tmp_path.glob(".*")) == []


def test_a_disk_that_fills_while_encoding_keeps_what_is_finished(tmp_path, monkeypatch, encoded):
    shots = shots_of([10, 10, 10, 10], R24, dissolves={1: 4, 2: 4, 3: 4})
    cut = edit(shots, exact_takes(tmp_path, shots))
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    write, calls = segments.SegmentWriter.write, []

    def failing(self, picture):
        calls.append(1)
        if len(calls) == 7:  # the black frame, one dissolve, then two frames of the next
            raise OSError(errno.ENOSPC, "No space left on device")
        write(self, picture)

    monkeypatch.setattr(segments.SegmentWriter, "write", failing)
    with pytest.raises(StorageError, match="disk is full"):
        assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    assert not (tmp_path / "m.mp4").exists()
    assert not list((tmp_path / "w").rglob("*.part*"))
    monkeypatch.setattr(segments.SegmentWriter, "write", write)
    encoded.clear()
    assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    assert sorted(encoded) == ["s1 > s2", "s2 > s3"]


def test_a_disk_too_small_is_told_before_anything_is_written(tmp_path, monkeypatch):
    shots = shots_of([6, 8], R24, dissolves={1: 4})
    cut = edit(shots, exact_takes(tmp_path, shots))
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 1_000_000})())
    with pytest.raises(StorageError, match="1 MB are free"):
        assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    assert not (tmp_path / "m.mp4").exists()


@pytest.mark.parametrize("name", ["m.mkv", "m.avi", "m"])
def test_wrong_suffixes(name, tmp_path):
    cut = edit(shots_of([6], R24), [make_take(tmp_path, "s0", 0, 6, rate=R24)])
    with pytest.raises(AssemblyError, match=r"end its name with \.mp4 or \.mov"):
        assemble(cut, tmp_path / name, work=tmp_path / "w", settings=FAST)
    with pytest.raises(AssemblyError, match=r"end its name with \.mov"):
        assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=EncodeSettings(codec="prores"))


def test_a_take_that_went_away(tmp_path):
    shots = shots_of([6, 8], R24)
    takes = exact_takes(tmp_path, shots)
    Path(takes[1].path).unlink()
    with pytest.raises(MediaError, match="no such file"):
        assemble(edit(shots, takes), tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)


def bright_below(y: np.ndarray) -> bool:
    return bool((y[64:] > 195).any())


@pytest.mark.parametrize("name", ["23.976", "25", "29.97", "60"])
def test_captions_first_and_last_frame_in_the_movie(name, tmp_path, encoded):
    """Over plain shots, a dissolve, a held shot; burnt by assembly, or already in the takes and then copied."""
    rate = FrameRate.parse(name)
    at = rate.seconds_at
    lines = [
        LyricLine(float(at(4)), float(at(8)), "Hm"),
        LyricLine(float(at(14)), float(at(27)), "Over the cut"),
        LyricLine(float(at(41)), float(at(46)), "Held"),
    ]
    shots = shots_of(
        [20, 16, 14, 10], rate, dissolves={1: 8}, captions=CaptionSpec("both"), lines=lines, s2={"hold": True}
    )
    wanted = [k in range(4, 8) or k in range(14, 27) or k in range(41, 46) for k in range(60)]
    clean = edit(shots, exact_takes(tmp_path / "clean", shots))
    movie = assemble(clean, tmp_path / "a.mp4", work=tmp_path / "w", settings=FAST)
    assert [bright_below(y) for y, _, _ in decode(movie)[0]] == wanted
    assert sorted(encoded) == ["s0", "s0 > s1", "s1", "s2"]
    assert (tmp_path / "a.srt").is_file()
    assert (tmp_path / "a.lrc").is_file()
    encoded.clear()
    takes = exact_takes(tmp_path / "burnt", shots, overlay_for=shot_captions(shots))
    assert [bool(take.overlay_key) for take in takes] == [True, True, False, False]
    movie = assemble(edit(shots, takes), tmp_path / "b.mp4", work=tmp_path / "w", settings=FAST)
    assert [bright_below(y) for y, _, _ in decode(movie)[0]] == wanted
    assert encoded == ["s0 > s1"]  # s2 is in the cache; s0 and s1 are copied


def test_other_captions_in_a_take_are_refused(tmp_path):
    lines = [LyricLine(0.1, 0.3, "Hm")]
    shots = shots_of([20, 16], R24, captions=CaptionSpec("burn"), lines=lines)
    takes = exact_takes(tmp_path, shots, overlay_for=shot_captions(shots))
    for other in (
        replace(shots, captions=CaptionSpec("off")),
        replace(shots, captions=CaptionSpec("burn", karaoke=False)),
    ):
        cut = edit(other, takes)
        if other.captions.burnt:
            cut = replace(cut, clips=(replace(cut.clips[0], lines=(LyricLine(0.1, 0.4, "Hm"),)), cut.clips[1]))
        with pytest.raises(AssemblyError, match="other captions burnt in"):
            assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)


def test_captions_in_a_take_that_is_not_shown_in_place_are_refused(tmp_path):
    lines = [LyricLine(0.1, 0.3, "Hm"), LyricLine(1.0, 1.2, "Ah")]
    shots = shots_of([20, 16], R24, dissolves={1: 4}, captions=CaptionSpec("burn"), lines=lines)
    overlay_for = shot_captions(shots)
    good = exact_takes(tmp_path, shots, overlay_for=overlay_for)
    too_short = make_take(tmp_path, "s0", 0, 15, rate=R24, overlay=overlay_for(shots.shots[0]))
    little_head = make_take(tmp_path, "s1", 1, 18, head=1, rate=R24, overlay=overlay_for(shots.shots[1]))
    work = {"work": tmp_path / "w", "settings": FAST}
    assemble(edit(shots, good), tmp_path / "m.mp4", **work)
    for takes in ([too_short, good[1]], [good[0], little_head]):
        with pytest.raises(AssemblyError, match="other captions burnt in"):
            assemble(edit(shots, takes), tmp_path / "m.mp4", **work)


def test_silent_movies_and_lossless_songs(tmp_path):
    shots = shots_of([24], R24)
    takes = exact_takes(tmp_path, shots)
    movie = assemble(edit(shots, takes), tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST)
    with av.open(str(movie)) as container:
        assert len(container.streams) == 1
    cut = edit(shots, takes, song(tmp_path, 0.99))
    movie = assemble(cut, tmp_path / "m.mp4", work=tmp_path / "w", settings=FAST, lossless=True)
    with av.open(str(movie)) as container:
        assert container.streams.audio[0].codec_context.name == "flac"
    assert SIZE.width == 160
