"""explore: many settings, several seeds -> ordinary runs -> a ranked table of what helps.

Validation accuracy decides; the test images are used once, for the table at the end. Only this
process writes to the study and to the folder of the runs, wherever the trainings are done.
"""

import io
import json
import math
import shutil
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.trial import FrozenTrial, Trial

from digitscope import significance
from digitscope.compare import which_right
from digitscope.config import Config, ConfigError
from digitscope.display import settings_text
from digitscope.evaluate import evaluate
from digitscope.files import write_atomically
from digitscope.layers import plan
from digitscope.runs import Run, find_run, list_runs, place_run
from digitscope.significance import Difference
from digitscope.space import Settings
from digitscope.study import Question, Study, open_study
from digitscope.workers import Done, Failed, Report, Workers

TRIAL = "trial.json"  # in a run folder: the study it belongs to
ARRIVING = ".explore-"  # a folder in which a run arrives


class Explorer:
    """An exploration under way.

    Args:
        study: what is done and what is to do.
        workers: who trains.
        runs_dir: the folder of the run folders.
        listen: called with the study whenever a trial is done.
    """

    def __init__(
        self, study: Study, workers: Workers, runs_dir: Path, listen: Callable[[Study], None]
    ):
        self.study, self.workers, self.runs_dir, self.listen = study, workers, runs_dir, listen
        self.trials: dict[int, tuple[Trial, Config]] = {}
        self.stopped: set[int] = set()
        self.found = self._unclaimed()

    def run(self, until: float) -> None:
        """Do all trials; begin none after `until`, in seconds of `time.monotonic`."""
        while True:
            while self.workers.free > 0 and time.monotonic() < until and self._begin():
                pass
            if not self.trials:
                return
            for event in self.workers.events():
                self._hear(event)

    def _begin(self) -> bool:
        """Begin a trial, or find it done; False if none is left."""
        begun = self.study.next()
        if begun is None:
            return False
        trial, config = begun
        self.trials[trial.number] = begun
        if run := self.found.pop(config.model_dump_json(), None):
            self._finish(trial.number, run)
        else:
            self.workers.begin(trial.number, config)
        return True

    def _hear(self, event: Report | Done | Failed) -> None:
        trial, _ = self.trials[event.key]
        if isinstance(event, Done):
            self._finish(event.key, self._keep(event.key, event.archive))
        elif isinstance(event, Failed):
            self.study.fail(trial, event.message)
            del self.trials[event.key]
            self.listen(self.study)
        elif self.study.question.trials is not None:
            trial.report(event.row["val_accuracy"], int(event.row["epoch"]))
            if trial.should_prune():
                self.stopped.add(event.key)
                self.workers.stop(event.key)

    def _keep(self, number: int, archive: bytes) -> Run:
        """Put a run folder that a worker has sent among the others."""
        with tempfile.TemporaryDirectory(dir=self.runs_dir, prefix=ARRIVING) as folder:
            with tarfile.open(fileobj=io.BytesIO(archive)) as file:
                file.extractall(folder, filter="data")
            (made,) = Path(folder).iterdir()
            run, (_, config) = Run(made), self.trials[number]
            if number in self.stopped and len(run.history) < config.epochs:
                run.set_status("interrupted", "stopped early: worse than half of the others")
            write_atomically(made / TRIAL, json.dumps({"study": str(self.study.question)}))
            return place_run(made, self.runs_dir)

    def _finish(self, number: int, run: Run) -> None:
        trial, _ = self.trials.pop(number)
        accuracy = run.history[run.kept_epoch - 1]["val_accuracy"]
        self.study.finish(trial, run.name, accuracy, pruned=run.status["state"] != "finished")
        self.listen(self.study)

    def _unclaimed(self) -> dict[str, Run]:
        """Runs of this study whose trial is not done: config -> run.

        The process was killed after it had put the run in its place.
        """
        claimed = {trial.user_attrs.get("run") for trial in self.study.decided()}
        runs = [run for run in list_runs(self.runs_dir) if run.name not in claimed]
        return {run.config.model_dump_json(): run for run in runs if self._owns(run)}

    def _owns(self, run: Run) -> bool:
        try:
            belongs = json.loads((run.path / TRIAL).read_text("utf-8"))
        except FileNotFoundError:
            return False
        return belongs["study"] == str(self.study.question)


def explore(
    question: Question,
    runs_dir: str | Path = "runs",
    study: str | Path | None = None,
    workers: int | None = None,
    address: str | None = None,
    minutes: float = math.inf,
    listen: Callable[[Study], None] = lambda study: None,
) -> dict[str, Any]:
    """Train every setting in question with every seed, or search, and say what helps.

    Asked again after any interruption, it goes on: nothing is lost and nothing done twice.

    Args:
        question: what is to be found out.
        runs_dir: where the runs go; each trial is one.
        study: the study's file; without it `explore.db` in `runs_dir`. It may hold many studies.
        workers: trainings at once; without it one here, on a cluster as many as it has room for.
        address: HOST:PORT of a Ray cluster; without it the trainings are done on this machine.
        minutes: begin no trial after so many.
        listen: called with the study whenever a trial is done.

    Returns:
        As `ranking` gives it.

    Raises:
        ConfigError: the question can't be asked.
        StudyError, WorkersError: the study's file or the workers can't be used.
    """
    if not question.base.validation_fraction:
        raise ConfigError("validation_fraction is 0, and the validation images decide: use 0.1.")
    until = time.monotonic() + 60 * minutes
    runs_dir = Path(runs_dir)
    with open_study(Path(study or runs_dir / "explore.db"), question) as opened:
        for leftover in runs_dir.glob(f"{ARRIVING}*"):
            shutil.rmtree(leftover)
        if opened.is_done:
            return ranking(opened, runs_dir)
        crew = Workers(workers, address)
        try:
            Explorer(opened, crew, runs_dir, listen).run(until)
        finally:
            crew.close()
        return ranking(opened, runs_dir)


def ranking(study: Study, runs_dir: Path) -> dict[str, Any]:
    """What an exploration has found; each of its runs is judged on the test images if it was not.

    Returns:
        JSON values. `rows`, best first, one for each setting: `settings`, `seeds`, `runs`,
        `val_accuracy` (which ranks them) and `accuracy` on the test images, means over seeds and
        parts of 1, `spread` (the standard deviation of the latter, None for one seed), `seconds`,
        `parameters`; of a grid also `difference` from its first setting on the test images (as of
        `compare`, None for that one). `importances`: the part of each varied setting in what
        varies in validation accuracy. `trials`: how many are `done`, `pruned`, `failed`, `wanted`.
    """
    groups: dict[str, list[FrozenTrial]] = {}
    for trial in study.finished():
        groups.setdefault(settings_text(trial.params), []).append(trial)
    rows = [_row(trials, runs_dir) for trials in groups.values()]
    if study.points and rows:
        _add_differences(rows, study.points[0], runs_dir)
    rows.sort(key=lambda row: -row["val_accuracy"])
    return {
        "question": str(study.question),
        "rows": rows,
        "importances": _importances(study),
        "trials": study.counts(),
    }


def _row(trials: Sequence[FrozenTrial], runs_dir: Path) -> dict[str, Any]:
    """A setting's line in the ranking, from its seeds' trials."""
    runs = [find_run(trial.user_attrs["run"], runs_dir) for trial in trials]
    accuracies = [(run.metrics or evaluate(run))["accuracy"] for run in runs]
    return {
        "settings": trials[0].params,
        "seeds": [trial.user_attrs["seed"] for trial in trials],
        "runs": [run.name for run in runs],
        "val_accuracy": float(np.mean([trial.value for trial in trials])),
        "accuracy": float(np.mean(accuracies)),
        "spread": float(np.std(accuracies, ddof=1)) if len(runs) > 1 else None,
        "seconds": float(np.mean([sum(row["seconds"] for row in run.history) for run in runs])),
        "parameters": sum(layer.parameters for layer in plan(runs[0].config)),
    }


def _add_differences(rows: list[dict[str, Any]], first: Settings, runs_dir: Path) -> None:
    """To each row its difference from that of `first`, if that has been done."""
    right = {
        settings_text(row["settings"]): np.stack(
            [which_right(find_run(name, runs_dir)) for name in row["runs"]]
        )
        for row in rows
    }
    base = right.get(settings_text(first))
    for row in rows:
        rights = right[settings_text(row["settings"])]
        row["difference"] = None
        if base is not None and rights is not base:
            row["difference"] = asdict(_difference(base, rights, len(rows) - 1))


def _difference(base: np.ndarray, rights: np.ndarray, comparisons: int) -> Difference:
    """Of recipes where there are seeds, of models where not."""
    if min(len(base), len(rights)) > 1:
        return significance.recipes(base, rights, comparisons=comparisons)
    return significance.mcnemar(base[0], rights[0])


def _importances(study: Study) -> dict[str, float]:
    """By fANOVA (Hutter et al. 2014), the largest first; empty where trials are too few."""
    values = {trial.value for trial in study.finished()}
    if len(study.question.space) < 2 or len(values) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return optuna.importance.get_param_importances(study.optuna, evaluator=evaluator)
