"""Run: a training's folder, and the files in it.

Every file is written under a temporary name, forced to the disk and renamed, so that a file that
is there is whole.
"""

import csv
import io
import json
import os
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from digitscope.data.dataset import Dataset, load_dataset
from digitscope.environment import engine
from digitscope.errors import ConfigError, RunError
from digitscope.runs.files import write_atomically
from digitscope.runs.metrics import Metrics, metrics_from_json
from digitscope.settings.config import Config

HISTORY_COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "learning_rate",
    "seconds",
)
# What `evaluate` writes: of one network, so a new one makes it stale.
JUDGEMENT = (
    "metrics.json",
    "predictions.npz",
    "confusion.csv",
    "confusion.png",
    "errors.png",
    "robustness.json",
    "robustness.png",
    "report.html",
)


def best_epoch(history: Sequence[dict[str, float]], keep: str) -> int:
    """The epoch to keep, from 1: `best` is the first with the least val_loss, else the last."""
    if keep == "last":
        return len(history)
    return 1 + min(range(len(history)), key=lambda i: history[i]["val_loss"])


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

    @property
    def predictions(self) -> Path:
        """What `evaluate` found: `probabilities` and `labels` of the test images."""
        return self.path / "predictions.npz"

    def epoch_weights(self, epoch: int) -> Path:
        """The weights after an epoch (from 1), laid out as weights.bin."""
        return self.path / "epochs" / f"{epoch:04}.bin"

    @property
    def config(self) -> Config:
        """The settings it was made with."""
        try:
            return Config(**self._read("config.json"))
        except ConfigError as error:
            raise RunError(f"{self.path / 'config.json'}: {error}") from error

    @property
    def environment(self) -> dict[str, Any]:
        """Versions, engine, processor, commit and data it was made with."""
        return self._read("environment.json", "engine", "precision", "data_sha256")

    def load_data(self) -> Dataset:
        """The data set that the run was made with.

        Raises:
            DataError: it can't be read.
            RunError: it has changed since.
        """
        data = load_dataset(self.config.data)
        if data.sha256 != self.environment["data_sha256"]:
            raise RunError(
                f"The data at {self.config.data} is not what {self.path} was begun with: bring it "
                "back, or start a new run."
            )
        return data

    @property
    def metrics(self) -> Metrics | None:
        """Its judgement on the test set, once `evaluate` has made it."""
        path = self.path / "metrics.json"
        if not path.exists():
            return None
        try:
            return metrics_from_json(self._read("metrics.json"))
        except ValidationError as error:
            raise RunError(
                f"{path} is damaged: write it anew with `digitscope evaluate {self.path}`."
            ) from error

    @property
    def history(self) -> list[dict[str, float]]:
        """One row for each finished epoch, with HISTORY_COLUMNS that apply."""
        try:
            rows = csv.DictReader((self.path / "history.csv").read_text("utf-8").splitlines())
        except FileNotFoundError:
            return []
        try:
            return [{name: float(cell) for name, cell in row.items() if cell} for row in rows]
        except ValueError as error:
            raise RunError(f"{self.path / 'history.csv'} is damaged: {error}.") from error

    @property
    def kept_epoch(self) -> int:
        """The epoch whose network is the run's, from 1.

        Raises:
            RunError: none is finished yet.
        """
        if not (history := self.history):
            raise RunError(f"{self.path} has no network yet: no epoch is finished.")
        return best_epoch(history, self.config.keep)

    @property
    def status(self) -> dict[str, Any]:
        """`state` (running, finished, failed or interrupted), `message`, `updated`.

        A run whose process died without a word (a power cut, kill -9) reads as interrupted.
        """
        status = self._read("status.json", "state")
        if status["state"] == "running" and not self._is_locked():
            status = self._read("status.json", "state")  # it may have ended just now
            if status["state"] == "running":
                status |= {"state": "interrupted", "message": "its process ended without a word"}
        return status

    def _read(self, name: str, *needed: str) -> dict[str, Any]:
        """A JSON file of the folder, which must be an object with the keys that are needed."""
        try:
            content = json.loads((self.path / name).read_text("utf-8"))
        except OSError as error:
            raise RunError(f"{self.path / name} can't be read: {error.strerror}.") from error
        except ValueError as error:
            raise RunError(f"{self.path / name} is damaged: {error}.") from error
        if not isinstance(content, dict):
            raise RunError(f"{self.path / name} is damaged: {str(content)[:60]!r}.")
        if missing := [key for key in needed if key not in content]:
            reason = f"damaged, or of an older version: no {missing[0]}"
            raise RunError(f"{self.path / name} is {reason}.")
        return content

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
        except OSError as error:
            raise RunError(f"{self.path} can't be written: {error.strerror}.") from error
        try:
            for leftover in self.path.rglob(".*.tmp"):  # of a process that was killed
                leftover.unlink()
            yield
        finally:
            lock.release()

    def _is_locked(self) -> bool:
        if not self.path.is_dir():  # acquiring would make it
            return False
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:
            return False  # nobody can train in a folder that can't be written
        lock.release()
        return False

    def check_resumable(self) -> None:
        """Refuse a run that can't go on, or not to the result it would have had.

        Raises:
            RunError: it is finished, was begun on another engine, or has lost its checkpoint.
        """
        if self.status["state"] == "finished":
            raise RunError(f"{self.path} is finished: there is nothing to resume.")
        begun_on = self.environment["engine"]
        if begun_on != engine():
            raise RunError(
                f"{self.path} was begun on {begun_on}, and this is {engine()}: resume it with "
                f"KERAS_BACKEND={begun_on}."
            )
        if self.history and not self.checkpoint.exists():
            raise RunError(f"{self.checkpoint} is gone: start a new run.")

    def delete(self) -> None:
        """Remove the folder with everything in it.

        Raises:
            RunError: it is being trained.
        """
        doomed = self.path.with_name(f".deleted-{self.name}-{os.getpid()}")
        with self.locked():
            pass  # nobody trains it
        try:
            self.path.rename(doomed)  # at once, so that half a run is never seen
            shutil.rmtree(doomed)
        except OSError as error:
            raise RunError(f"{self.path} can't be deleted: {error.strerror}.") from error
