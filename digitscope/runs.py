"""Run: a training's folder, its file names, how to make, find and list them.

Every file is written under a temporary name, forced to the disk and renamed, so that a file that
is there is whole; the folder itself appears with its first files already in it.
"""

import csv
import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from digitscope.config import Config
from digitscope.environment import environment

HISTORY_COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "learning_rate",
    "seconds",
)


class RunError(ValueError):
    """A run that can't be found, read or changed: the message says which and what to do."""


def write_atomically(path: Path, content: bytes | str) -> None:
    """Make `path` hold `content`, whole or not at all, also after a power cut.

    Raises:
        OSError: nothing was changed, and the temporary file is gone.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    data = content.encode() if isinstance(content, str) else content
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError:
        with suppress(OSError):
            temporary.unlink()
        raise


@dataclass(frozen=True)
class Run:
    """A run folder. Nothing is kept in memory: every property reads its file.

    Attributes:
        path: the folder, such as runs/0007-lenet.
    """

    path: Path

    @property
    def name(self) -> str:
        """The folder's name, such as 0007-lenet."""
        return self.path.name

    @property
    def checkpoint(self) -> Path:
        """What resuming needs: weights, optimizer, random state, epoch, history."""
        return self.path / "checkpoint" / "state.npz"

    def epoch_weights(self, epoch: int) -> Path:
        """The weights after an epoch (from 1), laid out as weights.bin."""
        return self.path / "epochs" / f"{epoch:04}.bin"

    @property
    def config(self) -> Config:
        """The settings it was made with."""
        return Config(**self._read("config.json"))

    @property
    def environment(self) -> dict[str, Any]:
        """Versions, engine, processor, commit and data it was made with."""
        return self._read("environment.json")

    @property
    def metrics(self) -> dict[str, Any] | None:
        """Its judgement on the test set, once `evaluate` has made it."""
        return self._read("metrics.json") if (self.path / "metrics.json").exists() else None

    @property
    def history(self) -> list[dict[str, float]]:
        """One row for each finished epoch, with HISTORY_COLUMNS that apply."""
        try:
            rows = csv.DictReader((self.path / "history.csv").read_text("utf-8").splitlines())
        except FileNotFoundError:
            return []
        return [{name: float(cell) for name, cell in row.items() if cell} for row in rows]

    @property
    def status(self) -> dict[str, Any]:
        """`state` (running, finished, failed or interrupted), `message`, `updated`.

        A run whose process died without a word (a power cut, kill -9) reads as interrupted.
        """
        status = self._read("status.json")
        if status["state"] == "running" and not self._is_locked():
            status |= {"state": "interrupted", "message": "its process ended without a word"}
        return status

    def _read(self, name: str) -> dict[str, Any]:
        try:
            return json.loads((self.path / name).read_text("utf-8"))
        except OSError as error:
            raise RunError(f"{self.path / name} can't be read: {error.strerror}.") from error
        except ValueError as error:
            raise RunError(f"{self.path / name} is damaged: {error}.") from error

    def set_status(self, state: str, message: str = "") -> None:
        """Write status.json; on a full disk over the old one, in place."""
        updated = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        status = {"state": state, "message": message, "updated": updated}
        path = self.path / "status.json"
        try:
            write_atomically(path, json.dumps(status))
        except OSError:
            with open(path, "r+", encoding="utf-8") as file:  # its block is already ours
                file.write(json.dumps(status))
                file.truncate()

    def write_history(self, rows: list[dict[str, float]]) -> None:
        """Write history.csv anew."""
        text = io.StringIO()
        writer = csv.DictWriter(text, HISTORY_COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        write_atomically(self.path / "history.csv", text.getvalue())

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run: no other process trains, resumes or deletes it meanwhile.

        Raises:
            RunError: another process holds it.
        """
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            raise RunError(
                f"{self.path} is being trained by another process: wait for it, or end it."
            ) from None
        try:
            yield
        finally:
            lock.release()

    def _is_locked(self) -> bool:
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except (Timeout, OSError):
            return True
        lock.release()
        return False

    def check_resumable(self) -> None:
        """Refuse a run with nothing left to train.

        Raises:
            RunError: it is finished.
        """
        if self.status["state"] == "finished":
            raise RunError(f"{self.path} is finished: there is nothing to resume.")

    def delete(self) -> None:
        """Remove the folder with everything in it.

        Raises:
            RunError: it is being trained.
        """
        with self.locked():
            shutil.rmtree(self.path)


def create_run(config: Config, data_sha256: str, runs_dir: str | Path = "runs") -> Run:
    """A new numbered folder with config, environment and the status `running`.

    Raises:
        RunError: the folder can't be written.
    """
    runs_dir = Path(runs_dir)
    try:
        runs_dir.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".new-", dir=runs_dir))
        made.chmod(0o755)
        for folder in ("checkpoint", "epochs"):
            (made / folder).mkdir()
        write_atomically(made / "config.json", config.model_dump_json(indent=1))
        details = json.dumps(environment() | {"data_sha256": data_sha256}, indent=1)
        write_atomically(made / "environment.json", details)
        Run(made).set_status("running")
        return Run(_claim_number(made, runs_dir, config.recipe))
    except OSError as error:
        raise RunError(
            f"No run can be made in {runs_dir.absolute()}: {error.strerror}; "
            "choose another place with --runs-dir."
        ) from error


def _claim_number(made: Path, runs_dir: Path, recipe: str) -> Path:
    """Rename to the next free number; renaming onto a run another process just made fails."""
    while True:
        number = max((run_number(run) for run in list_runs(runs_dir)), default=0) + 1
        path = runs_dir / f"{number:04}-{recipe}"
        try:
            made.rename(path)
        except OSError:
            if not path.exists():
                raise
            continue
        return path


def run_number(run: Run) -> int:
    """The number that a run's name begins with."""
    return int(run.name.partition("-")[0])


def list_runs(runs_dir: str | Path = "runs") -> list[Run]:
    """All runs of a folder, by number; none if there is no such folder."""
    folders = Path(runs_dir).glob("[0-9][0-9][0-9][0-9]*-*/config.json")
    runs = [Run(file.parent) for file in folders if file.parent.name.partition("-")[0].isdigit()]
    return sorted(runs, key=lambda run: (run_number(run), run.name))


def find_run(name: str | Path, runs_dir: str | Path = "runs") -> Run:
    """The run called `name`: a path, a name, a unique beginning of one, a number, or `latest`.

    Raises:
        RunError: there is none, or several.
    """
    name = str(name)
    if (Path(name) / "config.json").is_file() and os.sep in name:
        return Run(Path(name))
    runs = list_runs(runs_dir)
    if name == "latest" and runs:
        return runs[-1]
    matches = [run for run in runs if run.name.startswith(name)]
    matches = [run for run in matches if run.name == name] or matches
    if name.isdigit():
        matches = [run for run in runs if run_number(run) == int(name)] or matches
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(run.name for run in matches[:5])
        raise RunError(f"{name!r} could be any of {len(matches)} runs ({names} …): write more.")
    place = Path(runs_dir).absolute()
    if not runs:
        raise RunError(
            f"There is no run {name!r}, nor any other, in {place}: make one with "
            "`digitscope train`, or say where they are with --runs-dir."
        )
    raise RunError(
        f"There is no run {name!r} in {place}; the newest of {len(runs)} is {runs[-1].name} "
        "(`digitscope runs` lists them)."
    )
