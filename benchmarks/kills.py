"""Thirty trainings, each ended by `kill -9` at a random instant and resumed.

    python -m benchmarks.kills [COUNT]

The instants lie between the run folder's appearance and its status `finished`. Every second run or
so is killed once more while it is being resumed. All must end with the weights and the history of
an uninterrupted run.
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
from digitscope.data.dataset import load_dataset
from digitscope.runs.folder import list_runs
from digitscope.runs.run import Run

SETTINGS = [
    *("--epochs", "6", "--filters", "8,8", "--dense-units", "32", "--batch-norm"),
    *("--dropout", "0.2", "--shift", "2", "--rotate", "10", "--schedule", "one_cycle"),
]


def digitscope(*arguments: str) -> subprocess.Popen[bytes]:
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


def kill_at_random(
    process: subprocess.Popen[bytes], run: Run, rng: random.Random, longest: float
) -> bool:
    """Kill a training up to `longest` seconds from now; False if it had already finished."""
    time.sleep(rng.uniform(0, longest))
    process.kill()
    process.wait()
    return run.status.state != "finished"


def resume_until_finished(run: Run, rng: random.Random, longest: float) -> int:
    """Resume a run, and kill every other resumption too; gives the number of these kills."""
    kills = 0
    while run.status.state != "finished":
        process = digitscope("train", "--resume", str(run.path))
        if kills == 0 and rng.random() < 0.5:
            while run.status.state != "running" and process.poll() is None:
                time.sleep(0.005)
            kills += kill_at_random(process, run, rng, longest)
        elif process.wait() != 0:
            raise RuntimeError(f"{run.path} could not be resumed")
    return kills


def small_set(path: Path) -> None:
    """Write a tenth of MNIST, as an npz that `--data` takes."""
    data = load_dataset()
    np.savez(
        path,
        x_train=data.x_train[:6000],
        y_train=data.y_train[:6000],
        x_test=data.x_test[:1000],
        y_test=data.y_test[:1000],
    )


def main(count: int) -> None:
    """Train once without a kill, then `count` times with one."""
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        folder, path = Path(name) / "runs", Path(name) / "set.npz"
        small_set(path)
        train = ["train", *SETTINGS, "--data", str(path), "--runs-dir", str(folder)]
        process = digitscope(*train)
        whole = wait_for_run(folder, 1)
        started = time.perf_counter()
        assert process.wait() == 0
        duration, expected = time.perf_counter() - started, outcome(whole)
        epochs, again, same = Counter[int](), 0, 0
        while epochs.total() < count:
            before = len(list_runs(folder))
            process = digitscope(*train)
            run = wait_for_run(folder, before + 1)
            if not kill_at_random(process, run, rng, duration):
                continue  # it was faster; that is no kill
            done = len(run.history)
            epochs[done] += 1
            again += resume_until_finished(run, rng, duration)
            same += outcome(run) == expected
            print(f"{run.name}: killed after {done}, same {same}/{epochs.total()}", flush=True)
    by_epochs = {str(n): epochs[n] for n in sorted(epochs)}
    record(
        "kills",
        {
            "runs": count,
            "identical": same,
            "killed_again_while_resuming": again,
            "kills_by_epochs_done": by_epochs,
        },
    )
    if same != count:
        sys.exit(1)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
