"""What the page shows of a run, as JSON values and bytes; a server sends it, a file contains it.

Everywhere None stands for the bundled reader.
"""

import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from digitscope.data.dataset import load_dataset, validation_split
from digitscope.errors import RunError
from digitscope.network.certainty import Certainty
from digitscope.network.inference import Model
from digitscope.network.weights import layers_to_json, weights_from_bytes
from digitscope.reading.reader import BUNDLED
from digitscope.runs.listing import summary
from digitscope.runs.run import Run
from digitscope.settings.recipes import RECIPES

WEB = Path(__file__).parent.parent / "web"  # the page
READER = "reader"  # the name of the bundled network, where a run's is expected

# What reading a file that holds something else ends in, and one that is gone or can't be opened.
NOT_THAT = (LookupError, TypeError, ValueError, AttributeError, RecursionError, EOFError)
NOT_THERE = (OSError, zipfile.BadZipFile)


@contextmanager
def _reading(run: Run) -> Iterator[None]:
    """Say that a run is damaged where, within, one of its files is not what it should be.

    Raises:
        RunError: its files hold something of another kind or shape, or can't be read.
    """
    try:
        yield
    except RunError:
        raise
    except (*NOT_THAT, *NOT_THERE) as error:
        reason = f"{type(error).__name__}: {str(error)[:200]}"
        raise RunError(f"A file of {run.name} is damaged ({reason}).") from error


def in_a_line(run: Run) -> dict[str, Any]:
    """A run's summary, as `listing.summary`.

    Raises:
        RunError: it is damaged.
    """
    with _reading(run):
        return summary(run)


def history(run: Run) -> list[dict[str, float]]:
    """A run's epochs.

    Raises:
        RunError: it is damaged.
    """
    with _reading(run):
        return run.history


def about(run: Run | None) -> dict[str, Any]:
    """A run's settings, layers, certainty, epochs and judgement; also while it is trained.

    Raises:
        RunError: it is damaged.
    """
    if run is None:
        said = Model(BUNDLED).metadata
        described = json.loads(BUNDLED.with_suffix(".json").read_text("utf-8"))
        known = {"config": said["config"], "network": described, "certainty": said["certainty"]}
        return {"name": READER, "state": "finished", **known, "history": [], "metrics": None}
    with _reading(run):
        config = run.config
        return {
            "name": run.name,
            "state": run.status["state"],
            "config": config.model_dump(exclude={"data"}),
            "network": json.loads(layers_to_json(config.layers)),
            "certainty": asdict(_certainty(run)),
            "history": run.history,
            "metrics": run.metrics and run.metrics.as_json(),
        }


def _certainty(run: Run) -> Certainty:
    """How sure its network may be; of one that has none yet, as sure as it likes."""
    model = run.path / "model.onnx"
    said = Model(model).metadata.get("certainty", {}) if model.exists() else {}
    return Certainty(**{name: float(value) for name, value in said.items()})


def weights(run: Run | None, epoch: int | None = None) -> bytes:
    """The weights of the epoch that is kept, or of another one, laid out as `network` says.

    Raises:
        RunError: there is no such epoch, or it is damaged.
    """
    if run is None:
        if epoch is not None:
            raise RunError(f"There is no epoch {epoch} of {READER}.")
        return BUNDLED.with_suffix(".bin").read_bytes()
    with _reading(run):
        path = run.epoch_weights(epoch or run.kept_epoch)
        if not path.exists():
            raise RunError(f"There is no epoch {epoch or run.kept_epoch} of {run.name}.")
        content = path.read_bytes()
        weights_from_bytes(run.config.layers, content)  # refuses what is too short or too long
        return content


def errors(run: Run | None) -> dict[str, Any]:
    """`confusion` on the test images (rows: true digit) and `errors`.

    Each error is [index, true digit, answer, probability of the answer].

    Raises:
        RunError: the run has not been judged, or is damaged.
    """
    if run is None:
        raise RunError(f"{READER} has not been judged on the test images yet.")
    with _reading(run):
        if not run.metrics or not run.predictions.exists():
            raise RunError(
                f"{run.name} has not been judged on the test images yet: "
                f"digitscope evaluate {run.name}"
            )
        with np.load(run.predictions) as file:
            probabilities, labels = file["probabilities"], file["labels"]
        probabilities = _certainty(run).calibrated(np.log(np.maximum(probabilities, 1e-30)))
        return {
            "confusion": run.metrics.confusion,
            "errors": _wrong(probabilities, labels),
        }


def _wrong(probabilities: np.ndarray, labels: np.ndarray) -> list[list[Any]]:
    """The rows of `errors`; `probabilities` (n, 10) as sure as the page says they are."""
    answers = probabilities.argmax(1)
    return [
        [i, int(labels[i]), int(answers[i]), round(float(probabilities[i].max()), 4)]
        for i in np.flatnonzero(answers != labels).tolist()
    ]


def digits(run: Run | None, of: str, indices: list[int] | None, count: int) -> bytes:
    """Images of a run's data: n of 784 bytes, then n bytes, their labels.

    Args:
        run: its data and, for validation, its split.
        of: `test` or `validation`.
        indices: which ones; None: the first.
        count: how many, at most, where there are no indices.

    Raises:
        IndexError: there is no such image.
        DataError, RunError: the data, or the run, can't be read.
    """
    config = RECIPES["tutorial"]
    if run:
        with _reading(run):
            config = run.config
    data = load_dataset(config.data)
    if of == "test":
        images, labels = data.x_test, data.y_test
    else:
        _, held_out = validation_split(data, config.validation_fraction, config.seed)
        images, labels = data.x_train[held_out], data.y_train[held_out]
    places = range(min(count, len(labels))) if indices is None else indices
    if any(not 0 <= place < len(labels) for place in places):
        raise IndexError(f"There are {len(labels)} {of} images, from 0 on.")
    chosen = np.array(places, int)
    return images[chosen].tobytes() + labels[chosen].tobytes()
