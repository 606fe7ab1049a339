"""certainty: how sure a network may be, and when it says "I don't know"; set on validation images.

A network's confidence is its largest probability, once its logits are divided by a temperature that
makes nine of ten answers right where it says 90 % (Guo et al. 2017, "On Calibration of Modern
Neural Networks"). Below some confidence its answers are refused, so that of those that remain
nearly all are right (Geifman and El-Yaniv 2017, "Selective Classification for Deep Neural
Networks").
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from digitscope.settings.layers import NUM_CLASSES

WRONG = 0.005  # of the answers to validation digits, at most: the others are `unsure`
UNLIKE = 0.002  # of these digits are so unlike all others that they count as none
STEPS = 50  # of bisection, on the way to the temperature
LEAST = 1e-4  # probability, of which there are log-odds
SHARPEST = 1e3  # the inverse of the lowest temperature

Verdict = Literal["digit", "unsure", "not_a_digit"]


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities, float (n, classes), of logits of the same shape."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    probabilities: np.ndarray = powers / powers.sum(1, keepdims=True)
    return probabilities


def log_odds(chances: np.ndarray) -> np.ndarray:
    """The logarithms of the odds of probabilities, which count as neither 0 nor 1."""
    clipped = np.clip(chances, LEAST, 1 - LEAST)
    return np.asarray(np.log(clipped / (1 - clipped)))


@dataclass(frozen=True)
class Certainty:
    """What makes calibrated probabilities of logits, and an answer of probabilities.

    Attributes:
        temperature: the logits are divided by it.
        unsure_below: a digit of less confidence is `unsure`.
        not_a_digit_below: an image of less confidence is `not_a_digit`.
    """

    temperature: float = 1.0
    unsure_below: float = 0.0
    not_a_digit_below: float = 0.0

    def calibrated(self, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of the ten digits: float (n, 10) from logits (n, 10)."""
        return softmax(logits / self.temperature)

    def verdict(self, confidence: float) -> Verdict:
        """Whether an image with this largest probability is taken for a digit."""
        if confidence < self.not_a_digit_below:
            return "not_a_digit"
        return "unsure" if confidence < self.unsure_below else "digit"


def calibrate(logits: np.ndarray, labels: np.ndarray) -> Certainty:
    """Temperature and thresholds from validation images.

    The temperature is that of the least negative log-likelihood. Answers are given from the lowest
    confidence on with which 199 of 200 are right. The 1 in 500 digits of the least confidence, read
    rightly or not, are `not_a_digit`.

    Args:
        logits: (n, 10).
        labels: (n,), 0 to 9; images with 10, which are no digits, are left out.
    """
    logits, labels = logits[labels < NUM_CLASSES], labels[labels < NUM_CLASSES]
    temperature = _temperature(logits.astype(np.float64), labels)
    confidence = Certainty(temperature).calibrated(logits).max(1)
    unlike = float(np.quantile(confidence, UNLIKE))
    unsure = _lowest_safe(confidence, logits.argmax(1) != labels)
    return Certainty(temperature, max(unsure, unlike), unlike)


def _lowest_safe(confidence: np.ndarray, wrong: np.ndarray) -> float:
    """The least confidence such that of the answers with as much, few are wrong; 1 if none is."""
    order = np.argsort(confidence)
    confidence, wrong = confidence[order], wrong[order]
    risks = wrong[::-1].cumsum()[::-1] / np.arange(len(wrong), 0, -1)
    safe = risks[np.searchsorted(confidence, confidence)] <= WRONG  # equal ones together
    return float(confidence[safe.argmax()]) if safe.any() else 1.0


def _temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """Where the likelihood's derivative by the inverse temperature, which only falls, is zero."""
    of_label = logits[np.arange(len(labels)), labels].mean()
    low, high = 1 / SHARPEST, SHARPEST
    for _ in range(STEPS):
        middle = (low * high) ** 0.5
        expected = (Certainty(1 / middle).calibrated(logits) * logits).sum(1).mean()
        low, high = (middle, high) if of_label > expected else (low, middle)
    return float(1 / middle)
