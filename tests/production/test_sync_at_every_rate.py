"""The whole road at every frame rate, measured by `verify` and by a second reader that shares no code with it."""

from fractions import Fraction

import pytest
from film_parts import Coded, decoded, read_stamp, sound_lag_ms, write_beats, write_song

import musicvid as mv
from musicvid.schema.frames import FrameRate

RATES = ["23.976", "24", "25", "29.97", "30", "50", "59.94", "60"]
STORY = """
musicvid: 1
video: {{size: 176x96, fps: "{rate}"}}
pace: {{default: 1 beats}}
cuts: {{on: beats, shortest: 0.2 s}}
"""


@pytest.fixture(scope="module")
def song(tmp_path_factory):
    folder = tmp_path_factory.mktemp("song")
    path = folder / "song.wav"
    beats = write_song(path)
    heard = mv.analyse(path, beats=write_beats(folder / "song.beats", beats), cache=False)
    return path, beats, heard


@pytest.mark.parametrize("rate", RATES)
def test_every_cut_frame_and_sample_is_where_it_was_planned(song, rate, tmp_path):
    path, beats, heard = song
    (tmp_path / "story.yaml").write_text(STORY.format(rate=rate))
    shots = mv.plan(heard, mv.Storyboard.load(tmp_path / "story.yaml"))
    takes = list(mv.render(shots, backend=Coded(), into=tmp_path, workers=1))
    cut = mv.edit(shots, takes, audio=path)
    film = mv.assemble(cut, to=tmp_path / "film.mp4", work=tmp_path)

    report = mv.verify(film, cut)
    assert report.ok, report.problems
    assert report.frames == report.expected_frames == shots.frame_count
    assert report.timestamp_deviation_frames == 0
    assert len(report.cuts) >= 120
    assert report.cuts_seen == len(report.cuts)
    assert report.cut_error_frames.max == 0
    assert report.event_error_frames.max <= 0.5
    assert abs(report.audio_offset_start_ms) < 0.1
    assert abs(report.audio_offset_end_ms) < 0.1

    fps = Fraction(shots.rate.fps)
    frames = decoded(film)
    read = [read_stamp(luma) for _, luma in frames]
    assert read == [(i, k) for i, shot in enumerate(shots.shots) for k in range(len(shot.span))]
    assert [time for time, _ in frames] == [k / fps for k in range(shots.frame_count)]
    starts = [k for k, code in enumerate(read) if code[1] == 0 and k]
    misses = [min(abs(k - Fraction(beat) * fps) for beat in beats) for k in starts]
    assert len(starts) >= 120
    assert max(misses) <= Fraction(1, 2)
    assert abs(sound_lag_ms(film, path, 2.0)) < 0.1
    assert abs(sound_lag_ms(film, path, 54.0)) < 0.1


def test_verify_sees_what_is_wrong(song, tmp_path):
    """A film cut three frames late, and one with another song, must not pass."""
    from dataclasses import replace

    path, _, heard = song
    (tmp_path / "story.yaml").write_text(STORY.format(rate="25"))
    shots = mv.plan(heard, mv.Storyboard.load(tmp_path / "story.yaml"))
    cut = mv.edit(shots, list(mv.render(shots, backend=Coded(), into=tmp_path, workers=1)), audio=path)
    film = mv.assemble(cut, to=tmp_path / "film.mp4", work=tmp_path)

    late = [replace(c, frame=c.frame - 3) if i == 40 else c for i, c in enumerate(cut.cuts)]
    report = mv.verify(film, replace(cut, cuts=tuple(late)))
    assert not report.ok
    assert report.cuts[39].seen_frame == cut.cuts[40].frame

    other = tmp_path / "other.wav"
    write_song(other, first_s=0.35, seed=4)
    assert not mv.verify(film, replace(cut, audio=str(other))).ok
    assert not mv.verify(film, replace(cut, rate=FrameRate.parse("24"))).ok
