"""Against another commit, in turn: has a change made anything slower, or trained other weights?

    python -m benchmarks.before COMMIT [ROUNDS]

The commit is checked out beside this one. Each round runs everything once from the one and once
from the other, which goes first changes; the figures are the ratios within a round, this commit's
seconds by the other's. Trainings count the seconds of their epochs; the other commands the whole
process. Both trainings of a recipe have the same seed, and the weights of the epoch that is kept
are compared byte by byte.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.record import median_range, record

ROOT = Path(__file__).parent.parent
PICTURE = ROOT / "docs" / "figures" / "seven.png"
COMMANDS = {
    "--help": ["--help"],
    "predict": ["predict", str(PICTURE)],
    "runs": ["runs"],
}
TRAININGS = ("fast", "tutorial")
ROUNDS = 15
TRAINED_EVERY = 3  # rounds: a training takes longer than the commands


@contextmanager
def checked_out(commit: str) -> Iterator[Path]:
    """A folder with the files of a commit."""
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "-C", ROOT, "archive", commit], stdout=subprocess.PIPE, check=True
        )
        subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
        yield Path(folder)


def call(code: Path, arguments: list[str], folder: str) -> tuple[float, str]:
    """Seconds and standard output of a command of the package in `code`."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "digitscope", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(code)},
        capture_output=True,
        text=True,
        check=True,
    )
    return time.perf_counter() - started, done.stdout


def train(code: Path, recipe: str) -> tuple[float, str]:
    """Seconds of the epochs of a training, and the SHA-256 of the weights that are kept."""
    with tempfile.TemporaryDirectory() as folder:
        said = json.loads(call(code, ["train", "--recipe", recipe, "--json"], folder)[1])
        weights = (Path(folder) / said["run"] / "weights.bin").read_bytes()
    return said["seconds"], hashlib.sha256(weights).hexdigest()


def main(commit: str, rounds: int = ROUNDS) -> None:
    """Measure, and write results/before.json."""
    ratios: dict[str, list[float]] = {}
    same: dict[str, bool] = {}
    with checked_out(commit) as before, tempfile.TemporaryDirectory() as folder:
        for number in range(-1, rounds):  # the first round warms up
            sides = [("now", ROOT), ("before", before)][:: 1 if number % 2 else -1]
            for name, arguments in COMMANDS.items():
                seconds = {side: call(code, arguments, folder)[0] for side, code in sides}
                if number >= 0:
                    ratios.setdefault(name, []).append(seconds["now"] / seconds["before"])
            if number % TRAINED_EVERY:
                continue
            for recipe in TRAININGS:
                said = {side: train(code, recipe) for side, code in sides}
                ratios.setdefault(recipe, []).append(said["now"][0] / said["before"][0])
                same[recipe] = same.get(recipe, True) and said["now"][1] == said["before"][1]
    figures = {name: median_range(values) for name, values in ratios.items()}
    record("before", {"commit_before": commit, "ratios": figures, "same_weights": same})


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
