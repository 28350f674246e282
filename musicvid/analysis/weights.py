"""Learned numbers: how much the facts of a way of counting weigh, and each quality of the sound at each place of a bar.

Fitted on 74 songs with known beats (recordings, electronic productions, arrangements) that the network did not learn
from. The template: by conditional logit, ridge penalty; for three beats to a bar on 67 of them with one beat of every
bar cut out; its numbers read as music: a bass drum on 1 and 3, a snare on 2 and 4, harmony and timbre that turn on 1.
The choice: by :mod:`musicvid.analysis.training.choice_fitting`. With the choice fitted on nine tenths of the songs and
tried on the tenth, in turn, the tracker has a mean beat F of 91.4 and a downbeat F of 84.7.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CHOICE: dict[str, float] = {
    "downbeats by the network": 1.556,
    "tempo by the network": 0.154,
    "metre by the network": 2.135,
    "octaves from 120 bpm": 1.399,
    "the same, squared": -0.702,
    "fit of the bar": 1.553,
    "onsets at the beats": 0.047,
    "as the search has it": 1.200,
    "bars as the search has them": 0.508,
    "three beats to the bar": -1.759,
    "two, five or seven": -1.435,
}
"""For the facts of a :class:`musicvid.analysis.choosing.Candidate`."""

RIGHT: tuple[float, ...] = (-11.593, 0.215, 0.130, 5.872, -0.995, 1.590, 0.759, 1.556, 4.724)
"""Log-odds that the beats are right (F above 90 %): constant, log-odds of octave and of phase, and the six numbers of
:class:`musicvid.analysis.sureness.Signs`. A logistic regression on the development songs, each song's shares from
weights that were fitted on the others. The constant is 0.15 lower than fitted: of songs left out that are then called
right with 0.9 or more, 93 to 96 of 100 are."""

BEAT: tuple[float, float, float] = (0.536, 0.683, 0.787)
"""Log-odds that a beat is within 70 ms of one that people tap: constant, log-odds of the activation there, log-odds of
``Confidence.overall``. A logistic regression on 25,343 beats of the development songs; of beats of songs held out that
are stated at 0.80 to 0.90, 0.90 to 0.95 and above, 83, 94 and 99 in 100 are right."""

METRE: dict[int, float] = {4: 0.0, 3: -0.03}
"""Log-odds of a metre before listening, beats per bar."""

TEMPLATE: dict[int, NDArray[np.float64]] = {
    # Columns: bass, low-mid, mid, high onset, harmony change, timbre change.
    4: np.array(
        [
            [
                [0.38, -0.16, 0.44, 0.09, 7.51, 1.56],  # 1
                [-0.04, -0.06, -0.08, -0.13, 0.00, 0.00],  # 1e
                [-0.04, -0.04, -0.01, 0.01, 5.43, 0.70],  # 1+
                [-0.02, 0.08, 0.07, 0.04, 0.00, 0.00],  # 1a
            ],
            [
                [-0.25, 0.74, -0.18, 0.27, -5.27, -0.66],  # 2
                [-0.04, -0.06, -0.08, -0.13, 0.00, 0.00],  # 2e
                [-0.04, -0.04, -0.01, 0.01, -1.93, 0.01],  # 2+
                [-0.02, 0.08, 0.07, 0.04, 0.00, 0.00],  # 2a
            ],
            [
                [0.41, -0.90, 0.51, -0.44, -2.64, -0.07],  # 3
                [-0.04, -0.06, -0.08, -0.13, 0.00, 0.00],  # 3e
                [-0.04, -0.04, -0.01, 0.01, -6.00, -0.62],  # 3+
                [-0.02, 0.08, 0.07, 0.04, 0.00, 0.00],  # 3a
            ],
            [
                [-0.21, 0.85, -0.25, 0.58, 0.96, -0.53],  # 4
                [-0.04, -0.06, -0.08, -0.13, 0.00, 0.00],  # 4e
                [-0.04, -0.04, -0.01, 0.01, 2.27, -0.39],  # 4+
                [-0.02, 0.08, 0.07, 0.04, 0.00, 0.00],  # 4a
            ],
        ]
    ),
    3: np.array(
        [
            [
                [0.57, -0.18, 0.18, 0.06, 8.62, 2.37],  # 1
                [-0.05, -0.08, -0.11, -0.17, 0.00, 0.00],  # 1e
                [-0.05, -0.05, -0.01, 0.02, 2.55, 0.50],  # 1+
                [-0.02, 0.11, 0.09, 0.05, 0.00, 0.00],  # 1a
            ],
            [
                [-0.22, 0.34, 0.10, 0.12, -4.93, -0.52],  # 2
                [-0.05, -0.08, -0.11, -0.17, 0.00, 0.00],  # 2e
                [-0.05, -0.05, -0.01, 0.02, -1.00, -0.57],  # 2+
                [-0.02, 0.11, 0.09, 0.05, 0.00, 0.00],  # 2a
            ],
            [
                [-0.02, 0.37, 0.23, 0.32, -3.13, -1.55],  # 3
                [-0.05, -0.08, -0.11, -0.17, 0.00, 0.00],  # 3e
                [-0.05, -0.05, -0.01, 0.02, -1.77, -0.23],  # 3+
                [-0.02, 0.11, 0.09, 0.05, 0.00, 0.00],  # 3a
            ],
        ]
    ),
}
"""Beats per bar -> ``(beats, 4 quarters, 6 qualities)``."""
