"""A training as the command line runs it: layer table, progress, judgement, and what to do next."""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NoReturn

from digitscope.cli.text import accuracy_line, layer_table
from digitscope.data.dataset import find_dataset, load_dataset
from digitscope.environment import import_keras, require
from digitscope.errors import Interrupted, RunError
from digitscope.runs.metrics import Metrics
from digitscope.runs.run import Run
from digitscope.settings.config import Config

NOTHING_YET = "Interrupted before the training began: nothing has changed."


@dataclass(frozen=True)
class Trained:
    """A run, trained and judged.

    Attributes:
        path: its folder.
        epochs: how many are finished.
        kept_epoch: the one whose network is the run's, from 1.
        seconds: the time of its epochs.
        metrics: its judgement on the test images.
    """

    path: Path
    epochs: int
    kept_epoch: int
    seconds: float
    metrics: Metrics

    @property
    def summary(self) -> str:
        """It in a line, the accuracy first."""
        epochs = f"{self.epochs} epoch{'s' * (self.epochs > 1)}"
        return f"{accuracy_line(self.metrics)}, {epochs} in {self.seconds:.0f} s, {self.path}"

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values, the metrics' among them; the folder is `run`."""
        return {
            "run": str(self.path),
            "epochs": self.epochs,
            "kept_epoch": self.kept_epoch,
            "seconds": self.seconds,
            "summary": self.summary,
            **self.metrics.as_json(),
        }


@dataclass(frozen=True)
class Tried:
    """A batch that went through everything.

    Attributes:
        batch_size: how many images it had.
        seconds: that took.
    """

    batch_size: int
    seconds: float

    @property
    def summary(self) -> str:
        """It in a line."""
        return (
            f"A batch of {self.batch_size} went through training, validation, saving and the ONNX "
            f"check in {self.seconds:.1f} s; nothing was kept."
        )

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        return {**asdict(self), "summary": self.summary}


def train_and_judge(config: Config, run: Run | None, runs_dir: Path) -> Trained:
    """Train a new run, or go on with `run`, then judge it on the test images.

    Raises:
        RunError: `run` can't go on, or not with these settings.
    """
    if run and (changed := run.config.differences(config)):
        texts = (f"{name} {was!r} -> {now!r}" for name, (was, now) in changed.items())
        raise RunError(
            f"{run.path} was begun with other settings ({'; '.join(texts)}): resume it without "
            "them, or start a new run."
        )
    if run:
        run.check_resumable()
    _start(config)
    run = _train(config, run, runs_dir)
    metrics, history = judge(run), run.history
    _tell_kept(run)
    seconds = sum(row["seconds"] for row in history)
    return Trained(run.path, len(history), run.kept_epoch, seconds, metrics)


def _tell_kept(run: Run) -> None:
    """Say on stderr which epoch's network it is, where it isn't that of the last one planned."""
    done, planned, kept = len(run.history), run.config.epochs, run.kept_epoch
    words = [f"stopped early, after {done} of {planned} epochs"] if done < planned else []
    words += [f"kept epoch {kept}, which has the least val_loss"] if kept < done else []
    if words:
        text = "; ".join(words)
        print(f"{text[0].upper()}{text[1:]}.", file=sys.stderr)


def train_held(run: Run) -> None:
    """Train what is left of a run that this process holds; Ctrl-C ends the process.

    `run.locked` or `new_run` holds it, so that it counts as running while Keras starts.
    """
    _start(run.config)
    try:
        from digitscope.training.train import train_held as train_what_is_left

        train_what_is_left(run)
    except KeyboardInterrupt as stop:
        _leave(str(stop) or NOTHING_YET)


def try_out(config: Config) -> Tried:
    """Send one batch through training, validation, saving and the ONNX check; keep nothing."""
    _start(config)
    from digitscope.training.train import dry_run

    started = time.perf_counter()
    dry_run(config)
    return Tried(config.batch_size, time.perf_counter() - started)


def _start(config: Config) -> None:
    """Show the layer table at once, then take the seconds that importing Keras needs.

    The other core reads the digits meanwhile.
    """
    require("train")
    find_dataset(config.data)
    print(layer_table(config.layers) + "\n", file=sys.stderr, flush=True)
    try:
        with ThreadPoolExecutor() as pool:
            if config.data == "mnist":
                pool.submit(lambda: load_dataset().sha256)
            import_keras(lean=True)
    except KeyboardInterrupt:
        _leave(NOTHING_YET)


def _train(config: Config, run: Run | None, runs_dir: Path) -> Run:
    try:
        from digitscope.training.train import resume, train

        return resume(run) if run else train(config, runs_dir=runs_dir)
    except KeyboardInterrupt as stop:
        _leave(str(stop) or NOTHING_YET)


def judge(run: Run) -> Metrics:
    """Judge a run on the test images; Ctrl-C ends the process."""
    try:
        from digitscope.judging.evaluate import evaluate

        return evaluate(run)
    except KeyboardInterrupt:
        _leave(f"Interrupted: the training is finished. Judge it: digitscope evaluate {run.path}")


def _leave(message: str) -> NoReturn:
    """End the process at once: all that matters is on the disk.

    An ordinary end waits for TensorFlow's threads, now and then for seconds.
    """
    print(message, file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(Interrupted.exit_code)
