"""Thirty trainings, each ended by `kill -9` at a random instant and resumed.

    python -m benchmarks.kills [COUNT]

Every resumed run must end with the weights and the history of an uninterrupted one.
"""

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.record import record
from digitscope.dataset import load_dataset
from digitscope.runs import Run, list_runs

SETTINGS = [
    *("--epochs", "6", "--filters", "8,8", "--dense-units", "32", "--batch-norm"),
    *("--dropout", "0.2", "--shift", "2", "--rotate", "10", "--schedule", "one_cycle"),
]


def digitscope(*arguments: str) -> subprocess.Popen:
    """Start the command line in a process of its own."""
    command = [sys.executable, "-m", "digitscope", *arguments]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def outcome(run: Run) -> tuple[bytes, list[dict[str, float]]]:
    """What must be the same: the weights, and the history but for its times."""
    history = [{k: v for k, v in row.items() if k != "seconds"} for row in run.history]
    return (run.path / "weights.bin").read_bytes(), history


def wait_for_run(folder: Path, count: int) -> Run:
    """The newest run, once `count` are there."""
    while len(runs := list_runs(folder)) < count:
        time.sleep(0.005)
    return runs[-1]


def trial(folder: Path, train: list[str], count: int, seconds: float) -> tuple[Run, int]:
    """Begin run number `count`, kill it `seconds` after its folder is there, and resume it.

    Returns:
        The finished run, and how many epochs it had when it was killed.
    """
    process = digitscope(*train)
    run = wait_for_run(folder, count)
    time.sleep(seconds)
    process.kill()
    process.wait()
    epochs = len(run.history)
    if run.status["state"] != "finished":
        assert run.status["state"] == "interrupted", run.status
        resumed = digitscope("train", "--resume", str(run.path), "--runs-dir", str(folder))
        assert resumed.wait() == 0, run.path
    return run, epochs


def main(count: int) -> None:
    """Train once without a kill, then `count` times with one."""
    data, rng = load_dataset(), random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name) / "runs", Path(name) / "set.npz"
        np.savez(
            path,
            x_train=data.x_train[:6000],
            y_train=data.y_train[:6000],
            x_test=data.x_test[:500],
            y_test=data.y_test[:500],
        )
        train = ["train", *SETTINGS, "--data", str(path), "--runs-dir", str(folder)]
        process = digitscope(*train)
        whole = wait_for_run(folder, 1)
        started = time.perf_counter()
        assert process.wait() == 0
        duration, expected = time.perf_counter() - started, outcome(whole)
        epochs, same = Counter[int](), 0
        for number in range(count):
            run, done = trial(folder, train, number + 2, rng.uniform(0, duration))
            epochs[done] += 1
            same += outcome(run) == expected
            print(f"{run.name}: killed after {done} epochs, same {same}/{number + 1}", flush=True)
    by_epochs = {str(n): epochs[n] for n in sorted(epochs)}
    record("kills", {"kills": count, "identical": same, "kills_by_epochs_done": by_epochs})
    if same != count:
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
