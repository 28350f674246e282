"""The compiled half of :mod:`musicvid.analysis.loudness`: two channels through both K-weighting filters in one pass."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_STILL = 1e-20


@njit(fastmath={"contract"}, error_model="numpy", cache=True)
def add_energy(
    one: NDArray[np.float32],
    two: NDArray[np.float32],
    filters: Floats,
    edges: NDArray[np.int64],
    gains: Floats,
    states: Floats,
    energies: Floats,
) -> None:
    """Add the K-weighted energy of samples ``edges[k]`` to ``edges[k + 1]`` of both channels to ``energies[k]``.

    ``filters`` (7,) as :func:`musicvid.analysis.loudness.k_weighting` gives them; ``gains`` (2,); ``states`` (2, 4) go
    on from call to call. Two channels side by side, because each step of a recursive filter waits for the one before.
    """
    # Element by element: arrays taken apart by assignment take twice as long to compile.
    b0, b1, b2 = filters[0], filters[1], filters[2]
    a1, a2, c1, c2 = filters[3], filters[4], filters[5], filters[6]
    s1, s2, s3, s4 = states[0, 0], states[0, 1], states[0, 2], states[0, 3]
    t1, t2, t3, t4 = states[1, 0], states[1, 1], states[1, 2], states[1, 3]
    for k in range(len(edges) - 1):
        energy_one = energy_two = 0.0
        for i in range(edges[k], edges[k + 1]):
            x = np.float64(one[i])
            y = b0 * x + s1
            s1 = b1 * x + s2 - a1 * y
            s2 = b2 * x - a2 * y
            z = y + s3
            s3 = s4 - 2.0 * y - c1 * z
            s4 = y - c2 * z
            energy_one += z * z
            x = np.float64(two[i])
            y = b0 * x + t1
            t1 = b1 * x + t2 - a1 * y
            t2 = b2 * x - a2 * y
            z = y + t3
            t3 = t4 - 2.0 * y - c1 * z
            t4 = y - c2 * z
            energy_two += z * z
        energies[k] += gains[0] * energy_one + gains[1] * energy_two
        # Numbers near zero are slow: what rings on in silence is let go.
        if abs(s1) + abs(s2) + abs(s3) + abs(s4) < _STILL:
            s1 = s2 = s3 = s4 = 0.0
        if abs(t1) + abs(t2) + abs(t3) + abs(t4) < _STILL:
            t1 = t2 = t3 = t4 = 0.0
    states[0, 0], states[0, 1], states[0, 2], states[0, 3] = s1, s2, s3, s4
    states[1, 0], states[1, 1], states[1, 2], states[1, 3] = t1, t2, t3, t4
