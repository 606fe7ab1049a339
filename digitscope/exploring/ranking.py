"""ranking: what an exploration has found: its settings, best first, and what helps."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial
from pydantic_core import to_jsonable_python

from digitscope.exploring.space import Settings, Value, key_of
from digitscope.exploring.study import Counts, Study
from digitscope.judging.compare import ABOUT_MODELS, which_right
from digitscope.judging.evaluate import evaluate
from digitscope.judging.significance import Difference, against_first
from digitscope.runs.run import Run

Key = tuple[tuple[str, Value], ...]  # settings, as `key_of` gives them
Pairs = Sequence[tuple[FrozenTrial, Run]]  # one setting's trials and their runs, by seed


@dataclass(frozen=True)
class Row:
    """A setting in a ranking; accuracies are parts of 1.

    Attributes:
        settings: name -> value, of those that vary; a list is its text, `6,16`.
        seeds: it was trained with.
        runs: the names of these trainings.
        val_accuracy: on the validation images, which ranks the rows; mean over the seeds.
        accuracy: on the test images; mean over the seeds.
        spread: the standard deviation of the latter over the seeds; None for one seed.
        seconds: time of training; mean over the seeds.
        parameters: how many the network has.
        difference: on the test images, from the first setting of a grid, as `compare` finds it;
            None for that one, where seeds are still missing, and in a search.
        is_reference: whether it is that first setting.
    """

    settings: Settings
    seeds: tuple[int, ...]
    runs: tuple[str, ...]
    val_accuracy: float
    accuracy: float
    spread: float | None
    seconds: float
    parameters: int
    difference: Difference | None
    is_reference: bool


@dataclass(frozen=True)
class Ranking:
    """What an exploration has found.

    Attributes:
        question: its name.
        rows: a setting each, the best first.
        importances: setting -> its part in what varies in validation accuracy, the largest first;
            empty where trials are too few, or only one setting varies.
        trials: how many are done, pruned, failed and wanted.
        gone: trials whose run is no longer there; they are in no row.
        note: what the differences are about, where that needs saying.
    """

    question: str
    rows: tuple[Row, ...]
    importances: dict[str, float]
    trials: Counts
    gone: int
    note: str

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        values: dict[str, Any] = to_jsonable_python(self)
        return values


def ranking(study: Study, runs_dir: Path) -> Ranking:
    """What an exploration has found; each of its runs is judged on the test images if it was not.

    Raises:
        RunError: a run can't be read.
    """
    found = [(trial, run_of(trial, study, runs_dir)) for trial in study.finished()]
    groups = _groups([(trial, run) for trial, run in found if run])
    reference = key_of(study.points[0]) if study.points else None
    differences, note = _differences(groups, reference, study.question.seeds)
    rows = [_row(pairs, differences.get(key), key == reference) for key, pairs in groups.items()]
    return Ranking(
        question=study.question.name,
        rows=tuple(sorted(rows, key=lambda row: -row.val_accuracy)),
        importances=_importances(study),
        trials=study.counts(),
        gone=sum(run is None for _, run in found),
        note=note,
    )


def run_of(trial: FrozenTrial, study: Study, runs_dir: Path) -> Run | None:
    """The run of a trial that is done; None if it was deleted, or another has its name."""
    run = Run(runs_dir / trial.user_attrs["run"])
    wanted = study.question.config(trial.params, trial.user_attrs["seed"])
    return run if (run.path / "config.json").exists() and run.config == wanted else None


def _groups(pairs: Pairs) -> dict[Key, Pairs]:
    """Trials by their settings; a run that a search came by twice counts once."""
    groups: dict[Key, dict[str, tuple[FrozenTrial, Run]]] = {}
    for trial, run in pairs:
        groups.setdefault(key_of(trial.params), {})[run.name] = (trial, run)
    return {
        key: sorted(group.values(), key=lambda pair: pair[1].config.seed)
        for key, group in groups.items()
    }


def _row(pairs: Pairs, difference: Difference | None, is_reference: bool) -> Row:
    """A setting's line in the ranking."""
    trials, runs = zip(*pairs, strict=True)
    accuracies = [(run.metrics or evaluate(run)).accuracy for run in runs]
    return Row(
        settings=trials[0].params,
        seeds=tuple(trial.user_attrs["seed"] for trial in trials),
        runs=tuple(run.name for run in runs),
        val_accuracy=float(np.mean([trial.value for trial in trials])),
        accuracy=float(np.mean(accuracies)),
        spread=float(np.std(accuracies, ddof=1)) if len(runs) > 1 else None,
        seconds=float(np.mean([sum(row["seconds"] for row in run.history) for run in runs])),
        parameters=runs[0].config.num_parameters,
        difference=difference,
        is_reference=is_reference,
    )


def _differences(
    groups: dict[Key, Pairs], reference: Key | None, seeds: int
) -> tuple[dict[Key, Difference], str]:
    """Of each setting that has all seeds its difference from the reference, if that has them.

    And what the differences are about, where that needs saying.
    """
    others = {key: pairs for key, pairs in groups.items() if len(pairs) >= seeds}
    first = others.pop(reference, None) if reference else None
    if not first or not others:
        return {}, ""
    right = [
        np.stack([which_right(run) for _, run in pairs]) for pairs in (first, *others.values())
    ]
    of, found = against_first(right)
    return dict(zip(others, found, strict=True)), ABOUT_MODELS if of == "models" else ""


def _importances(study: Study) -> dict[str, float]:
    """By fANOVA (Hutter et al. 2014), the largest first; empty where trials are too few."""
    trials = study.finished()
    values = {trial.value for trial in trials}
    settings = {key_of(trial.params) for trial in trials}
    if len(study.question.space) < 2 or len(values) < 2 or len(settings) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return optuna.importance.get_param_importances(study.optuna, evaluator=evaluator)
