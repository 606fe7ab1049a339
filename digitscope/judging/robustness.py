"""robustness: how a run's network does where digits are not as clean as in the test set.

Networks that are alike on the test images differ here.
"""

import json
from collections.abc import Callable
from typing import Any

import numpy as np

from digitscope.errors import RunError
from digitscope.judging.corruptions import CURVES, MNIST_C_LIKE
from digitscope.network.inference import Model
from digitscope.runs.files import write_atomically
from digitscope.runs.folder import as_run
from digitscope.runs.run import Run

SEED = 0  # every run sees the very same pictures


def robustness(run: Run | str, images: int | None = None) -> dict[str, Any]:
    """Accuracy of a run's network on spoilt test images; writes `robustness.json`.

    Args:
        run: a Run, or what `find_run` takes.
        images: take only the first so many test images.

    Returns:
        JSON values, accuracies as parts of 1: `clean`; `corruptions`, kind -> accuracy, for the
        fifteen kinds that are like MNIST-C's; `mean_corrupted_accuracy` over them; `curves`,
        change -> `unit`, `amounts`, `accuracy`; `num_images`.

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
    card = {
        "num_images": len(y),
        "clean": accuracy(lambda images, rng: images),
        "corruptions": corruptions,
        "mean_corrupted_accuracy": float(np.mean([*corruptions.values()])),
        "curves": {
            name: {
                "unit": unit,
                "amounts": list(amounts),
                "accuracy": [accuracy(change, amount) for amount in amounts],
            }
            for name, (change, unit, amounts) in CURVES.items()
        },
    }
    write_atomically(run.path / "robustness.json", json.dumps(card, indent=1))
    return card
