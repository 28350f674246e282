"""Song and storyboard become a shot list: the verb.

Seconds come in, frames go out: every cut is decided once, by snapping the time of a musical event to the frame grid.
The same input gives the same bytes, on every machine and in every process.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from musicvid.errors import SongError, StoryboardError
from musicvid.planning.check import check_override_sections, check_overrides, check_scenes
from musicvid.planning.continuity import seams
from musicvid.planning.coverage import Coverage, Territory, cover
from musicvid.planning.cuts import Floor, cut
from musicvid.planning.grid import grid_of
from musicvid.planning.lengths import shortest_frames
from musicvid.planning.lyrics import lines_over, timed_lines
from musicvid.planning.marks import with_marks
from musicvid.planning.motion import motion_of
from musicvid.planning.naming import shot_ids
from musicvid.planning.parts import Parts
from musicvid.planning.places import Ground, heard_sections
from musicvid.planning.shooting import make_shot
from musicvid.planning.transitions import dissolves
from musicvid.schema.frames import spans_between
from musicvid.schema.lyrics import Lyrics
from musicvid.schema.shots import ShotList
from musicvid.schema.song import Song
from musicvid.schema.storyboard import Scene, Storyboard, Transition


def plan(song: Song, story: Storyboard, lyrics: Lyrics | None = None) -> ShotList:
    """Make the shot list of ``story`` on ``song``.

    Raises :class:`StoryboardError` with every mistake that only shows against the song: sections, times, bars or lyric
    lines that it lacks, unknown cast, overrides of shots that do not exist. Raises :class:`SongError` for a song that
    is shorter than a frame.
    """
    song = with_marks(song, story)
    rate = story.video.rate
    frame_count = rate.frames_covering(song.duration)
    if frame_count < 1:
        raise SongError("there is no sound in this song to plan for", where=song.file or None)
    sections, grid = heard_sections(song), grid_of(song)
    sung = timed_lines(song, sections, grid, lyrics)
    shortest = shortest_frames(story.cuts.shortest, grid, rate)
    ground = Ground(song, sections, grid, sung.lines, float(shortest / rate.fps))
    if mistakes := check_scenes(story, ground):
        raise StoryboardError([*mistakes, *check_override_sections(story, (s.name for s in sections))])
    coverage = cover(story.scenes, ground)
    parts = Parts.of((s.start_s for s in sections), rate, frame_count)
    cuts = cut(Floor(song, story, sections, parts, grid, frame_count, shortest), coverage)
    spans = tuple(spans_between([*(c.frame for c in cuts.cuts), frame_count]))
    holdings = Parts.of((h.start_s for h in coverage.holdings), rate, frame_count)
    owners = [coverage.holdings[holdings.main(span)].territory for span in spans]
    homes = [sections[parts.main(span)] for span in spans]
    ids = shot_ids(section.name for section in homes)
    if mistakes := check_overrides(story, ids):
        raise StoryboardError(mistakes)
    wanted = _transitions(story, ids, owners)
    soft = dissolves(wanted, spans, ids, grid, rate)
    lines = lines_over(spans, sung.lines or (), rate)
    places = _places(owners)
    joined = seams(story, ids, owners, places, soft.frames)
    shots = [
        replace(
            make_shot(ids[k], story, owners[k].scene, homes[k], *places[k]),
            span=spans[k],
            cut_on=cuts.cuts[k].cause,
            lines=lines[k],
            dissolve_frames=soft.frames[k],
            continues=joined.of_shots[k].continues,
            first_frame=joined.of_shots[k].first_frame,
            last_frame=joined.of_shots[k].last_frame,
        )
        for k in range(len(ids))
    ]
    return ShotList(
        title=story.title,
        rate=rate,
        size=story.video.size,
        frame_count=frame_count,
        shots=tuple(shots),
        motion=motion_of(song, rate, frame_count),
        renderer=story.renderer,
        captions=story.captions,
        release=story.release,
        notes=_notes(
            grid.note, sung.notes, coverage, cuts.notes, soft.notes, joined.notes, _unseen(story.scenes, owners)
        ),
    )


def _places(owners: Sequence[Territory]) -> list[tuple[int, int]]:
    """For each shot which of how many shots of its territory it is, counted from 0."""
    total = Counter(owners)
    seen: Counter[Territory] = Counter()
    places = []
    for owner in owners:
        places.append((seen[owner], total[owner]))
        seen[owner] += 1
    return places


def _transitions(story: Storyboard, ids: Sequence[str], owners: Sequence[Territory]) -> list[Transition]:
    """How each shot begins: a scene's transition leads into its first shot in a place, an override into its own."""
    overrides = {o.shot_id: o.transition for o in story.shots if o.transition is not None}
    wanted = []
    entered: set[Territory] = set()
    for shot_id, owner in zip(ids, owners, strict=True):
        enters = owner not in entered
        entered.add(owner)
        its_own = story.scenes[owner.scene].transition if enters and owner.scene is not None else Transition()
        wanted.append(overrides.get(shot_id, its_own))
    return wanted


def _unseen(scenes: Sequence[Scene], owners: Sequence[Territory]) -> list[str]:
    seen = {owner.scene for owner in owners}
    return [
        f"scenes[{k}]{f' ({scene.where})' if scene.where else ''} is never seen: more specific or later scenes cover it"
        for k, scene in enumerate(scenes)
        if k not in seen
    ]


def _notes(grid_note: str, sung: Sequence[str], coverage: Coverage, *others: Sequence[str]) -> tuple[str, ...]:
    found = [grid_note, *sung, *coverage.notes]
    for notes in others:
        found += notes
    return tuple(dict.fromkeys(note for note in found if note))
