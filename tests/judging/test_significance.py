import numpy as np
import pytest
from scipy import stats
from scipy.optimize import brentq, minimize_scalar
from statsmodels.stats.contingency_tables import mcnemar as reference

from digitscope.judging.significance import against_first, bootstrap, mcnemar, recipes

SIMULATIONS = 2000


def pair(both, gained, lost, neither):
    """Two models by the number of images that both, only the second, only the first read right."""
    first = np.repeat([True, False, True, False], [both, gained, lost, neither])
    second = np.repeat([True, True, False, False], [both, gained, lost, neither])
    return first, second


TABLES = [(9800, 60, 40, 100), (36, 12, 2, 0), (90, 0, 3, 7), (50, 5, 0, 0), (0, 4, 9, 0)]


@pytest.mark.parametrize("counts", TABLES)
def test_mcnemar_is_that_of_statsmodels(counts):
    both, gained, lost, neither = counts
    expected = reference([[both, lost], [gained, neither]], exact=False, correction=False)
    difference = mcnemar(*pair(*counts))
    assert difference.p == pytest.approx(expected.pvalue)
    assert difference.value == (gained - lost) / sum(counts)
    assert difference.is_significant == (expected.pvalue < 0.05)


@pytest.mark.parametrize("counts", TABLES)
def test_the_interval_ends_where_the_score_test_refuses(counts):
    """The likeliest table under a given difference found by search, not by Tango's formula."""
    _, gained, lost, _ = counts
    same, count = sum(counts) - gained - lost, sum(counts)
    difference = mcnemar(*pair(*counts))
    for bound in (difference.low, difference.high):

        def unlikelihood(part_lost, bound=bound):
            part_gained = part_lost + bound
            parts = np.maximum([1 - part_gained - part_lost, part_gained, part_lost], 1e-300)
            return -np.dot([same, gained, lost], np.log(parts))

        ends = (max(0, -bound), (1 - bound) / 2)
        part_lost = minimize_scalar(unlikelihood, bounds=ends, options={"xatol": 1e-12}).x
        deviation = np.sqrt(count * (2 * part_lost + bound - bound**2))
        assert abs(gained - lost - count * bound) / deviation == pytest.approx(1.96, abs=0.01)


def test_models_that_answer_alike_do_not_differ():
    model = np.arange(100) > 3
    difference = mcnemar(model, model)
    assert (difference.value, difference.p) == (0, 1)
    assert -0.05 < difference.low < 0 < difference.high < 0.05
    assert bootstrap(np.stack([model, model]))[0].p == 1
    same = recipes(np.stack([model] * 3), np.stack([model] * 3))
    assert (same.low, same.high, same.p, same.more_seeds) == (0, 0, 1, None)


def test_no_interval_holds_what_can_not_be():
    right, wrong = np.ones(9, bool), np.zeros(9, bool)
    mixed = np.arange(9) > 0
    for first, *others in ([right, wrong, mixed], [mixed, right, wrong], [wrong, mixed, right]):
        for found in (bootstrap(np.stack([first, *others])), [mcnemar(first, others[0])]):
            assert all(-1 <= one.low <= one.value <= one.high <= 1 for one in found)


def coverage(intervals, truth):
    return np.mean([difference.low <= truth <= difference.high for difference in intervals])


def test_intervals_of_two_models_cover_95_percent():
    rng = np.random.default_rng(0)
    tables = rng.multinomial(10_000, [0.985, 0.004, 0.002, 0.009], SIMULATIONS)
    assert 0.93 <= coverage([mcnemar(*pair(*table)) for table in tables], 0.002) <= 0.97


def test_intervals_of_several_models_cover_together_and_agree_with_mcnemar(monkeypatch):
    monkeypatch.setattr("digitscope.judging.significance.DRAWS", 1000)
    rng = np.random.default_rng(0)
    hard = rng.random((300, 4, 2000)) < 0.9  # four equal models, on images read right by chance
    found = [bootstrap(models) for models in hard]
    assert np.mean([any(d.is_significant for d in three) for three in found]) < 0.09
    two = [(bootstrap(models[:2])[0], mcnemar(*models[:2])) for models in hard[:50]]
    for ours, exact in two:
        assert ours.low == pytest.approx(exact.low, abs=0.003)
        assert ours.p == pytest.approx(exact.p, abs=0.06)


def largest_of(correlation, limit):
    """The chance that the largest of normal variables, which go together so, is within `limit`."""
    normal = stats.multivariate_normal(np.zeros(len(correlation)), correlation)
    ends = np.full(len(correlation), limit)
    return normal.cdf(ends, lower_limit=-ends, rng=np.random.default_rng(0))


@pytest.mark.parametrize("count", [2, 3, 6])
def test_joint_intervals_are_as_wide_as_the_normal_distribution_says(count):
    """All of SciPy: the limit that the largest of the standardised differences keeps in 95 %."""
    rng = np.random.default_rng(count)
    models = rng.random((count, 8000)) < 0.9
    gaps = models[1:].astype(float) - models[0]
    spread = gaps.std(1) / np.sqrt(8000)
    correlation = np.atleast_2d(np.corrcoef(gaps))
    limit = brentq(lambda x: largest_of(correlation, x) - 0.95, 1.5, 4, xtol=1e-3)
    assert limit == pytest.approx({2: 1.96, 3: 2.21, 6: 2.51}[count], abs=0.02)
    for ours, value, deviation in zip(bootstrap(models), gaps.mean(1), spread, strict=True):
        assert ours.value == pytest.approx(value)
        assert ours.high - ours.value == pytest.approx(limit * deviation, rel=0.03)
        assert ours.value - ours.low == pytest.approx(limit * deviation, rel=0.03)
        p = 1 - largest_of(correlation, abs(value) / deviation)
        assert ours.p == pytest.approx(p, abs=0.015)
    assert bootstrap(models) == bootstrap(models)


def seeds(chances, k, rng, spread=0.0):
    """k networks of a recipe that reads each image right with some chance, seeds being unlike."""
    shift = rng.normal(0, spread, (k, 1))
    return rng.random((k, len(chances))) < np.where(chances < 1, chances + shift, 1)


# Seeds differ by 0.1 points: by luck on 400 images, or because some seeds are better throughout.
EQUAL = {
    "luck": (np.repeat([1.0, 0.5], [9600, 400]), 0),
    "skill": (np.repeat([1, 0.9], [9600, 400]), 0.02),
}


@pytest.mark.parametrize("kind", EQUAL)
@pytest.mark.parametrize("k", [3, 5, 10])
def test_equal_recipes_raise_a_false_alarm_in_5_percent(kind, k):
    rng = np.random.default_rng(k)
    chances, spread = EQUAL[kind]
    assert seeds(chances, 500, rng, spread).mean(1).std() == pytest.approx(0.001, rel=0.15)
    alarms = [
        recipes(*(seeds(chances, k, rng, spread) for _ in "AB")).is_significant
        for _ in range(SIMULATIONS)
    ]
    assert 0.03 <= np.mean(alarms) <= 0.07


@pytest.mark.parametrize("paired", [False, True])
def test_intervals_of_recipes_cover_95_percent_of_other_images_too(paired):
    rng = np.random.default_rng(0)
    kinds = np.array([[1, 1], [0.3, 0.8], [0.8, 0.5], [0.5, 0.5]])  # chance in either recipe
    parts = [0.96, 0.02, 0.01, 0.01]
    truth = np.dot(parts, kinds[:, 1] - kinds[:, 0])
    intervals = []
    for _ in range(SIMULATIONS):
        first, second = kinds[rng.choice(4, 3000, p=parts)].T
        intervals.append(recipes(seeds(first, 4, rng), seeds(second, 4, rng), paired))
    assert 0.93 <= coverage(intervals, truth) <= 0.97


def apart(errors, first=0):
    """Seeds with so many errors each, on images of their own, so that only seeds vary."""
    rows = np.ones((len(errors), 2000), bool)
    for row, count in zip(rows, errors, strict=True):
        row[first : first + count] = False
        first += count
    return rows


FEWER, MORE, MOST = [30, 34, 29], [38, 33, 41, 39], [31, 52, 40]


@pytest.mark.parametrize("comparisons", [1, 2, 5])
def test_several_comparisons_are_bonferronis_of_the_t_test(comparisons):
    """Of SciPy, Welch's and of pairs."""
    level = 1 - 0.05 / comparisons
    for errors, paired in ((MORE, False), (MOST, False), (MOST, True)):
        first, second = apart(FEWER), apart(errors, 200)
        ours = recipes(first, second, paired, comparisons)
        test = stats.ttest_rel if paired else stats.ttest_ind
        more = {} if paired else {"equal_var": False}
        welch = test(second.mean(1), first.mean(1), **more)
        interval = welch.confidence_interval(level)
        assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high))
        assert ours.p == pytest.approx(min(1, comparisons * welch.pvalue))


def test_several_recipes_are_compared_together():
    groups = [apart(FEWER), apart(MORE, 200), apart(MOST, 400)]
    of, found = against_first(groups)
    assert of == "recipes"
    for ours, rows in zip(found, groups[1:], strict=True):
        welch = stats.ttest_ind(rows.mean(1), groups[0].mean(1), equal_var=False)
        interval = welch.confidence_interval(1 - 0.05 / 2)
        assert (ours.low, ours.high) == pytest.approx((interval.low, interval.high))
        assert ours.p == pytest.approx(min(1, 2 * welch.pvalue))


def test_several_equal_recipes_raise_a_false_alarm_in_at_most_5_percent():
    rng = np.random.default_rng(0)
    chances = np.repeat([1.0, 0.5], [2850, 150])
    alarms = [
        any(
            one.is_significant for one in against_first([seeds(chances, 4, rng) for _ in "ABCD"])[1]
        )
        for _ in range(SIMULATIONS // 2)
    ]
    assert 0.01 <= np.mean(alarms) <= 0.065


def test_one_seed_of_any_makes_models_of_all():
    model, group = apart([9]), apart(FEWER)
    of, found = against_first([model, group])
    assert (of, found) == ("models", [mcnemar(model[0], group[0])])
    of, found = against_first([group, model, group])
    assert (of, found) == ("models", bootstrap(np.stack([group[0], model[0], group[0]])))


@pytest.mark.parametrize("paired", [False, True])
@pytest.mark.parametrize("k", range(2, 8))
@pytest.mark.parametrize("n", [30, 49])
def test_what_never_varies_proves_nothing(k, n, paired):
    right, worse = np.ones((2, k, n), bool)
    worse[range(k), range(k)] = False  # each seed errs once, on an image of its own
    ours = recipes(right, worse, paired)
    assert not ours.is_significant
    assert (ours.low, ours.high, ours.p) == (-1, 1, 1)
    assert (ours.too_few_seeds, ours.more_seeds) == (True, None)


def test_seeds_are_too_few_where_not_knowing_their_spread_makes_most_of_the_interval():
    """With Welch's degrees of freedom, and a normal interval, both by SciPy."""
    rng = np.random.default_rng(0)
    said = []
    for k in [2, 3, 4] * 40:
        # Every image alike, so that only seeds vary.
        first, second = (rng.random((k, 1000)) < rng.normal(0.5, 0.05, (k, 1)) for _ in "AB")
        ours = recipes(first, second)
        means = first.mean(1), second.mean(1)
        test = stats.ttest_ind(*reversed(means), equal_var=False)
        normal = 1.96 * np.sqrt(sum(mean.var(ddof=1) / k for mean in means))
        low, high = test.confidence_interval()
        ratio = (high - low) / 2 / normal
        if abs(ratio - 2) > 0.1:  # beside it, the images count a little too
            assert ours.too_few_seeds == (ratio > 2)
            said.append((k, ours.too_few_seeds))
        assert -1 <= ours.low <= ours.value <= ours.high <= 1
    assert {few for k, few in said if k == 2} == {True}
    assert np.mean([few for k, few in said if k == 4]) < 0.2


def test_pairs_that_go_together_count_together():
    rng = np.random.default_rng(0)
    chances = np.repeat([1.0, 0.5], [2700, 300])
    alarms = []
    for _ in range(SIMULATIONS):
        first = seeds(chances, 5, rng)
        flip = rng.random(first.shape) < 0.3
        second = np.where(flip, seeds(chances, 5, rng), first)  # mostly the same answers
        alarms.append(recipes(first, second, paired=True).is_significant)
    assert 0.03 <= np.mean(alarms) <= 0.07


def test_on_the_same_images_the_interval_is_welchs():
    rng = np.random.default_rng(0)
    first, second = (rng.random((k, 4000)) < 0.5 for k in (4, 7))
    ours = recipes(first, second)
    welch = stats.ttest_ind(second.mean(1), first.mean(1), equal_var=False).confidence_interval()
    assert (ours.low, ours.high) == pytest.approx(welch, rel=0.15)  # plus what other images do


def test_the_seeds_still_needed_are_those_of_the_t_test():
    rng = np.random.default_rng(0)
    chances, better = (np.repeat([1.0, chance], [9600, 400]) for chance in (0.5, 0.52))
    few = seeds(chances, 3, rng), seeds(better, 3, rng)
    difference = recipes(*few)
    variance = sum(accuracies.mean(1).var(ddof=1) for accuracies in few)
    enough = next(
        k
        for k in range(3, 1000)
        if stats.t.ppf(0.975, 2 * k - 2) * np.sqrt(variance / k) < abs(difference.value)
    )
    assert not difference.is_significant
    assert enough <= 3 + difference.more_seeds <= 1.5 * enough  # other images ask for a few more
