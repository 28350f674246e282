"""The definitions of ``timewarp`` and ``timewarp_flow`` in plain PyTorch. One output frame at a time: memory is flat.

Sources: intermediate flows, Jiang, Sun, Jampani, Yang, Learned-Miller and Kautz, "Super SloMo", CVPR 2018, equation 4.
What counts as consistent, Sundaram, Brox and Keutzer, "Dense point trajectories by GPU-accelerated large displacement
optical flow", ECCV 2010, equation 5.
"""

from __future__ import annotations

import torch

from musicvid_kernels.timewarp.shapes import placed

WEIGHT_BITS = 23
"""uint8 is mixed in 31 bits: 8 of the level, 23 of the weight."""
WEIGHT_SLACK = 128
"""More than the weight's rounding is worth in the sum (255 / 2). What lies this near below a half was one: with it
every fraction with a denominator to 16000 rounds as in whole numbers."""
CONSISTENT_PX2 = 0.5
CONSISTENT_SHARE = 0.01
LEAST_TRUST = 0.1


def timewarp_reference(frames: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
    """See :func:`musicvid_kernels.timewarp.timewarp`. Computes floats in float32, or in float64 when that is given."""
    places = placed(positions, len(frames))
    made = frames.new_empty((len(positions), *frames.shape[1:]))
    for k, (i, weight) in enumerate(zip(places.frame.tolist(), places.weight.tolist(), strict=True)):
        made[k] = frames[i] if weight == 0 else _mixed(frames[i], frames[i + 1], weight)
    return made


def _mixed(before: torch.Tensor, after: torch.Tensor, weight: float) -> torch.Tensor:
    if before.dtype == torch.uint8:
        parts = round(weight * 2**WEIGHT_BITS)
        levels = before.int()
        mixed = levels * 2**WEIGHT_BITS + (after.int() - levels) * parts
        return ((mixed + (2 ** (WEIGHT_BITS - 1) + WEIGHT_SLACK)) >> WEIGHT_BITS).to(torch.uint8)
    exact = torch.promote_types(before.dtype, torch.float32)
    start = before.to(exact)
    return (start + (after.to(exact) - start) * weight).to(before.dtype)


def timewarp_flow_reference(
    frames: torch.Tensor, positions: torch.Tensor, forward: torch.Tensor, backward: torch.Tensor
) -> torch.Tensor:
    """See :func:`musicvid_kernels.timewarp.timewarp_flow`. Computes in float32, or in float64 when floats are."""
    places = placed(positions, len(frames))
    made = frames.new_empty((len(positions), *frames.shape[1:]))
    exact = torch.promote_types(forward.dtype, torch.float32)
    if frames.is_floating_point():
        exact = torch.promote_types(frames.dtype, exact)
    for k, (i, t) in enumerate(zip(places.frame.tolist(), places.weight.tolist(), strict=True)):
        if t == 0:
            made[k] = frames[i]
            continue
        between = _between(frames[i].to(exact), frames[i + 1].to(exact), forward[i].to(exact), backward[i].to(exact), t)
        made[k] = between if frames.is_floating_point() else (between + 0.5).floor()
    return made


def _between(
    before: torch.Tensor, after: torch.Tensor, forward: torch.Tensor, backward: torch.Tensor, t: float
) -> torch.Tensor:
    """What is seen a part ``t`` of the way from ``before`` to ``after`` ``(C, H, W)``."""
    to_before = t * (t * backward - (1 - t) * forward)
    to_after = (1 - t) * ((1 - t) * forward - t * backward)
    earlier, trust = _fetched(before, forward, to_before, t)
    later, trust_later = _fetched(after, backward, to_after, 1 - t)
    weight, weight_later = (1 - t) * trust, t * trust_later
    return (weight * earlier + weight_later * later) / (weight + weight_later)


def _fetched(
    picture: torch.Tensor, flow: torch.Tensor, away: torch.Tensor, part: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """What of ``picture`` lies ``away`` ``(2, H, W)`` px from each pixel, and how far that is to be trusted: it should
    come here in a ``part`` of its own ``flow``."""
    height, width = picture.shape[1:]
    y, x = torch.arange(height, device=picture.device)[:, None], torch.arange(width, device=picture.device)
    dx = torch.minimum(torch.maximum(away[0], -x), width - 1 - x)
    dy = torch.minimum(torch.maximum(away[1], -y), height - 1 - y)
    u, v, *planes = _sampled(torch.cat((part * flow, picture)), dx, dy)
    missed = (dx + u) ** 2 + (dy + v) ** 2
    allowed = CONSISTENT_PX2 + CONSISTENT_SHARE * (dx * dx + dy * dy + u * u + v * v)
    return torch.stack(planes), LEAST_TRUST + 1 / (1 + (missed / allowed) ** 2)


def _sampled(planes: torch.Tensor, dx: torch.Tensor, dy: torch.Tensor) -> torch.Tensor:
    """``planes`` ``(C, H, W)`` at ``(dx, dy)`` ``(H, W)`` px from each pixel, between its four neighbours."""
    count, height, width = planes.shape
    y, x = torch.arange(height, device=planes.device)[:, None], torch.arange(width, device=planes.device)
    left, top = dx.floor(), dy.floor()
    column, row = (x + left.int()).clamp(0, width - 1), (y + top.int()).clamp(0, height - 1)
    right, below = (column + 1).clamp(max=width - 1), (row + 1).clamp(max=height - 1)
    flat = planes.reshape(count, -1)

    def at(row: torch.Tensor, column: torch.Tensor) -> torch.Tensor:
        return flat.index_select(1, (row * width + column).int().reshape(-1)).reshape(count, height, width)

    across, down = dx - left, dy - top
    upper, lower = (torch.lerp(at(line, column), at(line, right), across) for line in (row, below))
    return torch.lerp(upper, lower, down)
