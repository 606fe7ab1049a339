"""Runs as one-line summaries, and the choice among them by conditions such as `accuracy>0.98`."""

import operator
import re
from collections.abc import Sequence
from typing import Any

from digitscope.config import RECIPES, Config
from digitscope.runs import Run, RunError

OPERATORS = {
    ">=": operator.ge,
    "<=": operator.le,
    "!=": operator.ne,
    "=": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
SUMMARY = ("run", "state", "recipe", "epochs", "val_accuracy", "accuracy", "seconds", "seed")


def summary(run: Run) -> dict[str, Any]:
    """A run in a line, as JSON values; `epochs` are the finished ones.

    `val_accuracy` is the best of its epochs, `accuracy` that on the test set, None before
    `evaluate`; `seconds` is the time of its epochs.
    """
    history, metrics, config = run.history, run.metrics, run.config
    scores = [row["val_accuracy"] for row in history if "val_accuracy" in row]
    return {
        "run": run.name,
        "state": run.status["state"],
        "recipe": config.recipe,
        "epochs": len(history),
        "val_accuracy": max(scores, default=None),
        "accuracy": metrics["accuracy"] if metrics else None,
        "seconds": round(sum(row["seconds"] for row in history), 1),
        "seed": config.seed,
    }


def details(run: Run) -> dict[str, Any]:
    """All there is to know of a run, as JSON values.

    `changed` holds the settings that differ from the recipe's: name -> [recipe's, the run's].
    """
    config = run.config
    changed = RECIPES[config.recipe].differences(config) if config.recipe in RECIPES else {}
    return {
        **summary(run),
        "path": str(run.path),
        "message": run.status["message"],
        "changed": changed,
        "config": config.model_dump(),
        "history": run.history,
        "metrics": run.metrics,
        "environment": run.environment,
    }


def select(runs: Sequence[Run], conditions: Sequence[str]) -> list[dict[str, Any]]:
    """The summaries of the runs that meet all conditions on their summary and settings.

    A run with an unreadable file has the state `damaged` and no other value. A condition is
    NAME=VALUE (or != > >= < <=); a value that a run lacks meets none.

    Raises:
        RunError: a condition that can't be read.
    """
    tests = [_parse(condition) for condition in conditions]
    rows = (_values(run) for run in runs)
    chosen = [row for row in rows if all(_holds(row, *test) for test in tests)]
    return [{name: row.get(name) for name in SUMMARY} for row in chosen]


def _values(run: Run) -> dict[str, Any]:
    """Settings and summary; of a run with an unreadable file only the name and `damaged`."""
    try:
        return {**run.config.model_dump(), **summary(run)}
    except RunError:
        return {"run": run.name, "state": "damaged"}


def _parse(condition: str) -> tuple[str, str, str]:
    parts = re.fullmatch(r"\s*(\w+)\s*(>=|<=|!=|=|>|<)\s*(.+?)\s*", condition)
    if not parts or parts[1] not in {*SUMMARY, *Config.model_fields}:
        names = ", ".join(SUMMARY)
        raise RunError(
            f"The condition {condition!r} can't be read: write NAME=VALUE (or != > >= < <=), NAME "
            f"one of {names}, or any setting."
        )
    return parts[1], parts[2], parts[3]


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
    text = ",".join(map(str, value)) if isinstance(value, list) else str(value)
    return compare(text.lower(), wanted.lower())
