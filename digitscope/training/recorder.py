"""Recorder keeps a run folder true after every epoch; its checkpoint is all that resuming needs."""

import io
import json
import math
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import keras
import numpy as np

from digitscope.errors import RunError, TrainingError
from digitscope.network.weights import weights_to_bytes
from digitscope.runs.files import write_atomically
from digitscope.runs.run import Run, best_epoch
from digitscope.settings.config import Config

Row = dict[str, float]


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Write each epoch's weights, the checkpoint and the history; stop early; refuse NaN.

    Attributes:
        history: one row for each epoch that is safely on disk.
    """

    def __init__(self, run: Run, config: Config, history: list[Row]):
        super().__init__()
        self.run, self.config, self.history = run, config, history
        self.started = 0.0
        self.stop_asked = False

    @contextmanager
    def hearing_ctrl_c(self) -> Iterator[None]:
        """Obey Ctrl-C (and `kill`), within, at the end of the batch; a second one at once.

        Python raises KeyboardInterrupt wherever it is, and in one of TensorFlow's finalizers it is
        lost: one of fourteen was. Only the main thread can listen; elsewhere nothing changes.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self._hear) for number in signals]
        try:
            yield
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)
        self._obey()

    def _hear(self, *_: object) -> None:
        self._obey()
        self.stop_asked = True

    def _obey(self) -> None:
        if self.stop_asked:
            raise KeyboardInterrupt

    @property
    def is_done(self) -> bool:
        """Whether all epochs are done, or early stopping has struck."""
        done, patience = len(self.history), self.config.early_stopping
        stopped = bool(patience and done) and done - best_epoch(self.history, "best") >= patience
        return stopped or done == self.config.epochs

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Look at the clock."""
        self.started = time.perf_counter()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop if asked to; refuse to go on with a loss that is not a number."""
        self._obey()
        self._check_finite(logs or {}, len(self.history) + 1)

    def on_test_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Stop if asked to."""
        self._obey()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put the epoch on disk: first its weights, then the checkpoint, which makes it count."""
        logs = logs or {}
        self._check_finite(logs, epoch + 1)
        row = {"epoch": epoch + 1, **{name: float(value) for name, value in logs.items()}}
        row["learning_rate"] = float(keras.ops.convert_to_numpy(self.model.optimizer.learning_rate))
        row["seconds"] = round(time.perf_counter() - self.started, 3)
        weights = weights_to_bytes(self.model.get_weights())
        write_atomically(self.run.epoch_weights(epoch + 1), weights)
        save_state(self.run.checkpoint, self.model, [*self.history, row])
        self.history.append(row)
        self.run.write_history(self.history)
        if self.is_done:
            self.model.stop_training = True

    def _check_finite(self, logs: dict[str, Any], epoch: int) -> None:
        for name in ("loss", "val_loss"):
            if name in logs and not math.isfinite(logs[name]):
                kept = f"epoch {epoch - 1} is kept in the checkpoint" if epoch > 1 else ""
                raise TrainingError(
                    f"The {name} became {logs[name]} in epoch {epoch}"
                    + (f" ({kept})" if kept else "")
                    + ": start a new run with a smaller learning_rate than "
                    f"{self.config.learning_rate:g}."
                )


def save_state(path: Path, model: keras.Model, history: list[dict[str, float]]) -> None:
    """Write the weights, the optimizer, the random state and the history of the epochs so far.

    One file, replaced at once: a process that dies leaves this epoch's state or the one before.
    """
    arrays: dict[str, Any] = {
        f"state{i}": keras.ops.convert_to_numpy(value) for i, value in enumerate(_state(model))
    }
    buffer = io.BytesIO()
    np.savez(buffer, history=np.array(json.dumps(history)), **arrays)
    write_atomically(path, buffer.getvalue())


def restore_state(path: Path, model: keras.Model) -> list[dict[str, float]]:
    """Put the saved state into a compiled model; give the history, or [] if none was saved yet.

    Raises:
        RunError: the file is damaged, or another network's.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            variables = _state(model)
            for index, variable in enumerate(variables):
                variable.assign(file[f"state{index}"])
            history: list[dict[str, float]] = json.loads(str(file["history"]))
            return history
    except FileNotFoundError:
        return []
    except Exception as error:  # what reads zip archives raises whatever comes up
        raise RunError(f"The checkpoint {path} is damaged ({error}): start a new run.") from error


def _state(model: keras.Model) -> list[keras.Variable]:
    """Every variable that training changes, in a fixed order."""
    generators = [
        layer.seed_generator.state for layer in model.layers if hasattr(layer, "seed_generator")
    ]
    return [*model.weights, *generators, *model.optimizer.variables]
