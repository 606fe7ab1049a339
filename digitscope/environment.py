"""What a run was made with, and what this machine can do: versions, engine, processor, commit."""

import os
import platform
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

PACKAGES = ("digitscope", "numpy", "keras", "tensorflow", "jax", "torch", "onnx", "onnxruntime")


@dataclass(frozen=True, kw_only=True)
class Environment:
    """Everything of a machine that could change a result.

    Attributes:
        python: its version.
        platform: the system, as Python names it.
        processor: its name.
        cores: that a process may use.
        engine: of Keras: tensorflow, jax or torch.
        packages: name -> version, of those installed that matter.
        commit: of the checkout, `+` if changed; None if installed.
    """

    python: str = ""
    platform: str = ""
    processor: str = ""
    cores: int = 0
    engine: str
    packages: dict[str, str] = field(default_factory=dict)
    commit: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        return asdict(self)


def environment() -> Environment:
    """This machine, and what is installed here."""
    return Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        processor=processor(),
        cores=num_cores(),
        engine=engine(),
        packages={name: found for name in PACKAGES if (found := version(name))},
        commit=commit(),
    )


def engine() -> str:
    """The name of the engine Keras uses, or would use: tensorflow, jax or torch."""
    if keras := sys.modules.get("keras"):
        return keras.config.backend()
    return os.environ.get("KERAS_BACKEND") or "tensorflow"


def version(package: str) -> str | None:
    """The installed version, or None; tensorflow-cpu counts as tensorflow."""
    for name in (package, f"{package}-cpu"):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def num_cores() -> int:
    """The cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The processor's name, as far as the system tells."""
    names = [value for name, value in _cpuinfo() if name == "model name"]
    return names[0] if names else platform.processor() or platform.machine()


def cpu_flags() -> set[str]:
    """What the processor can do, in Linux's words; empty where the system doesn't tell."""
    flags = [value.split() for name, value in _cpuinfo() if name in ("flags", "Features")]
    return set(flags[0]) if flags else set()


def fast_bfloat16() -> bool | None:
    """Whether TensorFlow multiplies bfloat16 in this processor's hardware; None: it doesn't tell.

    On ARM TensorFlow 2.21 has no fast path for it.
    """
    flags = cpu_flags()
    return not {"avx512_bf16", "amx_bf16"}.isdisjoint(flags) if flags else None


def precision(wanted: str) -> str:
    """The setting `precision` on this machine: float32 or bfloat16.

    `auto` is bfloat16 only where it is faster: on TensorFlow, on a processor that multiplies it.
    """
    if wanted != "auto":
        return wanted
    return "bfloat16" if engine() == "tensorflow" and fast_bfloat16() else "float32"


def _cpuinfo() -> list[tuple[str, str]]:
    """The lines of /proc/cpuinfo as (name, value); empty outside Linux."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return []
    return [
        (name.strip(), value.strip())
        for name, found, value in (line.partition(":") for line in lines)
        if found
    ]


def commit() -> str | None:
    """The git commit of the checkout this package runs from, `+` if changed; None if installed."""
    folder = Path(__file__).parent.parent
    if not (folder / ".git").exists():
        return None
    try:
        head, changes = (
            subprocess.run(
                ["git", "-C", str(folder), *arguments], capture_output=True, text=True, timeout=10
            ).stdout.strip()
            for arguments in (("rev-parse", "HEAD"), ("status", "--porcelain", "-uno"))
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return head + ("+" if changes else "") or None
