"""Cuts that the eye hardly sees: recognised by the takes on both sides, and not when the film is cut elsewhere."""

from dataclasses import replace

import numpy as np
import pytest
from film_parts import Coded, write_beats, write_song

import musicvid as mv


class Faint(Coded):
    """Every shot is the same grey with a patch that moves by its width from shot to shot."""

    name = "faint"

    def render(self, request):
        width, height = request.size.width, request.size.height
        picture = np.full((height * 3 // 2, width), 128, np.uint8)
        left = 16 * (request.index % 8)
        picture[16:48, left : left + 16] = 150
        for _ in range(request.frame_count):
            yield picture


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faint")
    beats = write_beats(folder / "song.beats", write_song(folder / "song.wav", 8.0))
    (folder / "story.yaml").write_text("musicvid: 1\nvideo: {size: 176x96, fps: 25}\npace: {default: 2 beats}\n")
    shots = mv.plan(
        mv.analyse(folder / "song.wav", beats=beats, cache=False), mv.Storyboard.load(folder / "story.yaml")
    )
    takes = list(mv.render(shots, backend=Faint(), into=folder, workers=1))
    cut = mv.edit(shots, takes, audio=folder / "song.wav")
    return mv.assemble(cut, to=folder / "film.mp4", work=folder), cut


def test_a_faint_cut_is_recognised_by_its_takes(film):
    path, cut = film
    report = mv.verify(path, cut)
    assert report.ok
    assert report.cuts_seen == len(report.cuts) > 4


def test_a_plan_that_the_film_does_not_follow_is_not_recognised(film):
    path, cut = film
    moved = [replace(c, frame=c.frame + 2) if i == 3 else c for i, c in enumerate(cut.cuts)]
    clips = list(cut.clips)
    clips[2] = replace(clips[2], span=replace(clips[2].span, stop=clips[2].span.stop + 2))
    clips[3] = replace(clips[3], span=replace(clips[3].span, start=clips[3].span.start + 2))
    report = mv.verify(path, replace(cut, cuts=tuple(moved), clips=tuple(clips)))
    assert report.cuts[2].seen_frame != cut.cuts[3].frame + 2
