"""A process that is there to train: Keras started, a run trained; Ctrl-C ends it at any moment."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from digitscope.data.dataset import load_dataset
from digitscope.environment import import_keras
from digitscope.errors import Interrupted
from digitscope.runs.run import Run
from digitscope.settings.config import Config

NOTHING_YET = "Interrupted before the training began: nothing has changed."


def judge_later(run: Run) -> str:
    """What to say where a run is trained and Ctrl-C keeps it from being judged."""
    return f"Interrupted: the training is finished. Judge it: digitscope evaluate {run.path}"


@contextmanager
def ended_by_ctrl_c(message: str) -> Iterator[None]:
    """Have Ctrl-C end the process at once, with its own message or this one: all is on the disk.

    An ordinary end waits for TensorFlow's threads, now and then for seconds.
    """
    try:
        yield
    except KeyboardInterrupt as stop:
        print(str(stop) or message, file=sys.stderr, flush=True)
        sys.stdout.flush()
        os._exit(Interrupted.exit_code)


def start_keras(config: Config) -> None:
    """Take the seconds that importing Keras needs; the other core reads the digits meanwhile."""
    with ended_by_ctrl_c(NOTHING_YET), ThreadPoolExecutor() as pool:
        if config.data == "mnist":
            pool.submit(lambda: load_dataset().sha256)
        import_keras(lean=True)


def train_held(run: Run) -> None:
    """Start Keras and train what is left of a run that this process holds.

    `run.locked` or `new_run` holds it, so that it counts as running while Keras starts.
    """
    start_keras(run.config)
    with ended_by_ctrl_c(NOTHING_YET):
        from digitscope.training.train import train_held as train_what_is_left

        train_what_is_left(run)
