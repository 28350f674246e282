"""Words for people: who they are, how old, what they wear and carry. Plain tables like those of ``words``."""

from __future__ import annotations

from musicvid.rendering.backends.animatic.words import table

ROLES = table(
    woman="""
        woman, women, lady, she, her, bride, mother, mum, mom, wife, queen, girlfriend, sister, heroine, actress,
        ballerina, nun, witch, grandmother, schoolgirl, girl, daughter, princess, waitress
    """,
    man="""
        man, men, guy, he, his, him, groom, father, dad, husband, king, boyfriend, brother, hero, actor,
        grandfather, schoolboy, boy, son, prince, sailor, soldier, cowboy
    """,
    someone="""
        person, figure, someone, stranger, wanderer, traveller, traveler, astronaut, runner, dancer, singer,
        musician, rider, child, kid, lover, hitchhiker, swimmer, teenager, driver, poet, worker, silhouette
    """,
    two="couple, lovers, pair, newlyweds, twosome, two",
    many="people, crowd, friends, dancers, family, band, children, kids, audience, runners, strangers",
)
PRONOUNS = frozenset({"she", "her", "he", "his", "him"})
THEY = frozenset({"they", "them", "their", "we", "us"})
GARMENTS = table(
    coat="coat, raincoat, parka, cloak, cape",
    dress="dress, gown, skirt, sundress, robe",
    jacket="jacket, suit, hoodie, cardigan, uniform, tuxedo, spacesuit",
    shirt="shirt, sweater, jumper, tshirt, overalls",
)
HATS = frozenset({"hat", "cap", "helmet", "hood", "beret"})
CARRIED = table(
    umbrella="umbrella, parasol",
    ball="balloon, balloons",
    case="suitcase",
    cane="cane, stick",
    lantern="lantern",
)
_YEARS = {
    5: "baby toddler",
    8: "child kid little childhood children kids",
    10: "daughter son",
    12: "schoolgirl schoolboy",
    16: "teen teenage teenager teenagers",
    17: "girl boy",
    18: "youth youthful",
    20: "young younger student",
    32: "adult grown",
    40: "parents mother father mum mom dad",
    50: "mature",
    56: "older",
    58: "aging ageing",
    70: "elder",
    74: "aged grandmother grandfather grandparents",
    76: "wrinkled",
    78: "elderly",
    80: "ancient",
}
AGES = {word: float(years) for years, line in _YEARS.items() for word in line.split()}
DECADES = {
    "teens": 15.0, "twenties": 24.0, "thirties": 34.0, "forties": 44.0, "fifties": 54.0, "sixties": 65.0,
    "seventies": 75.0, "eighties": 84.0,
}  # fmt: skip
NUMBERS = {
    "sixteen": 16.0, "seventeen": 17.0, "eighteen": 18.0, "nineteen": 19.0, "twenty": 20.0, "thirty": 30.0,
    "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "eighty": 80.0, "ninety": 90.0,
}  # fmt: skip
DIGITS = {
    "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0,
}  # fmt: skip
OLD_WHO = frozenset({
    "man", "woman", "couple", "lady", "people", "lovers", "friends", "pair", "they", "now", "together", "and", ".", ",",
})  # fmt: skip
"""Words after which "old" tells an age: an old house does not age those who pass it."""
