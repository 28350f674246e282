"""One song and storyboard that use most of what the planner can do. Run as a program it prints the shot list."""

from __future__ import annotations

from fractions import Fraction

from handmade_songs import POP, flat_curves, steady_song, sung

from musicvid.planning.plan import plan
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.lyrics import Lyrics
from musicvid.schema.shots import ShotList
from musicvid.schema.storyboard import (
    Amount,
    BarPlace,
    CastMember,
    LinePlace,
    Look,
    Pace,
    RendererSpec,
    Scene,
    SectionPlace,
    ShotOverride,
    Storyboard,
    TimePlace,
    Transition,
    VideoSpec,
)

BEAT = Transition("dissolve", Amount(Fraction(1), "beats"))


def golden_shots() -> ShotList:
    """The example of the storyboard format, on a song of 111 beats a minute with a pickup of two, at 29.97 fps."""
    song = steady_song(POP, bpm=111, pickup_beats=2, curves=flat_curves(113.6))
    story = Storyboard(
        title="The Long Way Home",
        video=VideoSpec(FrameSize(1280, 720), FrameRate.parse("29.97")),
        look=Look("16 mm film, warm grain, natural light", "text, watermark, extra fingers"),
        renderer=RendererSpec(takes=3, seed=7),
        cast=(
            CastMember("ann", "a woman with short red hair and a green coat", "/refs/ann.png"),
            CastMember("boat", "a small yellow paper boat"),
        ),
        pace=Pace(None, (("verse", Amount(Fraction(2), "bars")), ("chorus", Amount(Fraction(1), "bars")))),
        scenes=(
            Scene(
                SectionPlace("intro"),
                "A school corridor in 1983, morning light. The camera glides forward.",
                "slow push in",
            ),
            Scene(
                SectionPlace("verse", 1),
                "Ann runs along a canal. The boat keeps up with her.\nThey grow older with every bridge.\n",
                cast=("ann", "boat"),
            ),
            Scene(TimePlace(62.5, 80.0), "Fireworks over the harbour."),
            Scene(BarPlace(33, 34), "An empty dance hall."),
            Scene(LinePlace("the long way home"), "Ann turns round and looks into the lens.", transition=BEAT),
        ),
        shots=(ShotOverride("chorus-2/03", prompt="Ann dances alone", seed=41, take=2, hold=True),),
    )
    lines = sung((27.2, 30.8, "I took the long way home"), (31.0, 35.0, "and never came back"), (61.0, 62.0, "Oh"))
    return plan(song, story, Lyrics(lines=lines))


def golden_text() -> str:
    shots = golden_shots()
    rows = []
    for s in shots.shots:
        facts = [s.id, s.span.start, s.span.stop, s.cut_on.kind, round(s.cut_on.time_s * 1000), s.scene, s.seed]
        facts += [
            s.dissolve_frames,
            s.chosen_take,
            int(s.hold),
            "+".join(s.cast),
            "/".join(line.text for line in s.lines),
        ]
        rows.append(" | ".join(str(f) for f in [*facts, s.prompt]))
    return "\n".join([f"{shots.rate} {shots.size} {shots.frame_count}", *rows, "", *shots.notes]) + "\n"


if __name__ == "__main__":
    print(golden_text(), end="")
