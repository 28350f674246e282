"""Three shots by a video model, the second going on from the first, cut into one silent film::

    python examples/three_shots.py wan2.2-ti2v-5b
    python examples/three_shots.py some/folder three_shots.mp4 --size 832x480 --seconds 3 --set steps=4

`musicvid models` lists what is known, `musicvid doctor` says what this machine can do. Run it again after a change:
finished clips are kept beside the film, and only what changed is made.
"""

import argparse
from pathlib import Path

import musicvid as mv
from musicvid.cli.options import option_pair
from musicvid.schema.frames import FrameRate, FrameSize, FrameSpan
from musicvid.schema.shots import CutCause, Motion, Shot

STYLE = "16 mm film, warm grain, natural light"
PROMPTS = [
    "Ann, short red hair and a green coat, runs along a canal; a small yellow paper boat keeps up with her",
    "She stops on a bridge and looks down at the boat",
    "An empty dance hall at night, the yellow boat lies on the floor",
]


def three_shots(seconds: float, size: str, *, going_on: bool) -> mv.ShotList:
    """The prompts as shots of equal length on a grid of 24 frames a second."""
    rate, frames = FrameRate.parse("24"), round(24 * seconds)
    shots = [
        Shot(
            id=f"scene/{number + 1:02d}",
            span=FrameSpan(number * frames, (number + 1) * frames),
            section="scene",
            label="scene",
            prompt=f"{prompt}. {STYLE}",
            avoid="text, watermark",
            seed=40 + number,
            cut_on=CutCause("time", number * seconds),
            continues="scene/01" if number == 1 and going_on else "",
        )
        for number, prompt in enumerate(PROMPTS)
    ]
    still = Motion.of([[0.0] * 8] * (len(shots) * frames))  # no music: nothing moves with it
    return mv.ShotList("Three shots", rate, FrameSize.parse(size), len(shots) * frames, tuple(shots), still)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a name of `musicvid models`, a folder, or owner/name on the hub")
    parser.add_argument("film", nargs="?", type=Path, default=Path("three_shots.mp4"))
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--cut", action="store_true", help="the second shot does not go on from the first")
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="an option of the renderer")
    asked = parser.parse_args()
    shots = three_shots(asked.seconds, asked.size, going_on=not asked.cut)
    work = asked.film.with_suffix(".musicvid")
    options = dict(map(option_pair, asked.set))
    takes = []
    for take in mv.render(shots, "diffusion", work, model=asked.model, options=options):
        print(f"{take.shot_id}: {take.frame_count} frames of {take.size}, seed {take.seed}")
        print(*(f"  {note}\n" for note in take.notes), sep="", end="")
        takes.append(take)
    mv.assemble(mv.edit(shots, takes), to=asked.film, work=work)
    print(f"made {asked.film}")


if __name__ == "__main__":
    main()
