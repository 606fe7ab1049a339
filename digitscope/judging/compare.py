"""compare: runs -> which of them reads better, by how much, and whether that is more than luck."""

import string
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from digitscope.errors import RunError
from digitscope.judging import significance
from digitscope.judging.comparison import Comparison, Group, against
from digitscope.judging.evaluate import accuracy, evaluate
from digitscope.runs.folder import as_run
from digitscope.runs.records import read_predictions
from digitscope.runs.run import Run
from digitscope.settings.config import Config

NOT_OF_A_RECIPE = ("seed", "recipe", "version")  # settings that don't make it another recipe
ABOUT_MODELS = (
    "This is about these models, one run of each. For the recipes, train several seeds of each "
    "and compare them all."
)


def compare(runs: Sequence[Run | str]) -> Comparison:
    """Compare runs on the test images of the data they share, each with the first.

    Runs with the same settings but for the seed are one recipe. With several seeds of every recipe
    the verdicts are about recipes, otherwise every run is a model of its own; how they are found,
    `significance.against_first` says. Where there are several, the intervals hold together.

    Args:
        runs: two or more, as Run or what `find_run` takes. One not judged yet is evaluated first.

    Raises:
        RunError: fewer than two runs, one twice, different data, or a run can't be read.
    """
    found = [as_run(run) for run in runs]
    _check(found)
    groups = _groups(found)
    judged = {run.path: which_right(run) for run in found}
    for run in found:
        if len(judged[run.path]) != len(judged[found[0].path]):
            raise RunError(
                f"{run.path} and {found[0].path} are judged on different numbers of test images: "
                "`digitscope evaluate` judges each anew."
            )
    right = [np.stack([judged[run.path] for run in group]) for group in groups]
    of, differences = significance.against_first(right)
    names = _names(len(groups))
    settings = _differing([group[0].config for group in groups], of)
    return Comparison(
        of=of,
        groups=tuple(map(_group, names, settings, groups, right)),
        differences=tuple(
            against(names[0], name, difference)
            for name, difference in zip(names[1:], differences, strict=True)
        ),
        only_wrong=_only_wrong(names, right) if len(groups) == 2 else {},
        note=ABOUT_MODELS if of == "models" else "",
    )


def _check(runs: Sequence[Run]) -> None:
    if len(runs) < 2:
        raise RunError("Comparing takes at least two runs: name another.")
    if len({run.path.resolve() for run in runs}) < len(runs):
        raise RunError("A run is named twice: name each once.")
    for run in runs[1:]:
        if run.environment.data_sha256 != runs[0].environment.data_sha256:
            raise RunError(
                f"{run.path} and {runs[0].path} are on different data "
                f"({run.config.data}, {runs[0].config.data}): compare runs on the same."
            )


def _groups(runs: Sequence[Run]) -> list[list[Run]]:
    """The runs of each recipe, if there are several of every one, else each run alone."""
    recipes: dict[str, list[Run]] = {}
    for run in runs:
        recipes.setdefault(run.config.model_dump_json(exclude=set(NOT_OF_A_RECIPE)), []).append(run)
    groups = [sorted(group, key=lambda run: run.config.seed) for group in recipes.values()]
    if len(groups) < 2 or any(len(group) < 2 for group in groups):
        return [[run] for run in runs]
    for run in runs:
        if run.status.state != "finished":
            raise RunError(f"{run.path} is not finished, so it stands for no recipe: leave it out.")
    for group in groups:
        for run, other in pairwise(group):
            if run.config.seed == other.config.seed:
                raise RunError(
                    f"{run.path} and {other.path} are one training done twice: leave one out."
                )
    return groups


def _names(count: int) -> list[str]:
    """A, B, ... Z, A1, B1, ..."""
    letters = string.ascii_uppercase
    return [letters[i % 26] + (str(i // 26) if i >= 26 else "") for i in range(count)]


def which_right(run: Run) -> np.ndarray:
    """Which test images the run's network read right, bool (n,)."""
    if not run.predictions.exists():
        evaluate(run)
    probabilities, labels = read_predictions(run.predictions)
    right: np.ndarray = probabilities.argmax(1) == labels
    return right


def _differing(configs: Sequence[Config], of: str) -> list[dict[str, Any]]:
    """The settings that are not the same in all configs, of each."""
    values = [config.model_dump() for config in configs]
    hidden = NOT_OF_A_RECIPE if of == "recipes" else ()
    names = [
        name
        for name in values[0]
        if name not in hidden and any(other[name] != values[0][name] for other in values)
    ]
    return [{name: value[name] for name in names} for value in values]


def _group(name: str, settings: dict[str, Any], runs: Sequence[Run], right: np.ndarray) -> Group:
    """A model or a recipe, from its runs, in the order of their seeds, and what each read right."""
    too_few_seeds = False
    if len(runs) == 1:
        interval = accuracy(right[0]).interval
    else:
        alone = significance.recipes(np.zeros_like(right), right)  # than reading nothing right
        interval, too_few_seeds = (max(0.0, alone.low), alone.high), alone.too_few_seeds
    return Group(
        name=name,
        runs=tuple(run.name for run in runs),
        seeds=tuple(run.config.seed for run in runs),
        settings=settings,
        accuracy=float(right.mean()),
        interval=interval,
        too_few_seeds=too_few_seeds,
        num_errors=float((~right).sum(1).mean()),
        seconds=float(np.mean([sum(row["seconds"] for row in run.history) for run in runs])),
        parameters=runs[0].config.num_parameters,
    )


def _only_wrong(names: Sequence[str], right: Sequence[np.ndarray]) -> dict[str, tuple[int, ...]]:
    """Of each of two groups the images that it alone got wrong, the clearest first."""
    first, second = (rows.mean(0) for rows in right)
    found = {}
    for name, gaps in zip(names, (second - first, first - second), strict=True):
        order = np.argsort(-gaps, kind="stable")
        found[name] = tuple(order[gaps[order] >= 0.5].tolist())
    return found
