"""What the graphics side of this machine is: facts, read without changing anything. torch is imported when asked.

Two views are kept apart because their difference is the usual trouble: what PyTorch can use, and what the driver of the
NVIDIA cards says is there.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import shutil
import subprocess
from dataclasses import dataclass
from typing import Literal

Maker = Literal["nvidia", "amd", "apple"]
_QUERY = "index,name,compute_cap,memory.total,memory.free,driver_version"
_TIMEOUT_S = 30.0


@dataclass(frozen=True, slots=True)
class Card:
    """``capability`` is NVIDIA's compute capability (AMD: the gfx version; Apple: (0, 0)). ``free_bytes`` None: not
    counted. ``driver`` is empty where nobody tells. ``bf16`` and ``fp8``: the card calculates in them."""

    index: int
    name: str
    maker: Maker
    capability: tuple[int, int]
    total_bytes: int
    free_bytes: int | None
    driver: str
    bf16: bool
    fp8: bool


@dataclass(frozen=True, slots=True)
class NvidiaDriver:
    """What ``nvidia-smi`` says. ``there``: it is installed. ``problem`` (else empty) is why it says nothing."""

    there: bool
    cards: tuple[Card, ...] = ()
    problem: str = ""

    @property
    def version(self) -> str:
        return self.cards[0].driver if self.cards else ""


@dataclass(frozen=True, slots=True)
class TorchBuild:
    """``cuda``, ``rocm`` and ``cudnn`` are versions (empty: built without). ``kernels_for`` are its architectures
    (``sm_90``, ``compute_90``, ``gfx942``)."""

    version: str
    cuda: str
    rocm: str
    mps: bool
    cudnn: str
    kernels_for: tuple[str, ...]

    @property
    def only_processor(self) -> bool:
        return not (self.cuda or self.rocm or self.mps)

    def runs_on(self, card: Card) -> bool:
        """Whether it has kernels for ``card``: machine code of its generation, or code that its driver can compile.

        Code for ``sm_XY`` runs on X.Z with Z >= Y; ``compute_XY`` is compiled for anything from X.Y on (CUDA C++
        Programming Guide, binary and PTX compatibility). Other makers' builds are not judged.
        """
        if card.maker != "nvidia" or not self.kernels_for:
            return True
        return any(_covers(name, card.capability) for name in self.kernels_for)


def torch_build() -> TorchBuild:
    import torch

    cudnn = torch.backends.cudnn.version() if torch.version.cuda else None
    return TorchBuild(
        version=torch.__version__,
        cuda=torch.version.cuda or "",
        rocm=torch.version.hip or "",
        mps=torch.backends.mps.is_built(),
        cudnn=_dotted(cudnn) if cudnn else "",
        kernels_for=tuple(torch.cuda.get_arch_list()) if torch.cuda.is_available() else (),
    )


def cards(*, count_free: bool = True) -> tuple[Card, ...]:
    """The cards that PyTorch can use, in its order. ``count_free`` opens each card, which takes some of its memory for
    as long as this process lives."""
    import torch

    if torch.cuda.is_available():
        driver = "" if torch.version.hip else nvidia_driver().version
        return tuple(_cuda_card(index, driver, count_free) for index in range(torch.cuda.device_count()))
    if torch.backends.mps.is_available():
        total_bytes = torch.mps.recommended_max_memory()
        free_bytes = total_bytes - torch.mps.driver_allocated_memory() if count_free else None
        bf16 = torch.backends.mps.is_macos_or_newer(14, 0)
        return (Card(0, "Apple graphics", "apple", (0, 0), total_bytes, free_bytes, "", bf16, False),)
    return ()


def nvidia_driver() -> NvidiaDriver:
    """The NVIDIA cards that the driver sees, whatever PyTorch makes of them."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return NvidiaDriver(there=False)
    command = [program, f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return NvidiaDriver(there=True, problem=f"nvidia-smi: {error}")
    rows = [line.split(", ") for line in done.stdout.splitlines() if line.strip()]
    if done.returncode or any(len(row) != len(_QUERY.split(",")) for row in rows):
        said = (done.stdout + done.stderr).strip().splitlines()
        return NvidiaDriver(there=True, problem=f"nvidia-smi: {said[0] if said else f'exit code {done.returncode}'}")
    return NvidiaDriver(there=True, cards=tuple(_smi_card(*row) for row in rows))


def triton_version() -> str:
    """Of the installed Triton; empty without one."""
    if importlib.util.find_spec("triton") is None:
        return ""
    for package in ("triton", "triton-windows", "pytorch-triton", "pytorch-triton-rocm"):
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return "of unknown version"


def _cuda_card(index: int, driver: str, count_free: bool) -> Card:
    import torch

    maker: Maker = "amd" if torch.version.hip else "nvidia"
    major, minor = torch.cuda.get_device_capability(index)
    free_bytes = torch.cuda.mem_get_info(index)[0] if count_free else None
    total_bytes = torch.cuda.get_device_properties(index).total_memory
    name = torch.cuda.get_device_name(index)
    return _card(index, name, maker, (major, minor), total_bytes, free_bytes, driver)


def _smi_card(index: str, name: str, capability: str, total_mib: str, free_mib: str, driver: str) -> Card:
    major, _, minor = capability.partition(".")
    numbers = (int(major), int(minor)) if major.isdecimal() and minor.isdecimal() else (0, 0)
    total_bytes, free_bytes = (int(mib) * 2**20 if mib.isdecimal() else 0 for mib in (total_mib, free_mib))
    return _card(int(index), name, "nvidia", numbers, total_bytes, free_bytes, driver.strip())


def _card(
    index: int,
    name: str,
    maker: Maker,
    capability: tuple[int, int],
    total_bytes: int,
    free_bytes: int | None,
    driver: str,
) -> Card:
    """bfloat16 came to NVIDIA cards with 8.0, eight-bit floats with 8.9; to AMD's with gfx94x and gfx12."""
    if maker == "nvidia":
        bf16, fp8 = capability >= (8, 0), capability >= (8, 9)
    else:
        bf16, fp8 = True, (9, 4) <= capability < (10, 0) or capability >= (12, 0)
    return Card(index, name, maker, capability, total_bytes, free_bytes, driver, bf16, fp8)


def _covers(architecture: str, capability: tuple[int, int]) -> bool:
    kind, _, digits = architecture.partition("_")
    if not digits.isdecimal():  # sm_90a is for exactly that card, and always comes beside sm_90
        return False
    major, minor = int(digits[:-1]), int(digits[-1])
    if kind == "compute":
        return (major, minor) <= capability
    return kind == "sm" and major == capability[0] and minor <= capability[1]


def _dotted(cudnn: int) -> str:
    """91002 is 9.10.2, and 8907 was 8.9.7."""
    thousands = 10_000 if cudnn >= 90_000 else 1_000
    return f"{cudnn // thousands}.{cudnn % thousands // 100}.{cudnn % 100}"
