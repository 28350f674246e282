"""``musicvid render``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from musicvid.cli.console import print_table, progress, say
from musicvid.cli.options import encoding, encoding_options, json_option, memory_option, quiet_option, workers_option


@click.command("render")
@click.argument("workspace", metavar="WORKSPACE")
@click.option("--only", multiple=True, metavar="SHOT", help="Render only this shot. Repeat for more.")
@encoding_options
@memory_option
@workers_option
@json_option
@quiet_option
def command(
    workspace: str, only: tuple[str, ...], memory: str, workers: int | None, as_json: bool, quiet: bool, **values: Any
) -> None:
    """Render the takes of a workspace that `musicvid plan --work DIR` wrote; finished ones are kept."""
    from musicvid.production import stages
    from musicvid.production.job import Job
    from musicvid.production.workspace import Workspace

    place = Workspace(Path(workspace).absolute())
    shots, song = stages.planned_shots(place), stages.planned_song(place)
    if memory:
        shots = stages.with_option(shots, "memory", memory)
    job = Job(storyboard="", to="", work=workspace, only=only, workers=workers, encoding=encoding(values))
    with place.locked(), progress(quiet or as_json) as on_progress:
        takes = stages.render_into(place, shots, job, song.file, on_progress)
    if as_json:
        from musicvid.cli.reports import print_json
        from musicvid.production.documents import takes_to_document

        print_json(takes_to_document(takes))
        return
    rows = [[take.shot_id, str(take.number), str(take.frame_count), take.path] for take in takes]
    print_table(["shot", "take", "frames", "file"], rows, numbers=(1, 2))
    for take in takes:
        for note in take.notes:
            say(f"note: {note}")
