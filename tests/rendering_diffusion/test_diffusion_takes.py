"""Takes on disk, read by another decoder: counts, sizes, rates and colours, seeds, and which changes cost a clip."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest
from diffusion_films import clip_files, diffusion, film, planes, ramp, rendered, show

from musicvid.media.encode import EncodeSettings
from musicvid.rendering.backends.diffusion.clip_store import ClipStore
from musicvid.rendering.render import render

NEARLY_LOSSLESS = EncodeSettings(crf=1, preset="medium")


@pytest.fixture
def wan(tiny_model):
    return tiny_model("wan-t2v")


@pytest.mark.parametrize(
    ("rate", "fps"),
    [("23.976", Fraction(24000, 1001)), ("24", Fraction(24)), ("30", Fraction(30)), ("60", Fraction(60))],
)
def test_every_take_has_its_frames_at_the_movies_rate_and_size(wan, tmp_path, rate, fps):
    shots = film((1, 7, 4), rate=rate, size="80x46")
    takes = rendered(wan, tmp_path / "work", shots)
    assert [take.shot_id for take in takes] == [shot.id for shot in shots.shots]
    for take, shot in zip(takes, shots.shots, strict=True):
        with av.open(take.path) as container:
            stream = container.streams.video[0]
            times = [frame.pts * frame.time_base for frame in container.decode(stream)]
            assert (stream.width, stream.height) == (80, 46)
        assert times == [Fraction(k) / fps for k in range(len(shot.span))]
    sixteenths = [1, 7 * Fraction(16) / fps, 4 * Fraction(16) / fps]
    for clip, needed in zip(_clips_by_shot(tmp_path / "work", shots), sixteenths, strict=True):
        assert (clip.rate.fps, clip.frame_count % 4) == (16, 1)
        assert clip.frame_count >= needed - 1


def test_a_take_shows_its_clips_pixels_when_they_were_due(wan, tmp_path, monkeypatch):
    """Frame ``k`` of the take is the one of the clip that had begun; levels are BT.709 limited range by arithmetic."""
    show(monkeypatch, lambda spec: ramp(spec.frame_count, 32, 48))
    takes = rendered(
        wan, tmp_path / "work", film((9,), size="48x32"), render_with={"settings": NEARLY_LOSSLESS}, guards=True
    )
    clip, take = planes(clip_files(tmp_path / "work")[0]), planes(takes[0].path)
    assert (len(clip), len(take)) == (9, 9)
    drawn = 16 + 219 * ramp(9, 32, 48)[:, 0]
    assert np.abs(clip[:, :32] - drawn).max() <= 1
    assert np.abs(clip[:, 32:].astype(int) - 128).max() <= 1
    for k in range(9):
        assert np.abs(take[k, :32] - drawn[k * 16 // 24]).max() <= 3, k  # a step is 4.4 levels
        assert np.abs(take[k].astype(int) - clip[k * 16 // 24]).mean() < 0.5, k


def test_another_shape_is_scaled_to_fill_and_cropped_to_its_middle(wan, tmp_path, monkeypatch):
    show(monkeypatch, lambda spec: ramp(spec.frame_count, 32, 48))
    takes = rendered(wan, tmp_path / "work", film((1,), size="96x96"), render_with={"settings": NEARLY_LOSSLESS})
    clip, take = planes(clip_files(tmp_path / "work")[0])[0], planes(takes[0].path)[0]
    luma = cv2.resize(clip[:32], (144, 96), interpolation=cv2.INTER_CUBIC)[:, 24:120]
    assert np.abs(take[:96].astype(int) - luma).max() <= 3
    assert luma[:, -1].mean() - luma[:, 0].mean() > 50


def test_takes_have_seeds_of_their_own_and_the_same_seed_is_the_same_clip(wan, tmp_path):
    work = tmp_path / "work"
    shots = film((4, 4), prompt={0: "rain", 1: "rain"}, seed={0: 5, 1: 5})
    takes = rendered(wan, work, shots, render_with={"takes": 3})
    assert [(take.shot_id, take.number) for take in takes] == [
        (shot.id, n) for shot in shots.shots for n in (1, 2, 3)
    ]  # fmt: skip
    pictures = [planes(take.path).tobytes() for take in takes]
    assert pictures[:3] == pictures[3:]
    assert len(set(pictures)) == 3
    assert len(clip_files(work)) == 3


def test_what_leaves_the_models_work_alone_makes_no_new_clip(wan, tmp_path):
    work, shots = tmp_path / "work", film((6, 5))
    first = rendered(wan, work, shots)
    clips = clip_files(work)

    def again(other, **more):
        takes = rendered(wan, work, other, **more)
        assert clip_files(work) == clips
        return {take.key for take in takes}

    keys = {take.key for take in first}
    assert again(shots) == keys
    finer = again(shots, render_with={"settings": EncodeSettings(crf=30)})
    larger = again(film((6, 5), size="128x96"))
    again(film((7, 5)))  # a frame more is within the same legal count
    blended = again(shots, retime="blend")
    followed = again(shots, retime="flow")
    assert again(shots, preview_every=1, memory="64GiB", device="cpu") == keys
    assert not keys & (finer | larger | blended | followed)
    assert not blended & followed


@pytest.mark.parametrize(
    ("field", "value"), [("prompt", "a storm"), ("seed", 9), ("avoid", "blur"), ("frame_count", 16)]
)
def test_what_changes_one_shot_makes_one_clip(wan, tmp_path, field, value):
    work = tmp_path / "work"
    rendered(wan, work, film((6, 5)))
    before = clip_files(work)
    changed = film((16, 5)) if field == "frame_count" else film((6, 5), **{field: {0: value}})
    takes = rendered(wan, work, changed)
    assert len(takes) == 2
    assert set(before) < set(clip_files(work))
    assert len(clip_files(work)) == 3


@pytest.mark.parametrize("option", [{"steps": 2}, {"guidance": 3.0}, {"shift": 7.0}, {"render_size": "64x32"}])
def test_what_changes_the_model_changes_every_clip(wan, tmp_path, option):
    work = tmp_path / "work"
    rendered(wan, work, film((3, 3)))
    rendered(wan, work, film((3, 3)), **option)
    assert len(clip_files(work)) == 4


def test_only_some_shots_are_made_as_in_the_whole_film(wan, tmp_path):
    shots = film((4, 4, 4))
    whole = rendered(wan, tmp_path / "whole", shots)
    one = rendered(wan, tmp_path / "one", shots, render_with={"only": ["verse-1/02"]})
    assert [take.key for take in one] == [whole[1].key]
    assert planes(one[0].path).tobytes() == planes(whole[1].path).tobytes()


def test_dissolves_get_the_frames_on_both_sides(wan, tmp_path):
    takes = rendered(wan, tmp_path / "work", film((8, 8), dissolve_frames={1: 4}))
    assert [(len(planes(take.path)), take.head_frames) for take in takes] == [(10, 0), (10, 2)]


def test_one_instance_serves_run_after_run_each_in_its_own_workspace(wan, tmp_path):
    backend, shots = diffusion(wan, tmp_path), film((3, 3))
    first = list(render(shots, backend, tmp_path / "one", workers=1))
    second = list(render(shots, backend, tmp_path / "two", workers=1))
    assert [take.key for take in first] == [take.key for take in second]
    assert len(clip_files(tmp_path / "one")) == len(clip_files(tmp_path / "two")) == 2
    backend.close()
    backend.close()


def test_a_clip_is_not_lost_because_its_seconds_cannot_be_remembered(wan, tmp_path, monkeypatch):
    closed = tmp_path / "a file, not a folder"
    closed.write_text("")
    monkeypatch.setattr("musicvid.rendering.backends.diffusion.timings.cache_folder", lambda: closed)
    heard = []
    takes = rendered(wan, tmp_path / "work", film((3, 3)), render_with={"on_progress": heard.append})
    assert len(takes) == 2
    assert sum("not remembered" in event.note for event in heard) == 1


def _clips_by_shot(work, shots):
    store = ClipStore(work / "clips")
    found = {clip.facts["shot"]: clip for path in clip_files(work) if (clip := store.find(path.stem))}
    return [found[shot.id] for shot in shots.shots]


def test_a_damaged_clip_is_made_again_and_is_the_same(wan, tmp_path):
    work, shots = tmp_path / "work", film((4,))
    take = rendered(wan, work, shots)[0]
    pictures, clip = planes(take.path), clip_files(work)[0]
    clip.write_bytes(clip.read_bytes()[:-7])
    again = rendered(wan, work, replace(shots, title="another"), render_with={"settings": EncodeSettings(crf=21)})
    assert clip_files(work) == [clip]
    assert again[0].key != take.key
    assert np.abs(planes(again[0].path).astype(int) - pictures).mean() < 2
