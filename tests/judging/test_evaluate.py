import csv
import json
import math
import shutil

import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest
from sklearn.metrics import brier_score_loss, log_loss, precision_recall_fscore_support

from digitscope.data.dataset import load_dataset
from digitscope.errors import RunError
from digitscope.judging.evaluate import LABEL_ERRORS, accuracy, calibration_error, evaluate, judge
from digitscope.judging.figures import confusion_figure
from digitscope.runs.run import Run
from tests.helpers import create_run


def soften(rng, labels, sharpness=3.0):
    """Probabilities that favour the label, and sometimes another digit."""
    logits = rng.normal(size=(len(labels), 10))
    logits[np.arange(len(labels)), labels] += sharpness
    powers = np.exp(logits)
    return (powers / powers.sum(1, keepdims=True)).astype(np.float32)


@pytest.fixture
def judged():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, 500).astype(np.uint8)
    probabilities = soften(rng, labels)
    return judge(probabilities, labels), probabilities.astype(float), labels


def test_the_confusion_matrix_by_counting(judged):
    metrics, probabilities, labels = judged
    counted = [[0] * 10 for _ in range(10)]
    for row, label in zip(probabilities, labels, strict=True):
        counted[label][int(np.argmax(row))] += 1
    assert [list(row) for row in metrics.confusion] == counted
    right = sum(counted[digit][digit] for digit in range(10))
    assert (metrics.accuracy, metrics.num_errors) == (right / 500, 500 - right)


def test_classes_likelihood_and_brier_score_are_scikit_learns(judged):
    metrics, probabilities, labels = judged
    answers, digits = probabilities.argmax(1), range(10)
    expected = precision_recall_fscore_support(labels, answers, labels=digits)
    for name, column in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [getattr(row, name) for row in metrics.classes] == pytest.approx(column.tolist()), (
            name
        )
    probabilities /= probabilities.sum(1, keepdims=True)
    surprise = log_loss(labels, probabilities, labels=digits)
    assert metrics.negative_log_likelihood == pytest.approx(surprise)
    distance = brier_score_loss(labels, probabilities, labels=digits, scale_by_half=False)
    assert metrics.brier_score == pytest.approx(distance)


def test_certain_and_wrong_is_finite():
    metrics = judge(np.eye(10, dtype=np.float32)[[1, 2]], np.array([1, 3], np.uint8))
    assert metrics.negative_log_likelihood == pytest.approx(-math.log(2**-52) / 2)
    assert [row.recall for row in metrics.classes][:4] == [0, 1, 0, 0]
    assert metrics.classes[2].precision == 0


@pytest.mark.parametrize(("right", "count"), [(9841, 10_000), (10, 10), (0, 10), (3, 7)])
def test_the_interval_is_scipys(right, count):
    expected = binomtest(right, count).proportion_ci(0.95, method="wilson")
    interval = accuracy(np.arange(count) < right).interval
    assert interval == pytest.approx([expected.low, expected.high], abs=1e-12)


def test_the_calibration_error_by_hand():
    # Two bins: 0.95 sure and right once in two (gap 0.45); 0.55 sure and always right (gap 0.45).
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    assert calibration_error(confidence, np.array([True, False, True, True])) == pytest.approx(0.45)
    # In one bin the gaps of single images cancel.
    assert calibration_error(np.array([0.75] * 4), np.array([1, 1, 1, 0], bool)) == 0
    assert calibration_error(np.array([1.0]), np.array([True])) == 0


def test_the_worst_errors_are_the_least_probable_labels(judged):
    metrics, probabilities, labels = judged
    worst = metrics.worst_errors
    of_label = [error.probability_of_label for error in worst]
    assert of_label == sorted(of_label)
    assert all(error.answer != error.label == labels[error.index] for error in worst)
    wrong = [p[y] for p, y in zip(probabilities, labels, strict=True) if p.argmax() != y]
    assert of_label[0] == pytest.approx(min(wrong))


def test_a_run_is_judged_on_every_test_image(finished, tmp_path):
    run = Run(shutil.copytree(finished.path, tmp_path / finished.name))
    metrics = evaluate(run, figures=True)
    assert metrics.as_json() == json.loads((run.path / "metrics.json").read_text())
    assert run.metrics == metrics
    assert np.sum(metrics.confusion) == metrics.num_images == 200
    assert metrics.parts is None  # these are not the whole of MNIST

    stored = np.load(run.path / "predictions.npz")
    labels = load_dataset(run.config.data).y_test
    assert np.array_equal(stored["labels"], labels)
    assert (stored["probabilities"].argmax(1) == labels).mean() == metrics.accuracy

    rows = list(csv.reader((run.path / "confusion.csv").open()))
    assert [tuple(map(int, row[1:])) for row in rows[1:]] == list(metrics.confusion)
    for name in ("confusion.png", "errors.png"):
        with Image.open(run.path / name) as picture:
            assert picture.width > 800


def test_the_figure_of_confusions_marks_what_is_right_on_the_diagonal():
    axes = confusion_figure(np.diag(np.arange(1, 11)), "one").axes[0]
    assert [patch.get_bbox().bounds for patch in axes.patches] == [
        (digit - 0.5, digit - 0.5, 1, 1) for digit in range(10)
    ]
    assert [text.get_text() for text in axes.texts][::11] == [str(n) for n in range(1, 11)]


def test_the_doubtful_labels_are_the_published_ones(digits):
    # cleanlab/label-errors, MNIST: indices of test images, and what their labels say.
    published = {947: 8, 1621: 0, 1901: 9, 2130: 4, 2462: 2, 2597: 5, 2654: 6, 3520: 6, 3558: 5}
    published |= {5937: 5, 6651: 0, 6783: 1, 8527: 4, 9679: 6, 9729: 5}
    assert tuple(published) == LABEL_ERRORS
    assert digits.y_test[list(LABEL_ERRORS)].tolist() == list(published.values())


def test_mnist_is_judged_in_parts():
    from digitscope.judging.evaluate import _mnist_parts

    right = np.ones(10_000, bool)
    right[[0, 1, 2, 5000, *LABEL_ERRORS[:5]]] = False  # five of the doubtful ones, all below 5000
    parts = _mnist_parts(right)
    counts = {
        name: (part.num_images, round((1 - part.accuracy) * part.num_images))
        for name, part in parts.items()
    }
    expected = {"students": (5000, 8), "employees": (5000, 1), "without_label_errors": (9985, 4)}
    assert counts == expected


def test_a_killed_run_is_judged_by_its_best_epoch_so_far(settings, tmp_path):
    from digitscope.training.train import train

    run = train(**settings, runs_dir=tmp_path)
    whole = evaluate(run).accuracy
    for file in ("model.onnx", "weights.bin", "network.json", "model.keras"):
        (run.path / file).unlink()  # as after a kill -9 in the middle
    run.set_status("running")
    assert evaluate(run).accuracy == whole
    assert (run.path / "weights.bin").read_bytes() == run.epoch_weights(run.kept_epoch).read_bytes()


def test_a_run_without_a_model(settings, tmp_path):
    from digitscope.settings.recipes import configure

    data = load_dataset(settings["data"])
    run = create_run(configure(**settings), data.sha256, tmp_path)
    with pytest.raises(RunError, match="has no network yet: no epoch is finished"):
        evaluate(run)
