"""What a licence forbids is refused in one line, and everything else is not."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from musicvid.diffusion.licences import refusal, shown
from musicvid.diffusion.models import Licence, VideoModel
from musicvid.diffusion.registry import known_models
from musicvid.errors import InputError
from musicvid.schema.release import Release
from musicvid.schema.territories import COUNTRIES, EU_COUNTRIES, countries_in, parse_territory

MODELS = {model.key: model for model in known_models()}
HUNYUAN, WAN, LTX2 = MODELS["hunyuanvideo-1.5"], MODELS["wan2.2-ti2v-5b"], MODELS["ltx-2"]


def under(**licence: object) -> VideoModel:
    return replace(WAN, licence=replace(Licence("Odd", checked="here"), **licence))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("model", "release", "words"),
    [
        (HUNYUAN, Release(), "where the film is released is not said: write release: {territory: [DE]"),
        (HUNYUAN, Release(use="personal"), "is not said"),
        (HUNYUAN, Release(("DE",)), "excludes EU, GB, KR, and the film is released in DE: choose another model"),
        (HUNYUAN, Release(("US", "GB", "KR")), "is released in GB, KR"),
        (HUNYUAN, Release(("EU",)), "is released in EU"),
        (HUNYUAN, Release(("RE",)), "is released in RE"),
        (HUNYUAN, Release(("world",)), "is released in the whole world"),
        (under(excluded=("DE",)), Release(("EU",)), "is released in EU"),
        (under(excluded=("world",)), Release(("US",)), "is released in US"),
        (under(commercial="no"), Release(use="commercial"), "forbids commercial use: choose"),
        (under(commercial="no", checked=""), Release(use="commercial"), "(as far as known, not verified)"),
        (
            LTX2,
            Release(yearly_revenue_usd=10_000_000),
            "from 10,000,000 US dollars of yearly revenue on, and 10,000,000",
        ),
        (LTX2, Release(("DE",), "personal", 2 * 10**9), "get a paid licence"),
    ],
)
def test_refused(model: VideoModel, release: Release, words: str) -> None:
    said = refusal(model, release)
    assert words in said
    assert said.startswith(f"the model {model.key} cannot be used: its licence, {model.licence.name}, ")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("model", "release"),
    [
        (HUNYUAN, Release(("US", "CH", "NO"))),
        (HUNYUAN, Release(("KP",), "commercial", 10**12)),
        (WAN, Release()),
        (WAN, Release(("world",), "commercial", 10**12)),
        (LTX2, Release(yearly_revenue_usd=9_999_999)),
        (LTX2, Release(use="commercial")),
        (under(commercial="no"), Release(use="personal")),
        (under(commercial="no"), Release()),
        (under(commercial="unknown"), Release(use="commercial")),
    ],
)
def test_allowed(model: VideoModel, release: Release) -> None:
    assert refusal(model, release) == ""


TERRITORIES = st.lists(st.sampled_from([*sorted(COUNTRIES), "EU", "world"]), max_size=3).map(tuple)


@given(excluded=TERRITORIES, released=TERRITORIES)
def test_territories_meet_where_their_countries_do(excluded: tuple[str, ...], released: tuple[str, ...]) -> None:
    refused = refusal(under(excluded=excluded), Release(released)) != ""
    if excluded and not released:
        assert refused
    else:
        assert refused == bool(countries_in(excluded) & countries_in(released))


def test_the_list_of_countries_is_that_of_the_standard() -> None:
    tzdata = pytest.importorskip("tzdata", reason="needs the list that comes with tzdata")
    from importlib.resources import files

    rows = files(tzdata).joinpath("zoneinfo/iso3166.tab").read_text("utf-8").splitlines()
    assert {row.split("\t")[0] for row in rows if row and row[0] != "#"} == COUNTRIES


def test_the_union_has_27_members_and_their_regions() -> None:
    assert len(EU_COUNTRIES - {"AX", "GF", "GP", "MF", "MQ", "RE", "YT"}) == 27
    assert EU_COUNTRIES < COUNTRIES
    assert not EU_COUNTRIES & {"GB", "CH", "NO", "IS", "TR", "UA", "RS"}
    assert countries_in(["world"]) == COUNTRIES
    assert countries_in(["EU", "CH"]) == EU_COUNTRIES | {"CH"}
    assert countries_in([]) == frozenset()


@pytest.mark.parametrize(("word", "code"), [("de", "DE"), (" EU ", "EU"), ("WORLD", "world"), ("no", "NO")])
def test_territories_are_read(word: str, code: str) -> None:
    assert parse_territory(word) == code


@pytest.mark.parametrize(("word", "near"), [("UK", "'GB'"), ("wrld", "'world'"), ("USA", "'US'"), ("Germany", "known")])
def test_what_is_no_territory_is_refused(word: str, near: str) -> None:
    with pytest.raises(InputError, match=near):
        parse_territory(word)


def test_what_is_shown_before_a_download() -> None:
    assert shown(HUNYUAN.licence) == (
        "licence: Tencent Hunyuan Community License (https://huggingface.co/hunyuanvideo-community/"
        "HunyuanVideo-1.5-480p_t2v)",
        "not licensed in: EU, GB, KR",
        "commercial use: unknown",
        f"note: {HUNYUAN.licence.note}",
        "read in: the model's own repository",
    )
    assert "paid licence needed: from 10,000,000 US dollars of yearly revenue on" in shown(LTX2.licence)
    assert shown(Licence("X"))[-1] == "not verified: read it yourself before use"
