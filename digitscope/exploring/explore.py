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
from collections.abc import Callable
from pathlib import Path

from optuna.trial import Trial

from digitscope.data.dataset import load_dataset
from digitscope.errors import ConfigError, RunError
from digitscope.exploring.question import Question
from digitscope.exploring.ranking import Ranking, ranking, run_of
from digitscope.exploring.study import Study, open_study
from digitscope.exploring.workers import Done, Failed, Report, Workers
from digitscope.runs.files import make_folder, sync_tree, write_atomically, writing
from digitscope.runs.folder import list_runs, place_run
from digitscope.runs.records import read_json
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
        """Whether it says so itself; one with no such file, or a damaged one, is nobody's."""
        try:
            return read_json(run.path / TRIAL).get("study") == self.study.question.name
        except RunError:
            return False


def explore(
    question: Question,
    runs_dir: str | Path = "runs",
    study: str | Path | None = None,
    workers: int | None = None,
    address: str | None = None,
    minutes: float | None = None,
    listen: Callable[[Study], None] = lambda study: None,
) -> Ranking:
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
