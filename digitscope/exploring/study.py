"""study: the trials of an exploration, in a SQLite file that Optuna's own tools read too.

The file is always in a state to go on from: a trial is done from the moment its result is written,
and one that was cut short is begun anew.
"""

import json
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import optuna
from filelock import FileLock, Timeout
from optuna.exceptions import StorageInternalError
from optuna.trial import FrozenTrial, Trial, TrialState
from sqlalchemy.exc import SQLAlchemyError

from digitscope.errors import ConfigError, StudyError, WriteError
from digitscope.exploring.question import Question
from digitscope.exploring.space import Range, Settings, Value, grid, key_of
from digitscope.runs.files import make_folder
from digitscope.settings.config import Config

STARTUP_TRIALS = 5  # nothing is pruned before so many are done


@dataclass(frozen=True)
class Counts:
    """How far a study is, in trials.

    Attributes:
        done: with a result.
        pruned: stopped early, as hopeless.
        failed: that can't be done.
        wanted: in all.
    """

    done: int
    pruned: int
    failed: int
    wanted: int

    @property
    def decided(self) -> int:
        """How many are done, pruned or failed."""
        return self.done + self.pruned + self.failed

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        return asdict(self)


class Study:
    """The trials of a question; made by `open_study`.

    Attributes:
        question: what is to be found out.
        path: the file.
        optuna: the study as Optuna has it. Its values are validation accuracies; a trial's `seed`,
            `run` and, if it failed, `reason` are user attributes.
    """

    def __init__(self, question: Question, study: optuna.Study, path: Path):
        self.question, self.optuna, self.path = question, study, path.absolute()
        self.points = grid(question.space, question.base) if question.trials is None else []
        self._end_what_was_cut_short()

    def _end_what_was_cut_short(self) -> None:
        """Fail the trials whose process is gone; a search will take up their settings again.

        Their settings are written down first, with the number of the trial they are for, so that
        they are neither lost nor taken up twice if this is cut short as well.
        """
        trials = self.optuna.get_trials(deepcopy=False)
        taken_up = {trial.user_attrs.get("instead_of") for trial in trials}
        for trial in trials:
            if trial.state != TrialState.RUNNING:
                continue
            seed = trial.user_attrs.get("seed", self.question.base.seed)
            again = self.question.trials is not None and "reason" not in trial.user_attrs
            if again and trial.params and trial.number not in taken_up:
                attributes = {"seed": seed, "instead_of": trial.number}
                self.optuna.enqueue_trial(trial.params, user_attrs=attributes)
            self.optuna.tell(trial.number, state=TrialState.FAIL)

    def next(self) -> tuple[Trial, Config] | None:
        """A trial to begin, or None if none is left."""
        while True:
            if not self._is_waiting():
                missing = self._missing()
                if missing is None:
                    return None
                if self.points:
                    point, seed = missing
                    self.optuna.enqueue_trial(point, user_attrs={"seed": seed})
            trial = self.optuna.ask()
            trial.set_user_attr(
                "seed", seed := trial.user_attrs.get("seed", self.question.base.seed)
            )
            settings = {name: _suggest(trial, name, v) for name, v in self.question.space.items()}
            try:
                return trial, self.question.config(settings, seed)
            except ConfigError as error:  # only a search can come upon one
                self.fail(trial, str(error))

    def _is_waiting(self) -> bool:
        return bool(self.optuna.get_trials(deepcopy=False, states=[TrialState.WAITING]))

    def _missing(self) -> tuple[Settings, int] | None:
        """Settings and seed of a trial that is wanted and not begun; a search has no settings."""
        trials = [trial for trial in self.optuna.get_trials(deepcopy=False) if _counts(trial)]
        first = self.question.base.seed
        if self.question.trials is not None:
            return ({}, first) if len(trials) < self.question.trials else None
        there = {(key_of(trial.params), trial.user_attrs["seed"]) for trial in trials}
        for seed in range(first, first + self.question.seeds):
            for point in self.points:
                if (key_of(point), seed) not in there:
                    return point, seed
        return None

    def finish(self, trial: Trial, run: str, val_accuracy: float, pruned: bool = False) -> None:
        """Write a trial's result: from now on it is done."""
        trial.set_user_attr("run", run)
        if pruned:
            self.optuna.tell(trial, state=TrialState.PRUNED)
        else:
            self.optuna.tell(trial, val_accuracy)

    def fail(self, trial: Trial, reason: str) -> None:
        """Write that a trial can't be done, and why: it is not tried again."""
        trial.set_user_attr("reason", reason)
        self.optuna.tell(trial, state=TrialState.FAIL)

    @property
    def is_done(self) -> bool:
        """Whether no trial is left to begin."""
        return not self._is_waiting() and self._missing() is None

    def counts(self) -> Counts:
        """How many trials are done, pruned or failed, and how many are wanted."""
        question = self.question
        states = [trial.state for trial in self.decided()]
        return Counts(
            done=states.count(TrialState.COMPLETE),
            pruned=states.count(TrialState.PRUNED),
            failed=states.count(TrialState.FAIL),
            wanted=question.trials or len(self.points) * question.seeds,
        )

    def decided(self) -> list[FrozenTrial]:
        """The trials that are done, pruned or failed, in the order of their numbers."""
        trials = self.optuna.get_trials(deepcopy=False)
        return [trial for trial in trials if trial.state.is_finished() and _counts(trial)]

    def finished(self) -> list[FrozenTrial]:
        """The trials with a result, in the order of their numbers."""
        return self.optuna.get_trials(deepcopy=False, states=[TrialState.COMPLETE])


def outcome(trial: FrozenTrial) -> str:
    """What came of a trial, in words."""
    if trial.state == TrialState.COMPLETE:
        return f"val_accuracy {trial.value:.2%}"
    if trial.state == TrialState.PRUNED:
        return "stopped early: worse than half of the others"
    return f"failed: {trial.user_attrs['reason']}"


def _counts(trial: FrozenTrial) -> bool:
    """Whether a trial is done or under way; one that was cut short is neither."""
    return trial.state != TrialState.FAIL or "reason" in trial.user_attrs


def _suggest(trial: Trial, name: str, values: Sequence[Value] | Range) -> Value:
    if not isinstance(values, Range):
        chosen = trial.suggest_categorical(name, values)
        assert chosen is not None  # one of the values
        return chosen
    low, high = values.low, values.high
    if isinstance(low, int) and isinstance(high, int):
        return trial.suggest_int(name, low, high, log=values.is_log)
    return trial.suggest_float(name, low, high, log=values.is_log)


@contextmanager
def open_study(path: Path, question: Question) -> Iterator[Study]:
    """The study of a question, new or to go on with; nobody else writes to its file meanwhile.

    Raises:
        StudyError: the file is not a study of ours, or another process explores with it.
    """
    make_folder(path.parent)
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    try:
        lock.acquire(timeout=0.5)
    except Timeout:
        raise StudyError(f"Another process explores with {path}: wait, or name another.") from None
    except OSError as error:
        raise WriteError(error.errno, error.strerror, str(path)) from error
    try:
        _check(path)
        yield Study(question, _load(path, question), path)
    except (StorageInternalError, SQLAlchemyError) as error:
        reason = next((one for one in _causes(error) if isinstance(one, sqlite3.Error)), error)
        raise StudyError(
            f"The study {path} can't be written ({reason}). What is done is kept: make room, or "
            "name a place that can be written with --study, and give the same command again."
        ) from error
    finally:
        lock.release()


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what it came from."""
    while error:
        yield error
        error = error.__cause__


def _check(path: Path) -> None:
    """Refuse a file that is not a database, or of another project."""
    if not path.exists():
        return
    try:
        # Not read-only: what a power cut interrupted must be rolled back first.
        place = f"{path.absolute().as_uri()}?mode=rw"
        with closing(sqlite3.connect(place, uri=True)) as database:
            tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
            if "study_user_attributes" in tables:
                query = "SELECT count(*) FROM study_user_attributes WHERE key = 'digitscope'"
                if database.execute(query).fetchone()[0]:
                    return
    except sqlite3.DatabaseError as error:
        raise StudyError(f"{path} is not a study ({error}): name another file.") from error
    raise StudyError(f"{path} holds studies of another project: name another file.")


def _load(path: Path, question: Question) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if not path.exists():  # made whole under another name, so that it is never seen half made
        made = path.with_name(f".{path.name}.{os.getpid()}.tmp")
        made.unlink(missing_ok=True)
        _study(made, question)
        made.rename(path)
    return _study(path, question)


def _study(path: Path, question: Question) -> optuna.Study:
    study = optuna.create_study(
        storage=f"sqlite:///{path}",
        study_name=question.name,
        direction="maximize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=STARTUP_TRIALS),
        load_if_exists=True,
    )
    written = study.user_attrs.get("digitscope")
    if written and not _says(written, question.base):
        raise StudyError(
            f"{path} has answers to this question with other settings: those of the recipe "
            f"{question.base.recipe} have changed since. Name another file with --study."
        )
    study.set_user_attr("digitscope", question.base.model_dump_json())
    begun = len(study.get_trials(deepcopy=False))  # or it would draw the same again
    study.sampler = optuna.samplers.TPESampler(seed=question.base.seed + begun)
    return study


def _says(written: str, base: Config) -> bool:
    """Whether a study's file has these settings; an older one lacks those that are new since."""
    try:
        return Config(**json.loads(written)) == base
    except ConfigError:
        return False
