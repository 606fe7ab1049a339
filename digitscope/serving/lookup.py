"""Which run a request is about; nothing outside the run folders can be reached by any name."""

import os
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from fastapi import FastAPI, Query

from digitscope.errors import RunError
from digitscope.reading.reader import BUNDLED, READER, Reader
from digitscope.runs.folder import find_run, list_runs, matching
from digitscope.runs.run import Run

RunParameter = Annotated[
    str | None,
    Query(description="A run's name, number, `latest` or `reader`; without it, as served."),
]


def served_run(name: str | None, runs_dir: Path) -> Run | None:
    """The run that `digitscope serve NAME` reads with; None for the bundled reader.

    Raises:
        RunError: there is no such run.
    """
    return None if name in (None, READER) else find_run(str(name), runs_dir)


def name_of(run: Run | None) -> str:
    """The name of a run, or of the bundled reader."""
    return run.name if run else READER


def own_runs(runs_dir: Path) -> list[Run]:
    """The runs of a folder, by number; without those of which a part lies elsewhere, by a link."""
    root = runs_dir.resolve()
    return [run for run in list_runs(runs_dir) if _lies_in(run.path, root)]


def _lies_in(folder: Path, root: Path) -> bool:
    """Whether a run's folder, and what is read in it, are ordinary folders and files in `root`."""
    try:
        if not folder.resolve().is_relative_to(root):
            return False
        parts = [folder / part for part in ("", "epochs", "checkpoint")]
        parts = [part for part in parts if part.is_dir()]
        return all(_is_plain(entry, root) for part in parts for entry in _entries(part))
    except (OSError, RuntimeError):  # it is being deleted; a link leads to itself
        return False


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return list(entries)


def _is_plain(entry: os.DirEntry[str], root: Path) -> bool:
    if entry.is_symlink() and not Path(entry).resolve().is_relative_to(root):
        return False
    return entry.is_file() or entry.is_dir()


def first_shown(app: FastAPI) -> Run | None:
    """What the page opens with: the run that is served, or the latest one that has a network."""
    served: Run | None = app.state.served
    if app.state.run is not None:
        return served
    runs = [run for run in own_runs(app.state.runs_dir) if (run.path / "model.onnx").exists()]
    return runs[-1] if runs else None


def run_called(app: FastAPI, name: str) -> Run | None:
    """The run of that name; None for the bundled reader.

    Raises:
        RunError: there is none, or several.
    """
    if name == READER:
        return None
    served: Run | None = app.state.served
    if served and served.name == name:
        return served  # wherever it lies: who started the server chose it
    matches = matching(name, own_runs(app.state.runs_dir))
    if len(matches) == 1:
        return matches[0]
    raise RunError(f"There is {'more than one' if matches else 'no'} run {name[:60]!r}.")


def network_called(app: FastAPI, name: str | None) -> tuple[str, Reader]:
    """The network of that run, or the one that is served, and its run's name.

    Raises:
        RunError: there is no such run, or it has no network yet.
        ModelError: its file can't be used.
    """
    run = app.state.served if name is None else run_called(app, name)
    path = run.path / "model.onnx" if run else BUNDLED
    try:
        said = path.stat()
    except OSError:
        raise RunError(f"{name_of(run)} has no network yet.") from None
    return name_of(run), _opened(path, (said.st_mtime_ns, said.st_size, said.st_ino))


@lru_cache(maxsize=4)
def _opened(path: Path, _version: tuple[int, ...]) -> Reader:
    """The Reader of a model file, anew where it has changed."""
    return Reader(path)
