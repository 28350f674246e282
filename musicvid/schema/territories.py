"""Countries as licences and storyboards name them: ISO 3166-1 alpha-2 codes, ``EU`` and ``world``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from musicvid.errors import InputError

_COUNTRIES = """
AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR
GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO
JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR
MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO
RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV
TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_REGIONS = "AX GF GP MF MQ RE YT"

COUNTRIES = frozenset(_COUNTRIES.split())
"""ISO 3166-1 alpha-2, the 249 codes that are officially assigned."""

EU_COUNTRIES = frozenset(f"{_MEMBERS} {_REGIONS}".split())
"""The 27 members of the European Union, and regions of theirs that belong to it and have codes of their own."""

EU, WORLD = "EU", "world"
_OTHER_WORDS = {"UK": "GB", "EL": "GR", "EUROPE": EU, "USA": "US", "EVERYWHERE": WORLD, "WORLDWIDE": WORLD}


def parse_territory(word: str) -> str:
    """``de`` → ``DE``, ``World`` → ``world``. Raises :class:`InputError` for what is no territory."""
    plain = word.strip()
    if plain.lower() == WORLD:
        return WORLD
    code = plain.upper()
    if code in COUNTRIES or code == EU:
        return code
    near = _OTHER_WORDS.get(code) or next(iter(difflib.get_close_matches(plain.lower(), [WORLD], n=1)), "")
    guess = f", did you mean {near!r}?" if near else ""
    raise InputError(
        f"unknown territory {word!r}{guess} (known: two-letter codes of countries such as DE or US, EU, world)"
    )


def countries_in(territories: Iterable[str]) -> frozenset[str]:
    """All countries of ``territories``: EU stands for its members, world for every country."""
    found: set[str] = set()
    for territory in territories:
        found |= {EU: EU_COUNTRIES, WORLD: COUNTRIES}.get(territory, frozenset({territory}))
    return frozenset(found)
