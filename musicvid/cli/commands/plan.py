"""``musicvid plan``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from musicvid.cli.commands.make import split_inputs
from musicvid.cli.console import print_table, progress, say
from musicvid.cli.options import (
    correction_options,
    corrections,
    encoding,
    encoding_options,
    json_option,
    quiet_option,
    wish_options,
    wishes,
    workers_option,
)

if TYPE_CHECKING:
    from musicvid.production.estimate import Estimate
    from musicvid.schema.shots import ShotList


@click.command("plan")
@click.argument("song_and_storyboard", nargs=-1, required=True, metavar="[SONG] STORYBOARD")
@click.option("--work", default="", metavar="DIR", help="Write song and shot list into this workspace.")
@wish_options
@encoding_options
@correction_options
@workers_option
@json_option
@quiet_option
def command(
    song_and_storyboard: tuple[str, ...], work: str, workers: int | None, as_json: bool, quiet: bool, **values: Any
) -> None:
    """Print the shot list as a table, and the time and cost to expect."""
    from musicvid.production import stages
    from musicvid.production.documents import shots_to_document
    from musicvid.production.estimate import estimate
    from musicvid.production.fitting import fit_lines
    from musicvid.production.job import Job
    from musicvid.production.plans import plan
    from musicvid.production.workspace import Workspace

    song, storyboard = split_inputs(song_and_storyboard)
    job = Job(
        storyboard=storyboard, song=song, to="", work=work,
        wishes=wishes(values), encoding=encoding(values), corrections=corrections(values),
    )  # fmt: skip
    story = stages.load_storyboard(job)
    with progress(quiet or as_json) as on_progress:
        heard = stages.hear(story.song, story.grid, on_progress)
    workspace = Workspace(Path(work).absolute()) if work else None
    if workspace is not None:
        with workspace.locked():
            shots = stages.plan_into(workspace, heard, story)
    else:
        shots = plan(heard, story)
    if as_json:
        from musicvid.cli.reports import print_json

        document = shots_to_document(shots)
        print_json({**document, "renderer": {**document["renderer"], "lines": fit_lines(shots, story.song)}})
        return
    _table(shots)
    if not quiet:
        for line in fit_lines(shots, story.song):
            say(f"{shots.renderer.name}: {line}")
        from musicvid.cli.reports import say_notes

        say_notes((*heard.notes, *shots.notes))
        say(_cost(estimate(shots, job.encoding, workers=workers, song=story.song, workspace=workspace), shots))


def _table(shots: ShotList) -> None:
    rows = [
        [
            shot.id,
            shots.rate.timecode(shot.span.start),
            str(len(shot.span)),
            f"{float(len(shot.span) / shots.rate.fps):.2f}",
            shot.cut_on.kind + (f" ~{shot.dissolve_frames}" if shot.dissolve_frames else ""),
            shot.prompt,
            " / ".join(line.text for line in shot.lines),
        ]
        for shot in shots.shots
    ]
    print_table(["shot", "starts", "frames", "seconds", "cut on", "prompt", "sung"], rows, numbers=(2, 3))


def _cost(cost: Estimate, shots: ShotList) -> str:
    from musicvid.production.estimate import readable_bytes, readable_s

    money = "nothing to pay" if not cost.money else f"{cost.money:.2f} to pay"
    parts = [f"{readable_s(cost.cpu_s)} of processor time"]
    if cost.device_s:
        parts.insert(0, f"{readable_s(cost.device_s)} of {shots.renderer.name}'s own, {cost.how_sure or 'roughly'}")
    times = f"about {readable_s(cost.wall_s)} here ({'; '.join(parts)})"
    if not cost.known:
        times = f"it cannot say beforehand how long it takes; encoding alone: {times}"
    return (
        f"{cost.shots} shots, {cost.takes} takes, {cost.frames} frames at {shots.size} and {shots.rate} fps with "
        f"{shots.renderer.name}: {times}, {readable_bytes(cost.size_bytes)}, {money}"
    )
