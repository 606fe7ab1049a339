"""significance: how far apart two models or two recipes are, and whether it is more than luck.

All figures come from which test images were read right: bool (n,) of a model, bool (k, n) of the k
seeds of a recipe. Accuracies and their differences are parts of 1.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtri, stdtr, stdtrit

LEVEL = 0.95
DRAWS = 10_000  # bootstrap samples
MOST_SEEDS = 1000  # nobody trains more for a verdict
ROUNDING = 1e-14  # less than that of a variance is none
TOO_WIDE = 2  # times as wide as if the spread of the seeds were known: it says nothing of recipes

Of = Literal["models", "recipes"]  # what a verdict is about


@dataclass(frozen=True)
class Difference:
    """The second's accuracy minus the first's.

    Attributes:
        value: the estimate.
        low, high: its 95 % interval.
        p: the probability of a difference at least as large, were there none.
    """

    value: float
    low: float
    high: float
    p: float

    @property
    def is_significant(self) -> bool:
        """Whether the interval leaves out 0."""
        return not self.low <= 0 <= self.high


@dataclass(frozen=True)
class RecipeDifference(Difference):
    """How two recipes differ, on images like these and over all seeds.

    Attributes:
        more_seeds: how many more of each would show a difference of this size, if the spreads stay
            as they are; None if not even 1000, or if nothing varied that could be a spread.
        too_few_seeds: whether the interval is as wide as it is because so few seeds say little of
            how much seeds vary: more than twice as wide as if that were known.
    """

    more_seeds: int | None
    too_few_seeds: bool


def against_first(groups: Sequence[np.ndarray]) -> tuple[Of, list[Difference]]:
    """How far each group is from the first, and whether that is about recipes or about models.

    Several seeds of every group stand for recipes: t-intervals with the spread between seeds in
    them. Else each group's first row stands for itself alone: McNemar's test of two models, a
    paired bootstrap of more. Where there are several differences, the intervals hold together.

    Args:
        groups: two or more, each bool (k, n): which of the n images each of its k seeds' networks
            read right.
    """
    if all(len(rows) > 1 for rows in groups):
        first, *others = groups
        return "recipes", [recipes(first, rows, comparisons=len(others)) for rows in others]
    models = np.stack([rows[0] for rows in groups])
    return "models", [mcnemar(*models)] if len(models) == 2 else bootstrap(models)


def mcnemar(first: np.ndarray, second: np.ndarray) -> Difference:
    """Two models on the same images: McNemar's test, and the interval that belongs to it.

    The interval holds the differences that the score test does not refuse: Tango 1998,
    "Equivalence test and confidence interval for the difference in proportions for the
    paired-sample design". At a difference of 0 that test is McNemar's, without a correction.

    Args:
        first: bool (n,), whether each image was read right.
        second: the other model's.
    """
    count = len(first)
    gained, lost = int((second & ~first).sum()), int((first & ~second).sum())
    critical = float(ndtri((1 + LEVEL) / 2))

    def score(difference: float) -> float:
        return _tango_score(gained, lost, count, difference)

    value = (gained - lost) / count
    low = brentq(lambda d: score(d) - critical, -1, value) if score(-1) > critical else -1.0
    high = brentq(lambda d: score(d) + critical, value, 1) if score(1) < -critical else 1.0
    p = math.erfc(abs(score(0)) / math.sqrt(2))
    return Difference(value, low, high, p)


def _tango_score(gained: int, lost: int, count: int, difference: float) -> float:
    """Standard score of the counts, were `difference` the true one."""
    linear = (2 * count - gained + lost) * difference - gained - lost
    root = math.sqrt(max(0.0, linear**2 + 8 * count * lost * difference * (1 - difference)))
    lost_part = (root - linear) / (4 * count)  # the likeliest under that difference
    variance = count * (2 * lost_part + difference * (1 - difference))
    surplus = gained - lost - count * difference
    if variance > 0:
        return surplus / math.sqrt(variance)
    return math.copysign(math.inf, surplus) if surplus else 0.0


def bootstrap(models: np.ndarray, seed: int = 0) -> list[Difference]:
    """Several models on the same images, each against the first: a paired bootstrap of the images.

    The intervals hold together with 95 %, and so do the values of p: the limit is that of the
    largest standardised error of a sample, so more comparisons bring no more false alarms.

    Args:
        models: bool (m, n), which images each of the models read right.
        seed: of the samples.
    """
    patterns, counts = np.unique(models, axis=1, return_counts=True)  # all that a sample counts
    gaps = patterns[1:].astype(float) - patterns[0]
    total = counts.sum()
    values = gaps @ counts / total
    samples = np.random.default_rng(seed).multinomial(total, counts / total, DRAWS) @ gaps.T / total
    spread = np.maximum(samples.std(0), 1e-12)
    largest = np.abs((samples - values) / spread).max(1)
    half = np.quantile(largest, LEVEL) * spread
    as_large = (largest[:, None] >= np.abs(values) / spread - 1e-9).sum(0)
    ps = (1 + as_large) / (1 + DRAWS)
    ends = np.clip([values - half, values + half], -1, 1)
    return [Difference(*map(float, row)) for row in zip(values, *ends, ps, strict=True)]


def recipes(
    first: np.ndarray, second: np.ndarray, paired: bool = False, comparisons: int = 1
) -> RecipeDifference:
    """Two recipes, several seeds of each on the same images: a t-interval of their difference.

    Its variance has two parts: what seeds do, and what other images would do. A network of either
    recipe reads an image right with some probability of its own; where these differ between the
    recipes, other images would have given another difference. Both parts are estimated without
    bias, and the degrees of freedom are Satterthwaite's (1946).

    Args:
        first: bool (k, n), k at least 2: which images each seed's network read right.
        second: the other recipe's; it may have another number of seeds.
        paired: the rows of both have the same seeds in the same order (and so, say, the same
            training images): the spread is that of their differences.
        comparisons: how many such verdicts are given together: Bonferroni keeps the chance of
            any false alarm at 5 %.
    """
    value = float(second.mean() - first.mean())
    right = [first.sum(1), second.sum(1)]  # counts: of equal ones the variance is exactly 0
    counts = [right[1] - right[0]] if paired else right
    spreads = [(float(c.var(ddof=1)) / first.shape[1] ** 2, len(c)) for c in counts]
    images = _image_variance(first, second, paired)
    quantile = 1 - (1 - LEVEL) / comparisons / 2

    def error(extra: int) -> tuple[float, float]:
        """Standard error and degrees of freedom, had each recipe `extra` more seeds."""
        parts = [(v / (k + extra), k + extra - 1) for v, k in spreads]
        parts.append((images, first.shape[1] - 1))
        variance = sum(part for part, _ in parts)
        if not variance:
            return 0.0, 1.0
        return math.sqrt(variance), variance**2 / sum(v**2 / freedom for v, freedom in parts)

    def half(extra: int = 0) -> float:
        deviation, freedom = error(extra)
        if not deviation and value:
            return math.inf  # nothing varied, so nothing is known of how it could
        return deviation * float(stdtrit(freedom, quantile))

    deviation, freedom = error(0)
    tail = float(stdtr(freedom, -abs(value) / deviation)) if deviation else 0.5
    enough = (extra for extra in range(MOST_SEEDS) if half(extra) < abs(value))
    low, high = max(-1.0, value - half()), min(1.0, value + half())
    known = deviation or not value
    too_few = not known or bool(stdtrit(freedom, quantile) > TOO_WIDE * ndtri(quantile))
    p = min(1.0, 2 * tail * comparisons)
    return RecipeDifference(value, low, high, p, next(enough, None), too_few)


def _image_variance(first: np.ndarray, second: np.ndarray, paired: bool) -> float:
    """Variance of the mean difference that comes from the choice of the images; at least 0."""
    gaps = second.mean(0) - first.mean(0)
    parts = [second.astype(float) - first] if paired else [first, second]
    of_seeds = sum(part.var(0, ddof=1).mean() / len(part) for part in parts)
    surplus = float(gaps.var(ddof=1) - of_seeds)
    return surplus / len(gaps) if surplus > ROUNDING else 0.0
