"""Runs as one-line summaries, and the choice among them by conditions such as `accuracy>0.98`."""

import operator
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from digitscope.errors import RunError
from digitscope.runs.run import Run
from digitscope.settings.config import Config
from digitscope.settings.recipes import RECIPES

OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
SUMMARY = ("run", "state", "epochs", "val_accuracy", "accuracy", "seconds", "changed")


def summary(run: Run) -> dict[str, Any]:
    """A run in a line, as JSON values; `epochs` are the finished ones.

    `val_accuracy` is that of the epoch that is kept, `accuracy` that on the test set, None before
    `evaluate`; `seconds` is the time of its epochs; `changed` the settings that differ from the
    recipe's, name -> value.
    """
    history, metrics = run.history, run.metrics
    return {
        "run": run.name,
        "state": run.status["state"],
        "epochs": len(history),
        "val_accuracy": history[run.kept_epoch - 1].get("val_accuracy") if history else None,
        "accuracy": metrics.accuracy if metrics else None,
        "seconds": round(sum(row["seconds"] for row in history), 1),
        "changed": {name: now for name, (_, now) in changes(run.config).items()},
    }


def changes(config: Config) -> dict[str, tuple[Any, Any]]:
    """Settings that differ from the recipe's: name -> (the recipe's, the run's)."""
    return RECIPES[config.recipe].differences(config) if config.recipe in RECIPES else {}


def details(run: Run) -> dict[str, Any]:
    """All there is to know of a run, as JSON values.

    `changed` holds the settings that differ from the recipe's: name -> [recipe's, the run's].
    """
    config = run.config
    return {
        **summary(run),
        "path": str(run.path),
        "message": run.status["message"],
        "changed": changes(config),
        "kept_epoch": run.kept_epoch if run.history else None,
        "config": config.model_dump(),
        "history": run.history,
        "metrics": run.metrics and run.metrics.as_json(),
        "environment": run.environment,
    }


def epoch_line(row: dict[str, float], epochs: int) -> str:
    """One finished epoch, from a row of the history."""
    line = f"epoch {row['epoch']:.0f}/{epochs}  loss {row['loss']:.4f}  "
    line += f"accuracy {row['accuracy']:.2%}"
    if "val_loss" in row:
        line += f"  val_loss {row['val_loss']:.4f}  val_accuracy {row['val_accuracy']:.2%}"
    return f"{line}  {row['seconds']:.1f} s"


def select(
    runs: Sequence[Run], conditions: Sequence[str], sort: str | None = None
) -> list[dict[str, Any]]:
    """The summaries of the runs that meet all conditions on their summary and settings.

    They keep their order, or come by the value called `sort`, the largest last.

    A run with an unreadable file has the state `damaged` and no other value. A condition is
    NAME=VALUE (or != > >= < <=); a value that a run lacks meets none.

    Raises:
        RunError: a condition that can't be read.
    """
    tests = [_parse(condition) for condition in conditions]
    rows = (_values(run) for run in runs)
    chosen = [row for row in rows if all(_holds(row, *test) for test in tests)]
    if sort:
        name = _parse(f"{sort}=x")[0]
        chosen.sort(key=lambda row: (row.get(name) is not None, row.get(name)))
    return [{name: row.get(name) for name in SUMMARY} for row in chosen]


def _values(run: Run) -> dict[str, Any]:
    """Settings and summary; of a run with an unreadable file only the name and `damaged`."""
    try:
        return {**run.config.model_dump(), **summary(run)}
    except RunError:
        return {"run": run.name, "state": "damaged"}


def _parse(condition: str) -> tuple[str, str, str]:
    parts = re.fullmatch(r"\s*([\w-]+)\s*(>=|<=|!=|=|>|<)\s*(.+?)\s*", condition)
    name = parts[1].replace("-", "_") if parts else ""
    if not parts or name not in {*SUMMARY, *Config.model_fields} - {"changed"}:
        names = ", ".join(SUMMARY[:-1])
        raise RunError(
            f"The condition {condition!r} can't be read: write NAME=VALUE (or != > >= < <=), NAME "
            f"one of {names}, or any setting."
        )
    return name, parts[2], parts[3]


def _holds(row: dict[str, Any], name: str, sign: str, wanted: str) -> bool:
    value = row.get(name)
    if value is None:
        return False
    compare = OPERATORS[sign]
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return compare(value, float(wanted))
        except ValueError:
            raise RunError(f"{name}{sign}{wanted}: {wanted!r} is not a number.") from None
    if isinstance(value, bool):
        wanted = {"yes": "true", "on": "true", "no": "false", "off": "false"}.get(wanted, wanted)
    if name == "data" and wanted != "mnist":
        wanted = str(Path(wanted).expanduser().absolute())
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return compare(text.lower(), wanted.lower())
