"""How fast, and how small, reading one digit is.

    python -m benchmarks.reader_speed

Drawings of 280x280 pixels: the whole process of `digitscope predict`, 15 times after 2 to warm up,
and `Reader.predict` within a process, 2,000 different drawings after 100 to warm up.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.process import SCRIPT, measure
from benchmarks.record import median_range, record
from digitscope.data.dataset import load_dataset
from digitscope.reading.reader import load

PROCESSES, DRAWINGS = 17, 2100


def processes() -> dict[str, dict[str, float]]:
    """Seconds and peak memory of `digitscope predict digit.png`.

    Measured while this process is small: a child's peak begins with its parent's.
    """
    drawing = np.full((280, 280), 255, np.uint8)
    drawing[40:60, 60:220] = drawing[60:240, 190:215] = 0  # a seven
    with tempfile.TemporaryDirectory() as folder:
        Image.fromarray(drawing).save(Path(folder) / "digit.png")
        runs = [measure(SCRIPT, "predict", "digit.png", folder=folder) for _ in range(PROCESSES)]
    seconds, gigabytes, _ = zip(*runs[2:], strict=True)
    megabytes = [1000 * part for part in gigabytes]
    return {"seconds": median_range([*seconds]), "megabytes": median_range(megabytes)}


def milliseconds(drawings: list[np.ndarray]) -> dict[str, float]:
    """Of each `Reader.predict`, preprocessing included: quantiles."""
    reader, taken = load(), []
    for drawing in drawings:
        started = time.perf_counter()
        reader.predict(drawing)
        taken.append(1000 * (time.perf_counter() - started))
    p50, p95, p99 = np.quantile(taken[100:], (0.5, 0.95, 0.99)).tolist()
    return {"n": len(taken) - 100, "p50": p50, "p95": p95, "p99": p99}


def main() -> None:
    """Measure and write results/reader_speed.json."""
    process = processes()
    images = load_dataset().x_train[:DRAWINGS]
    drawings = [255 - np.kron(image, np.ones((10, 10), np.uint8)) for image in images]
    record("reader_speed", {"process": process, "ms": milliseconds(drawings)})


if __name__ == "__main__":
    main()
