"""A Ray cluster of two nodes on this machine; one is killed while it works.

    python -m benchmarks.cluster

Every trial must finish, none twice in the table. The nodes are started as the documentation says,
with `ray start`; the second is killed with `kill -9` when the second trial is done.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(16)}

from benchmarks.kills import small_set
from benchmarks.record import record
from digitscope.exploring.explore import explore
from digitscope.exploring.question import Question
from digitscope.exploring.space import parse
from digitscope.exploring.study import Study
from digitscope.settings.config import Config

RAY = str(Path(sys.executable).parent / "ray")


def free_port() -> int:
    """A port nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def start_node(*arguments: str) -> subprocess.Popen[bytes]:
    """A node of the cluster, with one core, in a process group of its own."""
    return subprocess.Popen(
        [RAY, "start", "--block", "--num-cpus", "1", "--disable-usage-stats", *arguments],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def kill(node: subprocess.Popen[bytes]) -> None:
    """Kill everything a node runs."""
    if node.poll() is None:
        os.killpg(node.pid, signal.SIGKILL)
        node.wait()


def measure(folder: Path) -> dict[str, Any]:
    """Explore on two nodes, of which one dies."""
    path = folder / "set.npz"
    small_set(path)
    address = f"127.0.0.1:{free_port()}"
    head = start_node("--head", "--port", address.rpartition(":")[2], "--include-dashboard=false")
    time.sleep(10)
    other = start_node("--address", address)
    time.sleep(10)
    killed: list[int] = []

    def kill_one(study: Study) -> None:
        done = study.counts().done
        if done >= 2 and not killed:
            kill(other)
            killed.append(done)

    base = Config(data=str(path), epochs=5, dense_units=(16,))
    question = Question(base, parse(["filters=4,8", "dropout=0,0.3"]), seeds=3)
    try:
        started = time.perf_counter()
        found = explore(question, folder / "runs", address=address, listen=kill_one)
        seconds = time.perf_counter() - started
    finally:
        kill(other)
        kill(head)
    runs = [run for row in found.rows for run in row.runs]
    print(found.trials)
    return {
        "trials": found.trials.as_json(),
        "in_the_table": len(runs),
        "twice_in_the_table": len(runs) - len(set(runs)),
        "killed_after_trials": killed,
        "seconds": seconds,
    }


def main() -> None:
    """Measure and write results/cluster.json."""
    with tempfile.TemporaryDirectory() as folder:
        record("cluster", measure(Path(folder)))


if __name__ == "__main__":
    main()
