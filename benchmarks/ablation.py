"""What each part of a recipe brings: the recipe without it, on the same seeds.

    python -m benchmarks.ablation [RECIPE ...]

Accuracy is that of the last epoch on the validation images: the test images have no part in it.
Differences are paired by seed. The seeds of all variants are trained in turn. All variants of
`accurate` are trained for 6 epochs on 50,000 images.
"""

import sys
import tempfile
from typing import Any

from benchmarks.record import mean_interval, record
from digitscope.settings.recipes import configure
from digitscope.training.train import train

Settings = dict[str, Any]

ONE_EPOCH: dict[str, Settings] = {
    "batch norm": {"batch_norm": False},
    "label smoothing": {"label_smoothing": 0.0},
    "one cycle": {"schedule": "constant", "learning_rate": 0.003},
    "linear instead": {"schedule": "linear"},
    "peak of 0.01": {"learning_rate": 0.01},
    "Keras's betas": {"beta_1": 0.9, "beta_2": 0.999},
    "batches of 128": {"batch_size": 128},
    "bfloat16": {"precision": "float32"},
}
VARIANTS: dict[str, dict[str, Settings]] = {
    "fast": ONE_EPOCH | {"7x7 kernels": {"kernel_size": 5}, "stride": {"strides": 1, "pool": 4}},
    "fast99": ONE_EPOCH
    | {"second convolution": {"filters": 16, "strides": 2, "pool": 2, "kernel_size": 5}},
    "accurate": {
        "augmentation": {"shift": 0.0, "rotate": 0.0, "scale": 0.0, "shear": 0.0},
        "no bends": {"elastic": 1.0},
        "dropout": {"dropout": 0.0},
        "label smoothing": {"label_smoothing": 0.0},
        "weight decay": {"weight_decay": 0.0},
        "one cycle": {"schedule": "constant", "learning_rate": 0.001},
        "wide layers": {"filters": (32, 32, 64, 64)},
    },
}
# The rest would take a day, and 3,000 images say too little.
COMMON: dict[str, Settings] = {"accurate": {"epochs": 6, "validation_fraction": 1 / 6}}
SEEDS = {"fast": 10, "fast99": 10, "accurate": 3}


def one(recipe: str, changes: Settings, seed: int) -> dict[str, float]:
    """Validation accuracy in percent, and the seconds of the epochs."""
    config = configure(recipe, **changes, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        history = train(config, runs_dir=folder, verbose=False).history
    seconds = sum(row["seconds"] for row in history)
    return {"accuracy": 100 * history[-1]["val_accuracy"], "seconds": seconds}


def measure(recipe: str) -> dict[str, Any]:
    """Every variant on every seed."""
    variants: dict[str, Settings] = {"whole": {}} | VARIANTS[recipe]
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in variants}
    common = COMMON.get(recipe, {})
    for seed in range(SEEDS[recipe]):
        for name, changes in variants.items():
            rows[name].append(one(recipe, common | changes, seed))
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
    for recipe in sys.argv[1:] or VARIANTS:
        record(f"ablation-{recipe}", {"variants": measure(recipe)}, f"ablation {recipe}")


if __name__ == "__main__":
    main()
