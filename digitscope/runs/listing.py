"""Runs as one-line summaries, and the choice among them by conditions such as `accuracy>0.98`."""

import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from digitscope.errors import ConfigError, RunError
from digitscope.runs.folder import number_of
from digitscope.runs.metrics import Metrics
from digitscope.runs.records import Provenance, Status
from digitscope.runs.run import Run
from digitscope.settings.config import Config, absolute_data, field_schema, field_value
from digitscope.settings.recipes import RECIPES

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
DAMAGED = "damaged"  # the state of a run with an unreadable file


@dataclass(frozen=True)
class Summary:
    """A run in a line; of a damaged one only its name is known.

    Attributes:
        run: its name.
        state: running, finished, failed, interrupted or damaged.
        epochs: how many are finished.
        val_accuracy: that of the epoch that is kept, a part of 1; None without validation images.
        accuracy: that on the test set, a part of 1; None before `evaluate`.
        seconds: the time of its epochs.
        changed: the settings that differ from the recipe's, name -> value.
    """

    run: str
    state: str
    epochs: int | None = None
    val_accuracy: float | None = None
    accuracy: float | None = None
    seconds: float | None = None
    changed: dict[str, Any] | None = None

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Details:
    """All there is to know of a run.

    Attributes:
        summary: it in a line.
        path: its folder.
        message: why it is in its state, where there is more to say.
        changed: the settings that differ from the recipe's: name -> (the recipe's, the run's).
        kept_epoch: the epoch whose network is the run's, from 1; None before the first.
        config: its settings.
        history: a row for each finished epoch.
        metrics: its judgement on the test images; None before `evaluate`.
        environment: what it was made with.
    """

    summary: Summary
    path: Path
    message: str
    changed: dict[str, tuple[Any, Any]]
    kept_epoch: int | None
    config: Config
    history: list[dict[str, float]]
    metrics: Metrics | None
    environment: Provenance

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values, the summary's among them."""
        return {
            **self.summary.as_json(),
            "path": str(self.path),
            "message": self.message,
            "changed": self.changed,
            "kept_epoch": self.kept_epoch,
            "config": self.config.model_dump(),
            "history": self.history,
            "metrics": self.metrics and self.metrics.as_json(),
            "environment": self.environment.as_json(),
        }


NUMBERS = ("epochs", "val_accuracy", "accuracy", "seconds")  # of a summary
NAMES = [field.name for field in fields(Summary) if field.name != "changed"]  # for conditions


def summary(run: Run) -> Summary:
    """A run in a line.

    Raises:
        RunError: it is damaged.
    """
    return _summary(run, run.status, run.config, run.history, run.metrics)


def _summary(
    run: Run,
    status: Status,
    config: Config,
    history: list[dict[str, float]],
    metrics: Metrics | None,
) -> Summary:
    """A run in a line, from what was read of it: a run in training changes from read to read."""
    kept = history[run.kept_of(history, config.keep) - 1] if history else {}
    return Summary(
        run=run.name,
        state=status.state,
        epochs=len(history),
        val_accuracy=kept.get("val_accuracy"),
        accuracy=metrics.accuracy if metrics else None,
        seconds=round(sum(row["seconds"] for row in history), 1),
        changed={name: now for name, (_, now) in changes(config).items()},
    )


def changes(config: Config) -> dict[str, tuple[Any, Any]]:
    """Settings that differ from the recipe's: name -> (the recipe's, the run's).

    Of a recipe that is none here, those that differ from the defaults.
    """
    found = RECIPES.get(config.recipe, Config()).differences(config)
    found.pop("recipe", None)
    return found


def details(run: Run) -> Details:
    """All there is to know of a run.

    Raises:
        RunError: it is damaged.
    """
    status, config, history, metrics = run.status, run.config, run.history, run.metrics
    return Details(
        summary=_summary(run, status, config, history, metrics),
        path=run.path,
        message=status.message,
        changed=changes(config),
        kept_epoch=run.kept_of(history, config.keep) if history else None,
        config=config,
        history=history,
        metrics=metrics,
        environment=run.environment,
    )


def epoch_line(row: dict[str, float], epochs: int) -> str:
    """One finished epoch, from a row of the history."""
    line = f"epoch {row['epoch']:.0f}/{epochs}  loss {row['loss']:.4f}  "
    line += f"accuracy {row['accuracy']:.2%}"
    if "val_loss" in row:
        line += f"  val_loss {row['val_loss']:.4f}  val_accuracy {row['val_accuracy']:.2%}"
    return f"{line}  {row['seconds']:.1f} s"


def select(
    runs: Sequence[Run], conditions: Sequence[str], sort: str | None = None
) -> list[Summary]:
    """The summaries of the runs that meet all conditions on their summary and settings.

    They keep their order, or come by the value called `sort`, the largest last.

    A run with an unreadable file has the state `damaged` and no other value. A condition is
    NAME=VALUE (or != > >= < <=); a value that a run lacks meets none.

    Raises:
        RunError: a condition that can't be read.
    """
    tests = [_parse(condition) for condition in conditions]
    pairs = [_known(run) for run in runs]
    chosen = [pair for pair in pairs if all(_holds(pair[1], *test) for test in tests)]
    if sort:
        name = _parse(f"{sort}=x")[0]
        chosen.sort(key=lambda pair: _place(name, pair[1].get(name)))
    return [line for line, _ in chosen]


def _place(name: str, value: Any) -> tuple[int, Any]:
    """What a value is sorted by: none first, runs by their number, one number like a list of it."""
    if value is None:
        return 0, ()
    if name == "run":
        return 1, (number_of(value) or 0, value)
    return 1, value if isinstance(value, list) else [value]


def _known(run: Run) -> tuple[Summary, dict[str, Any]]:
    """A run in a line, and all values that a condition may be about."""
    try:
        line, settings = summary(run), run.config.model_dump()
    except RunError:
        line, settings = Summary(run.name, DAMAGED), {}
    return line, {**settings, **line.as_json()}


def _parse(condition: str) -> tuple[str, str, str]:
    parts = re.fullmatch(r"\s*([\w-]+)\s*(>=|<=|!=|=|>|<)\s*(.+?)\s*", condition)
    name = parts[1].replace("-", "_") if parts else ""
    if not parts or name not in {*NAMES, *Config.model_fields}:
        raise RunError(
            f"The condition {condition!r} can't be read: write NAME=VALUE (or != > >= < <=), NAME "
            f"one of {', '.join(NAMES)}, or any setting."
        )
    return name, parts[2], parts[3]


def _holds(row: dict[str, Any], name: str, sign: str, wanted: str) -> bool:
    value = row.get(name)
    if value is None:
        return False
    if name == "run" and wanted.isdecimal():
        return OPERATORS[sign](number_of(value), int(wanted))
    if isinstance(value, str):
        value = value.lower()
    try:
        return OPERATORS[sign](_place(name, value), _place(name, _wanted(name, wanted)))
    except ValueError as error:
        why = error if isinstance(error, ConfigError) else f"{wanted!r} is not a number."
        raise RunError(f"{name}{sign}{wanted}: {why}") from None


def _wanted(name: str, text: str) -> Any:
    """What a condition compares with, of the kind that the value called `name` is.

    Raises:
        ValueError: it is of another kind.
    """
    kind = field_schema(name)["type"] if name in Config.model_fields else ""
    if name in NUMBERS or kind in ("integer", "number"):
        return float(text)  # any: also one that the setting can't be
    if kind in ("array", "boolean"):
        value = field_value(name, text)
        return list(value) if kind == "array" else value
    is_path = name == "data" and text != "mnist"
    return (absolute_data(text) if is_path else text).lower()
