"""What came of the mutants, in figures; see mutants.py.

mutants_equivalent.json is kept by hand: a list of `file`, `lines` as in results/mutants.json, and
`why` they mean the same. It knows no line numbers, and so outlives changes elsewhere in the file.
"""

import difflib
import json
from pathlib import Path
from typing import Any

from cosmic_ray.work_db import WorkDB
from cosmic_ray.work_item import MutationSpec, TestOutcome, WorkerOutcome, WorkResult
from scipy.stats import binomtest

from benchmarks.mutants_kinds import mutated, stratum

EQUIVALENT = Path(__file__).parent / "mutants_equivalent.json"
UNREACHED = "no test reaches it"


def figures(db: WorkDB) -> dict[str, Any]:
    """What came of the mutants: by folder, and the survivors one by one."""
    judged = {
        (row["file"], *row["lines"]): row["why"]
        for row in json.loads(EQUIVALENT.read_text("utf-8"))
    }
    rows = [
        told(item.mutations[0], result, judged)
        for item, result in db.completed_work_items
        if result.worker_outcome != WorkerOutcome.SKIPPED
    ]
    rows.sort(key=lambda row: (row["file"], row["line"]))
    folders = {stratum(Path(row["file"])) for row in rows}
    return {
        "all": score(rows),
        "folders": {
            name: score([row for row in rows if stratum(Path(row["file"])) == name])
            for name in sorted(folders)
        },
        "mutants": [row for row in rows if row["outcome"] != "killed"],
    }


def told(mutation: MutationSpec, result: WorkResult, judged: dict[Any, str]) -> dict[str, Any]:
    """One mutant, and its outcome: killed, timeout, survived, unreached or equivalent."""
    before = mutation.module_path.read_text("utf-8").splitlines()
    after = (mutated(mutation) or "").splitlines()
    changes = list(difflib.unified_diff(before, after, n=0))[2:]
    lines = [line[0] + line[1:].strip() for line in changes if not line.startswith("@@")]
    row = {
        "file": str(mutation.module_path),
        "line": mutation.start_pos[0],
        "operator": mutation.operator_name,
        "lines": lines,
    }
    if result.test_outcome != TestOutcome.SURVIVED:
        return row | {"outcome": "timeout" if result.output == "timeout" else "killed"}
    if why := judged.get((row["file"], *lines)):
        return row | {"outcome": "equivalent", "why": why}
    return row | {"outcome": "unreached" if result.output == UNREACHED else "survived"}


def score(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """How many of each outcome; the part killed of those not equivalent, with 95 % (Wilson)."""
    names = ("killed", "timeout", "survived", "unreached", "equivalent")
    counts = {name: sum(row["outcome"] == name for row in rows) for name in names}
    killed, count = counts["killed"] + counts["timeout"], len(rows) - counts["equivalent"]
    if not count:
        return {"n": len(rows)} | counts
    interval = binomtest(killed, count).proportion_ci(method="wilson")
    rates = {"rate": killed / count, "low": interval.low, "high": interval.high}
    return {"n": len(rows)} | counts | rates
