"""What the page shows of a run, as JSON values and bytes; a server sends it, a file contains it.

Everywhere None stands for the bundled reader.
"""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from digitscope.data.dataset import Dataset, kept_dataset, validation_split
from digitscope.errors import DataError, RunError
from digitscope.network.certainty import Certainty
from digitscope.network.inference import card_of
from digitscope.network.weights import layers_to_json
from digitscope.reading.reader import BUNDLED, READER
from digitscope.runs.metrics import Metrics
from digitscope.runs.records import read_predictions
from digitscope.runs.run import Run
from digitscope.settings.recipes import RECIPES


@dataclass(frozen=True)
class About:
    """A run, as the page shows it; also while it is trained.

    Attributes:
        name: the run's, or READER.
        state: running, finished, failed or interrupted.
        config: its settings as JSON values, but for the data's place.
        network: its layers, as network.json describes them.
        certainty: how sure its network may be.
        history: a row for each finished epoch.
        metrics: its judgement on the test images; None before it.
        held_out: whether the images that `digits` gives as `validation` were kept out of training.
    """

    name: str
    state: str
    config: dict[str, Any]
    network: dict[str, Any]
    certainty: Certainty
    history: list[dict[str, float]]
    metrics: Metrics | None
    held_out: bool


@dataclass(frozen=True)
class Errors:
    """What a network reads wrong.

    Attributes:
        confusion: counts on the test images (10, 10); rows are true digits, columns answers.
        errors: of each wrong answer the test image's index, the true digit, the answer, and the
            answer's probability, calibrated, a part of 1.
    """

    confusion: tuple[tuple[int, ...], ...]
    errors: list[tuple[int, int, int, float]]


def about(run: Run | None) -> About:
    """A run's settings, layers, certainty, epochs and judgement.

    Raises:
        RunError, ModelError: it is damaged.
    """
    if run is None:
        card, described = card_of(BUNDLED), BUNDLED.with_suffix(".json").read_text("utf-8")
        return About(
            name=READER,
            state="finished",
            config=card.config,
            network=json.loads(described),
            certainty=card.certainty,
            history=[],
            metrics=None,
            held_out=False,
        )
    return About(
        name=run.name,
        state=run.status.state,
        config=run.config.model_dump(exclude={"data"}),
        network=json.loads(layers_to_json(run.config.layers)),
        certainty=_certainty(run),
        history=run.history,
        metrics=run.metrics,
        held_out=True,
    )


def _certainty(run: Run) -> Certainty:
    """How sure its network may be; of one that has none yet, as sure as it likes."""
    model = run.path / "model.onnx"
    return card_of(model).certainty if model.exists() else Certainty()


def weights(run: Run | None, epoch: int | None = None) -> bytes:
    """The weights of the epoch that is kept, or of another one, laid out as `network` says.

    Raises:
        RunError: there is no such epoch, or it is damaged.
    """
    if run is None:
        if epoch is not None:
            raise RunError(f"There is no epoch {epoch} of {READER}.")
        return BUNDLED.with_suffix(".bin").read_bytes()
    if epoch and not run.epoch_weights(epoch).exists():
        raise RunError(f"There is no epoch {epoch} of {run.name}.")
    return run.weights(epoch or run.kept_epoch)


def errors(run: Run | None) -> Errors:
    """What a run's network reads wrong among the test images.

    Raises:
        RunError: the run has not been judged, or is damaged.
    """
    if run is None or not run.metrics or not run.predictions.exists():
        name = run.name if run else READER
        raise RunError(
            f"{name} has not been judged on the test images yet"
            + (f": digitscope evaluate {name}" if run else ".")
        )
    probabilities, labels = read_predictions(run.predictions)
    probabilities = _certainty(run).calibrated(np.log(np.maximum(probabilities, 1e-30)))
    answers = probabilities.argmax(1)
    rows = [
        (i, int(labels[i]), int(answers[i]), round(float(probabilities[i].max()), 4))
        for i in np.flatnonzero(answers != labels).tolist()
    ]
    return Errors(run.metrics.confusion, rows)


def digits(run: Run | None, of: str, indices: list[int] | None, count: int) -> bytes:
    """Images of a run's data: n of 784 bytes, then n bytes, their labels.

    Args:
        run: its data and, for validation, its split.
        of: `test` or `validation`: what the run kept out of its training. The reader's own data is
            not in the package; instead it has some of MNIST's training digits, most of which it
            was trained with (docs/reader.md).
        indices: which ones; None: the first.
        count: how many, at most, where there are no indices.

    Raises:
        IndexError: there is no such image.
        RunError: the run, or its data, can't be read, or the data has changed since.
    """
    data = kept_dataset() if run is None else _data(run)
    config = run.config if run else RECIPES["tutorial"]
    if of == "test":
        images, labels, these = data.x_test, data.y_test, np.arange(len(data.y_test))
    else:
        images, labels = data.x_train, data.y_train
        _, these = validation_split(data, config.validation_fraction, config.seed)
    places = range(min(count, len(these))) if indices is None else indices
    if any(not 0 <= place < len(these) for place in places):
        raise IndexError(f"There are {len(these)} {of} images, from 0 on.")
    chosen = these[np.array(places, int)]
    content: bytes = images[chosen].tobytes() + labels[chosen].tobytes()
    return content


def _data(run: Run) -> Dataset:
    """A run's data, as it was; where it lies is nobody's business elsewhere.

    Raises:
        RunError: it can't be read, or has changed.
    """
    try:
        data = kept_dataset(run.config.data)
        run.check_data(data)
    except (DataError, OSError) as error:
        raise RunError(
            f"The data of {run.name} can't be read any more: bring the file or folder back."
        ) from error
    return data
