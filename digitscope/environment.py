"""What a run is made with, what this machine can do and lacks; Keras, started quietly."""

import contextlib
import gc
import importlib.abc
import importlib.util
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

from digitscope.errors import MissingError

PACKAGES = ("digitscope", "numpy", "keras", "tensorflow", "jax", "torch", "onnx", "onnxruntime")
READING = ("cv2", "PIL", "onnxruntime")
# command: the modules it needs, and the extra that brings them; none: they are in every install
NEEDS: dict[str, tuple[tuple[str, ...], str]] = {
    "train": (("keras", "onnx"), "train"),
    "evaluate": (("onnx", "matplotlib"), "train"),
    "report": (("onnx",), "train"),
    "compare": (("onnx", "matplotlib", "scipy"), "train"),
    "explore": (("keras", "onnx", "scipy", "sklearn", "optuna", "ray"), "train,explore"),
    "predict": (READING, ""),
    "read": (READING, ""),
    "serve": ((*READING, "fastapi", "uvicorn", "python_multipart"), ""),
    "export": (("onnxruntime",), ""),
    "runs": ((), ""),
    "doctor": ((), ""),
}
# What Keras and TensorFlow import if they can: for drawing, for wrappers, for another format.
OPTIONAL = ("matplotlib", "sklearn", "scipy", "pandas", "jax")
ENGINES = {"tensorflow": "train", "jax": "train,jax", "torch": "train,torch"}


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
        name: str = keras.config.backend()
        return name
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


def missing(command: str) -> tuple[list[str], str]:
    """What `command` lacks, and the extra that brings it; for `train` the engine too.

    Raises:
        MissingError: no extra can help.
    """
    modules, extra = NEEDS[command]
    if command == "train":
        flags = cpu_flags()
        if engine() == "tensorflow" and "sse2" in flags and "avx" not in flags:
            raise MissingError(
                "TensorFlow needs a processor with AVX, and this one has none: "
                "train with KERAS_BACKEND=torch, or on another machine."
            )
        if engine() not in ENGINES:
            raise MissingError(
                f"KERAS_BACKEND is {engine()!r}; possible: {', '.join(ENGINES)} (or unset it)."
            )
        modules, extra = (*modules, engine()), ENGINES[engine()]
    return [name for name in modules if importlib.util.find_spec(name) is None], extra


def install_line(extra: str) -> str:
    """The shell command that installs an extra, or what every install has."""
    return f'pip install "digitscope[{extra}]"' if extra else "pip install digitscope"


def require(command: str) -> None:
    """Refuse a command whose extra is missing.

    Raises:
        MissingError: names the modules and the line that installs them.
    """
    names, extra = missing(command)
    if names:
        raise MissingError(
            f"`digitscope {command}` needs {', '.join(names)}, not part of the base install: "
            + install_line(extra)
        )


def import_keras(lean: bool = False) -> None:
    """Import Keras on its engine; what they print while starting is shown only if they fail.

    Args:
        lean: without the packages that Keras and TensorFlow import, if they are there, for what no
            command of ours uses. With garbage collection off, that takes 1.5 s instead of 3.6. On
            another engine TensorFlow then seems not to be installed, to the end of the process:
            Keras would import it to save a model, with all its chatter.

    Raises:
        MissingError: something is not installed, or the processor can't run it.
    """
    if "keras" in sys.modules:
        return
    require("train")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("KERAS_BACKEND", engine())  # whatever ~/.keras/keras.json says
    gc.disable()
    try:
        with _stderr_held(), _hidden(OPTIONAL if lean and engine() == "tensorflow" else ()):
            import keras
    except ImportError as error:
        raise MissingError(f"Keras on {engine()} can't be imported: {error}.") from error
    finally:
        gc.enable()
    if lean and engine() != "tensorflow":
        sys.meta_path.insert(0, _NoTensorFlow())
    keras.config.set_image_data_format("channels_last")
    keras.config.set_floatx("float32")
    gc.freeze()  # else Python takes 1.2 s at its end to look for garbage in all of TensorFlow


class _NoTensorFlow(importlib.abc.MetaPathFinder):
    """With it TensorFlow can't be imported, as if it were not installed."""

    def find_spec(self, fullname: str, path: object = None, target: object = None) -> None:
        if fullname == "tensorflow":
            raise ModuleNotFoundError(f"{fullname} is left out, for it is not the engine")


@contextlib.contextmanager
def _hidden(packages: Iterable[str]) -> Iterator[None]:
    """Within, these packages, unless imported already, seem not to be installed."""
    hidden = [name for name in packages if name not in sys.modules]
    sys.modules |= dict.fromkeys(hidden)  # type: ignore[arg-type]  # None: an ImportError
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


@contextlib.contextmanager
def _stderr_held() -> Iterator[None]:
    """Hold back what is written to file descriptor 2, C++ included; give it out on an error."""
    sys.stderr.flush()
    with tempfile.TemporaryFile() as held:
        original = os.dup(2)
        os.dup2(held.fileno(), 2)
        try:
            yield
        except Exception:
            held.seek(0)
            os.write(original, held.read())
            raise
        finally:
            sys.stderr.flush()
            os.dup2(original, 2)
            os.close(original)
