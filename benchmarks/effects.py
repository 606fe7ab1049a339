"""What each change to the lesson's network really brings: the figures of docs/effects.md.

    python -m benchmarks.effects

Every variation is trained with the baseline's seeds, and differences are paired by seed: points on
the test images, with intervals that hold for other images and seeds too, and all of them together
with 95 %. Robustness is the mean accuracy over the fifteen corruptions, on the first 2,000 test
images; its intervals are each for itself, and about other seeds alone. All variations of a seed are
trained in turn.
"""

import tempfile
from typing import Any

import numpy as np

from benchmarks.record import mean_interval, record
from digitscope.judging.compare import which_right
from digitscope.judging.robustness import robustness
from digitscope.judging.significance import recipes
from digitscope.settings.recipes import configure
from digitscope.training.train import train

SEEDS = 5
ROBUSTNESS_IMAGES = 2000
Settings = dict[str, Any]
VARIATIONS: dict[str, Settings] = {
    "the lesson": {},
    "1 epoch": {"epochs": 1},
    "2 epochs": {"epochs": 2},
    "10 epochs": {"epochs": 10},
    "20 epochs": {"epochs": 20},
    "8 filters": {"filters": 8},
    "16 filters": {"filters": 16},
    "64 filters": {"filters": 64},
    "32 neurons": {"dense_units": 32},
    "512 neurons": {"dense_units": 512},
    "a second convolution and pooling (LeNet)": {"filters": (32, 64)},
    "a second dense layer": {"dense_units": (128, 128)},
    "dropout 0.3": {"dropout": 0.3},
    "batch norm": {"batch_norm": True},
    "augmentation (2 pixels, 10 degrees)": {"shift": 2, "rotate": 10},
    "augmentation, 20 epochs": {"shift": 2, "rotate": 10, "epochs": 20},
}


def one(settings: Settings, seed: int) -> dict[str, Any]:
    """Train and judge: which test images are right, accuracy on corrupted ones, seconds."""
    with tempfile.TemporaryDirectory() as folder:
        run = train("tutorial", **settings, seed=seed, runs_dir=folder, verbose=False)
        return {
            "right": which_right(run),
            "robustness": robustness(run, ROBUSTNESS_IMAGES).mean_corrupted_accuracy,
            "seconds": sum(row["seconds"] for row in run.history),
        }


def measure() -> dict[str, Any]:
    """Every variation with every seed."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in VARIATIONS}
    for seed in range(SEEDS):
        for name, settings in VARIATIONS.items():
            found[name].append(one(settings, seed))
            print(seed, name, found[name][-1]["right"].mean(), flush=True)
    lesson = found["the lesson"]
    return {name: _row(name, rows, lesson) for name, rows in found.items()}


def _row(name: str, rows: list[dict[str, Any]], lesson: list[dict[str, Any]]) -> dict[str, Any]:
    right, base = (np.stack([row["right"] for row in group]) for group in (rows, lesson))
    difference = recipes(base, right, paired=True, comparisons=len(VARIATIONS) - 1)
    corrupted, clean = ([row["robustness"] for row in group] for group in (rows, lesson))
    gaps = [100 * (a - b) for a, b in zip(corrupted, clean, strict=True)]
    return {
        "settings": VARIATIONS[name],
        "accuracy_percent": mean_interval((100 * right.mean(1)).tolist()),
        "gain_points": {
            "mean": 100 * difference.value,
            "low": 100 * difference.low,
            "high": 100 * difference.high,
        },
        "robustness_percent": mean_interval([100 * part for part in corrupted]),
        "robustness_gain_points": mean_interval(gaps),
        "seconds": mean_interval([row["seconds"] for row in rows]),
        "parameters": configure("tutorial", **VARIATIONS[name]).num_parameters,
    }


def main() -> None:
    """Measure and write results/effects.json."""
    record("effects", {"variations": measure()}, "effects")


if __name__ == "__main__":
    main()
