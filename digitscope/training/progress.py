"""Progress: a live bar on a terminal, and one line an epoch, while a network is trained."""

import time
from typing import Any

import keras
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar

from digitscope.runs.listing import epoch_line


class Progress(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no types
    """Print each finished epoch to standard error; on a terminal, draw the one under way as a bar.

    A context manager: at its end the bar is gone, also when training was cut short.
    """

    def __init__(self) -> None:
        super().__init__()
        self.console = Console(stderr=True)
        self.bar: Bar | None = None
        self.started = 0.0

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Start the epoch's bar."""
        self.started = time.perf_counter()
        if not self.console.is_terminal:
            return
        self.bar = Bar(
            TextColumn(f"epoch {epoch + 1}/{self.params['epochs']}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.description}"),
            TimeRemainingColumn(),
            console=self.console,
            transient=True,
        )
        self.task = self.bar.add_task("", total=self.params["steps"])
        self.bar.start()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the bar on; it redraws itself ten times a second."""
        if self.bar and logs:
            text = f"loss {logs['loss']:.4f}  accuracy {logs['accuracy']:.2%}"
            self.bar.update(self.task, completed=batch + 1, description=text)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Take the bar away and print the epoch's line."""
        self._close()
        row = {"epoch": epoch + 1, "seconds": time.perf_counter() - self.started, **(logs or {})}
        self.console.print(epoch_line(row, self.params["epochs"]), highlight=False, soft_wrap=True)

    def __enter__(self) -> "Progress":
        """Nothing to prepare."""
        return self

    def __exit__(self, *_: object) -> None:
        """Take the bar away."""
        self._close()

    def _close(self) -> None:
        if self.bar:
            self.bar.stop()
            self.bar = None
