"""Write a measurement to benchmarks/results/NAME.json with all it takes to repeat it."""

import json
import statistics
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from pydantic_core import to_jsonable_python
from scipy.stats import t

from digitscope.environment import environment

RESULTS = Path(__file__).parent / "results"


def record(name: str, figures: dict[str, Any], command: str | None = None) -> None:
    """Write `figures` with the date, the command, machine, versions and commit; print them.

    `command` is what follows `python -m benchmarks.`; without it, the name and the arguments.
    """
    command = "python -m benchmarks." + (command or " ".join([name, *sys.argv[1:]]))
    here = environment().as_json()
    about = {"command": command, "date": time.strftime("%Y-%m-%d"), "environment": here}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(to_jsonable_python(figures | about), indent=1)
    (RESULTS / f"{name}.json").write_text(text + "\n", "utf-8")
    print(json.dumps(to_jsonable_python(figures), indent=1))


def mean_interval(values: list[float]) -> dict[str, float]:
    """n, mean, standard deviation and the 95 % interval of the mean (Student's t)."""
    array = np.array(values, float)
    half = t.ppf(0.975, len(array) - 1) * array.std(ddof=1) / np.sqrt(len(array))
    return {
        "n": len(array),
        "mean": float(array.mean()),
        "standard_deviation": float(array.std(ddof=1)),
        "low": float(array.mean() - half),
        "high": float(array.mean() + half),
    }


def median_range(values: list[float]) -> dict[str, float]:
    """n, median, least and greatest."""
    return {
        "n": len(values),
        "median": statistics.median(values),
        "min": min(values),
        "max": max(values),
    }
