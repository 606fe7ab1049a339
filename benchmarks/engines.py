"""The recipe `tutorial` on TensorFlow, JAX and PyTorch, three seeds of each.

    python -m benchmarks.engines

Each training is the command `digitscope train` in a process of its own. An engine that is not
installed is left out, and the record says so.
"""

import importlib.util
import json
import os
import subprocess
import sys
import tempfile

from benchmarks.record import mean_interval, record
from digitscope.environment import ENGINES

SEEDS = range(3)


def train(engine: str, seed: int) -> dict[str, float]:
    """One training: its test accuracy, and the seconds of its epochs."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "digitscope", "train", "--json"]
        result = subprocess.run(
            [*command, "--seed", str(seed), "--runs-dir", folder],
            env={**os.environ, "KERAS_BACKEND": engine},
            stdout=subprocess.PIPE,
            check=True,
        )
    metrics = json.loads(result.stdout)
    return {"seed": seed, "accuracy": metrics["accuracy"], "seconds": metrics["seconds"]}


def main() -> None:
    """Train every engine that is here on the same seeds, in turn."""
    here = [engine for engine in ENGINES if importlib.util.find_spec(engine)]
    rows: dict[str, list[dict[str, float]]] = {engine: [] for engine in here}
    for seed in SEEDS:
        for engine in here:
            rows[engine].append(train(engine, seed))
            print(engine, rows[engine][-1], flush=True)
    figures = {
        engine: {
            "accuracy_percent": mean_interval([100 * row["accuracy"] for row in runs]),
            "seconds": mean_interval([row["seconds"] for row in runs]),
            "rows": runs,
        }
        for engine, runs in rows.items()
    }
    missing = [engine for engine in ENGINES if engine not in here]
    record("engines", {"engines": figures, "not_installed": missing})


if __name__ == "__main__":
    main()
