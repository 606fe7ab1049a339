"""Metrics: how good a network is on the test images, as `evaluate` finds it and metrics.json holds.

Accuracies, probabilities and the ends of intervals are parts of 1.
"""

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field
from pydantic_core import to_jsonable_python

Part = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
Ten = Field(min_length=10, max_length=10)


@dataclass(frozen=True)
class Accuracy:
    """How many of some images were read right.

    Attributes:
        num_images: how many there are.
        accuracy: the part of them that was read right.
        interval: its 95 % interval, by Wilson's score.
    """

    num_images: Count
    accuracy: Part
    interval: tuple[Part, Part]


@dataclass(frozen=True)
class DigitFigures:
    """How well one digit is told from the others; 0 where there is nothing to divide by.

    Attributes:
        digit: 0 to 9.
        precision: the part of the answers `digit` that is right.
        recall: the part of the images of `digit` that is read right.
        f1: the harmonic mean of the two.
        support: how many test images show this digit.
    """

    digit: Count
    precision: Part
    recall: Part
    f1: Part
    support: Count


@dataclass(frozen=True)
class WrongAnswer:
    """A test image that was read wrong.

    Attributes:
        index: of the test image.
        label: the true digit.
        answer: the network's.
        confidence: the probability it gave its answer.
        probability_of_label: the probability it gave the true digit.
    """

    index: Count
    label: Count
    answer: Count
    confidence: Part
    probability_of_label: Part


@dataclass(frozen=True)
class Metrics(Accuracy):
    """Every figure that follows from a network's probabilities on the test images.

    Attributes:
        num_errors: how many images were read wrong.
        negative_log_likelihood: mean over the images, in nats.
        brier_score: mean squared distance of the probabilities from the truth, 0 to 2.
        expected_calibration_error: mean gap between confidence and accuracy, 0 to 1.
        classes: a row for each digit.
        confusion: counts (10, 10); rows are true digits, columns answers.
        worst_errors: at most 25, those with the least probable label first.
        parts: on MNIST's test images the accuracy on the digits of `students` (0-4999) and of
            `employees` (5000-9999), and `without_label_errors`; None on other data.
    """

    num_errors: Count
    negative_log_likelihood: Finite
    brier_score: Finite
    expected_calibration_error: Finite
    classes: Annotated[tuple[DigitFigures, ...], Ten]
    confusion: Annotated[tuple[Annotated[tuple[Count, ...], Ten], ...], Ten]
    worst_errors: tuple[WrongAnswer, ...]
    parts: dict[str, Accuracy] | None = None

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values, as metrics.json holds them; `parts` only where there are any."""
        values: dict[str, Any] = to_jsonable_python(self)
        if self.parts is None:
            del values["parts"]
        return values
