"""What was heard in a song, as a document. ``position`` 1 is a downbeat; sections tile the song."""

from __future__ import annotations

from pathlib import Path

from musicvid.production.documents.envelope import Document, Kind, read_document, write_document
from musicvid.production.documents.fields import Fields, float32_block
from musicvid.schema.song import Beat, Confidence, Curve, Onset, Section, Song, TempoPoint

KIND = Kind("song", 1)


def song_to_document(song: Song) -> Document:
    """JSON values of ``song``. ``duration_s`` is there to be read; the exact length is ``sample_count``."""
    sure = song.confidence
    return {
        **KIND.header(),
        "file": song.file,
        "sha256": song.sha256,
        "duration_s": float(song.duration_s),
        "sample_rate_hz": int(song.sample_rate_hz),
        "channels": int(song.channels),
        "sample_count": int(song.sample_count),
        "tempo_bpm": float(song.tempo_bpm),
        "loudness_lufs": None if song.loudness_lufs is None else float(song.loudness_lufs),
        "confidence": {
            "beats": float(sure.beats),
            "octave": float(sure.octave),
            "phase": float(sure.phase),
            "downbeats": float(sure.downbeats),
            "sections": float(sure.sections),
        },
        "notes": list(song.notes),
        "sections": [
            {
                "start_s": float(s.start_s),
                "stop_s": float(s.stop_s),
                "label": s.label,
                "name": s.name,
                "energy": float(s.energy),
            }
            for s in song.sections
        ],
        "tempo": [{"time_s": float(t.time_s), "bpm": float(t.bpm)} for t in song.tempo],
        "beats": [
            {
                "time_s": float(b.time_s),
                "position": int(b.position),
                "strength": float(b.strength),
                "confidence": float(b.confidence),
            }
            for b in song.beats
        ],
        "onsets": [{"time_s": float(o.time_s), "strength": float(o.strength)} for o in song.onsets],
        "curves": [
            {
                "name": c.name,
                "unit": c.unit,
                "rate_hz": float(c.rate_hz),
                "low": float(c.low),
                "high": float(c.high),
                "values": float32_block(c.data),
            }
            for c in song.curves
        ],
    }


def song_from_document(document: object, where: str = "") -> Song:
    """The song in ``document``; ``where`` is the file's name for messages. Raises :class:`InputError`."""
    fields = KIND.open(document, where)
    with fields.building():
        rate_hz = fields.whole("sample_rate_hz")
        if rate_hz < 1 or fields.whole("sample_count") < 0:
            raise fields.wrong("sample_rate_hz", "a song has a sample rate above 0 and no negative length")
        return Song(
            file=fields.text("file"),
            sha256=fields.text("sha256"),
            sample_rate_hz=rate_hz,
            channels=fields.whole("channels"),
            sample_count=fields.whole("sample_count"),
            tempo_bpm=fields.number("tempo_bpm"),
            tempo=fields.parts("tempo", lambda f: TempoPoint(f.number("time_s"), f.number("bpm"))),
            beats=fields.parts("beats", _beat),
            sections=fields.parts("sections", _section),
            onsets=fields.parts("onsets", lambda f: Onset(f.number("time_s"), f.number("strength"))),
            curves=fields.parts("curves", _curve),
            confidence=fields.part("confidence", _confidence),
            notes=fields.texts("notes"),
            loudness_lufs=fields.number_or_none("loudness_lufs") if "loudness_lufs" in fields else None,
        )


def read_song(path: str | Path) -> Song:
    """The song document in a file. Raises :class:`InputError`."""
    return song_from_document(read_document(path), str(path))


def write_song(path: str | Path, song: Song) -> None:
    """Raises :class:`StorageError`."""
    write_document(path, song_to_document(song))


def _beat(f: Fields) -> Beat:
    sure = f.number("confidence") if "confidence" in f else 1.0  # older documents did not say
    return Beat(f.number("time_s"), f.whole("position"), f.number("strength"), sure)


def _section(f: Fields) -> Section:
    return Section(f.number("start_s"), f.number("stop_s"), f.text("label"), f.text("name"), f.number("energy"))


def _curve(f: Fields) -> Curve:
    count = f.part("values", lambda block: block.whole("count"))
    if f.number("rate_hz") <= 0:
        raise f.wrong("rate_hz", "a rate is above 0")
    low, high = (f.number("low"), f.number("high")) if "low" in f else (0.0, 1.0)  # older documents: all were relative
    return Curve(f.text("name"), f.text("unit"), f.number("rate_hz"), f.float32("values", count), low, high)


def _confidence(f: Fields) -> Confidence:
    return Confidence(
        f.number("beats"), f.number("octave"), f.number("phase"), f.number("downbeats"), f.number("sections")
    )
