"""comparison: what `compare` finds, as an object, as JSON and as CSV.

Accuracies and their differences are parts of 1.
"""

import csv
import io
from dataclasses import asdict, dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from digitscope.judging.significance import Difference, Of, RecipeDifference
from digitscope.settings.config import value_text


@dataclass(frozen=True)
class Group:
    """A model, or all seeds of a recipe.

    Attributes:
        name: A, B, ...
        runs: their names.
        seeds: one for each run.
        settings: name -> value as in JSON, of those that differ between groups.
        accuracy: on the test images; mean over the seeds.
        interval: its 95 % interval.
        too_few_seeds: whether that is wide because so few seeds say little of how much they vary.
        num_errors: test images read wrong; mean over the seeds.
        seconds: time of training; mean over the seeds.
        parameters: how many the network has.
    """

    name: str
    runs: tuple[str, ...]
    seeds: tuple[int, ...]
    settings: dict[str, Any]
    accuracy: float
    interval: tuple[float, float]
    too_few_seeds: bool
    num_errors: float
    seconds: float
    parameters: int


@dataclass(frozen=True)
class GroupDifference(Difference):
    """A group's accuracy minus the first group's.

    Attributes:
        group: its name.
        verdict: the difference in words.
        more_seeds: of recipes, as RecipeDifference has it; None of models.
        too_few_seeds: of recipes, as RecipeDifference has it; None of models.
    """

    group: str
    verdict: str
    more_seeds: int | None = None
    too_few_seeds: bool | None = None

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values; what is about seeds only of recipes."""
        values = {"group": self.group, **asdict(self)}
        if self.too_few_seeds is None:
            del values["more_seeds"], values["too_few_seeds"]
        return values


@dataclass(frozen=True)
class Comparison:
    """Runs compared on the test images, each model or recipe with the first.

    Attributes:
        of: what the verdicts are about: models or recipes.
        groups: the models or recipes.
        differences: one for each group after the first.
        only_wrong: of two groups: name -> indices of the test images that only this one got wrong,
            of recipes in at least half of the seeds more than the other; the clearest first.
        note: what the verdicts are about, where that needs saying.
    """

    of: Of
    groups: tuple[Group, ...]
    differences: tuple[GroupDifference, ...]
    only_wrong: dict[str, tuple[int, ...]]
    note: str

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        values: dict[str, Any] = to_jsonable_python(self)
        return values | {"differences": [one.as_json() for one in self.differences]}

    def as_csv(self) -> str:
        """The same as CSV: a row for each group, with its difference from the first."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        figures = ["accuracy", "num_errors", "parameters", "seconds", "low", "high"]
        ends = ["difference", "difference_low", "difference_high", "p", "verdict"]
        writer.writerow(["group", "runs", *self.groups[0].settings, *figures, *ends])
        for group, difference in zip(self.groups, (None, *self.differences), strict=True):
            writer.writerow([*_cells(group), *(_ends(difference) if difference else [""] * 5)])
        return text.getvalue()


def _cells(group: Group) -> list[Any]:
    settings = map(value_text, group.settings.values())
    figures = (group.accuracy, group.num_errors, group.parameters, group.seconds, *group.interval)
    return [group.name, " ".join(group.runs), *settings, *figures]


def _ends(difference: GroupDifference) -> list[Any]:
    numbers = (difference.value, difference.low, difference.high, difference.p)
    return [*numbers, difference.verdict]


def against(first: str, group: str, difference: Difference) -> GroupDifference:
    """A group's difference from the first, with its verdict."""
    verdict = _verdict(difference, first, group)
    return GroupDifference(**asdict(difference), group=group, verdict=verdict)


def _verdict(difference: Difference, first: str, second: str) -> str:
    """A difference in words."""
    points = f"{100 * abs(difference.value):.2f} points"
    low, high = 100 * difference.low, 100 * difference.high
    if difference.is_significant:
        better, worse = (second, first) if difference.value > 0 else (first, second)
        low, high = (low, high) if difference.value > 0 else (-high, -low)
        return f"{better} is better than {worse} by {points} (95% interval {low:.2f} to {high:.2f})"
    text = f"{second} and {first}, {points}: "
    if isinstance(difference, RecipeDifference) and difference.too_few_seeds:
        return f"{text}too few seeds to say; {_what_would_settle_it(difference)}"
    text += f"within noise (95% interval {low:+.2f} to {high:+.2f})"
    if isinstance(difference, RecipeDifference):
        text += f"; {_what_would_settle_it(difference)}"
    return text


def _what_would_settle_it(difference: RecipeDifference) -> str:
    if difference.more_seeds is None:
        if difference.too_few_seeds:
            return "train more of each"
        return "more seeds would not settle it on these test images"
    more = difference.more_seeds
    return f"about {more} more seed{'s' * (more > 1)} of each would settle it"
