"""A training as the command line runs it: layer table, progress, judgement, and what to do next."""

import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from digitscope.config import Config
from digitscope.dataset import find_dataset
from digitscope.display import accuracy_line, layer_table
from digitscope.layers import plan
from digitscope.runs import Run, RunError
from digitscope.startup import import_keras, require

INTERRUPTED = 130  # the exit code of a program ended by Ctrl-C
NOTHING_YET = "Interrupted before the training went on: nothing has changed."


def train_and_judge(config: Config, run: Run | None, runs_dir: Path) -> dict[str, Any]:
    """Train a new run, or go on with `run`, then judge it on the test images.

    Returns:
        The metrics, with `run` (its folder), `epochs`, `seconds` and `summary`, the line to print.
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
    seconds = sum(row["seconds"] for row in history)
    epochs = f"{len(history)} epoch{'s' * (len(history) > 1)}"
    summary = f"{accuracy_line(metrics)}, {epochs} in {seconds:.0f} s, {run.path}"
    extra = {"run": str(run.path), "epochs": len(history), "seconds": seconds, "summary": summary}
    return extra | metrics


def try_out(config: Config) -> None:
    """Send one batch through training, validation, saving and the ONNX check; keep nothing."""
    _start(config)
    from digitscope.train import dry_run

    started = time.perf_counter()
    dry_run(config)
    seconds = time.perf_counter() - started
    print(
        f"A batch of {config.batch_size} went through training, validation, saving and the ONNX "
        f"check in {seconds:.1f} s; nothing was kept."
    )


def _start(config: Config) -> None:
    """Show the layer table at once, then take the seconds that importing Keras needs."""
    require("train")
    find_dataset(config.data)
    print(layer_table(plan(config)) + "\n", file=sys.stderr, flush=True)
    try:
        import_keras()
    except KeyboardInterrupt:
        _leave(NOTHING_YET)


def _train(config: Config, run: Run | None, runs_dir: Path) -> Run:
    try:
        from digitscope.train import resume, train

        return resume(run) if run else train(config, runs_dir=runs_dir)
    except KeyboardInterrupt as stop:
        _leave(str(stop) or NOTHING_YET)


def _judge(run: Run) -> dict[str, Any]:
    try:
        from digitscope.evaluate import evaluate

        return evaluate(run)
    except KeyboardInterrupt:
        _leave(f"Interrupted: the training is finished. Judge it: digitscope evaluate {run.path}")


def _leave(message: str) -> NoReturn:
    """End the process at once: all that matters is on the disk.

    An ordinary end waits for TensorFlow's threads, now and then for seconds.
    """
    print(message, file=sys.stderr, flush=True)
    sys.stdout.flush()
    os._exit(INTERRUPTED)
