"""Test accuracy of the recipes over seeds; `tutorial` next to plain Keras, `accurate` averaged too.

    python -m benchmarks.accuracy [RECIPE ...]

Every training is judged once, by its last step's or its best validation epoch's weights, as its
recipe says; nothing is chosen on the test images. Plain Keras is the lesson's code on the same
images, with its last epoch's weights; `tutorial` keeps those with the least validation loss. The
average is of the five networks' probabilities.
"""

import sys
import tempfile
from typing import Any

import keras
import numpy as np

from benchmarks import plain
from benchmarks.record import mean_interval, record
from digitscope.data.dataset import load_dataset
from digitscope.judging.evaluate import evaluate
from digitscope.settings.recipes import configure
from digitscope.training.train import train

SEEDS = {"tutorial": 10, "lenet": 5, "fast": 10, "fast99": 10, "accurate": 5}


def one(recipe: str, seed: int) -> tuple[dict[str, Any], np.ndarray]:
    """Train and judge; a row of the record, and the test images' probabilities."""
    with tempfile.TemporaryDirectory() as folder:
        run = train(recipe, seed=seed, runs_dir=folder, verbose=False)
        metrics = evaluate(run)
        seconds = sum(row["seconds"] for row in run.history)
        row: dict[str, Any] = {
            "seed": seed,
            "accuracy": metrics.accuracy,
            "seconds_of_epochs": seconds,
        }
        row["precision"] = run.environment.precision
        with np.load(run.path / "predictions.npz") as file:
            return row, file["probabilities"]


def plain_accuracy(seed: int) -> float:
    """Test accuracy of plain Keras, trained on the images that `tutorial` has with this seed."""
    data = load_dataset()
    training, _ = plain.arrays(data, configure("tutorial", seed=seed))
    keras.utils.set_random_seed(seed)
    cnn = plain.fit(training)
    x_test = data.x_test[..., None] / np.float32(255)
    answers = cnn.predict(x_test, batch_size=250, verbose=0).argmax(1)
    return float((answers == data.y_test).mean())


def percent(rows: list[dict[str, Any]], name: str) -> list[float]:
    """A column of the rows, in percent."""
    return [100 * row[name] for row in rows]


def measure(recipe: str) -> dict[str, Any]:
    """All seeds of a recipe."""
    rows, probabilities = [], []
    for seed in range(SEEDS[recipe]):
        row, says = one(recipe, seed)
        if recipe == "tutorial":
            row["plain_keras"] = plain_accuracy(seed)
        rows.append(row)
        probabilities.append(says)
        print(recipe, row, flush=True)
    figures: dict[str, Any] = {
        "accuracy_percent": mean_interval(percent(rows, "accuracy")),
        "seconds_of_epochs": mean_interval([row["seconds_of_epochs"] for row in rows]),
    }
    if recipe == "tutorial":
        ours, theirs = percent(rows, "accuracy"), percent(rows, "plain_keras")
        gaps = [a - b for a, b in zip(ours, theirs, strict=True)]
        figures["plain_keras_percent"] = mean_interval(theirs)
        figures["difference_points"] = mean_interval(gaps)
    if recipe == "accurate":
        answers = np.mean(probabilities, axis=0).argmax(1)
        right = answers == load_dataset().y_test
        figures["average_percent"] = 100 * float(right.mean())
    return figures | {"rows": rows}


def main() -> None:
    """Measure the recipes that are named, or all."""
    for recipe in sys.argv[1:] or SEEDS:
        record(f"accuracy-{recipe}", measure(recipe), f"accuracy {recipe}")


if __name__ == "__main__":
    main()
