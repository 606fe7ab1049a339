"""Train small networks that read handwritten digits, see inside them, know how good they are.

The modules, in the order in which data travels:

    layers        a Config's layers in order: shapes, weights, cost
    config        Config: every choice that can change a run
    recipes       RECIPES: settings under a name; configure()
    mnist         load_data(): the bundled MNIST
    dataset       load_dataset(): the bundled MNIST, or another set of the same kind
    augment       training images, moved, turned, scaled, sheared, bent at random
    picture       whatever a picture comes as -> RGB pixels
    ink           a picture -> its ink, without paper and shadow
    lines         marks on ruled paper -> without its lines
    page          a photo -> the page, straightened
    preprocess    any picture of one digit -> an image like MNIST's
    synth         digits, bent, printed and photographed, for training
    drawn         digits in rare styles, and what is no digit, drawn
    pages         photos of pages, composed for benchmarks
    environment   versions, engine, processor: what a run is made with
    startup       import Keras quietly, or say what is missing
    optimizer     how a network learns: learning rate, steps
    model         build_model(config) -> keras.Model
    network       the weights as plain files: network.json, weights.bin
    onnx_graph    layers and weights -> an ONNX model
    inference     model.onnx, images -> probabilities
    certainty     how sure a network may be, and when it says "I don't know"
    files         write whole files or none
    run           Run: a training's folder, and the files in it
    runs          the folder of runs: create, find, list
    keep          the network of the epoch to keep, in the forms that need no Keras
    predict       a model file + pictures -> Predictions
    film          a picture's way to the network, as a picture
    ruling        lines of grids, boxes and ruled paper, and a page without them
    marks         a page's ink -> marks
    layout        digits -> rows of numbers, the cells of a table
    segment       marks -> digits and words; touching digits cut apart
    read          a photo of many digits -> rows of numbers with boxes
    overlay       a photo with what was read in it
    display       layers, epochs, judgements, runs as text
    transcript    what was read, as text and CSV
    progress      a training's live bar
    batches       training images, batch by batch; fit, on any engine
    forward       layers as TensorFlow operations
    loop          fit on TensorFlow: a loop of our own
    checkpoint    a training's whole state in one file
    recorder      what is kept after every epoch
    train         Config -> run folder; resume
    figures       confusion matrices, errors, differences as pictures
    evaluate      run -> metrics.json, predictions.npz
    corruptions   test images, spoilt in fifteen ways
    robustness    run -> accuracy on spoilt digits
    listing       runs -> summaries, filtered
    report        run -> one self-contained report.html
    significance  how far apart two models or recipes are: more than luck?
    compare       runs -> a verdict with its uncertainty
    space         what an exploration varies
    study         an exploration's trials, in a file of Optuna's
    workers       trainings in processes of their own, by Ray
    explore       many settings, several seeds -> runs -> what helps
    leaderboard   an exploration under way, on the terminal
    doctor        what is installed, what is missing, what this machine can do
    session       a training as the command line runs it
    exhibit       what the page shows of a run
    export        a run -> one page that needs no server
    guard         what keeps other web pages and machines away from a server
    trainer       one training at a time, in a process of its own, for the page
    serve_lookup  which run a request is about
    serve_read    POST /predict and /read
    serve_runs    what the page shows: itself, runs, weights, digits
    serve_train   a training from the page
    serve         the page and the reader over HTTP
    flags         the arguments that commands share
    console       how commands answer
    cli_read      the commands that read
    cli_runs      the commands that list, show and delete runs
    cli_serve     the command that serves
    cli           arguments -> one call -> print

Importing the package imports none of them; `digitscope.train` and the other names of `__all__`
are loaded when they are first used.
"""

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

__version__ = "0.1.0"
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
    "Config": "config",
    "ConfigError": "config",
    "DataError": "dataset",
    "Interrupted": "train",
    "RECIPES": "recipes",
    "ModelError": "predict",
    "PictureError": "picture",
    "Prediction": "predict",
    "Reader": "predict",
    "load": "predict",
    "read": "read",
    "RunError": "run",
    "TrainingError": "recorder",
    "configure": "recipes",
    "Run": "run",
    "find_run": "runs",
    "list_runs": "runs",
    "train": "train",
    "resume": "train",
    "evaluate": "evaluate",
    "compare": "compare",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'digitscope' has no attribute {name!r}")
    return _load(name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]


def _load(name: str) -> Any:
    startup = import_module("digitscope.startup")
    if _HOMES[name] in ("train", "recorder"):
        startup.import_keras()
    elif _HOMES[name] in ("evaluate", "compare"):
        startup.require(name)
    return getattr(import_module(f"digitscope.{_HOMES[name]}"), name)


class _Package(ModuleType):
    """The package, whose `train`, `evaluate`, `compare`, `read` are functions, not their modules.

    Importing a submodule sets it as the package's attribute; these names turn that down.
    """

    train = property(lambda self: _load("train"), lambda self, module: None)
    evaluate = property(lambda self: _load("evaluate"), lambda self, module: None)
    compare = property(lambda self: _load("compare"), lambda self, module: None)
    read = property(lambda self: _load("read"), lambda self, module: None)


sys.modules[__name__].__class__ = _Package
