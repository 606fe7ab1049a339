"""What the files of a run hold, read so that whoever uses it can rely on it.

Files get damaged: by full disks, by other programs, by hand. A damaged one is a RunError, which
names it, and nothing else.
"""

import csv
import json
import math
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from pydantic import TypeAdapter, ValidationError

from digitscope.environment import Environment
from digitscope.errors import ConfigError, RunError
from digitscope.settings.config import Config

if TYPE_CHECKING:
    import numpy as np

Kind = TypeVar("Kind")

ROW = ("epoch", "loss", "accuracy", "seconds")  # what every row of a history has


@dataclass(frozen=True)
class Status:
    """How far a run is: status.json.

    Attributes:
        state: what its training does, or how it ended.
        message: why, where there is more to say; else empty.
        updated: when that was written: ISO 8601, local time with its offset.
    """

    state: Literal["running", "finished", "failed", "interrupted"]
    message: str
    updated: str


@dataclass(frozen=True)
class Provenance(Environment):
    """What a run was made with: environment.json. Older runs say less.

    Attributes:
        precision: of products in its training: float32 or bfloat16.
        data_sha256: of all its images and labels.
    """

    precision: str
    data_sha256: str


# What a run's name, and the files it begins with, look like. A folder is deleted by no less.
RUN_NAME = re.compile(r"[0-9]{4,}-[a-z0-9][a-z0-9_-]{0,39}")
SIGNS = ("config.json", "environment.json", "status.json")


def read_json(path: Path) -> dict[str, Any]:
    """An object in a JSON file.

    Raises:
        RunError: the file can't be read, or is no such object.
    """
    try:
        content = json.loads(_text(path))
    except (ValueError, RecursionError) as error:
        raise RunError(f"{path} is damaged: {error}.{_remedy(path)}") from error
    if not isinstance(content, dict):
        raise RunError(f"{path} is damaged: {str(content)[:60]!r} is no object.{_remedy(path)}")
    return content


def read_record(path: Path, kind: type[Kind]) -> Kind:
    """A JSON file as an object of a kind; what the kind doesn't know of is left out.

    Raises:
        RunError: as of `read_json`, or something is missing or not what it should be.
    """
    adapter: TypeAdapter[Kind] = _adapter(kind)  # type: ignore[arg-type]  # classes hash
    try:
        return adapter.validate_json(_text(path), strict=True)
    except ValidationError as error:
        what = _what(error)
        raise RunError(
            f"{path} is damaged, or of an older version: {what}.{_remedy(path)}"
        ) from error


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise RunError(f"{path} is damaged: it is not text.{_remedy(path)}") from error
    except OSError as error:
        raise RunError(f"{path} can't be read: {error.strerror}.{_remedy(path)}") from error


def _what(error: ValidationError) -> str:
    """What is wrong first, in words."""
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return f"{first['ctx']['error']}"
    place = " ".join(map(str, first["loc"])) or "all of it"
    return f"no {place}" if first["type"] == "missing" else f"{place} is {str(first['input'])[:40]}"


def _remedy(path: Path) -> str:
    """What writes a file anew, where something does."""
    anew = path.name in ("metrics.json", "predictions.npz")
    return f" This writes it anew: digitscope evaluate {path.parent}" if anew else ""


def read_history(path: Path) -> list[dict[str, float]]:
    """The rows of a history.csv, one for each epoch from 1 on; none where there is no file.

    Raises:
        RunError: it is damaged.
    """
    if not path.exists():
        return []
    try:
        table = csv.DictReader(_text(path).splitlines(), restkey="too much", strict=True)
        rows = [{name: float(cell) for name, cell in row.items() if cell} for row in table]
    except (ValueError, TypeError, csv.Error) as error:
        if isinstance(error, RunError):
            raise
        raise RunError(f"{path} is damaged: {error}.") from error
    for number, row in enumerate(rows, 1):
        missing = [name for name in ROW if name not in row]
        wrong = [name for name, value in row.items() if not math.isfinite(value)]
        if missing or wrong or row["epoch"] != number:
            what = f"no {missing[0]}" if missing else f"{(wrong or ['epoch'])[0]} is not right"
            raise RunError(f"{path} is damaged: in row {number} {what}.")
    return rows


def read_predictions(path: Path) -> tuple["np.ndarray", "np.ndarray"]:
    """A predictions.npz: probabilities float (n, 10) and labels (n,), 0 to 9, of the test images.

    Raises:
        RunError: it can't be read, or holds something else.
    """
    import numpy as np  # `digitscope runs` does without it

    try:
        with np.load(path, allow_pickle=False) as file:
            probabilities, labels = file["probabilities"], file["labels"]
        fits = probabilities.shape == (len(labels), 10) and labels.ndim == 1
        fits = fits and probabilities.dtype.kind == "f"
        fits = fits and labels.dtype.kind in "iu" and set(np.unique(labels)) <= set(range(10))
        fits = fits and len(labels) > 0 and bool(np.isfinite(probabilities).all())
    except Exception as error:  # what reads zip archives raises whatever comes up
        raise RunError(f"{path} can't be read: it is damaged or gone.{_remedy(path)}") from error
    if not fits:
        raise RunError(f"{path} is damaged: it holds something else.{_remedy(path)}")
    return probabilities, labels


def why_no_run(folder: Path) -> str:
    """Why a folder may be something else than a run, in words; empty for a run.

    A run has a run's name and three files that only digitscope writes. One of them may be
    damaged.
    """
    if not RUN_NAME.fullmatch(folder.name):
        return "its name is not that of a run, such as 0007-lenet"
    if folder.resolve() != folder.parent.resolve() / folder.name:
        return "it is a link to another folder, and links are not followed"
    if not folder.is_dir():
        return "there is no such folder"
    missing = [name for name in SIGNS if not _is_ours(folder / name)]
    if len(missing) > 1:
        return f"it has no {' and no '.join(missing)} of digitscope's, so it may be no run"
    return ""


def _is_ours(path: Path) -> bool:
    """Whether a file holds what we write in it."""
    try:
        if path.name == "config.json":
            content = read_json(path)
            Config(**content)
            return {"version", "recipe", "data", "seed"} <= content.keys()
        read_record(path, Status if path.name == "status.json" else Provenance)
    except (RunError, ConfigError):
        return False
    return True
