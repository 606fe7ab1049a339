"""A training as the command line runs it: layer table, progress, judgement, and what to do next."""

import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from digitscope.cli.text import accuracy_line, layer_table
from digitscope.data.dataset import find_dataset
from digitscope.environment import require
from digitscope.errors import RunError
from digitscope.runs.metrics import Metrics
from digitscope.runs.run import Run
from digitscope.settings.config import Config
from digitscope.training.process import NOTHING_YET, ended_by_ctrl_c, judge_later, start_keras


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
    metrics, history = _judge(run), run.history
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


def try_out(config: Config) -> Tried:
    """Send one batch through training, validation, saving and the ONNX check; keep nothing."""
    _start(config)
    from digitscope.training.train import dry_run

    started = time.perf_counter()
    dry_run(config)
    return Tried(config.batch_size, time.perf_counter() - started)


def _start(config: Config) -> None:
    """Show the layer table at once, before the seconds that Keras takes to start."""
    require("train")
    find_dataset(config.data)
    print(layer_table(config.layers) + "\n", file=sys.stderr, flush=True)
    start_keras(config)


def _train(config: Config, run: Run | None, runs_dir: Path) -> Run:
    with ended_by_ctrl_c(NOTHING_YET):
        from digitscope.training.train import resume, train

        return resume(run) if run else train(config, runs_dir=runs_dir)


def _judge(run: Run) -> Metrics:
    with ended_by_ctrl_c(judge_later(run)):
        from digitscope.judging.evaluate import evaluate

        return evaluate(run)
