"""The recipes against the lesson in plain Keras: training time, whole process, memory.

    python -m benchmarks.speed [ROUNDS]

Training time runs from the first touch of the model to the last step, in a process of its own:
tracing, a validation pass an epoch and our checkpoints are in it, importing and loading are not.
Both sides train on the same 54,000 images and validate on the same 6,000. Whole processes are
`python Deep_Learning_Tutorial.py`, which trains on 60,000 images and validates on 10,000, and
`digitscope train --recipe fast`, from the prompt to the end.
Each round runs everything once, in turn; ratios are taken within a round.
"""

import importlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.process import SCRIPT, measure
from benchmarks.record import median_range, record
from digitscope.environment import fast_bfloat16
from digitscope.settings.recipes import configure

ROOT = Path(__file__).parent.parent
ROUNDS = 5
TRAININGS: dict[str, dict[str, Any]] = {
    "tutorial, float32": {"recipe": "tutorial", "precision": "float32"},
    "tutorial, bfloat16": {"recipe": "tutorial", "precision": "bfloat16"},
    "fast": {"recipe": "fast"},
    "fast99": {"recipe": "fast99"},
}


def time_plain() -> float:
    """Seconds of plain Keras's training, from building the model to the end of `fit`."""
    from benchmarks import plain
    from digitscope.data.dataset import load_dataset

    parts = plain.arrays(load_dataset(), configure("tutorial"))
    started = time.perf_counter()
    plain.fit(*parts)
    return time.perf_counter() - started


def time_recipe(settings: dict[str, Any]) -> float:
    """Seconds of `train`, from building the model to the last step."""
    import keras

    module: Any = importlib.import_module("digitscope.training.train")
    build_model = module.build_model
    times: list[float] = []

    def touch(*arguments: Any) -> keras.Model:
        times.append(time.perf_counter())
        return build_model(*arguments)

    end = keras.callbacks.LambdaCallback(
        on_train_end=lambda logs: times.append(time.perf_counter())
    )
    module.build_model = touch
    with tempfile.TemporaryDirectory() as folder:
        module.train(**settings, runs_dir=folder, callbacks=[end], verbose=False)
    return times[1] - times[0]


def child(name: str) -> float:
    """The training `name`, timed in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.speed", "--one", name]
    result = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=True)
    return float(json.loads(result.stdout))


def whole(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and peak memory in GB of a command."""
    with tempfile.TemporaryDirectory() as folder:
        seconds, memory, _ = measure(*command, folder=folder)
    return seconds, memory


def one_round() -> dict[str, Any]:
    """Everything once."""
    names = ["plain", *TRAININGS]
    if not fast_bfloat16():
        names.remove("tutorial, bfloat16")
    training = {name: child(name) for name in names}
    lesson, lesson_memory = whole([sys.executable, str(ROOT / "Deep_Learning_Tutorial.py")])
    fast, fast_memory = whole([SCRIPT, "train", "--recipe", "fast"])
    return {
        "training_seconds": training,
        "process_seconds": {"plain": lesson, "fast": fast},
        "peak_memory_gb": {"plain": lesson_memory, "fast": fast_memory},
    }


def main() -> None:
    """Measure, and write seconds and ratios."""
    if sys.argv[1:2] == ["--one"]:
        name = sys.argv[2]
        print(time_plain() if name == "plain" else time_recipe(TRAININGS[name]))
        return
    rounds = []
    for _ in range(int(sys.argv[1]) if sys.argv[1:] else ROUNDS):
        rounds.append(one_round())
        print(json.dumps(rounds[-1]), flush=True)
    figures: dict[str, Any] = {}
    for kind in rounds[0]:
        figures[kind] = {
            name: {
                "value": median_range([row[kind][name] for row in rounds]),
                "ratio": median_range([row[kind][name] / row[kind]["plain"] for row in rounds]),
            }
            for name in rounds[0][kind]
        }
    record("speed", figures | {"rounds": rounds})


if __name__ == "__main__":
    main()
