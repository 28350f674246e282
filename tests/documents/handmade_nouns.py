"""One of each noun, with every field away from its default, and strategies for odd ones."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import strategies as st

from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.lyrics import LyricLine, Word
from musicvid.schema.release import Release
from musicvid.schema.shots import CutCause, Motion, Reference, Shot, ShotList
from musicvid.schema.song import Beat, Confidence, Curve, Onset, Section, Song, TempoPoint
from musicvid.schema.storyboard import CaptionSpec, RendererSpec
from musicvid.schema.sync import CutMeasure, Spread, SyncReport
from musicvid.schema.take import Take
from musicvid.schema.timeline import Clip, CutPoint, Dissolve, FrameMap, Timeline

NTSC = FrameRate.parse("29.97")
LINE = LyricLine(0.1, 1.7, 'Ünï "quoted"\n🎵', (Word(0.1, 0.5, "Ünï"), Word(0.5, 1.7, '"quoted"')), "chorus", True)

SONG = Song(
    file="/music/été.ogg",
    sha256="ab" * 32,
    sample_rate_hz=44100,
    channels=2,
    sample_count=441001,
    tempo_bpm=119.3,
    tempo=(TempoPoint(0.0, 119.3), TempoPoint(5.0, 1 / 3)),
    beats=(Beat(0.1, 4, 0.25), Beat(0.1 + 0.2, 1, 1.0)),
    sections=(Section(0.0, 5.0, "intro", "intro", 0.1), Section(5.0, 441001 / 44100, "verse", "verse 1", 0.7)),
    onsets=(Onset(0.3, 1.0),),
    curves=(Curve.of("loudness", "relative", 50.0, [0.1, 1 / 3, 1e-30]), Curve.of("bass", "relative", 50.0, [])),
    confidence=Confidence(0.9, 0.8, 0.7, 0.6, 0.5),
    notes=("half tempo was tried",),
)
SHOTS = ShotList(
    title="Ä film",
    rate=NTSC,
    size=FrameSize(320, 180),
    frame_count=20,
    shots=(
        Shot("intro/01", FrameSpan(0, 8), "intro", "intro", "Rain.", "", 7, CutCause("start", 0.0),
             first_frame="/a.png"),
        Shot(
            "verse-1/01", FrameSpan(8, 20), "verse 1", "verse", "Ann (a woman).", "text", 2**31 - 1,
            CutCause("downbeat", 0.1 + 0.2), 0.7, ("ann",), "Ann.", "pan", (Reference("ann", "/refs/a.png"),), (LINE,),
            4, 2, True, 3, "intro/01", "", "/z.png",
        ),
    ),
    motion=Motion.of([[k / 7] * 8 for k in range(20)]),
    renderer=RendererSpec("footage", "m", 3, 9, (("steps", 30), ("guidance", 5.5), ("loop", True), ("a", "b")), "/b"),
    captions=CaptionSpec("both", False, "/fonts/a.ttf"),
    notes=("one", "two"),
    release=Release(("DE", "EU"), "commercial", 12_000_000),
)  # fmt: skip
TAKE = Take(
    "intro/01", 2, "cd" * 32, "/w/takes/x.mp4", FrameRate(Fraction(16)), FrameSize(64, 32), 9, 2, 5, "footage", "3",
    "model", "karaoke-1", ("held for 2 frames",),
)  # fmt: skip
TIMELINE = Timeline(
    title="Ä film",
    rate=NTSC,
    size=FrameSize(320, 180),
    frame_count=20,
    clips=(
        Clip("intro/01", FrameSpan(0, 8), TAKE, FrameMap(2, 9, Fraction(16016, 30000), "loop"), 0, 2, (LINE,)),
        Clip("verse-1/01", FrameSpan(8, 20), TAKE, FrameMap(0, 9, Fraction(0)), 2, 0),
    ),
    cuts=(CutPoint(8, "verse-1/01", "downbeat", 0.1 + 0.2, 4),),
    audio="/music/été.ogg",
    dissolves=(Dissolve(FrameSpan(6, 10), "intro/01", "verse-1/01"),),
    captions=CaptionSpec("burn"),
    notes=("slowed",),
)
SYNC = SyncReport(
    video="/w/film.mp4",
    frames=20,
    expected_frames=21,
    timestamp_deviation_frames=0.25,
    audio_offset_start_ms=0.01,
    audio_offset_end_ms=None,
    av_end_mismatch_ms=-3.5,
    cut_error_frames=Spread(0.0, 0.5, 1.0),
    event_error_frames=Spread(0.2, 0.4, 0.5),
    drift_ms_per_min=0.001,
    cuts=(CutMeasure("verse-1/01", 8, 8, 0.25), CutMeasure("verse-1/02", 12, None, 0.5)),
    problems=("a frame is missing",),
)

texts = st.text(st.characters(codec="utf-8"), max_size=12)
numbers = st.floats(-1e9, 1e9)
singles = st.floats(width=32, allow_nan=False, allow_infinity=False)


@st.composite
def odd_songs(draw: st.DrawFn) -> Song:
    """Songs with any text and any finite number where the noun allows it."""
    count = draw(st.integers(0, 10**9))
    rate_hz = draw(st.integers(1, 192_000))
    times = sorted(draw(st.sets(numbers, max_size=6)))
    edges = [0.0, count / rate_hz]
    return Song(
        file=draw(texts),
        sha256=draw(texts),
        sample_rate_hz=rate_hz,
        channels=draw(st.integers(1, 8)),
        sample_count=count,
        tempo_bpm=draw(numbers),
        tempo=tuple(TempoPoint(draw(numbers), draw(numbers)) for _ in range(draw(st.integers(0, 2)))),
        beats=tuple(Beat(t, draw(st.integers(0, 9)), draw(numbers)) for t in times),
        sections=(Section(edges[0], edges[1], draw(texts), draw(texts), draw(numbers)),),
        onsets=tuple(Onset(draw(numbers), draw(numbers)) for _ in range(draw(st.integers(0, 2)))),
        curves=(Curve.of(draw(texts), draw(texts), 50.0, draw(st.lists(singles, max_size=5))),),
        confidence=Confidence(*(draw(numbers) for _ in range(5))),
        notes=tuple(draw(st.lists(texts, max_size=2))),
    )
