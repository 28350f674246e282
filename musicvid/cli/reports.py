"""How results are printed."""

from __future__ import annotations

import json

import click

from musicvid.cli.console import say
from musicvid.schema.sync import SyncReport


def print_json(document: object) -> None:
    click.echo(json.dumps(document, ensure_ascii=False, indent=2))


def say_notes(notes: tuple[str, ...], limit: int = 12) -> None:
    """Remarks for the person, one a line, the rest counted."""
    for note in notes[:limit]:
        say(f"note: {note}")
    if len(notes) > limit:
        say(f"note: … and {len(notes) - limit} more")


def print_report(report: SyncReport, *, as_json: bool, kept: bool | None = None) -> None:
    """The film's measurements: one line, or the whole document."""
    if as_json:
        from musicvid.production.documents import sync_to_document

        document = sync_to_document(report)
        print_json(document if kept is None else {**document, "kept": kept})
        return
    click.echo(report_line(report))
    for problem in report.problems:
        say(f"problem: {problem}")


def report_line(report: SyncReport) -> str:
    """``film.mp4: 3600 frames, 85 of 85 cuts on their frame (0.48 frames from the beat at most), …``"""
    right = sum(c.seen_frame == c.planned_frame for c in report.cuts)
    parts = [f"{report.frames} frames"]
    if report.cuts:
        parts.append(f"{right} of {len(report.cuts)} cuts on their frame")
        unseen = len(report.cuts) - report.cuts_seen
        if unseen:
            parts.append(f"{unseen} without visible change")
        parts.append(f"{report.event_error_frames.max:.2f} frames from the beat at most")
    if report.audio_offset_start_ms is not None and report.audio_offset_end_ms is not None:
        parts.append(f"sound {report.audio_offset_start_ms:+.2f}/{report.audio_offset_end_ms:+.2f} ms")
    parts.append(f"drift {report.drift_ms_per_min:+.2f} ms/min")
    return f"{report.video}: {', '.join(parts)}: {'in sync' if report.ok else 'OUT OF SYNC'}"
