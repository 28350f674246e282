"""How likely somebody sings or speaks: by the way a voice moves.

Instruments with fixed pitch change by starting and fading; drums change everywhere at once. A voice glides: all its
partials move up or down together, from note to note, in vibrato, within every vowel. A small glide by ``v`` turns the
spectrum ``x(f)`` into ``x(f - v f)``, so that its change over time is ``-v f dx/df``. How much of all change is
explained by such a common glide says how likely there is a voice.

On six songs with known words, area under the curve: 0.94 for words against what is half a second or more away from any,
0.75 for words against every pause between them, 0.975 for words against 28 instrumentals. The two constants of the
last step were chosen on these songs, the rest was not trained. Slides on a guitar, pitch wheels and vibrato of strings
are taken for voices; singers who hold a steady pitch in a choir are missed.
"""

from __future__ import annotations

import numpy as np

from musicvid.analysis.curves.mel import BLOCK_FRAMES, Array, bands, centres_hz
from musicvid.analysis.curves.shaping import PER_FRAME, PER_SLOW, Floats, smooth
from musicvid.analysis.spectrum import Features

_LOW_HZ, _HIGH_HZ = 200.0, 3000.0
_LINEAR_TO_HZ = 1000.0
"""The mel scale is linear up to here and logarithmic above, where a glide moves all bands equally far."""
_GLIDE_S, _PHRASE_S = 0.02, 0.4
_FLAT, _STILL = 0.5, 0.5
"""Squared slope over frequency and squared change over time, summed over bands, that are not worth explaining."""
_EVEN, _STEEP = 0.0146, 3.0
"""The share of explained change at which a voice is as likely as none, and how fast it becomes sure: logistic
regression in the logarithm of the share, on six recordings with known words and 28 instrumentals."""


def vocal_presence(features: Features) -> Floats:
    """``(m,)`` at 10 Hz, 0 to 1."""
    count = -(-features.frame_count // PER_FRAME)  # as thinned elsewhere
    wanted = slice(0, count, PER_SLOW)
    inner = features.frame_count // PER_FRAME - 2
    if inner < 1:
        return np.zeros(count)[wanted]
    sums = np.empty((3, inner))
    block = BLOCK_FRAMES // PER_FRAME
    for first in range(0, inner, block):
        last = min(first + block, inner)
        mel = bands(features, _LOW_HZ, _HIGH_HZ, slice(first * PER_FRAME, (last + 2) * PER_FRAME))
        sums[:, first:last] = _movement(mel, _reach(features.mel.shape[1]))
    along, steep, moved = (smooth(row, _GLIDE_S) for row in sums)
    explained = smooth(along * along / (steep + _FLAT), _PHRASE_S, held=False)
    share = explained / (smooth(moved, _PHRASE_S, held=False) + _STILL)
    odds = (share / _EVEN) ** _STEEP
    return np.pad(odds / (1.0 + odds), (1, count - inner - 1), mode="edge")[wanted]


def _movement(mel: Array, reach: Array) -> Floats:
    """Of frames (n, bands), ``(3, n / 2 - 2)`` at 50 Hz, sums over bands: change times slope, both squared."""
    pairs = sum((mel[k::PER_FRAME] for k in range(1, PER_FRAME)), mel[::PER_FRAME]) / np.float32(PER_FRAME)
    change = pairs[2:] - pairs[:-2]
    change = (change - change.mean(axis=1, keepdims=True))[:, 1:-1]  # louder or softer as a whole is no glide
    slope = (pairs[1:-1, 2:] - pairs[1:-1, :-2]) * reach
    return np.stack([np.einsum("ij,ij->i", a, b) for a, b in ((change, slope), (slope, slope), (change, change))])


def _reach(count: int) -> Array:
    """How far a glide moves each inner band, relative to those of the logarithmic part."""
    centres = centres_hz(count)
    inside = centres[(centres >= _LOW_HZ) & (centres < _HIGH_HZ)][1:-1]
    return np.minimum(inside / _LINEAR_TO_HZ, 1.0).astype(np.float32)
