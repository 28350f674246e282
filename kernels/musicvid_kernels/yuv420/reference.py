"""The definition of ``yuv420`` in plain PyTorch.

Source: Recommendation ITU-R BT.709-6, items 3.2 to 3.5 (luma coefficients, quantisation to 8 bits).
"""

from __future__ import annotations

import torch

KR, KB = 0.2126, 0.0722
KG = 1.0 - KR - KB


def yuv420_reference(frames: torch.Tensor) -> torch.Tensor:
    """See :func:`musicvid_kernels.yuv420.yuv420`. Computes in float32, or in float64 when that is given."""
    if frames.ndim < 3 or frames.shape[-3] != 3 or frames.shape[-1] % 2 or frames.shape[-2] % 2:
        raise ValueError(f"frames are {tuple(frames.shape)}: (..., 3, height, width) with even sides is needed")
    if not frames.is_floating_point():
        raise ValueError(f"frames are {frames.dtype}: floats in 0 to 1 are needed (divide uint8 by 255)")
    lead, (height, width) = frames.shape[:-3], frames.shape[-2:]
    rgb = frames.to(torch.promote_types(frames.dtype, torch.float32)).clamp(0.0, 1.0).reshape(-1, 3, height, width)
    r, g, b = rgb.unbind(1)
    luma = KR * r + KG * g + KB * b
    y = (16.0 + 219.0 * luma).round()
    cb = _left_sited(128.0 + 224.0 * (b - luma) / (2.0 * (1.0 - KB))).round()
    cr = _left_sited(128.0 + 224.0 * (r - luma) / (2.0 * (1.0 - KR))).round()
    planes = torch.cat([y.flatten(1), cb.flatten(1), cr.flatten(1)], 1).to(torch.uint8)
    return planes.reshape(*lead, height * 3 // 2, width)


def _left_sited(plane: torch.Tensor) -> torch.Tensor:
    """Halve both sides: columns weighted 1-2-1 around the even ones (edge repeated), rows in pairs."""
    rows = (plane[:, 0::2] + plane[:, 1::2]) * 0.5
    left = torch.cat([rows[..., :1], rows[..., 1:-1:2]], -1)
    return 0.25 * left + 0.5 * rows[..., 0::2] + 0.25 * rows[..., 1::2]
