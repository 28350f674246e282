"""Job files and folders, run in processes of their own."""

import pytest
from film_parts import write_beats, write_song

from musicvid.errors import InputError, StoryboardError
from musicvid.production.batch import batch, make_command, read_jobs
from musicvid.production.job import Encoding, Wishes
from musicvid.schema.grid import Corrections

STORY = "musicvid: 1\nvideo: {size: 64x36, fps: 12}\nrenderer: {name: animatic}\npace: {default: 2 bars}\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MUSICVID_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "films"
    place.mkdir()
    for name in ("one", "two"):
        write_song(place / f"{name}.wav", 6.0, seed=len(name))
        (place / f"{name}.yaml").write_text(STORY)
    (place / "broken.wav").write_bytes(b"")
    (place / "broken.yaml").write_text(STORY)
    return place


def test_a_folder_goes_on_after_a_failure_and_skips_what_is_done(folder):
    first = batch(folder, workers=2)
    assert [(o.name, o.state) for o in first] == [("broken", "failed"), ("one", "made"), ("two", "made")]
    assert "empty" in first[0].message
    assert "Traceback" not in first[0].message
    again = batch(folder, workers=2)
    assert [o.state for o in again] == ["failed", "skipped", "skipped"]


def test_stop_starts_no_further_film(folder):
    states = [o.state for o in batch(folder, workers=1, keep_going=False)]
    assert states == ["failed", "not started", "not started"]


def test_a_job_file_gives_jobs_with_its_defaults(tmp_path):
    write_beats(tmp_path / "a.beats", [0.5, 1.0])
    (tmp_path / "jobs.yaml").write_text(
        "musicvid-batch: 1\n"
        "defaults: {draft: true, size: 720p, options: {slate: true}}\n"
        "jobs:\n"
        "  - {song: a.flac, storyboard: a.yaml, to: out/a.mp4, beats: a.beats}\n"
        "  - {storyboard: b.yaml, fps: 23.976, size: square, codec: prores}\n"
    )
    a, b = read_jobs(tmp_path / "jobs.yaml")
    assert (a.song, a.to) == (str(tmp_path / "a.flac"), str(tmp_path / "out" / "a.mp4"))
    assert (a.wishes.size, a.encoding.draft, a.corrections.beats) == ("720p", True, str(tmp_path / "a.beats"))
    assert (b.wishes.size, b.wishes.fps, b.wishes.options) == ("square", "23.976", (("slate", True),))
    assert b.to == str(tmp_path / "b.mov")


def test_mistakes_of_a_job_file_have_their_places(tmp_path):
    (tmp_path / "jobs.yaml").write_text("musicvid-batch: 1\njobs:\n  - {storyboard: a.yaml, tkes: 3}\n  - {takes: 0}\n")
    with pytest.raises(StoryboardError) as caught:
        read_jobs(tmp_path / "jobs.yaml")
    text = str(caught.value)
    assert f"{tmp_path / 'jobs.yaml'}:3:26: jobs[0].tkes: unknown key, did you mean 'takes'?" in text
    assert "jobs[1].storyboard: missing" in text
    assert "jobs[1].takes" in text


def test_two_jobs_cannot_write_one_film(tmp_path):
    (tmp_path / "jobs.yaml").write_text(
        "musicvid-batch: 1\njobs:\n  - {storyboard: a.yaml, to: x.mp4}\n  - {storyboard: b.yaml, to: x.mp4}\n"
    )
    with pytest.raises(InputError, match="both write"):
        read_jobs(tmp_path / "jobs.yaml")


def test_an_empty_folder_says_so(tmp_path):
    with pytest.raises(InputError, match=r"no NAME\.yaml"):
        read_jobs(tmp_path)


def test_a_job_survives_its_way_through_the_command_line(tmp_path, monkeypatch):
    from musicvid.cli.commands import make as make_module

    (tmp_path / "-odd name.yaml").write_text("musicvid: 1\n")
    wishes = Wishes(renderer="footage", takes=2, fps="24000/1001", seed=-5, options=(("folder", "a=b"), ("pan", False)))
    job = read_jobs(tmp_path, wishes=wishes, encoding=Encoding(crf=30, draft=True))[0]
    seen = []
    monkeypatch.setattr("musicvid.production.make.make_job", lambda job, on_progress: seen.append(job) or 1 / 0)
    with pytest.raises(ZeroDivisionError):
        make_module.command.main(list(make_command(job))[4:], standalone_mode=False)
    assert seen[0].wishes == job.wishes
    assert seen[0].encoding.settings == job.encoding.settings
    assert (seen[0].storyboard, seen[0].to) == (job.storyboard, job.to)


def test_a_tracker_holds_where_a_job_names_none(tmp_path):
    jobs = tmp_path / "jobs.yaml"
    rows = "  - {storyboard: a.yaml, to: a.mp4}\n  - {storyboard: b.yaml, to: b.mp4, tracker: mine}\n"
    jobs.write_text(f"musicvid-batch: 1\njobs:\n{rows}")
    read = read_jobs(jobs, corrections=Corrections(tracker="librosa"))
    assert [job.corrections.tracker for job in read] == ["librosa", "mine"]
    assert "--tracker=mine" in make_command(read[1])
