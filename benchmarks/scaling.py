"""One epoch of `tutorial` on 60,000, 240,000 and 960,000 images: seconds an image, peak memory.

    python -m benchmarks.scaling [ROUNDS]

The images are MNIST's, each copy shifted by up to three pixels, in an uncompressed npz. Every
training is a process of its own, in turn within a round. Seconds run from the end of the first
steps, which hold the tracing, to the end of the epoch; loading is not in them. Memory is the
process's greatest resident set, loading included.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.process import measure
from benchmarks.record import median_range, record
from digitscope.mnist import load_data

COPIES = (1, 4, 16)
ROUNDS = 3


def write_copies(path: str, copies: int) -> None:
    """MNIST's training set `copies` times, each image of each copy shifted."""
    (x, y), (x_test, y_test) = load_data()
    rng = np.random.default_rng(0)
    x_train = np.empty((copies * len(x), 28, 28), np.uint8)
    for number in range(copies):
        down, right = rng.integers(-3, 4, 2) if number else (0, 0)
        x_train[number * len(x) :][: len(x)] = np.roll(x, (down, right), (1, 2))
    y_train = np.tile(y, copies)
    np.savez(path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)


def train(path: str) -> dict[str, float]:
    """Seconds an image of an epoch's steps, without the first ones."""
    import keras

    from digitscope.training.train import train

    times, batches = [], []

    def note(batch: int, logs: Any) -> None:
        times.append(time.perf_counter())
        batches.append(batch)

    listener = keras.callbacks.LambdaCallback(on_train_batch_end=note)
    with tempfile.TemporaryDirectory() as folder:
        train(data=path, epochs=1, runs_dir=folder, callbacks=[listener], verbose=False)
    images = 128 * (batches[-1] - batches[0])
    return {"microseconds_an_image": 1e6 * (times[-1] - times[0]) / images}


def child(*arguments: str) -> tuple[float, str]:
    """Peak memory in GB and output of this module in a process of its own."""
    return measure(sys.executable, "-m", "benchmarks.scaling", *arguments)[1:]


def one_round(folder: Path) -> list[dict[str, float]]:
    """Every size once."""
    rows = []
    for copies in COPIES:
        path = folder / f"{copies}.npz"
        memory, output = child("--one", str(path))
        rows.append({"images": 60000 * copies, "peak_memory_gb": memory} | json.loads(output))
        print(rows[-1], flush=True)
    return rows


def main() -> None:
    """Measure, and write seconds, memory, and how both grow."""
    match sys.argv[1:]:
        case ["--one", path]:
            print(json.dumps(train(path)))
            return
        case ["--write", path, number]:
            write_copies(path, int(number))
            return
    with tempfile.TemporaryDirectory() as folder:
        for number in map(
            str, COPIES
        ):  # not in this process: a child's peak begins at its parent's
            child("--write", str(Path(folder) / f"{number}.npz"), number)
        rounds = [
            one_round(Path(folder)) for _ in range(int(sys.argv[1]) if sys.argv[1:] else ROUNDS)
        ]
    figures: dict[str, Any] = {}
    for index, copies in enumerate(COPIES):
        rows = [row[index] for row in rounds]
        figures[str(60000 * copies)] = {
            name: median_range([row[name] for row in rows])
            for name in ("microseconds_an_image", "peak_memory_gb")
        }
    ratios = [row[-1]["microseconds_an_image"] / row[0]["microseconds_an_image"] for row in rounds]
    raw = 784 * 60000 * (COPIES[-1] - COPIES[0]) / 1e9
    growth = [(row[-1]["peak_memory_gb"] - row[0]["peak_memory_gb"]) / raw for row in rounds]
    record(
        "scaling",
        {
            "sizes": figures,
            "time_ratio_of_16_times_the_images": median_range(ratios),
            "memory_growth_by_raw_bytes": median_range(growth),
            "rounds": rounds,
        },
    )


if __name__ == "__main__":
    main()
