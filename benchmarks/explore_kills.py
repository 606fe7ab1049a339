"""Explorations ended by `kill -9` at random instants, and asked again until they are done.

    python -m benchmarks.explore_kills [COUNT]

Half of the kills strike a grid, half a search. The grid must end with the ranking of one that was
left alone (names of runs and seconds aside), the search with as many trials as were wanted; no
trial that was done may be lost or done again.
"""

import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import optuna

from benchmarks.kills import small_set
from benchmarks.record import record

SETTINGS = ["--epochs", "6", "--dense-units", "16", "--workers", "2", "--json"]
GRID = ["--vary", "filters=2,4,8", "--vary", "dropout=0,0.3", "--seeds", "12"]
SEARCH = ["--search", "--vary", "learning_rate=0.0001..0.1", "--vary", "filters=2..8"]
LONGEST = 16.0  # seconds before a kill; the first six go to starting
TRIALS_A_KILL = 14  # of the search: enough that it is not done too soon


def start(folder: Path, data: Path, question: list[str]) -> subprocess.Popen[str]:
    """An exploration in a process of its own."""
    command = [sys.executable, "-m", "digitscope", "explore", *SETTINGS, *question]
    places = ["--data", str(data), "--runs-dir", str(folder)]
    return subprocess.Popen(
        [*command, *places], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def finished(folder: Path) -> dict[int, str]:
    """The trials that are done: number -> run."""
    if not (folder / "explore.db").exists():
        return {}
    storage = f"sqlite:///{folder / 'explore.db'}"
    (name,) = optuna.get_all_study_names(storage)
    trials = optuna.load_study(study_name=name, storage=storage).get_trials(deepcopy=False)
    return {t.number: t.user_attrs["run"] for t in trials if t.state.name in ("COMPLETE", "PRUNED")}


def killed_again_and_again(
    folder: Path, data: Path, question: list[str], count: int, rng: random.Random
) -> dict[str, Any]:
    """Kill `count` times, go on to the end; what was found, and the trials lost on the way."""
    kills, lost = 0, 0
    done: dict[int, str] = {}
    while kills < count:
        process = start(folder, data, question)
        time.sleep(rng.uniform(0, LONGEST))
        if process.poll() is not None:
            raise RuntimeError(f"it was done after {kills} kills: give it more trials")
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        now = finished(folder)
        lost += sum(now.get(number) != run for number, run in done.items())
        done = now
        print(f"kill {kills}: {len(done)} trials done", flush=True)
    output, _ = start(folder, data, question).communicate()
    runs = finished(folder)
    lost += sum(runs.get(number) != run for number, run in done.items())
    return {
        "kills": kills,
        "trials_done": len(runs),
        "trials_lost": lost,
        "runs_used_twice": len(runs) - len(set(runs.values())),
        "found": json.loads(output),
    }


def essence(found: dict[str, Any]) -> dict[str, Any]:
    """A ranking without names of runs and seconds."""
    rows = [{k: row[k] for k in row if k not in ("runs", "seconds")} for row in found["rows"]]
    return found | {"rows": rows}


def main(count: int) -> None:
    """Kill a grid and a search, `count` times in all."""
    rng = random.Random(0)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "set.npz"
        small_set(path)
        output, _ = start(Path(name) / "whole", path, GRID).communicate()
        whole = json.loads(output)
        half = count // 2
        grid = killed_again_and_again(Path(name) / "grid", path, GRID, half, rng)
        wanted = TRIALS_A_KILL * half
        question = [*SEARCH, "--trials", str(wanted)]
        search = killed_again_and_again(Path(name) / "search", path, question, count - half, rng)
    grid["equals_the_uninterrupted_one"] = essence(grid.pop("found")) == essence(whole)
    search |= {"trials_wanted": wanted, "counts": search.pop("found")["trials"]}
    record("explore_kills", {"grid": grid, "search": search})


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
