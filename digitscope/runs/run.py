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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from digitscope.environment import engine
from digitscope.errors import ConfigError, DeleteError, RunError, WriteError
from digitscope.runs.files import write_atomically, writing
from digitscope.runs.liveness import is_running, seen_running
from digitscope.runs.metrics import Metrics
from digitscope.runs.records import (
    Provenance,
    Status,
    read_history,
    read_json,
    read_record,
    why_no_run,
)
from digitscope.settings.config import Config

if TYPE_CHECKING:
    from digitscope.data.dataset import Dataset

HISTORY_COLUMNS = (
    "epoch",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "learning_rate",
    "seconds",
)
# What `evaluate` and `report` write. It is about one network, so another makes it stale.
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

    @property
    def inputs(self) -> list[str | Path]:
        """What reading it reads: its folder, and its data if they are not the bundled ones."""
        data = self.config.data
        return [self.path] if data == "mnist" else [self.path, data]

    def epoch_weights(self, epoch: int) -> Path:
        """The weights after an epoch (from 1), laid out as weights.bin."""
        return self.path / "epochs" / f"{epoch:04}.bin"

    def weights(self, epoch: int | None = None) -> bytes:
        """The weights of the network that is kept, or after an epoch, laid out as weights.bin.

        Raises:
            RunError: the file is gone, or not as long as the weights of its layers.
        """
        from digitscope.network.weights import check_length  # with NumPy; the list needs none

        path = self.path / "weights.bin" if epoch is None else self.epoch_weights(epoch)
        try:
            content = path.read_bytes()
        except OSError as error:
            raise RunError(f"{path} can't be read: {error.strerror}.") from error
        try:
            check_length(self.config.layers, content)
        except ValueError as error:
            raise RunError(f"{path} is damaged: {error}.") from error
        return content

    @property
    def config(self) -> Config:
        """The settings it was made with."""
        try:
            return Config(**read_json(self.path / "config.json"))
        except ConfigError as error:
            raise RunError(f"{self.path / 'config.json'}: {error}") from error

    @property
    def environment(self) -> Provenance:
        """Versions, engine, processor, commit and data it was made with."""
        return read_record(self.path / "environment.json", Provenance)

    def load_data(self) -> "Dataset":
        """The data set that the run was made with.

        Raises:
            DataError: it can't be read.
            RunError: it has changed since.
        """
        from digitscope.data.dataset import load_dataset  # with NumPy; the list needs none

        data = load_dataset(self.config.data)
        self.check_data(data)
        return data

    def check_data(self, data: "Dataset") -> None:
        """Refuse data that the run was not made with.

        Raises:
            RunError: it has changed since.
        """
        if data.sha256 != self.environment.data_sha256:
            raise RunError(
                f"The data at {self.config.data} is not what {self.path} was begun with: bring it "
                "back, or start a new run."
            )

    @property
    def metrics(self) -> Metrics | None:
        """Its judgement on the test set, once `evaluate` has made it."""
        path = self.path / "metrics.json"
        return read_record(path, Metrics) if path.exists() else None

    @property
    def history(self) -> list[dict[str, float]]:
        """One row for each finished epoch, with HISTORY_COLUMNS that apply."""
        return read_history(self.path / "history.csv")

    @property
    def kept_epoch(self) -> int:
        """The epoch whose network is the run's, from 1.

        Raises:
            RunError: none is finished yet.
        """
        return self.kept_of(self.history, self.config.keep)

    def kept_of(self, history: list[dict[str, float]], keep: str) -> int:
        """The epoch to keep of a history of this run's that was read before, from 1.

        While it is trained, its file may be longer at the next reading.

        Raises:
            RunError: none is finished yet, or the history can't be judged by.
        """
        if not history:
            raise RunError(f"{self.path} has no network yet: no epoch is finished.")
        if keep == "best" and not all("val_loss" in row for row in history):
            raise RunError(f"{self.path / 'history.csv'} is damaged: there is no val_loss.")
        return best_epoch(history, keep)

    @property
    def status(self) -> Status:
        """How far it is.

        A run whose process died without a word (a power cut, kill -9) reads as interrupted.
        """
        path = self.path / "status.json"
        status = read_record(path, Status)
        if status.state == "running" and not is_running(self.path):
            status = read_record(path, Status)  # it may have ended just now
            if status.state == "running":
                silent = "its process ended without a word"
                return replace(status, state="interrupted", message=silent)
        return status

    def set_status(self, state: str, message: str = "") -> None:
        """Write status.json; on a full disk over the old one, in place."""
        updated = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        status = {"state": state, "message": message, "updated": updated}
        path = self.path / "status.json"
        try:
            write_atomically(path, json.dumps(status))
        except OSError:
            with (
                writing(path),
                open(path, "r+", encoding="utf-8") as file,
            ):  # its block is ours
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
            WriteError: its folder can't be written.
        """
        lock = FileLock(self.path / ".lock")
        try:
            lock.acquire(timeout=0.5)
        except Timeout:
            raise RunError(
                f"{self.path} is being trained by another process: wait for it, or end it."
            ) from None
        except OSError as error:
            raise WriteError(error.errno, error.strerror, str(self.path)) from error
        try:
            with seen_running(self.path):
                yield
        finally:
            lock.release()

    def check_resumable(self) -> None:
        """Refuse a run that can't go on, or not to the result it would have had.

        Raises:
            RunError: it is finished, was begun on another engine, or has lost its checkpoint.
        """
        if self.status.state == "finished":
            raise RunError(f"{self.path} is finished: there is nothing to resume.")
        begun_on = self.environment.engine
        if begun_on != engine():
            raise RunError(
                f"{self.path} was begun on {begun_on}, and this is {engine()}: resume it with "
                f"KERAS_BACKEND={begun_on}."
            )
        if self.history and not self.checkpoint.exists():
            raise RunError(f"{self.checkpoint} is gone: start a new run.")

    def check_deletable(self) -> None:
        """Refuse to delete what is not proved to be a run, or is being trained.

        Raises:
            RunError: what the proof lacks, or that another process trains it.
            WriteError: whether one does can't be found out.
        """
        if doubt := why_no_run(self.path):
            raise RunError(f"{self.path} is not deleted: {doubt}.")
        with self.locked():
            pass  # nobody trains it

    def delete(self) -> None:
        """Remove the folder with everything in it; what links in it lead to stays.

        Raises:
            RunError: it is not proved to be a run, or is being trained.
            DeleteError: it can't be deleted, or not all of it.
        """
        self.check_deletable()
        doomed = self.path.with_name(f".deleted-{os.getpid()}-{self.name}")
        rest = None
        try:
            self.path.rename(doomed)  # at once, so that half a run is never seen
            rest = str(doomed)
            shutil.rmtree(doomed)
        except OSError as error:
            where = (str(self.path), None, rest)
            raise DeleteError(error.errno, error.strerror, *where) from error
