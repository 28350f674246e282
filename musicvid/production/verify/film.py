"""The verb: a film and its timeline go in, a :class:`SyncReport` comes out."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from musicvid.errors import InputError, SongError
from musicvid.media.files import sha256_of
from musicvid.media.gops import sound_end_s, sound_sha256
from musicvid.production.verify.measure import drift_ms_per_min, measure_cuts, spread, timestamp_deviation_frames
from musicvid.production.verify.memory import Memory
from musicvid.production.verify.pictures import film_pictures
from musicvid.production.verify.sound import sound_offsets
from musicvid.schema.progress import OnProgress, Progress
from musicvid.schema.sync import CutMeasure, SyncReport
from musicvid.schema.timeline import Timeline

AUDIO_LIMIT_MS = 0.1
TIMESTAMP_LIMIT_FRAMES = 0.0005


def verify(
    video: str | Path,
    timeline: Timeline,
    *,
    memory: Path | None = None,
    on_progress: OnProgress | None = None,
) -> SyncReport:
    """Decode ``video`` and measure it against ``timeline`` and the song that this names.

    Frames are counted by decoding, cuts are found from pixels, sound is cross-correlated at both ends. ``memory`` is a
    file that remembers decoded groups of pictures by the hash of their bytes, so that only new ones are decoded.

    Raises :class:`InputError` when the video does not exist, :class:`MediaError` when it cannot be decoded.
    """
    path = Path(video)
    if not path.is_file():
        raise InputError("there is no such film", where=str(path), hint="make it with: musicvid make")
    if timeline.audio and not Path(timeline.audio).is_file():
        raise SongError("the song that the film was made of is gone", where=timeline.audio, hint="name it with --song")
    pictures = film_pictures(path, memory)
    numbers = Memory(memory.with_suffix(".json") if memory else None)
    cuts = measure_cuts(timeline, pictures.thumbs, numbers)
    sound = _sound(path, timeline.audio, numbers)
    numbers.save()
    picture_end = float(pictures.times_s[-1] + 1 / timeline.rate.fps)
    report = SyncReport(
        video=str(path),
        frames=len(pictures.thumbs),
        expected_frames=timeline.frame_count,
        timestamp_deviation_frames=timestamp_deviation_frames(pictures.times_s, timeline.rate),
        audio_offset_start_ms=sound.start_ms,
        audio_offset_end_ms=sound.end_ms,
        av_end_mismatch_ms=None if sound.stop_s is None else (sound.stop_s - picture_end) * 1000.0,
        cut_error_frames=spread([c.seen_frame - c.planned_frame for c in cuts if c.seen_frame is not None]),
        event_error_frames=spread([c.event_error_frames for c in cuts]),
        drift_ms_per_min=drift_ms_per_min(cuts, timeline.rate),
        cuts=cuts,
    )
    if on_progress:
        on_progress(Progress("verify", 1, 1, path.name))
    return _judged(report, timeline)


@dataclass(frozen=True, slots=True)
class _Sound:
    start_ms: float | None = None
    end_ms: float | None = None
    stop_s: float | None = None


def _sound(film: Path, song: str, numbers: Memory) -> _Sound:
    """Offsets against ``song`` (none when it is empty), and where the film's sound stops."""
    if not song:
        return _Sound(stop_s=sound_end_s(film))

    def measured() -> list[float | int | None]:
        offsets = sound_offsets(film, song)
        return [offsets.start_ms, offsets.end_ms, sound_end_s(film)]

    return _Sound(*numbers.get((sound_sha256(film), sha256_of(song)), measured))


def _judged(report: SyncReport, timeline: Timeline) -> SyncReport:
    problems = [*_picture_problems(report), *_sound_problems(report, timeline)]
    fields = {name: getattr(report, name) for name in report.__dataclass_fields__}
    return SyncReport(**{**fields, "problems": tuple(problems)})


def _picture_problems(report: SyncReport) -> list[str]:
    problems = []
    if report.frames != report.expected_frames:
        problems.append(f"{report.frames} frames instead of {report.expected_frames}")
    if report.timestamp_deviation_frames > TIMESTAMP_LIMIT_FRAMES:
        problems.append(f"timestamps are up to {report.timestamp_deviation_frames:.3f} frames off the grid")
    problems += [_late(cut) for cut in report.cuts if cut.seen_frame not in (None, cut.planned_frame)]
    off_beat = [c for c in report.cuts if abs(c.event_error_frames) > 0.5 + 1e-6 and c.seen_frame == c.planned_frame]
    problems += [f"{c.shot_id}: planned {c.event_error_frames:+.2f} frames from its beat" for c in off_beat]
    return problems


def _late(cut: CutMeasure) -> str:
    return f"{cut.shot_id}: cut at frame {cut.seen_frame}, planned at {cut.planned_frame}"


def _sound_problems(report: SyncReport, timeline: Timeline) -> list[str]:
    if not timeline.audio:
        return []
    problems = []
    if report.av_end_mismatch_ms is None:
        return ["the film has no sound"]
    for place, offset in (("start", report.audio_offset_start_ms), ("end", report.audio_offset_end_ms)):
        if offset is not None and abs(offset) > AUDIO_LIMIT_MS:
            problems.append(f"sound is {offset:+.2f} ms off at the {place}")
    if abs(report.av_end_mismatch_ms) > float(1000 / timeline.rate.fps):
        problems.append(f"sound ends {report.av_end_mismatch_ms:+.1f} ms from the picture's end")
    return problems
