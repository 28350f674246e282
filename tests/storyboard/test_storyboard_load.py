"""A right storyboard gives the right noun; paths stay where they may be."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from musicvid.errors import InputError, StoryboardError
from musicvid.production.storyboard import Storyboard
from musicvid.schema import storyboard as nouns
from musicvid.schema.frames import FrameRate, FrameSize
from musicvid.schema.grid import Anchor, Corrections

FULL = """\
# yaml-language-server: $schema=./storyboard.schema.json
musicvid: 1                       # format version
title: The Long Way Home
song: long_way_home.ogg
lyrics: long_way_home.lrc

video:
  size: 1280x720
  fps: 23.976

look:
  style: 16 mm film, warm grain, natural light
  avoid: text, watermark, extra fingers

renderer:
  name: diffusion
  model: wan2.1-t2v-1.3b
  takes: 3
  seed: 7
  steps: 30
  guidance: 5.5
  fast: true
  folder: clips

cast:
  ann:
    is: a woman with short red hair and a green coat
    reference: refs/ann.png
    consent: {by: Ann Example, on: 2026-05-01, proof: refs/ann-release.pdf}
  boat: {is: a small yellow paper boat}

pace:
  verse: 2 bars
  Chorus 2: 1/2 bar
  default: 1.5 s

cuts: {on: beats, shortest: 1 beat, straddle: true}
grid:
  bpm: 128
  level: double
  offset: -0.012
  downbeat: 1:02.5
  anchors: [beat 1 at 0:12.40, 97 @ 1:02.11 s]
captions: {mode: both, karaoke: false, font: refs/ann.png}

scenes:
  - in: intro
    note: A school corridor in 1983, morning light.
    camera: slow push in
  - in: verse 1
    cast: [ann, boat]
    note: |
      Ann runs along a canal.
      They grow older with every bridge.
  - in: 1:02.5 - 1:20
    straddle: true
    continuous: true
    first_frame: refs/ann.png
    last_frame: refs/ann.png
  - in: bars 33-48
    transition: dissolve 12 frames
  - in: line "the long way home"
    transition: dissolve 1 beat
  - in: default

shots:
  chorus-2/03: {prompt: "Ann dances alone", seed: 41, take: 2, hold: true, transition: cut}
  verse-1/01:
    note: He waits.
    camera: still
    avoid: rain
    continues: false
    first_frame: refs/ann.png
    last_frame: refs/ann.png
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "refs").mkdir()
    for name in ("long_way_home.lrc", "refs/ann.png", "refs/ann-release.pdf"):
        (tmp_path / name).write_text("x")
    return tmp_path


def load(folder: Path, text: str | bytes) -> Storyboard:
    path = folder / "story.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return Storyboard.load(path)


def test_beats_of_the_grid_are_a_file_beside_the_storyboard(folder: Path) -> None:
    story = load(folder, "musicvid: 1\ngrid: {beats: refs/ann.png, anchors: 'beat 2 at 3, 5 at 0:09'}\n")
    anchors = (Anchor(2, 3.0), Anchor(5, 9.0))
    assert story.grid == Corrections(beats=str(folder / "refs/ann.png"), anchors=anchors)
    assert load(folder, "musicvid: 1\ngrid: {tracker: librosa}\n").grid == Corrections(tracker="librosa")
    assert load(folder, "musicvid: 1\ngrid:\n").grid == load(folder, "musicvid: 1\n").grid == Corrections()


def test_every_field_arrives(folder: Path) -> None:
    story = load(folder, FULL)
    file = str(folder / "story.yaml")
    beat = nouns.Amount(Fraction(1), "beats")
    assert story.title == "The Long Way Home"
    assert story.song == str(folder / "long_way_home.ogg")
    assert story.lyrics == str(folder / "long_way_home.lrc")
    assert story.video == nouns.VideoSpec(FrameSize(1280, 720), FrameRate(Fraction(24000, 1001)))
    assert story.look == nouns.Look("16 mm film, warm grain, natural light", "text, watermark, extra fingers")
    options = (("steps", 30), ("guidance", 5.5), ("fast", True), ("folder", "clips"))
    assert story.renderer == nouns.RendererSpec("diffusion", "wan2.1-t2v-1.3b", 3, 7, options, str(folder))
    consent = nouns.Consent("Ann Example", "2026-05-01", str(folder / "refs/ann-release.pdf"))
    assert story.cast == (
        nouns.CastMember("ann", "a woman with short red hair and a green coat", str(folder / "refs/ann.png"), consent),
        nouns.CastMember("boat", "a small yellow paper boat"),
    )
    assert story.pace == nouns.Pace(
        nouns.Amount(Fraction(3, 2), "seconds"),
        (("verse", nouns.Amount(Fraction(2), "bars")), ("chorus 2", nouns.Amount(Fraction(1, 2), "bars"))),
    )
    assert story.cuts == nouns.CutRules("beats", beat, straddle=True)
    anchors = (Anchor(1, 12.4), Anchor(97, 62.11))
    assert story.grid == Corrections(bpm=128.0, level="double", offset_s=-0.012, anchors=anchors, downbeat_s=62.5)
    assert story.captions == nouns.CaptionSpec("both", karaoke=False, font=str(folder / "refs/ann.png"))
    assert [scene.place for scene in story.scenes] == [
        nouns.SectionPlace("intro"),
        nouns.SectionPlace("verse", 1),
        nouns.TimePlace(62.5, 80.0),
        nouns.BarPlace(33, 48),
        nouns.LinePlace("the long way home"),
        nouns.DefaultPlace(),
    ]
    assert story.scenes[0].camera == "slow push in"
    assert story.scenes[1].cast == ("ann", "boat")
    assert story.scenes[1].note == "Ann runs along a canal.\nThey grow older with every bridge."
    assert [scene.straddle for scene in story.scenes] == [False, False, True, False, False, False]
    picture = str(folder / "refs/ann.png")
    assert [scene.continuous for scene in story.scenes] == [False, False, True, False, False, False]
    assert [scene.first_frame for scene in story.scenes] == ["", "", picture, "", "", ""]
    assert [scene.last_frame for scene in story.scenes] == ["", "", picture, "", "", ""]
    assert story.scenes[3].transition == nouns.Transition("dissolve", nouns.Amount(Fraction(12), "frames"))
    assert story.scenes[4].transition == nouns.Transition("dissolve", beat)
    lines = FULL.splitlines()
    assert story.scenes[1].where == f"{file}:{lines.index('  - in: verse 1') + 1}:9"
    row = next(i for i, line in enumerate(lines, 1) if line.startswith("  chorus-2/03"))
    assert story.shots == (
        nouns.ShotOverride(
            "chorus-2/03",
            prompt="Ann dances alone",
            seed=41,
            take=2,
            hold=True,
            transition=nouns.Transition(),
            where=f"{file}:{row}:3",
        ),
        nouns.ShotOverride(
            "verse-1/01",
            note="He waits.",
            camera="still",
            avoid="rain",
            where=f"{file}:{row + 1}:3",
            continues=False,
            first_frame=picture,
            last_frame=picture,
        ),
    )


def test_what_is_left_empty_keeps_its_default(folder: Path) -> None:
    empty = "musicvid: 1\ntitle:\nsong: ~\nvideo: {size: , fps: }\nlook:\nrenderer:\n  seed:\ncast:\npace:\ncuts:\n"
    story = load(folder, empty + "captions:\nscenes:\nshots:\n")
    plain = load(folder, "musicvid: 1\nscenes: []\n")
    assert story == plain
    assert plain == Storyboard(file=str(folder / "story.yaml"), renderer=nouns.RendererSpec(base=str(folder)))
    assert isinstance(plain, nouns.Storyboard)


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbfmusicvid: 1\ntitle: caf\xc3\xa9\n",
        b"musicvid: 1\r\ntitle: caf\xc3\xa9\r\n",
        b"musicvid: 1\rtitle: caf\xc3\xa9",
        b"---\nmusicvid: 1\ntitle: 'caf\xc3\xa9'\n...\n",
        b'%YAML 1.1\n---\nmusicvid: 0x1\ntitle: "caf\\xe9"\n',
        b'{"musicvid": 1, "title": "caf\xc3\xa9"}',
    ],
)
def test_the_same_storyboard_in_other_bytes(folder: Path, data: bytes) -> None:
    assert load(folder, data).title == "café"


def test_words_stay_words(folder: Path) -> None:
    """YAML 1.1 would make 82.5 of the first, False of the second, a date of the third, 10 of the last."""
    story = load(
        folder,
        "musicvid: 1\ncaptions: off\nscenes: [{in: 1:22.5 - 1:30, note: NO}, {in: line 2026-05-01}, {in: bars 012}]",
    )
    assert story.scenes[0].place == nouns.TimePlace(82.5, 90.0)
    assert story.scenes[0].note == "NO"
    assert story.scenes[1].place == nouns.LinePlace("2026-05-01")
    assert story.scenes[2].place == nouns.BarPlace(12, 12)
    assert story.captions.mode == "off"


def test_absolute_paths_may_lead_anywhere(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "words.txt"
    elsewhere.write_text("x")
    story = load(folder, f"musicvid: 1\nsong: /nowhere/song.ogg\nlyrics: {elsewhere}\n")
    assert story.song == "/nowhere/song.ogg"  # whether it exists is asked when it is needed
    assert story.lyrics == str(elsewhere)


@pytest.mark.parametrize("text", ["../song.ogg", "refs/../../song.ogg", "out/song.ogg", "refs/loop/song.ogg"])
def test_relative_paths_stay_in_the_folder(folder: Path, tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    (folder / "out").symlink_to(tmp_path_factory.mktemp("out"))
    (folder / "refs/loop").symlink_to(folder / "refs/loop")
    with pytest.raises(StoryboardError, match=r"story\.yaml:2:7: song: ") as caught:
        load(folder, f"musicvid: 1\nsong: {text}\n")
    assert len(caught.value.mistakes) == 1


def test_a_link_inside_the_folder_is_fine(folder: Path) -> None:
    (folder / "words.lrc").symlink_to(folder / "long_way_home.lrc")
    assert load(folder, "musicvid: 1\nlyrics: words.lrc\n").lyrics == str(folder / "long_way_home.lrc")


def test_a_missing_file_says_what_to_do(folder: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml: no such storyboard \(musicvid init SONG writes a starter"):
        Storyboard.load(folder / "none.yaml")
    with pytest.raises(InputError, match="is a folder, a storyboard file is needed"):
        Storyboard.load(folder)


def test_loading_executes_nothing_and_stays_light() -> None:
    code = (
        "import sys; from musicvid.production.storyboard import Storyboard, storyboard_schema\n"
        "Storyboard.parse(b'musicvid: 1'); storyboard_schema()\n"
        "heavy = {'numpy', 'librosa', 'av', 'torch', 'pysubs2', 'scipy', 'moviepy', 'PIL'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
