"""Mutation testing: how many small changes of the package the tests notice, on a random sample.

    python -m benchmarks.mutants [COUNT [FOLDER ...]]

What is committed is copied to a temporary folder and changed there; one process, niced. The work is
kept in build/mutants/ and goes on, on the same commit, where it was ended: delete that folder to
begin anew. First come notes of which tests reach which line (the suite once, slowed a little); then
each mutant meets the tests that reach it, in the order of their cost, as many as take three
minutes together; at last, those that have survived so far meet the others. One that takes three
times as long as these tests do counts as killed; one that no test reaches has survived. COUNT
(160) is exceeded a little, as each folder gets a few. With FOLDERs (`runs`, `settings`) only these
are changed, only their tests run, and nothing is recorded.

Survivors that mean the same as the code are listed, with the reason, in mutants_equivalent.json:
call this again after an entry, and the figures are made anew without a test.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from importlib.metadata import version
from pathlib import Path

from attr import evolve
from cosmic_ray.commands.init import init
from cosmic_ray.modules import find_modules
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkerOutcome, WorkItem, WorkResult

from benchmarks.mutants_figures import UNREACHED, figures
from benchmarks.mutants_kinds import sample
from benchmarks.mutants_map import NOTES, SETTINGS, Reach
from benchmarks.record import record

ROOT = Path(__file__).parent.parent
SESSIONS = ROOT / "build" / "mutants"
COUNT, SEED = 160, 2
AT_FIRST = 180  # seconds of tests for a mutant, one at least
PATIENCE, LEAST_SECONDS = 3, 60  # of a mutant's tests: times their usual time, and at least
CUT = "there are more tests"
UNMAPPED = ["tests/test_install.py"]  # tries a wheel elsewhere, not these files
PYTEST = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]


def commit_of(session: Path) -> str:
    """The commit that a session is about: the present one, if it is new."""
    note = session / "commit"
    if not note.exists():
        session.mkdir(parents=True, exist_ok=True)
        head = ["git", "-C", str(ROOT), "rev-parse", "HEAD"]
        note.write_text(subprocess.run(head, capture_output=True, text=True, check=True).stdout)
    return note.read_text("utf-8").strip()


@contextmanager
def checkout(commit: str) -> Iterator[Path]:
    """A copy of the checkout, as of a commit, and the way into it; both end with the block."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copy = Path(folder) / "checkout"
        clone = ["git", "clone", "--quiet", "--shared", "--no-checkout", str(ROOT), str(copy)]
        subprocess.run(clone, check=True)
        subprocess.run(["git", "-C", str(copy), "checkout", "--quiet", commit], check=True)
        os.environ |= {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
        with chdir(copy):
            yield copy


def chart(copy: Path, session: Path, folders: list[str]) -> Reach:
    """Which tests reach which line; each part of the tests is run once in a session."""
    parts = [Path("tests", name) for name in folders] or sorted(Path("tests").glob("[!_]*"))
    for part in parts:
        notes = session / "map" / part.name
        has_tests = part.match("test_*.py") or any(part.glob("test_*.py"))
        if has_tests and str(part) not in UNMAPPED and not (notes / "notes.json").exists():
            run_part(copy, part, notes)
    reach = Reach(session / "map")
    for test, reason in reach.failed.items():
        print(f"left out, as it fails without a mutant: {test}\n{reason}", flush=True)
    return reach


def run_part(copy: Path, part: Path, notes: Path) -> None:
    """Run a part of the tests and keep its notes in a folder."""
    notes.mkdir(parents=True, exist_ok=True)
    settings, unfinished = notes / "coveragerc", notes / "unfinished"
    settings.write_text(SETTINGS.format(copy=copy, folder=notes), "utf-8")
    started = time.perf_counter()
    measure = ["-m", "coverage", "run", f"--rcfile={settings}", "-m", *PYTEST[2:]]
    command = [sys.executable, *measure, "-p", "benchmarks.mutants_map", str(part)]
    variables = {"COVERAGE_PROCESS_START": str(settings), NOTES: str(unfinished)}
    with open(notes / "output.txt", "w", encoding="utf-8") as output:
        done = subprocess.run(command, env=os.environ | variables, stdout=output, stderr=output)
    if done.returncode > 1:  # 1: tests failed, which the notes tell
        raise RuntimeError(f"{part} can't be run: see {output.name}")
    unfinished.rename(notes / "notes.json")
    print(f"{part}: {time.perf_counter() - started:.0f} s", flush=True)


def draw(db: WorkDB, folders: list[str], count: int) -> None:
    """Fill a new session: all mutants, of which those outside of the sample are skipped."""
    if db.num_results:
        return
    paths = [Path("digitscope", name) for name in folders] or [Path("digitscope")]
    init(sorted(find_modules(paths)), db, {})
    chosen = sample(db.work_items, count, SEED)
    others = [item.job_id for item in db.work_items if item.job_id not in chosen]
    db.set_multiple_results(others, WorkResult(worker_outcome=WorkerOutcome.SKIPPED))


def test_all(db: WorkDB, reach: Reach) -> None:
    """Test what is left to test, the cheapest first."""
    work = [(item, reach.tests(*place(item))) for item in db.pending_work_items]
    test_some(db, reach, [(item, *parted(tests, reach)) for item, tests in work])
    left = [item for item, result in db.completed_work_items if result.output == CUT]
    rest = [(item, parted(reach.tests(*place(item)), reach)[1]) for item in left]
    test_some(db, reach, [(item, tests, []) for item, tests in rest])


def test_some(db: WorkDB, reach: Reach, work: list[tuple[WorkItem, list[str], list[str]]]) -> None:
    """Test mutants, each with its first tests; of the others it is noted that there are some."""
    work.sort(key=lambda row: reach.seconds(row[1]))
    for number, (item, tests, others) in enumerate(work, 1):
        started = time.perf_counter()
        result = test_one(item, tests, reach)
        if others and result.test_outcome == TestOutcome.SURVIVED:
            result = evolve(result, output=CUT)
        db.set_result(item.job_id, result)
        path, line = place(item)
        words = f"{result.test_outcome.value}, {time.perf_counter() - started:.0f} s"
        print(f"{number}/{len(work)} {path}:{line} {len(tests)} tests: {words}", flush=True)


def parted(tests: list[str], reach: Reach) -> tuple[list[str], list[str]]:
    """The first of the tests, as many as there is time for, and one at least; and the others."""
    totals = (reach.seconds(tests[: count + 1]) for count in range(len(tests)))
    count = max(1, sum(total <= AT_FIRST for total in totals))
    return tests[:count], tests[count:]


def place(item: WorkItem) -> tuple[Path, int]:
    """A mutant's file and line."""
    (mutation,) = item.mutations
    return mutation.module_path, mutation.start_pos[0]


def test_one(item: WorkItem, tests: list[str], reach: Reach) -> WorkResult:
    """Run the tests that reach a mutant until one fails."""
    if not tests:
        normal, survived = WorkerOutcome.NORMAL, TestOutcome.SURVIVED
        return WorkResult(worker_outcome=normal, test_outcome=survived, output=UNREACHED)
    names = Path("..", "tests.txt").resolve()
    names.write_text("\n".join(tests), "utf-8")
    limit = max(LEAST_SECONDS, PATIENCE * reach.seconds(tests))
    return mutate_and_test(item.mutations, shlex.join([*PYTEST, "-x", f"@{names}"]), limit)


def main(count: int, folders: list[str]) -> None:
    """Go on with the session, and record what came of it."""
    session = SESSIONS / ("-".join(folders).replace("/", ".") or "all")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the copy is removed
    os.nice(10)
    commit = commit_of(session)
    with checkout(commit) as copy, use_db(session / "mutants.sqlite") as db:
        reach = chart(copy, session, folders)
        draw(db, folders, count)
        test_all(db, reach)
        found = figures(db)
    if folders:
        print(json.dumps(found, indent=1))
        return
    tools = {name: version(name) for name in ("cosmic-ray", "coverage", "pytest")}
    about = {"commit": commit, "seed": SEED, "tools": tools, "failing": sorted(reach.failed)}
    record("mutants", about | found)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT, sys.argv[2:])
