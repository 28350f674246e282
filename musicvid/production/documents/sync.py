"""What was measured on a finished film, as a document. ``ok`` is true exactly when there are no ``problems``."""

from __future__ import annotations

import math
from pathlib import Path

from musicvid.production.documents.envelope import Document, Kind, read_document, write_document
from musicvid.production.documents.fields import Fields
from musicvid.schema.sync import CutMeasure, Spread, SyncReport

KIND = Kind("sync", 1)


def sync_to_document(report: SyncReport) -> Document:
    """JSON values of ``report``. What could not be measured is null."""
    return {
        **KIND.header(),
        "ok": report.ok,
        "video": report.video,
        "frames": int(report.frames),
        "expected_frames": int(report.expected_frames),
        "timestamp_deviation_frames": float(report.timestamp_deviation_frames),
        "audio_offset_ms": {
            "start": _value(report.audio_offset_start_ms),
            "end": _value(report.audio_offset_end_ms),
        },
        "av_end_mismatch_ms": _value(report.av_end_mismatch_ms),
        "cut_error_frames": _spread_values(report.cut_error_frames),
        "event_error_frames": _spread_values(report.event_error_frames),
        "drift_ms_per_min": _value(report.drift_ms_per_min),
        "cuts_seen": report.cuts_seen,
        "problems": list(report.problems),
        "cuts": [
            {
                "shot": c.shot_id,
                "planned_frame": int(c.planned_frame),
                "seen_frame": None if c.seen_frame is None else int(c.seen_frame),
                "event_error_frames": _value(c.event_error_frames),
            }
            for c in report.cuts
        ],
    }


def sync_from_document(document: object, where: str = "") -> SyncReport:
    """The report in ``document``; ``where`` is the file's name for messages. Raises :class:`InputError`."""
    fields = KIND.open(document, where)
    with fields.building():
        start_ms, end_ms = fields.part(
            "audio_offset_ms", lambda f: (f.number_or_none("start"), f.number_or_none("end"))
        )
        return SyncReport(
            video=fields.text("video"),
            frames=fields.whole("frames"),
            expected_frames=fields.whole("expected_frames"),
            timestamp_deviation_frames=fields.number("timestamp_deviation_frames"),
            audio_offset_start_ms=start_ms,
            audio_offset_end_ms=end_ms,
            av_end_mismatch_ms=fields.number_or_none("av_end_mismatch_ms"),
            cut_error_frames=fields.part("cut_error_frames", _spread),
            event_error_frames=fields.part("event_error_frames", _spread),
            drift_ms_per_min=_measured(fields, "drift_ms_per_min"),
            cuts=fields.parts("cuts", _cut),
            problems=fields.texts("problems"),
        )


def read_sync(path: str | Path) -> SyncReport:
    """The report in a file. Raises :class:`InputError`."""
    return sync_from_document(read_document(path), str(path))


def write_sync(path: str | Path, report: SyncReport) -> None:
    """Raises :class:`StorageError`."""
    write_document(path, sync_to_document(report))


def _value(number: float | None) -> float | None:
    """JSON has no word for "not a number": it is null there."""
    return None if number is None or not math.isfinite(number) else float(number)


def _measured(f: Fields, name: str) -> float:
    value = f.number_or_none(name)
    return math.nan if value is None else value


def _spread_values(spread: Spread) -> Document:
    return {"median": _value(spread.median), "p95": _value(spread.p95), "max": _value(spread.max)}


def _spread(f: Fields) -> Spread:
    return Spread(_measured(f, "median"), _measured(f, "p95"), _measured(f, "max"))


def _cut(f: Fields) -> CutMeasure:
    return CutMeasure(
        f.text("shot"), f.whole("planned_frame"), f.whole_or_none("seen_frame"), _measured(f, "event_error_frames")
    )
