"""trainee: the process that trains for the page, as long as the server lives.

    python -m digitscope.judging.trainee

Standard input brings a line of JSON: `runs_dir`, and `run`, the name of a run to go on with, or
`config`, the settings of a new one. Standard output answers with the run's name once this process
holds it. Then standard input stays open; its end, also where the server was killed, is Ctrl-C.
"""

import _thread
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from digitscope.data.dataset import load_dataset
from digitscope.errors import DigitscopeError, Interrupted
from digitscope.runs.folder import new_run
from digitscope.runs.run import Run
from digitscope.settings.config import Config
from digitscope.training.process import ended_by_ctrl_c, judge_later, train_held

PATIENCE = 30  # seconds until a training that does not obey is ended all the same


def main() -> None:
    """Train the run that standard input asks for; an error is the last line on standard error."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the shell ignores Ctrl-C
    wanted = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    try:
        with _held(wanted) as run:
            run.set_status("running")
            print(run.name, flush=True)
            train_held(run)
        with ended_by_ctrl_c(judge_later(run)):
            from digitscope.judging.evaluate import evaluate  # after Keras, which takes seconds

            evaluate(run)
    except DigitscopeError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


@contextmanager
def _held(wanted: dict[str, Any]) -> Iterator[Run]:
    """The run that is wanted, held from the moment it can be seen."""
    runs_dir = Path(wanted["runs_dir"])
    if "run" in wanted:
        run = Run(runs_dir / wanted["run"])
        with run.locked():
            yield run
        return
    config = Config(**wanted["config"])
    with new_run(config, load_dataset(config.data).sha256, runs_dir) as run:
        yield run


def _end_with_the_server() -> None:
    while os.read(sys.stdin.fileno(), 1):  # unbuffered: Python's end would wait for the buffer
        pass
    _thread.interrupt_main()
    time.sleep(PATIENCE)
    os._exit(Interrupted.exit_code)


if __name__ == "__main__":
    main()
