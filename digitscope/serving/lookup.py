"""Which run a request is about; nothing outside the run folders can be reached by any name."""

from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query

from digitscope.errors import RunError
from digitscope.exporting.contents import READER
from digitscope.reading.reader import BUNDLED, Reader
from digitscope.runs.folder import find_run, list_runs, matching
from digitscope.runs.run import Run

RunParameter = Annotated[
    str | None,
    Query(description="A run's name, number, `latest` or `reader`; without it, as served."),
]


def run_called(app: FastAPI, name: str | None) -> Run | None:
    """The run of that name, or the one that is served; None for the bundled reader."""
    wanted = name or app.state.run
    if wanted == READER:
        return None
    if wanted is None:
        runs = [run for run in list_runs(app.state.runs_dir) if (run.path / "model.onnx").exists()]
        return runs[-1] if runs else None
    if name is None:
        return find_run(wanted, app.state.runs_dir)  # the person who started the server chose it
    matches = matching(name, list_runs(app.state.runs_dir))
    if len(matches) == 1:
        return matches[0]
    served = app.state.run and find_run(app.state.run, app.state.runs_dir)
    if served and served.name == name:
        return served
    raise RunError(f"There is {'more than one' if matches else 'no'} run {name[:60]!r}.")


def name_of(app: FastAPI, name: str | None) -> str:
    """The name of that run."""
    run = run_called(app, name)
    return run.name if run else READER


def reader_called(app: FastAPI, name: str | None) -> Reader:
    """The Reader of that run's network.

    Raises:
        RunError: there is no such run, or it has no network yet.
        ModelError: its file can't be used.
    """
    run = run_called(app, name)
    path = run.path / "model.onnx" if run else BUNDLED
    if not path.exists():
        raise RunError(f"{run.name if run else READER} has no network yet.")
    return _opened(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _opened(path: Path, _changed: int) -> Reader:
    """The Reader of a model file, anew where it has changed."""
    return Reader(path)
