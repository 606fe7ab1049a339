"""Trainer: one training at a time, in a process of its own, for the page.

The run is made here and trained by `digitscope train --resume`, so it is an ordinary one; the page
reads how far it is from the run's folder. It goes on when the page is closed.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any

from digitscope.data.dataset import load_dataset
from digitscope.errors import BusyError
from digitscope.runs.folder import create_run
from digitscope.runs.run import Run
from digitscope.settings.config import Config

PATIENCE = 30  # seconds a training has to end, once it is told to


class Trainer:
    """Starts and stops trainings.

    Args:
        runs_dir: the folder of the run folders.
    """

    def __init__(self, runs_dir: Path):
        self.runs_dir = runs_dir
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._run: str | None = None
        self._stopped = False

    def start(self, config: Config) -> None:
        """Train a new run.

        Raises:
            BusyError: another training is under way.
            DataError, RunError: the data can't be read, or no run folder made.
        """
        with self._lock:
            self._check_free()
            data = load_dataset(config.data)
            self._spawn(create_run(config, data.sha256, self.runs_dir))

    def resume(self, run: Run) -> None:
        """Go on with a run.

        Raises:
            BusyError: another training is under way.
            RunError: it can't go on.
        """
        run.check_resumable()
        with self._lock:
            self._check_free()
            self._spawn(run)

    def stop(self) -> None:
        """End the training, as Ctrl-C does: what is done is kept, and it can be resumed."""
        with self._lock:
            if self._process and self._process.poll() is None:
                self._stopped = True
                _interrupt(self._process)
                try:
                    self._process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    self._process.kill()

    def state(self) -> dict[str, Any]:
        """`running`, and of the last training `run` (its name) and `error`."""
        with self._lock:
            process = self._process
            running = process is not None and process.poll() is None
            failed = process is not None and not running and process.returncode not in (0, 130)
            error = self._error() if failed and not self._stopped else ""
            return {"running": running, "run": self._run, "error": error}

    def _check_free(self) -> None:
        if self._process and self._process.poll() is None:
            raise BusyError(
                "A training is under way, and there is one at a time: wait for it, or stop it."
            )

    def _spawn(self, run: Run) -> None:
        if self._folder:
            self._folder.cleanup()
        self._folder = tempfile.TemporaryDirectory(prefix="digitscope-")
        self._run, self._stopped = run.name, False
        with open(self._log, "wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "digitscope", "train", "--resume", str(run.path)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the server's terminal is not for it
            )

    @property
    def _log(self) -> Path:
        assert self._folder
        return Path(self._folder.name) / "log"

    def _error(self) -> str:
        lines = self._log.read_text("utf-8", "replace").splitlines()
        return lines[-1].removeprefix("digitscope: ") if lines else "The training ended."


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C, or on Windows, where no other process can be sent one, an end without a word."""
    if os.name == "posix":
        process.send_signal(signal.SIGINT)
    else:
        process.terminate()
