"""Trainer: one training at a time, in a process of its own, for the page.

It is an ordinary run; the page reads how far it is from the run's folder. It goes on when the page
is closed, and ends, as by Ctrl-C, with the server.
"""

import json
import shlex
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from digitscope.data.dataset import find_dataset
from digitscope.errors import BusyError, Interrupted, StartError
from digitscope.runs.run import Run
from digitscope.settings.config import Config

# A program of its own: it imports Keras, as nothing here does.
COMMAND = [sys.executable, "-m", "digitscope.judging.trainee"]
PATIENCE = 30  # seconds a training has to end, once it is told to
AT_THE_END = 0.5  # the same, when the server ends: the training ends by itself
BUSY = "A training is under way, and there is one at a time: wait for it, or stop it."


@dataclass
class Training:
    """A training that was begun.

    Attributes:
        process: its process; the end of its standard input ends it.
        log: the file of what it prints.
        run: what it trains.
        was_stopped: whether somebody has asked it to end.
    """

    process: subprocess.Popen[str]
    log: Path
    run: Run
    was_stopped: bool = False

    @property
    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.process.poll() is None

    @property
    def error(self) -> str:
        """Why it ended, where it failed and nobody asked it to end; else empty."""
        if (
            self.is_running
            or self.was_stopped
            or self.process.returncode in (0, Interrupted.exit_code)
        ):
            return ""
        return _last_line(self.log)

    def stop(self, seconds: float) -> None:
        """Ask it to end, as Ctrl-C does, and wait at most so long."""
        self.was_stopped = True
        assert self.process.stdin
        self.process.stdin.close()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return


class Trainer:
    """Starts and stops trainings.

    Args:
        runs_dir: the folder of the run folders.
    """

    def __init__(self, runs_dir: Path):
        self.runs_dir = runs_dir
        self._starting = Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._last: Training | None = None

    def start(self, config: Config) -> None:
        """Train a new run.

        Raises:
            BusyError: another training is under way.
            DataError: there is no such data.
            StartError: the training can't begin.
        """
        find_dataset(config.data)
        self._start({"config": config.model_dump(), "runs_dir": str(self.runs_dir)})

    def resume(self, run: Run) -> None:
        """Go on with a run.

        Raises:
            BusyError: another training is under way.
            RunError: it can't go on.
            StartError: the training can't begin.
        """
        run.check_resumable()
        self._start({"run": run.name, "runs_dir": str(run.path.parent)})

    def stop(self) -> None:
        """End the training, as Ctrl-C does: what is done is kept, and it can be resumed."""
        last = self._last
        if last and last.is_running:
            last.stop(PATIENCE)
            last.process.kill()

    def end(self) -> str:
        """End the training with the server; give the sentence that says how to go on, if any."""
        sentence = ""
        if (last := self._last) and last.is_running:
            last.stop(AT_THE_END)
            again = f"digitscope train --resume {shlex.quote(str(last.run.path))}"
            sentence = f"The training of {last.run.name} is interrupted. Go on with: {again}"
        if self._folder:
            self._folder.cleanup()
        return sentence

    @property
    def run(self) -> Run | None:
        """The run of the last training; its folder may be gone."""
        return self._last.run if self._last else None

    @property
    def is_running(self) -> bool:
        """Whether a training is under way; asking waits for nothing."""
        return bool(self._last and self._last.is_running)

    @property
    def error(self) -> str:
        """Why the last training failed; empty where it did not."""
        return self._last.error if self._last else ""

    def _start(self, wanted: dict[str, Any]) -> None:
        """Start a process and wait until it holds its run, which takes a second.

        Raises:
            BusyError, StartError: as for `start`.
        """
        if not self._starting.acquire(blocking=False):
            raise BusyError(BUSY)
        try:
            if self._last and self._last.is_running:
                raise BusyError(BUSY)
            self._last = self._spawn(wanted)
        finally:
            self._starting.release()

    def _spawn(self, wanted: dict[str, Any]) -> Training:
        if not self._folder:
            self._folder = tempfile.TemporaryDirectory(
                prefix="digitscope-", ignore_cleanup_errors=True
            )
        log = Path(self._folder.name) / "log"
        with open(log, "wb") as file:
            process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                text=True,
                start_new_session=True,  # Ctrl-C in the server's terminal is not for it
            )
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(wanted) + "\n")
        process.stdin.flush()
        name = process.stdout.readline().strip()
        if not name:
            process.wait()
            raise StartError(_last_line(log))
        return Training(process, log, Run(Path(wanted["runs_dir"]) / name))


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").splitlines()
    return lines[-1] if lines else "The training ended."
