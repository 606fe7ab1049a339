"""The folder of runs: make one, find one, list them.

A run's folder appears with its first files already in it.
"""

import json
import os
import shlex
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from digitscope.environment import environment, precision
from digitscope.errors import RunError, reason_of
from digitscope.runs.files import clear_half_folders, sync_folder, write_atomically
from digitscope.runs.records import SIGNS
from digitscope.runs.run import Run
from digitscope.settings.config import Config


def as_run(run: Run | str | Path) -> Run:
    """A Run as it is; anything else as `find_run` finds it."""
    return run if isinstance(run, Run) else find_run(run)


@contextmanager
def new_run(config: Config, data_sha256: str, runs_dir: str | Path = "runs") -> Iterator[Run]:
    """A new numbered folder with config, environment and the status `running`, held meanwhile.

    This process holds the run from the moment it can be seen: one that says `running` and that
    nobody holds would read as interrupted. On Windows a folder with an open file in it can't be
    moved: there the run is held right after it has appeared.

    Raises:
        RunError: the folder can't be written.
    """
    runs_dir = Path(runs_dir)
    here = {"precision": precision(config.precision), "data_sha256": data_sha256}
    details = json.dumps(environment().as_json() | here, indent=1)
    with ExitStack() as held:
        try:
            runs_dir.mkdir(parents=True, exist_ok=True)
            clear_half_folders(runs_dir)
            name = f".new-{os.getpid()}-"
            with tempfile.TemporaryDirectory(prefix=name, dir=runs_dir) as folder:
                made = Run(Path(folder) / "run")
                for part in ("checkpoint", "epochs"):
                    (made.path / part).mkdir(parents=True)
                write_atomically(made.path / "config.json", config.model_dump_json(indent=1))
                write_atomically(made.path / "environment.json", details)
                made.set_status("running")
                if os.name == "posix":
                    held.enter_context(made.locked())
                run = place_run(made.path, runs_dir)
        except OSError as error:
            raise RunError(
                f"No run can be made in {runs_dir.absolute()}: {error.strerror}; "
                "choose another place with --runs-dir."
            ) from error
        if os.name != "posix":
            held.enter_context(run.locked())
        yield run


def place_run(made: Path, runs_dir: Path) -> Run:
    """Move a folder made in `runs_dir` to the next free number: at once, it is never seen half.

    Renaming onto a run that another process has just made fails, and the next number is tried.
    """
    recipe = Run(made).config.recipe
    taken = (number_of(path.name) for path in runs_dir.iterdir())
    number = max((number for number in taken if number), default=0)
    while True:
        number += 1
        path = runs_dir / f"{number:04}-{recipe}"
        try:
            made.rename(path)
        except OSError:
            if not path.exists():
                raise
        else:
            sync_folder(runs_dir)
            return Run(path)


def number_of(name: str) -> int | None:
    """The number that a run's name begins with, as in 0007-lenet; None if it is no run's name."""
    digits, hyphen, _ = name.partition("-")
    is_number = digits.isascii() and digits.isdecimal()
    return int(digits) if hyphen and len(digits) >= 4 and is_number else None


def list_runs(runs_dir: str | Path = "runs") -> list[Run]:
    """All runs of a folder, by number, damaged ones too; none if there is no such folder.

    Raises:
        RunError: the folder can't be looked into.
    """
    try:
        names = os.listdir(runs_dir)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError) as error:
        raise RunError(f"The folder {runs_dir} can't be read: {reason_of(error)}.") from error
    folders = [path for path in (Path(runs_dir) / name for name in names) if is_run(path)]
    numbered = [(number_of(path.name), path) for path in folders]
    return [Run(path) for _, path in sorted((n, path) for n, path in numbered if n)]


def is_run(folder: Path) -> bool:
    """Whether a folder looks like a run, a damaged one perhaps."""
    return any(os.path.isfile(folder / name) for name in SIGNS)  # unlike Path's, it never raises


def matching(name: str, runs: list[Run]) -> list[Run]:
    """The runs that `name` may mean: a name, the beginning of one, a number, or `latest`."""
    if name == "latest":
        return runs[-1:]
    matches = [run for run in runs if name and run.name.startswith(name)]
    matches = [run for run in matches if run.name == name] or matches
    if name.isdecimal():
        number = name.lstrip("0")
        matches = [run for run in runs if str(number_of(run.name)) == number] or matches
    return matches


def find_run(name: str | Path, runs_dir: str | Path = "runs") -> Run:
    """The run called `name`: a path, a name, a unique beginning of one, a number, or `latest`.

    Raises:
        RunError: there is none, or several.
    """
    name = str(name)
    runs = list_runs(runs_dir)
    matches = matching(name, runs)
    if not matches and name and is_run(Path(name)):
        return Run(Path(name))
    if len(matches) == 1:
        return matches[0]
    if matches:
        names = ", ".join(run.name for run in matches[:5])
        more = ", ..." if len(matches) > 5 else ""
        raise RunError(f"{name!r} could be any of {len(matches)} runs ({names}{more}): write more.")
    place = Path(runs_dir).absolute()
    if not runs:
        raise RunError(
            f"There is no run {name!r}, nor any other, in {place}: make one with "
            "`digitscope train`, or say where they are with --runs-dir."
        )
    raise RunError(
        f"There is no run {name!r} in {place}; the newest of {len(runs)} is {runs[-1].name} "
        "(`digitscope runs` lists them)."
    )


def find_run_inside(name: str, runs_dir: Path) -> Run:
    """The run called `name` as `find_run` finds it, which must be in `runs_dir` itself.

    Raises:
        RunError: there is none, or it is elsewhere.
    """
    run = find_run(name, runs_dir)
    folder = run.path.absolute().parent
    if folder.resolve() != runs_dir.resolve():
        raise RunError(
            f"{name} is not in {runs_dir.absolute()}: to delete a run that is elsewhere, say where "
            f"with --runs-dir {shlex.quote(str(folder))}."
        )
    return run
