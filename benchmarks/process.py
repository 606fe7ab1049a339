"""Whole processes: the seconds of `digitscope --help`, of a training, and of leaving one by Ctrl-C.

    python -m benchmarks.process

`--help` runs 21 times after two to warm up; the training is `digitscope train`, once; Ctrl-C comes
twenty times, at random instants of the first epochs.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import median_range, record
from digitscope.errors import Interrupted
from digitscope.runs.folder import list_runs

SCRIPT = str(Path(sys.executable).parent / "digitscope")


def measure(*command: str, folder: str | None = None) -> tuple[float, float, str]:
    """Seconds, peak memory in GB (resident set), and standard output of one command."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return seconds, kilobytes / 1e6, output


def interrupt(rng: random.Random) -> float:
    """Seconds from Ctrl-C, at a random instant of a training, to the end of the process."""
    with tempfile.TemporaryDirectory() as folder:
        command = [SCRIPT, "train", "--runs-dir", folder]
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        while not list_runs(folder):
            time.sleep(0.01)
        time.sleep(rng.uniform(0, 6))
        started = time.perf_counter()
        process.send_signal(signal.SIGINT)
        assert process.wait() == Interrupted.exit_code
        return time.perf_counter() - started


def main() -> None:
    """Measure, and write the figures."""
    times = [measure(SCRIPT, "--help")[0] for _ in range(23)][2:]
    help_seconds = median_range(times)
    with tempfile.TemporaryDirectory() as folder:
        seconds, memory, output = measure(SCRIPT, "train", "--json", folder=folder)
    metrics = json.loads(output)
    train = {
        "seconds": seconds,
        "seconds_of_epochs": metrics["seconds"],
        "peak_memory_gb": memory,
        "accuracy": metrics["accuracy"],
        "interval": metrics["interval"],
    }
    rng = random.Random(0)
    ends = [interrupt(rng) for _ in range(20)]
    interrupts = median_range(ends)
    record(
        "process",
        {"help_seconds": help_seconds, "train": train, "interrupt_seconds": interrupts},
    )


if __name__ == "__main__":
    main()
