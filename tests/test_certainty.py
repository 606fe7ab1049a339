import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from digitscope.certainty import Certainty, calibrate


def sample(temperature, count=20_000, seed=0):
    """Logits whose probabilities are right once they are divided by `temperature`, and labels."""
    rng = np.random.default_rng(seed)
    true = rng.normal(0, 3, (count, 10))
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


def test_three_in_two_hundred_are_unsure_and_one_in_five_hundred_no_digit():
    logits, labels = sample(1)
    found = calibrate(logits, labels)
    verdicts = [found.verdict(one) for one in found.probabilities(logits).max(1)]
    assert verdicts.count("not_a_digit") == pytest.approx(40, abs=1)
    assert verdicts.count("unsure") == pytest.approx(260, abs=2)


def test_a_network_that_is_never_wrong_is_as_sure_as_can_be():
    found = calibrate(np.eye(10) * 5, np.arange(10))
    assert found.probabilities(np.eye(10) * 5).max(1).min() > 0.999


def test_without_validation_images_everything_is_a_digit():
    assert Certainty().verdict(0.1) == "digit"
    logits = np.array([[1.0, 2, 3, 0, 0, 0, 0, 0, 0, 0], [800, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    probabilities = Certainty().probabilities(logits)
    assert probabilities.sum(1) == pytest.approx(1)
    assert probabilities[1, 0] == 1
