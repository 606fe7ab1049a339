"""Whole processes: how long `digitscope --help` takes, and what a training takes.

    python -m benchmarks.process

`--help` runs 21 times after two to warm up; the training is `digitscope train`, once.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import record

SCRIPT = str(Path(sys.executable).parent / "digitscope")


def measure(*arguments: str) -> tuple[float, float, str]:
    """Seconds, peak memory in GB (resident set), and standard output of one process."""
    started = time.perf_counter()
    process = subprocess.Popen([SCRIPT, *arguments], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, arguments
    kilobytes = usage.ru_maxrss / (1024 if sys.platform == "darwin" else 1)
    return seconds, kilobytes / 1e6, output


def main() -> None:
    """Measure, and write the figures."""
    times = [measure("--help")[0] for _ in range(23)][2:]
    help_seconds = {
        "n": len(times),
        "median": statistics.median(times),
        "min": min(times),
        "max": max(times),
    }
    with tempfile.TemporaryDirectory() as folder:
        seconds, memory, output = measure("train", "--json", "--runs-dir", folder)
    metrics = json.loads(output)
    train = {
        "seconds": seconds,
        "seconds_of_epochs": metrics["seconds"],
        "peak_memory_gb": memory,
        "accuracy": metrics["accuracy"],
        "interval": metrics["interval"],
    }
    record("process", {"help_seconds": help_seconds, "train": train})


if __name__ == "__main__":
    main()
