"""Trainer: one training at a time, in a process of its own, for the page.

The process is `digitscope train`, so the run it makes is an ordinary one; the page reads how far it
is from the run's folder. It goes on when the page is closed.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any

from digitscope.config import Config
from digitscope.run import Run
from digitscope.runs import list_runs

PATIENCE = 30  # seconds a training has to end, once it is told to


class BusyError(RuntimeError):
    """A training is under way, and another one was asked for."""


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
        self._before: set[str] = set()
        self._run: str | None = None

    def start(self, config: Config) -> None:
        """Train a new run.

        Raises:
            BusyError: another training is under way.
        """
        with self._lock:
            folder = self._free()
            (folder / "config.json").write_text(config.model_dump_json())
            self._before = {run.name for run in list_runs(self.runs_dir)}
            self._run = None
            self._spawn(folder, "--config", str(folder / "config.json"))

    def resume(self, run: Run) -> None:
        """Go on with a run.

        Raises:
            BusyError: another training is under way.
            RunError: it can't go on.
        """
        run.check_resumable()
        with self._lock:
            folder = self._free()
            self._run = run.name
            self._spawn(folder, "--resume", run.name)

    def stop(self) -> None:
        """End the training, as Ctrl-C does: what is done is kept, and it can be resumed."""
        with self._lock:
            if self._process and self._process.poll() is None:
                _interrupt(self._process)
                try:
                    self._process.wait(PATIENCE)
                except subprocess.TimeoutExpired:
                    self._process.kill()

    def state(self) -> dict[str, Any]:
        """`running`, `run` (its name, once it has one) and `error` (of the last training)."""
        with self._lock:
            process = self._process
            running = process is not None and process.poll() is None
            if process and not self._run:
                new = [r.name for r in list_runs(self.runs_dir) if r.name not in self._before]
                self._run = new[0] if new else None
            failed = process is not None and not running and process.returncode not in (0, 130)
            return {"running": running, "run": self._run, "error": self._error() if failed else ""}

    def _free(self) -> Path:
        """A new folder for a process's files, if none is running."""
        if self._process and self._process.poll() is None:
            raise BusyError(
                "A training is under way, and there is one at a time: wait for it, or stop it."
            )
        if self._folder:
            self._folder.cleanup()
        self._folder = tempfile.TemporaryDirectory(prefix="digitscope-")
        return Path(self._folder.name)

    def _spawn(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "digitscope", "train", *arguments]
        with open(folder / "log", "wb") as log:
            self._process = subprocess.Popen(
                [*command, "--runs-dir", str(self.runs_dir)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the server's terminal is not for it
            )

    def _error(self) -> str:
        assert self._folder
        lines = (Path(self._folder.name) / "log").read_text("utf-8", "replace").splitlines()
        return lines[-1].removeprefix("digitscope: ") if lines else "The training ended."


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ctrl-C, or on Windows, where no other process can be sent one, an end without a word."""
    if os.name == "posix":
        process.send_signal(signal.SIGINT)
    else:
        process.terminate()
