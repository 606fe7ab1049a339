"""evaluate: how good a run's network is on the test images: metrics.json and predictions.npz.

It runs the run's model.onnx, the file that is handed on, so it needs no Keras.
"""

import csv
import io
import json
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np

from digitscope.data.dataset import MNIST_SHA256
from digitscope.network.inference import Model
from digitscope.runs.files import write_atomically
from digitscope.runs.folder import as_run
from digitscope.runs.metrics import Accuracy, DigitFigures, Metrics, WrongAnswer
from digitscope.runs.run import Run
from digitscope.settings.layers import NUM_CLASSES
from digitscope.training.keep import keep_epoch
from digitscope.training.task import task_of

DIGITS = list(range(NUM_CLASSES))
NUM_BINS = 15  # of confidence, for the calibration error; as in Guo et al. 2017
NUM_WORST = 25
# Test images whose label is wrong or ambiguous by human review: cleanlab/label-errors.
# fmt: off
LABEL_ERRORS = (
    947, 1621, 1901, 2130, 2462, 2597, 2654, 3520, 3558, 5937, 6651, 6783, 8527, 9679, 9729
)
# fmt: on


def evaluate(run: Run | str, figures: bool = False) -> Metrics:
    """Judge a run's network on the test images of its data, all of them, and write what came out.

    Files: `metrics.json` (what is returned), `predictions.npz` (`probabilities` float32 (n, 10),
    `labels` uint8 (n,)) and `confusion.csv` (rows: true digit, columns: answer).

    Args:
        run: a Run, or what `find_run` takes; an unfinished one is judged by its best epoch so far.
        figures: draw `confusion.png` and `errors.png` too, which takes a second.

    Raises:
        RunError: the run is being trained, has no finished epoch, or its data has changed.
    """
    run = as_run(run)
    data = run.load_data()
    if run.status.state != "finished":
        with run.locked():
            keep_epoch(run, task_of(run.config, data))
    probabilities = Model(run.path / "model.onnx").probabilities(data.x_test)
    metrics = judge(probabilities, data.y_test)
    if data.sha256 == MNIST_SHA256:
        parts = _mnist_parts(probabilities.argmax(1) == data.y_test)
        metrics = replace(metrics, parts=parts)
    _write(run, metrics, probabilities, data.y_test)
    if figures:
        from digitscope.judging.figures import draw

        draw(run, metrics, data.x_test)
    return metrics


def judge(probabilities: np.ndarray, labels: np.ndarray) -> Metrics:
    """Every figure that follows from the probabilities and the labels.

    Args:
        probabilities: float32 (n, 10).
        labels: uint8 (n,).
    """
    answers = probabilities.argmax(1)
    right = answers == labels
    exact = probabilities.astype(np.float64)
    exact /= exact.sum(1, keepdims=True)
    of_label = np.maximum(exact[np.arange(len(labels)), labels], np.finfo(np.float64).eps)
    confusion = np.zeros((NUM_CLASSES, NUM_CLASSES), int)
    np.add.at(confusion, (labels, answers), 1)
    return Metrics(
        **vars(accuracy(right)),
        num_errors=int((~right).sum()),
        negative_log_likelihood=float(-np.log(of_label).mean()),
        brier_score=float(((exact - np.eye(NUM_CLASSES)[labels]) ** 2).sum(1).mean()),
        expected_calibration_error=calibration_error(exact.max(1), right),
        classes=_classes(confusion),
        confusion=tuple(map(tuple, confusion.tolist())),
        worst_errors=_worst_errors(probabilities, labels, answers),
    )


def _classes(confusion: np.ndarray) -> tuple[DigitFigures, ...]:
    hits, support, answered = np.diag(confusion), confusion.sum(1), confusion.sum(0)
    columns = (
        np.arange(NUM_CLASSES),
        hits / np.maximum(answered, 1),
        hits / np.maximum(support, 1),
        2 * hits / np.maximum(answered + support, 1),
        support,
    )
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return tuple(DigitFigures(*row) for row in rows)


def accuracy(right: np.ndarray) -> Accuracy:
    """The accuracy and its interval, from bool (n,): which images were read right.

    Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    count, part = len(right), float(right.mean())
    z = NormalDist().inv_cdf(0.975)
    centre = (part + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z * (part * (1 - part) / count + z**2 / (4 * count**2)) ** 0.5 / (1 + z**2 / count)
    return Accuracy(count, part, (max(0.0, centre - half), min(1.0, centre + half)))


def calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy, over 15 bins.

    Guo et al. 2017, "On Calibration of Modern Neural Networks", equation 3: bins of equal width,
    weighted by their number of images.

    Args:
        confidence: (n,), probability of the answer.
        right: bool (n,).
    """
    gaps = np.bincount(_bins(confidence), weights=confidence - right, minlength=NUM_BINS)
    return float(np.abs(gaps).sum() / len(right))


@dataclass(frozen=True)
class ReliabilityBin:
    """Images of about the same confidence.

    Attributes:
        count: how many.
        confidence: its mean, a part of 1.
        accuracy: the part of them that was read right.
    """

    count: int
    confidence: float
    accuracy: float


def reliability(confidence: np.ndarray, right: np.ndarray) -> list[ReliabilityBin]:
    """The filled bins of `calibration_error`, from the lowest confidence to the highest."""
    bins = _bins(confidence)
    return [
        ReliabilityBin(
            int(inside.sum()), float(confidence[inside].mean()), float(right[inside].mean())
        )
        for inside in (bins == number for number in range(NUM_BINS))
        if inside.any()
    ]


def _bins(confidence: np.ndarray) -> np.ndarray:
    """The number of each image's bin, from 0."""
    bins: np.ndarray = np.minimum((confidence * NUM_BINS).astype(int), NUM_BINS - 1)
    return bins


def _worst_errors(
    probabilities: np.ndarray, labels: np.ndarray, answers: np.ndarray
) -> tuple[WrongAnswer, ...]:
    wrong = np.flatnonzero(answers != labels)
    of_label = probabilities[wrong, labels[wrong]]
    return tuple(
        WrongAnswer(
            index=int(i),
            label=int(labels[i]),
            answer=int(answers[i]),
            confidence=float(probabilities[i, answers[i]]),
            probability_of_label=float(probabilities[i, labels[i]]),
        )
        for i in wrong[np.argsort(of_label, kind="stable")][:NUM_WORST]
    )


def _mnist_parts(right: np.ndarray) -> dict[str, Accuracy]:
    """Accuracy on the halves by their writers, and without the images whose label is doubtful."""
    sound = np.ones(len(right), bool)
    sound[list(LABEL_ERRORS)] = False
    return {
        "students": accuracy(right[:5000]),
        "employees": accuracy(right[5000:]),
        "without_label_errors": accuracy(right[sound]),
    }


def _write(run: Run, metrics: Metrics, probabilities: np.ndarray, labels: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, probabilities=probabilities, labels=labels)
    write_atomically(run.path / "predictions.npz", buffer.getvalue())
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(["true digit", *DIGITS])
    writer.writerows([digit, *row] for digit, row in enumerate(metrics.confusion))
    write_atomically(run.path / "confusion.csv", table.getvalue())
    write_atomically(run.path / "metrics.json", json.dumps(metrics.as_json(), indent=1))
