"""Which of diffusers' ways to compute attention can run here, and why not the others.

Exact ones compute softmax(QK')V in the model's own number format; lossy ones (the Sage family) in 8-bit numbers.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from dataclasses import dataclass

from musicvid.diffusion.machine import Card


@dataclass(frozen=True, slots=True)
class AttentionFact:
    """``name`` is for ``set_attention_backend``. ``why`` says why it does not work; ``broken``: its package is there,
    but too old or not for this torch. ``fetches``: its code is fetched from the hub when it is first used."""

    name: str
    exact: bool
    works: bool
    why: str = ""
    broken: bool = False
    fetches: bool = False


@dataclass(frozen=True, slots=True)
class _Needs:
    """``package`` (with ``module`` to import and ``least`` version). ``makers`` of cards (empty: all but Apple's, and
    the processor; ``apple``: that too). ``least_capability`` and ``majors`` are about NVIDIA cards."""

    package: str = ""
    module: str = ""
    least: str = ""
    makers: tuple[str, ...] = ()
    least_capability: tuple[int, int] = (0, 0)
    majors: tuple[int, ...] = ()
    exact: bool = True
    fetches: bool = False
    cudnn: bool = False
    apple: bool = False


_CUDA = ("nvidia", "amd")
_NVIDIA = ("nvidia",)
_FLASH = _Needs("flash-attn", "flash_attn", "2.6.3", _CUDA, (8, 0))
_FLASH_3 = _Needs("flash_attn_3", "flash_attn_interface", "", _NVIDIA, majors=(9,))
_FLASH_HUB = _Needs("kernels", "kernels", "0.12", _CUDA, (8, 0), fetches=True)
_FLASH_3_HUB = _Needs("kernels", "kernels", "0.12", _NVIDIA, majors=(9,), fetches=True)
_SAGE = _Needs("sageattention", "sageattention", "2.1.1", _NVIDIA, (8, 0), exact=False)
_SAGE_FP8 = _Needs("sageattention", "sageattention", "2.1.1", _NVIDIA, (9, 0), exact=False)

_TABLE: dict[str, _Needs] = {
    "_flash_3": _FLASH_3,
    "_flash_varlen_3": _FLASH_3,
    "_flash_3_hub": _FLASH_3_HUB,
    "_flash_3_varlen_hub": _FLASH_3_HUB,
    "flash_4_hub": _Needs("kernels", "kernels", "0.12.3", _NVIDIA, majors=(9, 10), fetches=True),
    "_native_cudnn": _Needs(makers=_NVIDIA, least_capability=(8, 0), cudnn=True),
    "flash": _FLASH,
    "flash_varlen": _FLASH,
    "flash_hub": _FLASH_HUB,
    "flash_varlen_hub": _FLASH_HUB,
    "aiter_fa2_hub": _Needs("kernels", "kernels", "0.12", ("amd",), fetches=True),
    "native": _Needs(apple=True),
    "_native_flash": _Needs(least_capability=(8, 0)),
    "_native_efficient": _Needs(makers=_CUDA),
    "_native_math": _Needs(apple=True),
    "flex": _Needs(),
    "xformers": _Needs("xformers", "xformers.ops", "0.0.29", _CUDA),
    "_native_npu": _Needs("torch_npu", "torch_npu", makers=("npu",)),
    "_native_xla": _Needs("torch_xla", "torch_xla", "2.2", makers=("xla",)),
    "sage": _SAGE,
    "sage_varlen": _SAGE,
    "_sage_qk_int8_pv_fp16_cuda": _SAGE,
    "_sage_qk_int8_pv_fp16_triton": _SAGE,
    "_sage_qk_int8_pv_fp8_cuda": _SAGE_FP8,
    "_sage_qk_int8_pv_fp8_cuda_sm90": _SAGE_FP8,
    "sage_hub": _Needs("kernels", "kernels", "0.12", _NVIDIA, (8, 0), exact=False, fetches=True),
    "sage_blackwell_hub": _Needs("kernels", "kernels", "0.12", _NVIDIA, majors=(10, 12), exact=False, fetches=True),
}


def attention_backends(card: Card | None) -> tuple[AttentionFact, ...]:
    """Every backend that diffusers knows, on ``card`` (None: on the processor)."""
    facts = []
    for name, needs in _TABLE.items():
        unfit = _wrong_device(needs, card)
        absent = "" if unfit else _missing_package(needs)
        broken = "" if unfit or absent else _broken_package(needs)
        why = unfit or absent or broken
        facts.append(AttentionFact(name, needs.exact, not why, why, bool(broken), needs.fetches and not why))
    return tuple(facts)


def _wrong_device(needs: _Needs, card: Card | None) -> str:
    if needs.makers and (card is None or card.maker not in needs.makers):
        return f"needs a card of the kind {' or '.join(needs.makers)}"
    if (
        card is not None
        and card.maker == "apple"
        and needs is not _TABLE["native"]
        and needs is not _TABLE["_native_math"]
    ):
        return "does not run on Apple graphics"
    if card is not None and card.maker == "nvidia":
        has = ".".join(map(str, card.capability))
        if card.capability < needs.least_capability:
            return f"needs compute capability {'.'.join(map(str, needs.least_capability))}, this card has {has}"
        if needs.majors and card.capability[0] not in needs.majors:
            return f"needs compute capability {' or '.join(f'{m}.x' for m in needs.majors)}, this card has {has}"
    if needs.cudnn:
        import torch

        if not torch.backends.cudnn.is_available():
            return "needs a build of torch with cuDNN"
    return ""


def _missing_package(needs: _Needs) -> str:
    if not needs.package or _version(needs.package):
        return ""
    return f"needs the package {_wanted(needs)}"


def _broken_package(needs: _Needs) -> str:
    """A package that is there but too old, or that does not load."""
    from packaging.version import Version

    version = _version(needs.package) if needs.package else ""
    if not version:
        return ""
    if needs.least and Version(version) < Version(needs.least):
        return f"needs the package {_wanted(needs)}, {version} is installed"
    try:
        importlib.import_module(needs.module)
    except Exception as error:  # noqa: BLE001  (built for another torch: anything may come)
        return f"{needs.package} {version} cannot be loaded: {error}"
    return ""


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _wanted(needs: _Needs) -> str:
    return f"{needs.package}>={needs.least}" if needs.least else needs.package
