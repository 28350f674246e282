"""What the mouth does for every phoneme: formants, voicing and noise.

Vowel formants are close to the averages that Peterson and Barney (1952) measured on women; consonants are the usual
textbook shapes (Fant's source and filter), shortened to what carries in a song.
"""

from __future__ import annotations

from dataclasses import dataclass

Formants = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Sound:
    """``voice`` is the loudness of the voiced part, ``noise`` that of the noise band named ``band``.

    ``length_s`` is how long a consonant takes; vowels fill the note. ``burst`` is the noise at the end of a stop.
    """

    formants: Formants
    voice: float = 1.0
    length_s: float = 0.0
    noise: float = 0.0
    band: str = ""
    burst: float = 0.0


_VOWELS: dict[str, Formants] = {
    "IY": (310, 2750, 3300), "IH": (430, 2400, 3050), "EH": (600, 2250, 2950), "AE": (820, 2000, 2850),
    "AA": (850, 1230, 2800), "AO": (610, 950, 2720), "UH": (470, 1150, 2680), "UW": (370, 980, 2660),
    "AH": (740, 1380, 2780), "ER": (500, 1580, 1980),
}  # fmt: skip

GLIDING: dict[str, tuple[str, str]] = {
    "EY": ("EH", "IY"), "AY": ("AA", "IH"), "OW": ("AO", "UW"), "AW": ("AA", "UH"), "OY": ("AO", "IH"),
}  # fmt: skip
"""Diphthongs: most of the note is sung on the first vowel."""

_CONSONANTS: dict[str, Sound] = {
    "M": Sound((270, 1100, 2300), 0.34, 0.075),
    "N": Sound((280, 1550, 2600), 0.34, 0.070),
    "NG": Sound((280, 2000, 2700), 0.34, 0.075),
    "L": Sound((370, 1100, 2900), 0.52, 0.070),
    "R": Sound((420, 1250, 1700), 0.52, 0.075),
    "W": Sound((330, 720, 2500), 0.50, 0.075),
    "Y": Sound((290, 2600, 3200), 0.50, 0.065),
    "V": Sound((320, 1200, 2500), 0.30, 0.060, 0.06, "breath"),
    "DH": Sound((330, 1500, 2700), 0.30, 0.045, 0.06, "breath"),
    "Z": Sound((310, 1700, 2700), 0.22, 0.065, 0.16, "hiss"),
    "B": Sound((260, 900, 2300), 0.10, 0.050, burst=0.12, band="puff"),
    "D": Sound((260, 1750, 2800), 0.10, 0.045, burst=0.16, band="tick"),
    "G": Sound((260, 1900, 2500), 0.10, 0.050, burst=0.14, band="tick"),
    "P": Sound((400, 900, 2300), 0.0, 0.075, burst=0.26, band="puff"),
    "T": Sound((400, 1800, 2800), 0.0, 0.070, burst=0.30, band="tick"),
    "K": Sound((400, 1700, 2400), 0.0, 0.075, burst=0.32, band="puff"),
    "S": Sound((400, 1700, 2700), 0.0, 0.095, 0.22, "hiss"),
    "SH": Sound((400, 1800, 2600), 0.0, 0.095, 0.26, "hush"),
    "CH": Sound((400, 1900, 2600), 0.0, 0.095, 0.26, "hush"),
    "F": Sound((400, 1200, 2500), 0.0, 0.080, 0.16, "breath"),
    "TH": Sound((400, 1400, 2600), 0.0, 0.070, 0.13, "breath"),
    "HH": Sound((600, 1500, 2700), 0.06, 0.060, 0.17, "breath"),
}

BANDS_HZ: dict[str, tuple[float, float]] = {
    "hiss": (4800, 9500), "hush": (2200, 6200), "breath": (900, 6500), "tick": (2500, 8000), "puff": (700, 3800),
}  # fmt: skip
"""Pass bands of the noises."""

UPPER_FORMANTS_HZ = (3700.0, 4750.0)
"""The fourth and fifth formant; they belong to the singer rather than to the sound."""
BANDWIDTHS_HZ = (150.0, 120.0, 160.0, 240.0, 340.0)


def is_vowel(name: str) -> bool:
    return name in _VOWELS or name in GLIDING


def sound(name: str) -> Sound:
    """What to do for a phoneme (a diphthong has two: see ``GLIDING``). Raises KeyError."""
    return Sound(_VOWELS[name]) if name in _VOWELS else _CONSONANTS[name]
