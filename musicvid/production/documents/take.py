"""Takes, lyric lines and caption wishes: parts that stand in several documents."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, cast

from musicvid.production.documents.envelope import Document, Kind
from musicvid.production.documents.fields import Fields
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.lyrics import LyricLine, Word
from musicvid.schema.storyboard import CaptionSpec
from musicvid.schema.take import Take

KIND = Kind("takes", 1)


def takes_to_document(takes: Iterable[Take]) -> Document:
    """JSON values of finished takes, for tools that read what ``render`` did."""
    return {**KIND.header(), "takes": [take_values(take) for take in takes]}


def take_values(take: Take) -> Document:
    return {
        "shot": take.shot_id,
        "number": int(take.number),
        "key": take.key,
        "path": take.path,
        "rate": str(take.rate),
        "size": str(take.size),
        "frame_count": int(take.frame_count),
        "head_frames": int(take.head_frames),
        "seed": int(take.seed),
        "backend": take.backend,
        "backend_version": take.backend_version,
        "model": take.model,
        "overlay_key": take.overlay_key,
        "notes": list(take.notes),
    }


def read_take(f: Fields) -> Take:
    return Take(
        shot_id=f.text("shot"),
        number=f.whole("number"),
        key=f.text("key"),
        path=f.text("path"),
        rate=FrameRate(f.fraction("rate")),
        size=FrameSize.parse(f.text("size")),
        frame_count=f.whole("frame_count"),
        head_frames=f.whole("head_frames"),
        seed=f.whole("seed"),
        backend=f.text("backend"),
        backend_version=f.text("backend_version"),
        model=f.text("model"),
        overlay_key=f.text("overlay_key"),
        notes=f.texts("notes"),
    )


def line_values(line: LyricLine) -> Document:
    """A lyric line; words only where the lyrics time them."""
    values: Document = {
        "start_s": float(line.start_s),
        "stop_s": float(line.stop_s),
        "text": line.text,
        "section": line.section,
        "estimated": line.estimated,
    }
    if line.words:
        values["words"] = [{"start_s": float(w.start_s), "stop_s": float(w.stop_s), "text": w.text} for w in line.words]
    return values


def read_line(f: Fields) -> LyricLine:
    words = f.parts("words", _word) if "words" in f else ()
    return LyricLine(
        f.number("start_s"), f.number("stop_s"), f.text("text"), words, f.text("section"), f.flag("estimated")
    )


def caption_values(spec: CaptionSpec) -> Document:
    return {"mode": spec.mode, "karaoke": spec.karaoke, "font": spec.font}


def read_captions(f: Fields) -> CaptionSpec:
    mode = cast(Literal["off", "burn", "sidecar", "both"], f.one_of("mode", Literal["off", "burn", "sidecar", "both"]))
    return CaptionSpec(mode, f.flag("karaoke"), f.text("font"))


def _word(f: Fields) -> Word:
    return Word(f.number("start_s"), f.number("stop_s"), f.text("text"))
