"""explore: many settings, several seeds -> ordinary runs -> a ranked table of what helps.

Validation accuracy decides; the test images are used once, for the table at the end. Only this
process writes to the study and to the folder of the runs, wherever the trainings are done.
"""

import hashlib
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

from digitscope.data.dataset import load_dataset
from digitscope.errors import ConfigError
from digitscope.exploring.space import key_of
from digitscope.exploring.study import Question, Study, open_study
from digitscope.exploring.workers import Done, Failed, Report, Workers
from digitscope.judging.compare import ABOUT_MODELS, which_right
from digitscope.judging.evaluate import evaluate
from digitscope.judging.significance import against_first
from digitscope.runs.files import make_folder, sync_tree, write_atomically, writing
from digitscope.runs.folder import list_runs, place_run
from digitscope.runs.run import Run
from digitscope.settings.config import Config

TRIAL = "trial.json"  # in a run folder: the study it belongs to


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
        # In folders of this study's, which nobody else clears.
        self.arriving = f".arriving-{hashlib.sha256(str(study.path).encode()).hexdigest()[:8]}-"
        for leftover in runs_dir.glob(f"{self.arriving}*"):
            shutil.rmtree(leftover)
        self.known = self._done() | self._unclaimed()

    def run(self, until: float) -> None:
        """Do all trials; begin none after `until`, in seconds of `time.monotonic`."""
        while True:
            while self.workers.free > 0 and time.monotonic() < until and self._begin():
                pass
            if not self.trials:
                return
            for event in self.workers.events():
                if event.key in self.trials:  # or it comes late, from a machine that was cut off
                    self._hear(event)

    def _begin(self) -> bool:
        """Begin a trial, or find it done; False if none is left."""
        begun = self.study.next()
        if begun is None:
            return False
        trial, config = begun
        self.trials[trial.number] = begun
        if run := self.known.get(config.model_dump_json()):
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
        place = self.runs_dir
        with writing(place), tempfile.TemporaryDirectory(dir=place, prefix=self.arriving) as folder:
            with tarfile.open(fileobj=io.BytesIO(archive)) as file:
                file.extractall(folder, filter="data")
            (made,) = Path(folder).iterdir()
            run, (_, config) = Run(made), self.trials[number]
            if number in self.stopped and len(run.history) < config.epochs:
                run.set_status("interrupted", "stopped early: worse than half of the others")
            write_atomically(made / TRIAL, json.dumps({"study": self.study.question.name}))
            sync_tree(made)
            return place_run(made, self.runs_dir)

    def _finish(self, number: int, run: Run) -> None:
        trial, config = self.trials.pop(number)
        self.known[config.model_dump_json()] = run
        accuracy = run.history[run.kept_epoch - 1]["val_accuracy"]
        self.study.finish(trial, run.name, accuracy, pruned=run.status.state != "finished")
        self.listen(self.study)

    def _done(self) -> dict[str, Run]:
        """The runs of the trials that are done, config -> run: a search may come by one again."""
        runs = [run_of(trial, self.study, self.runs_dir) for trial in self.study.finished()]
        return {run.config.model_dump_json(): run for run in runs if run}

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
        return belongs["study"] == self.study.question.name


def explore(
    question: Question,
    runs_dir: str | Path = "runs",
    study: str | Path | None = None,
    workers: int | None = None,
    address: str | None = None,
    minutes: float | None = None,
    listen: Callable[[Study], None] = lambda study: None,
) -> dict[str, Any]:
    """Train every setting in question with every seed, or search, and say what helps.

    Asked again after any interruption, it goes on: nothing is lost and nothing done twice.

    Args:
        question: what is to be found out.
        runs_dir: where the runs go; each trial is one.
        study: the study's file; without it `explore.db` in `runs_dir`. It may hold many studies.
        workers: trainings at once; without it one here, on a cluster as many as it has room for.
            Each has its part of this machine's cores, on a cluster one core.
        address: HOST:PORT of a Ray cluster; without it the trainings are done on this machine.
        minutes: begin no trial after so many; None: there is time.
        listen: called with the study whenever a trial is done.

    Returns:
        As `ranking` gives it.

    Raises:
        ConfigError, DataError: the question can't be asked.
        StudyError, WorkersError: the study's file or the workers can't be used.
        RunError: a run of the study can't be read.
    """
    load_dataset(question.base.data)
    if not question.base.validation_fraction:
        raise ConfigError("validation_fraction is 0, and the validation images decide: use 0.1.")
    until = math.inf if minutes is None else time.monotonic() + 60 * minutes
    runs_dir = Path(runs_dir)
    make_folder(runs_dir)
    with open_study(Path(study or runs_dir / "explore.db"), question) as opened:
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
        `compare`; None for that one, and where seeds are still missing), and `is_reference`:
        whether it is that first one. `importances`: the part of each varied setting in what varies
        in validation accuracy. `trials`: how many are `done`, `pruned`, `failed`, `wanted`. `gone`:
        trials whose run is no longer there; they are in no row. `note`: what the differences are
        about.
    """
    groups: dict[Any, dict[str, tuple[FrozenTrial, Run]]] = {}
    gone = 0
    for trial in study.finished():
        if run := run_of(trial, study, runs_dir):
            groups.setdefault(key_of(trial.params), {})[run.name] = (trial, run)
        else:
            gone += 1
    rows = [_row(list(pairs.values())) for pairs in groups.values()]
    note = _add_differences(rows, study, runs_dir) if study.points else ""
    rows.sort(key=lambda row: -row["val_accuracy"])
    return {
        "gone": gone,
        "note": note,
        "question": study.question.name,
        "rows": rows,
        "importances": _importances(study),
        "trials": study.counts(),
    }


def run_of(trial: FrozenTrial, study: Study, runs_dir: Path) -> Run | None:
    """The run of a trial that is done; None if it was deleted, or another has its name."""
    run = Run(runs_dir / trial.user_attrs["run"])
    wanted = study.question.config(trial.params, trial.user_attrs["seed"])
    return run if (run.path / "config.json").exists() and run.config == wanted else None


def _row(pairs: Sequence[tuple[FrozenTrial, Run]]) -> dict[str, Any]:
    """A setting's line in the ranking, from its seeds' trials and their runs."""
    trials, runs = zip(*sorted(pairs, key=lambda pair: pair[1].config.seed), strict=True)
    accuracies = [(run.metrics or evaluate(run)).accuracy for run in runs]
    return {
        "settings": trials[0].params,
        "seeds": [trial.user_attrs["seed"] for trial in trials],
        "runs": [run.name for run in runs],
        "val_accuracy": float(np.mean([trial.value for trial in trials])),
        "accuracy": float(np.mean(accuracies)),
        "spread": float(np.std(accuracies, ddof=1)) if len(runs) > 1 else None,
        "seconds": float(np.mean([sum(row["seconds"] for row in run.history) for run in runs])),
        "parameters": runs[0].config.num_parameters,
    }


def _add_differences(rows: list[dict[str, Any]], study: Study, runs_dir: Path) -> str:
    """To each row that has all seeds its difference from the first setting, if that has them.

    What the differences are about, where that needs saying.
    """
    for row in rows:
        row |= {"difference": None, "is_reference": row["settings"] == study.points[0]}
    complete = [row for row in rows if len(row["seeds"]) >= study.question.seeds]
    first = [row for row in complete if row["is_reference"]]
    others = [row for row in complete if not row["is_reference"]]
    if not first or not others:
        return ""
    right = [
        np.stack([which_right(Run(runs_dir / name)) for name in row["runs"]])
        for row in first + others
    ]
    of, found = against_first(right)
    for row, difference in zip(others, found, strict=True):
        row["difference"] = asdict(difference)
    return ABOUT_MODELS if of == "models" else ""


def _importances(study: Study) -> dict[str, float]:
    """By fANOVA (Hutter et al. 2014), the largest first; empty where trials are too few."""
    trials = study.finished()
    values = {trial.value for trial in trials}
    settings = {key_of(trial.params) for trial in trials}
    if len(study.question.space) < 2 or len(values) < 2 or len(settings) < 2:
        return {}
    evaluator = optuna.importance.FanovaImportanceEvaluator(seed=0)
    return optuna.importance.get_param_importances(study.optuna, evaluator=evaluator)
