"""Import Keras and its engine without their chatter, or say what is missing and how to get it."""

import contextlib
import gc
import importlib.abc
import importlib.util
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator

from digitscope.environment import cpu_flags, engine
from digitscope.errors import MissingError

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
