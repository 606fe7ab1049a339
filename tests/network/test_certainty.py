import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from digitscope.network.certainty import Certainty, calibrate


def sample(temperature, spread=3, count=20_000):
    """Logits whose probabilities are right once they are divided by `temperature`, and labels."""
    rng = np.random.default_rng(0)
    true = rng.normal(0, spread, (count, 10))
    chances = np.exp(true) / np.exp(true).sum(1, keepdims=True)
    labels = (rng.random((count, 1)) > chances.cumsum(1)).sum(1)
    return true * temperature, labels


@pytest.mark.parametrize("temperature", [0.3, 1, 4])
def test_the_temperature_is_that_of_the_greatest_likelihood(temperature):
    logits, labels = sample(temperature)

    def loss(log):
        scaled = logits / np.exp(log)
        return (np.log(np.exp(scaled).sum(1)) - scaled[np.arange(len(labels)), labels]).mean()

    best = np.exp(minimize_scalar(loss, bounds=(-4, 4), method="bounded").x)
    found = calibrate(logits, labels)
    assert found.temperature == pytest.approx(best, rel=1e-3)
    assert found.temperature == pytest.approx(temperature, rel=0.05)


def test_what_is_no_digit_does_not_count():
    logits, labels = sample(2)
    more = np.vstack([logits, np.zeros((500, 10))])
    found = calibrate(more, np.append(labels, np.full(500, 10)))
    assert found == calibrate(logits, labels)


def test_of_the_answers_one_in_two_hundred_is_wrong_and_one_digit_in_five_hundred_is_none():
    logits, labels = sample(1, spread=12)
    found = calibrate(logits, labels)
    verdicts = np.array([found.verdict(one) for one in found.calibrated(logits).max(1)])
    assert (verdicts == "not_a_digit").sum() == pytest.approx(40, abs=1)
    wrong = logits.argmax(1) != labels
    answered = verdicts == "digit"
    assert wrong[answered].mean() == pytest.approx(0.005, abs=1e-4)
    probabilities = found.calibrated(logits).max(1)
    next_best = np.sort(probabilities[~answered])[-200:].min()  # accepting 200 more is too much
    assert wrong[probabilities >= next_best].mean() > 0.005


def test_answers_as_sure_as_each_other_are_given_or_refused_together():
    labels = np.tile([0, 1], 500)
    logits = np.zeros((1000, 10))
    logits[:, 0] = 5
    logits[:10, 0] = 9  # equal, and half of them wrong
    found = calibrate(logits, labels)
    assert found.unsure_below == 1
    logits[:, 0], logits[labels == 1, 1] = 5, 8
    assert calibrate(logits, labels).unsure_below < 1


def test_a_network_that_is_never_wrong_is_as_sure_as_can_be():
    found = calibrate(np.eye(10) * 5, np.arange(10))
    assert found.calibrated(np.eye(10) * 5).max(1).min() > 0.999


def test_what_is_no_digit_is_never_unsure_as_well():
    """Where so few answers are wrong that all could be given, those least like digits are not."""
    logits = np.eye(10)[np.arange(2000) % 10] * np.linspace(4, 8, 2000)[:, None]
    labels = np.arange(2000) % 10
    labels[1000:1006] = (labels[1000:1006] + 1) % 10
    found = calibrate(logits, labels)
    confidence = found.calibrated(logits).max(1)
    assert confidence.min() < found.not_a_digit_below == found.unsure_below < 0.99


def test_a_threshold_itself_is_enough():
    certainty = Certainty(1, unsure_below=0.9, not_a_digit_below=0.2)
    said = [certainty.verdict(one) for one in (0.899, 0.9, 0.199, 0.2)]
    assert said == ["unsure", "digit", "not_a_digit", "unsure"]


def test_without_validation_images_everything_is_a_digit():
    assert Certainty().verdict(0.1) == "digit"
    logits = np.array([[1.0, 2, 3, 0, 0, 0, 0, 0, 0, 0], [800, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    probabilities = Certainty().calibrated(logits)
    assert probabilities.sum(1) == pytest.approx(1)
    assert probabilities[1, 0] == 1


def test_a_threshold_itself_is_sure_enough():
    certainty = Certainty(unsure_below=0.6, not_a_digit_below=0.3)
    verdicts = {0.29: "not_a_digit", 0.3: "unsure", 0.59: "unsure", 0.6: "digit"}
    assert {one: certainty.verdict(one) for one in verdicts} == verdicts
