"""Train small networks that read handwritten digits, see inside them, know how good they are.

Each folder is a stage; its docstring says what goes in, what comes out, and what its modules do. In
the order in which data travels:

    mnist         load_data(): the bundled MNIST, a drop-in for keras.datasets.mnist
    errors        every error that a user can cause
    environment   what a run is made with; Keras, started quietly
    settings      every choice that can change a run, and the layers it makes
    pictures      any picture -> images like MNIST's
    data          training and test digits, from anywhere
    network       the network in Keras, as plain files, in ONNX Runtime; how sure it may be
    runs          run folders: write, find, list
    training      Config -> run folder
    reading       a picture -> a digit; a photo -> rows and tables
    judging       runs -> figures and verdicts
    exploring     many settings, several seeds -> what helps
    exporting     a run -> something to take along
    serving       the page and the readers over HTTP
    cli           arguments -> one call -> print

A module imports from its own folder and from those before it, never from those after it; the
contracts in pyproject.toml say so, and `lint-imports` checks them. web/ holds the page, models/ the
bundled network.

Importing the package imports none of this; `digitscope.train` and the other names of `__all__` are
loaded when they are first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from digitscope.errors import (
        ConfigError,
        DataError,
        Interrupted,
        ModelError,
        PictureError,
        RunError,
        TrainingError,
    )
    from digitscope.judging.compare import compare
    from digitscope.judging.evaluate import evaluate
    from digitscope.reading.read import read
    from digitscope.reading.reader import Prediction, Reader, load
    from digitscope.runs.folder import find_run, list_runs
    from digitscope.runs.run import Run
    from digitscope.settings.config import Config
    from digitscope.settings.recipes import RECIPES, configure
    from digitscope.training.train import resume, train

__all__ = [
    "RECIPES",
    "Config",
    "ConfigError",
    "DataError",
    "Interrupted",
    "ModelError",
    "PictureError",
    "Prediction",
    "Reader",
    "Run",
    "RunError",
    "TrainingError",
    "compare",
    "configure",
    "evaluate",
    "find_run",
    "list_runs",
    "load",
    "read",
    "resume",
    "train",
]

_HOMES = {
    "Config": "settings.config",
    "ConfigError": "errors",
    "DataError": "errors",
    "Interrupted": "errors",
    "ModelError": "errors",
    "PictureError": "errors",
    "Prediction": "reading.reader",
    "RECIPES": "settings.recipes",
    "Reader": "reading.reader",
    "Run": "runs.run",
    "RunError": "errors",
    "TrainingError": "errors",
    "compare": "judging.compare",
    "configure": "settings.recipes",
    "evaluate": "judging.evaluate",
    "find_run": "runs.folder",
    "list_runs": "runs.folder",
    "load": "reading.reader",
    "read": "reading.read",
    "resume": "training.train",
    "train": "training.train",
}


if not TYPE_CHECKING:  # for a type checker would take any name then

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module 'digitscope' has no attribute {name!r}")
        environment = import_module("digitscope.environment")  # what a name needs may be missing
        if name in ("train", "resume"):
            environment.import_keras()
        elif name in ("evaluate", "compare"):
            environment.require(name)
        return getattr(import_module(f"digitscope.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
