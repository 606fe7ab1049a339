"""robustness: how a run's network does where digits are not as clean as in the test set.

Networks that are alike on the test images differ here.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic_core import to_jsonable_python

from digitscope.errors import RunError
from digitscope.judging.corruptions import CURVES, MNIST_C_LIKE
from digitscope.network.inference import Model
from digitscope.runs.files import write_atomically
from digitscope.runs.folder import as_run
from digitscope.runs.metrics import Count, Part
from digitscope.runs.records import read_record
from digitscope.runs.run import Run

SEED = 0  # every run sees the very same pictures


@dataclass(frozen=True)
class Curve:
    """Accuracy under a change that grows.

    Attributes:
        unit: of the amounts, in words.
        amounts: how much was changed, ascending.
        accuracy: at each of them, a part of 1.
    """

    unit: str
    amounts: tuple[float, ...]
    accuracy: tuple[Part, ...]


@dataclass(frozen=True)
class RobustnessCard:
    """How a network does on spoilt digits, as robustness.json holds it. Accuracies are parts of 1.

    Attributes:
        num_images: test images, of each kind.
        clean: the accuracy where nothing is changed.
        corruptions: kind -> accuracy, for the fifteen kinds that are like MNIST-C's.
        mean_corrupted_accuracy: over them.
        curves: change -> accuracy as it grows.
    """

    num_images: Count
    clean: Part
    corruptions: dict[str, Part]
    mean_corrupted_accuracy: Part
    curves: dict[str, Curve]

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        values: dict[str, Any] = to_jsonable_python(self)
        return values


def measured_card(run: Run) -> RobustnessCard | None:
    """The card that a run has already; None where there is none, or none that can be read."""
    try:
        return read_record(run.path / "robustness.json", RobustnessCard)
    except RunError:
        return None


def robustness(run: Run | str, images: int | None = None) -> RobustnessCard:
    """Accuracy of a run's network on spoilt test images; writes `robustness.json`.

    Args:
        run: a Run, or what `find_run` takes.
        images: take only the first so many test images.

    Raises:
        RunError: the run has no network yet, or its data has changed.
    """
    run = as_run(run)
    data = run.load_data()
    if not (run.path / "model.onnx").exists():
        raise RunError(f"{run.path} has no network yet: finish it, or `digitscope evaluate` it.")
    model = Model(run.path / "model.onnx")
    x, y = data.x_test[:images], data.y_test[:images]

    def accuracy(change: Callable[..., np.ndarray], *amount: float) -> float:
        spoilt = change(x, np.random.default_rng(SEED), *amount)
        return float((model.probabilities(spoilt).argmax(1) == y).mean())

    corruptions = {name: accuracy(change) for name, change in MNIST_C_LIKE.items()}
    card = RobustnessCard(
        num_images=len(y),
        clean=accuracy(lambda images, rng: images),
        corruptions=corruptions,
        mean_corrupted_accuracy=float(np.mean([*corruptions.values()])),
        curves={
            name: Curve(unit, amounts, tuple(accuracy(change, amount) for amount in amounts))
            for name, (change, unit, amounts) in CURVES.items()
        },
    )
    write_atomically(run.path / "robustness.json", json.dumps(card.as_json(), indent=1))
    return card
