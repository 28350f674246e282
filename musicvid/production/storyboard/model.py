"""What may stand in a storyboard: pydantic models at the door, and the source of the published JSON Schema.

Docstrings and descriptions here are what an editor shows. Every field may be left empty unless it is required.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from musicvid.production.storyboard.anchors import ANCHOR_PATTERN, split_anchors
from musicvid.production.storyboard.fields import (
    AnchorText,
    CastName,
    ConsentDate,
    CutTarget,
    ExistingFile,
    FilePath,
    FilledText,
    Flag,
    FormatVersion,
    GridLevel,
    GridTime,
    Length,
    MentionedCast,
    Mode,
    MomentText,
    Offset,
    Option,
    PaceLength,
    PlaceText,
    Rate,
    ReferenceFile,
    Revenue,
    SectionKey,
    SectionText,
    Seed,
    ShotId,
    Size,
    TakeCount,
    TakeNumber,
    Tempo,
    Territory,
    Text,
    TransitionText,
    Unconsented,
    Use,
)


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        arbitrary_types_allowed=True,
        model_title_generator=lambda model: model.__name__.removesuffix("Part"),
    )


class VideoPart(_Part):
    """Size and frame rate of the movie."""

    size: Size | None = Field(None, description="Width x height in pixels, both even, or a preset.")
    fps: Rate | None = Field(None, description='Frames per second: 24, 25, 30, 23.976, 29.97 … or "24000/1001".')


class LookPart(_Part):
    """What holds for every picture."""

    style: Text | None = Field(None, description="Words that end every prompt: medium, light, colours.")
    avoid: Text | None = Field(None, description="What no picture shall show.")


class RendererPart(_Part):
    """Who makes the pictures. Every further key is an option of that renderer."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Option] = Field(init=False)

    name: FilledText | None = Field(None, description="animatic, footage or a plug-in; `musicvid backends` lists them.")
    model: Text | None = Field(None, description="The model, for renderers that have several.")
    takes: TakeCount | None = Field(None, description="How many takes of each shot are made.")
    seed: Seed | None = Field(None, description="Every shot's seed is derived from this number and its id.")


class ConsentPart(_Part):
    """The agreement of the person shown in the reference picture."""

    by: FilledText = Field(description="Who agreed.")
    on: ConsentDate = Field(description="The day of the agreement, YYYY-MM-DD.")
    proof: ExistingFile = Field(description="The signed paper, a file.")


class CastPart(_Part):
    """Someone or something that stays the same from shot to shot."""

    description: FilledText = Field(alias="is", description="What she, he or it looks like.")
    reference: ReferenceFile | None = Field(None, description="A picture; needs consent.")
    consent: ConsentPart | None = Field(None, description="Who agreed to be shown.")

    @model_validator(mode="before")
    @classmethod
    def _mark_missing_consent(cls, data: Any) -> Any:
        # Marked here and refused by the field itself, so that the other fields are still checked in the same round.
        if isinstance(data, dict) and data.get("reference") is not None and data.get("consent") is None:
            return {**data, "reference": Unconsented(data["reference"])}
        return data


class CutsPart(_Part):
    """Where cuts may fall."""

    on: CutTarget | None = Field(None, description="What cuts land on when the pace is auto or in seconds.")
    shortest: Length | None = Field(None, description="No shot is shorter: 0.7 s, 1 beat.")
    straddle: Flag | None = Field(None, description="Shots may run over the borders of sections.")


class CaptionsPart(_Part):
    """Lyric captions in detail."""

    mode: Mode = Field(description="off, burn (in the picture), sidecar (.srt, .vtt, .lrc beside the movie) or both.")
    karaoke: Flag | None = Field(None, description="Light up the words as they are sung, where the lyrics time them.")
    font: ExistingFile | None = Field(None, description="A font file instead of the one that is shipped.")


def _split_anchors(value: Any) -> Any:
    """``anchors: beat 1 at 0:12.40, beat 97 at 1:02.11`` is short for a list of them."""
    return split_anchors(value) if isinstance(value, str) else value


Anchors = Annotated[
    list[AnchorText] | None,
    BeforeValidator(
        _split_anchors,
        json_schema_input_type=list[AnchorText]
        | Annotated[str, Field(pattern=f"^{ANCHOR_PATTERN}(,{ANCHOR_PATTERN})*$")]
        | None,
    ),
]


def _listed(value: Any) -> Any:
    """``territory: world`` is short for ``territory: [world]``."""
    return [value] if isinstance(value, str) else value


Territories = Annotated[
    list[Territory] | None, BeforeValidator(_listed, json_schema_input_type=list[Territory] | Territory | None)
]


class ReleasePart(_Part):
    """Where the film will be shown and to what end. Licences of models are held against it."""

    territory: Territories = Field(None, description="Two-letter codes of countries, EU, or world: [DE, FR].")
    use: Use | None = Field(None, description="personal or commercial.")
    revenue_usd: Revenue | None = Field(None, description="Yearly revenue of whoever releases it, in US dollars.")


class GridPart(_Part):
    """What you know better about the beats. Options on the command line win, key by key."""

    beats: ExistingFile | None = Field(
        None,
        description="A file of beats that is believed: .beats, .txt, .csv, .svl, Rekordbox .xml, mixxxdb.sqlite, .als.",
    )
    tracker: str | None = Field(None, description="Another beat tracker, from `musicvid doctor`.")
    bpm: Tempo | None = Field(None, description="The tempo, where it is known.")
    level: GridLevel | None = Field(None, description="halve: every second beat only. double: twice as many.")
    offset: Offset | None = Field(None, description="Seconds that are added to every beat.")
    anchors: Anchors = Field(None, description="Beats whose times you know: [beat 1 at 0:12.40, beat 97 at 1:02.11].")
    downbeat: GridTime | None = Field(None, description="Where a bar begins; bars are counted from there both ways.")


class SectionPart(_Part):
    """A section as you hear it."""

    begins: MomentText = Field(alias="from", description="Where it begins: 0:09.4 or bar 5.")
    name: SectionText = Field(alias="is", description="verse, chorus …, or a name such as verse 2.")


class ScenePart(_Part):
    """What happens in one part of the song."""

    place: PlaceText = Field(
        alias="in",
        description='Where: verse, verse 1, 1:02.5 - 1:20, bars 33-48, line "sung words" or default.',
    )
    note: Text | None = Field(None, description="What we see.")
    camera: Text | None = Field(None, description="How the camera moves.")
    cast: list[MentionedCast] | None = Field(None, description="Who is in it: names from `cast`.")
    transition: TransitionText | None = Field(None, description="How its shots begin: cut or dissolve 1 beat.")
    straddle: Flag | None = Field(None, description="Its shots may run over the borders of sections.")
    continuous: Flag | None = Field(None, description="Each of its shots goes on from the one before it, uncut.")
    first_frame: ExistingFile | None = Field(None, description="A picture that its first shot begins with.")
    last_frame: ExistingFile | None = Field(None, description="A picture that its last shot ends with.")


class ShotPart(_Part):
    """Changes to a single shot. What is not given stays as planned."""

    prompt: Text | None = Field(None, description="The whole prompt.")
    avoid: Text | None = Field(None, description="What this picture shall not show.")
    note: Text | None = Field(None, description="What we see; the prompt is composed from it.")
    camera: Text | None = Field(None, description="How the camera moves.")
    seed: Seed | None = Field(None, description="Another seed, another picture.")
    take: TakeNumber | None = Field(None, description="Which take is used, counted from 1.")
    hold: Flag | None = Field(None, description="Freeze the first frame.")
    transition: TransitionText | None = Field(None, description="How the shot begins: cut or dissolve 12 frames.")
    continues: Flag | None = Field(None, description="Whether it goes on from the shot before it, uncut.")
    first_frame: ExistingFile | None = Field(None, description="A picture that it begins with.")
    last_frame: ExistingFile | None = Field(None, description="A picture that it ends with.")


def _spread_mode(value: Any) -> Any:
    """``captions: burn`` is short for ``captions: {mode: burn}``."""
    return value if value is None or isinstance(value, dict | list) else {"mode": value}


Captions = Annotated[
    CaptionsPart | None, BeforeValidator(_spread_mode, json_schema_input_type=Mode | CaptionsPart | None)
]


class StoryboardFile(_Part):
    """A musicvid storyboard: what a music video shows, and when."""

    musicvid: FormatVersion = Field(description="Version of this format.")
    title: Text | None = Field(None, description="The title of the movie.")
    song: FilePath | None = Field(None, description="The song; one on the command line wins.")
    lyrics: ExistingFile | None = Field(None, description=".lrc .srt .vtt .ass, UltraStar .txt or plain .txt.")
    video: VideoPart | None = None
    look: LookPart | None = None
    renderer: RendererPart | None = None
    cast: dict[CastName, CastPart] | None = Field(None, description="Who and what stays the same from shot to shot.")
    pace: dict[SectionKey, PaceLength] | None = Field(
        None, description="How long shots are, per section label or name, or `default`: auto, 2 bars, 3 beats, 1.5 s."
    )
    cuts: CutsPart | None = None
    captions: Captions = Field(None, description="Lyric captions.")
    release: ReleasePart | None = Field(None, description="Where it is shown, for the licences of models.")
    grid: GridPart | None = Field(None, description="Corrections of the beat grid.")
    sections: list[SectionPart] | None = Field(
        None, description="The song's sections in order, where the analyser heard them wrongly."
    )
    scenes: list[ScenePart] | None = Field(None, description="Where scenes overlap, the more specific wins.")
    shots: dict[ShotId, ShotPart | None] | None = Field(
        None, description="Changes to single shots by their id, as `musicvid plan` prints them."
    )
