"""What each part of a recipe brings: the recipe without it, on the same seeds.

    python -m benchmarks.ablation [RECIPE ...]

Accuracy is that of the last epoch on the validation images: the test images have no part in it.
Differences are paired by seed. The seeds of all variants are trained in turn.
"""

import sys
import tempfile
from typing import Any

from benchmarks.record import mean_interval, record
from digitscope.recipes import configure
from digitscope.train import train

Settings = dict[str, Any]

PARTS: dict[str, Settings] = {
    "batch norm": {"batch_norm": False},
    "label smoothing": {"label_smoothing": 0.0},
    "one cycle": {"schedule": "constant", "learning_rate": 0.003},
    "linear instead": {"schedule": "linear"},
    "peak of 0.01": {"learning_rate": 0.01},
    "Keras's betas": {"beta_1": 0.9, "beta_2": 0.999},
    "batches of 128": {"batch_size": 128},
    "bfloat16": {"precision": "float32"},
}
SHAPES: dict[str, dict[str, Settings]] = {
    "fast": {"7x7 kernels": {"kernel_size": 5}, "stride": {"strides": 1, "pool": 4}},
    "fast99": {"second convolution": {"filters": 16, "strides": 2, "pool": 2, "kernel_size": 5}},
}
SEEDS = 10


def one(recipe: str, changes: Settings, seed: int) -> dict[str, float]:
    """Validation accuracy in percent, and the seconds of the epochs."""
    config = configure(recipe, **changes, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        history = train(config, runs_dir=folder, verbose=False).history
    seconds = sum(row["seconds"] for row in history)
    return {"accuracy": 100 * history[-1]["val_accuracy"], "seconds": seconds}


def measure(recipe: str) -> dict[str, Any]:
    """Every variant on every seed."""
    variants: dict[str, Settings] = {"whole": {}} | PARTS | SHAPES[recipe]
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in variants}
    for seed in range(SEEDS):
        for name, changes in variants.items():
            rows[name].append(one(recipe, changes, seed))
        print(recipe, seed, {name: found[-1] for name, found in rows.items()}, flush=True)
    return {
        name: {
            "settings": changes,
            "validation_accuracy_percent": mean_interval([row["accuracy"] for row in rows[name]]),
            "seconds": mean_interval([row["seconds"] for row in rows[name]]),
        }
        | ({} if name == "whole" else {"difference_points": difference(rows[name], rows["whole"])})
        for name, changes in variants.items()
    }


def difference(rows: list[dict[str, float]], whole: list[dict[str, float]]) -> dict[str, float]:
    """What the recipe gains over the variant, seed by seed, in points."""
    return mean_interval([b["accuracy"] - a["accuracy"] for a, b in zip(rows, whole, strict=True)])


def main() -> None:
    """Measure the recipes that are named, or all."""
    for recipe in sys.argv[1:] or SHAPES:
        record(f"ablation-{recipe}", {"variants": measure(recipe)}, f"ablation {recipe}")


if __name__ == "__main__":
    main()
