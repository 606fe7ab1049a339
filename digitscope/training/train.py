"""train: a Config becomes a run folder with a trained network. It goes on after any interruption.

An epoch's order and augmentation depend on the seed and the epoch's number alone, and everything
else that training changes is in the checkpoint; so a resumed run ends with the very same weights.
"""

import shlex
import tempfile
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Any

import keras
import numpy as np

from digitscope.data.dataset import load_dataset
from digitscope.environment import engine
from digitscope.errors import ConfigError, Interrupted, TrainingError
from digitscope.network.inference import Model
from digitscope.network.model import build_model, compile_model
from digitscope.network.weights import weights_from_bytes
from digitscope.runs.files import clear_leftovers, write_atomically
from digitscope.runs.folder import as_run, new_run
from digitscope.runs.run import JUDGEMENT, Run
from digitscope.settings.config import Config
from digitscope.settings.recipes import configure
from digitscope.training import batches
from digitscope.training.batches import EVALUATION_BATCH
from digitscope.training.keep import keep_epoch
from digitscope.training.progress import Progress
from digitscope.training.recorder import Recorder, restore_state
from digitscope.training.task import Task, task_of

CHECKED_IMAGES = 1000
ONNX_TOLERANCE = 1e-4  # largest difference of a probability between Keras and the ONNX file


def train(
    config: Config | str | None = None,
    *,
    runs_dir: str | Path = "runs",
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: bool = True,
    **settings: Any,
) -> Run:
    """Train a network on the data of `config` and keep everything in a new run folder.

    The validation images, cut from the training images by `config.seed`, choose the epoch to keep;
    the test images are not touched. With one seed on one machine the weights are the same, bit for
    bit, every time.

    Args:
        config: all settings, or the name of a recipe; without it, the recipe `tutorial`.
        runs_dir: the folder of the run folders.
        callbacks: Keras callbacks that listen in.
        verbose: show a line an epoch, and on a terminal a bar, on standard error.
        **settings: fields of Config, on top of `config`.

    Returns:
        The finished run.

    Raises:
        ConfigError, DataError, RunError: a wrong setting, data set or folder; nothing was trained.
        TrainingError: the loss became NaN, the disk is full, or the saved model is not exact.
        Interrupted: a KeyboardInterrupt, after the finished epochs were kept; `resume` goes on.

    Example:
        import digitscope as ds
        run = ds.train(filters=(6, 16), epochs=5)
    """
    if config is None or isinstance(config, str):
        config = configure(**({"recipe": config} if config else {}), **settings)
    elif "recipe" in settings:
        raise ConfigError("Give either a config or a recipe, not both.")
    elif settings:
        config = Config(**{**config.model_dump(), **settings})
    task = task_of(config, load_dataset(config.data))
    with new_run(config, task.data.sha256, runs_dir) as run:
        return _train(run, task, callbacks, verbose)


def resume(
    run: Run | str, *, callbacks: Sequence[keras.callbacks.Callback] = (), verbose: bool = True
) -> Run:
    """Go on with an interrupted run from its last finished epoch, to the weights it would have had.

    Args:
        run: a Run, or what `find_run` takes.
        callbacks: as for `train`.
        verbose: as for `train`.

    Raises:
        RunError: it is finished, being trained, or its data has changed since.
        TrainingError, Interrupted: as for `train`.
    """
    run = as_run(run)
    with run.locked():
        return train_held(run, callbacks, verbose)


def train_held(
    run: Run, callbacks: Sequence[keras.callbacks.Callback] = (), verbose: bool = True
) -> Run:
    """As `resume`, of a run that the caller holds, by `run.locked` or `new_run`."""
    run.check_resumable()
    return _train(run, task_of(run.config, run.load_data()), callbacks, verbose)


def dry_run(config: Config) -> None:
    """Send one batch through training, validation, saving and the ONNX check; keep nothing."""
    task, count = task_of(config, load_dataset(config.data)), config.batch_size
    config = Config(**{**config.model_dump(), "epochs": 1})
    few = Task(config, task.data, task.training[:count], task.validation[:count])
    with tempfile.TemporaryDirectory() as folder, new_run(config, few.data.sha256, folder) as run:
        _train(run, few, (), verbose=False)


def _train(
    run: Run, task: Task, callbacks: Sequence[keras.callbacks.Callback], verbose: bool
) -> Run:
    """Train what is left of a run that is held, and see that its status tells how it went."""
    with Progress() if verbose else nullcontext() as progress:
        run.set_status("running")
        clear_leftovers(run.path)
        for stale in JUDGEMENT:  # of the network that a resumed run had
            (run.path / stale).unlink(missing_ok=True)
        try:
            _fit(run, task, [*callbacks, progress] if progress else callbacks)
            run.set_status("finished")
        except KeyboardInterrupt:
            run.set_status("interrupted", "stopped by the user")
            raise Interrupted(f"Interrupted: {_kept(run)}. Go on with: {_resume(run)}") from None
        except Exception as error:
            with suppress(OSError):  # the error itself is what the user must hear of
                run.set_status("failed", str(error))
            if isinstance(error, OSError):
                raise TrainingError(
                    f"{run.path} can't be written ({error.strerror}); {_kept(run)}. "
                    f"When it can be, go on with: {_resume(run)}"
                ) from error
            raise
    return run


def _kept(run: Run) -> str:
    done = len(run.history)
    return f"{done} of {run.config.epochs} epochs are kept" if done else "no epoch was finished"


def _resume(run: Run) -> str:
    return f"digitscope train --resume {shlex.quote(str(run.path))}"


def _fit(run: Run, task: Task, callbacks: Sequence[keras.callbacks.Callback]) -> None:
    """Train the epochs that are missing, then write the network that `keep` says."""
    model = build_model(task.config, run.environment.precision)
    compile_model(model, task.config, task.steps, task.some_show_none)
    recorder = Recorder(run, task.config, restore_state(run.checkpoint, model))
    done = len(recorder.history)
    if done:  # the process may have died between the checkpoint and the history's file
        run.write_history(recorder.history)
    try:
        if not recorder.is_done:
            with recorder.hearing_ctrl_c():
                listeners = [recorder, *callbacks]
                if engine() == "tensorflow":
                    from digitscope.training import loop

                    loop.fit(model, task, listeners, done)
                else:
                    batches.fit(model, task, listeners, done)
    except (KeyboardInterrupt, TrainingError):
        if recorder.history:
            _save(run, task)
        raise
    checked = (task.validation if len(task.validation) else task.training)[:CHECKED_IMAGES]
    _check_onnx(run, _save(run, task), task.data.x_train[checked])


def _save(run: Run, task: Task) -> keras.Model:
    """Write the network to keep in every form a run has; give it as a Keras model."""
    keep_epoch(run, task)
    model = build_model(task.config)
    model.set_weights(weights_from_bytes(task.config.layers, run.weights()))
    with tempfile.TemporaryDirectory() as folder:
        model.save(Path(folder) / "model.keras")
        write_atomically(run.path / "model.keras", (Path(folder) / "model.keras").read_bytes())
    return model


def _check_onnx(run: Run, model: keras.Model, images: np.ndarray) -> None:
    """Refuse a model.onnx that does not compute what the Keras model computes."""
    keras_says = [
        keras.ops.convert_to_numpy(model(images[i : i + EVALUATION_BATCH, ..., None]))
        for i in range(0, len(images), EVALUATION_BATCH)
    ]
    ours = Model(run.path / "model.onnx").probabilities(images)
    difference = float(np.abs(ours - np.concatenate(keras_says)).max())
    if not difference <= ONNX_TOLERANCE:
        raise TrainingError(
            f"{run.path / 'model.onnx'} differs from the Keras model by {difference:.2g} in a "
            f"probability, and at most {ONNX_TOLERANCE:g} is allowed: this is a fault of "
            "digitscope; please report it with the run's config.json."
        )
