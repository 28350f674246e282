"""What ``qk_norm_rope_`` takes, and what it says when it is given something else."""

from __future__ import annotations

import torch

from musicvid_kernels.devices import check_devices

PAIRINGS = ("interleaved", "halves")


def check(
    q: torch.Tensor,
    k: torch.Tensor,
    q_weight: torch.Tensor | None,
    k_weight: torch.Tensor | None,
    cos: torch.Tensor | None,
    sin: torch.Tensor | None,
    pairing: str,
    heads: int,
) -> None:
    """Raise ValueError with the values when the arguments do not fit."""
    if q.ndim != 3 or k.ndim != 3 or q.shape[0] != k.shape[0] or q.shape[2] != k.shape[2]:
        raise ValueError(f"q is {tuple(q.shape)}, k is {tuple(k.shape)}: (batch, tokens, width) is needed, batch and "
                         "width alike")  # fmt: skip
    check_devices(q=q, k=k, q_weight=q_weight, k_weight=k_weight, cos=cos, sin=sin)
    width = q.shape[2]
    for name, x in (("q", q), ("k", k)):
        _check_row(name, x)
        if x.numel() and any(stride == 0 and size > 1 for size, stride in zip(x.shape, x.stride(), strict=True)):
            raise ValueError(f"{name} has strides {x.stride()} at {tuple(x.shape)}: expanded tensors cannot be written")
        if x.shape[1] > 1 and x.stride(1) < width:
            raise ValueError(f"{name} has strides {x.stride()} at {tuple(x.shape)}: its rows overlap")
    if q.numel() and k.numel() and _begin_alike(q, k):
        raise ValueError("q and k are the same numbers in memory: both are overwritten, so they must lie apart")
    for name, weight in (("q_weight", q_weight), ("k_weight", k_weight)):
        if weight is not None:
            if weight.ndim != 1 or weight.shape[0] != width:
                raise ValueError(f"{name} is {tuple(weight.shape)}, q is {tuple(q.shape)}: ({width},) is needed")
            _check_row(name, weight)
    if pairing not in PAIRINGS:
        raise ValueError(f"pairing is {pairing!r}: say {' or '.join(PAIRINGS)}")
    if (cos is None) != (sin is None):
        raise ValueError(f"{'cos' if cos is None else 'sin'} is missing: both turn q and k, or none")
    if cos is not None and sin is not None:
        _check_angles(q, k, cos, sin, pairing, heads)


def _begin_alike(q: torch.Tensor, k: torch.Tensor) -> bool:
    return q.untyped_storage()._cdata == k.untyped_storage()._cdata and q.storage_offset() == k.storage_offset()


def _check_angles(
    q: torch.Tensor, k: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, pairing: str, heads: int
) -> None:
    batch, tokens, width = q.shape
    if k.shape[1] != tokens:
        raise ValueError(f"q has {tokens} tokens, k has {k.shape[1]}: with cos and sin they must be as many")
    if width % 2:
        raise ValueError(f"q is {tuple(q.shape)}: an even width is needed to turn pairs")
    if pairing == "halves" and (heads < 1 or width % (2 * heads)):
        raise ValueError(f"heads is {heads}: it must divide the {width // 2} pairs of q {tuple(q.shape)}")
    for name, angle in (("cos", cos), ("sin", sin)):
        if (
            angle.ndim != 3
            or angle.shape[0] not in (1, batch)
            or angle.shape[1] != tokens
            or angle.shape[2] < 1
            or (width // 2) % angle.shape[2]
        ):
            raise ValueError(f"{name} is {tuple(angle.shape)}, q is {tuple(q.shape)}: (1 or {batch}, {tokens}, pairs) "
                             f"is needed, pairs a divisor of {width // 2}")  # fmt: skip
        _check_row(name, angle)
    if cos.shape[2] != sin.shape[2]:
        raise ValueError(f"cos has {cos.shape[2]} columns, sin {sin.shape[2]}: they must be as many")


def _check_row(name: str, tensor: torch.Tensor) -> None:
    if not tensor.is_floating_point():
        raise ValueError(f"{name} is {tensor.dtype}: floats are needed")
    if tensor.shape[-1] > 1 and tensor.stride(-1) != 1:
        raise ValueError(f"{name} has strides {tensor.stride()}: the last must be 1")
