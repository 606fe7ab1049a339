"""export_html: a run as one page that opens from a disk, without a server.

The page is the one that `serve` shows, with network, weights, errors and some digits inside it.
"""

import base64
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python

from digitscope.errors import RunError
from digitscope.exporting import contents
from digitscope.exporting.inline import inlined
from digitscope.runs.files import write_result
from digitscope.runs.run import Run

ERRORS, VALIDATION = 200, 200  # digits that go with the page


def export_html(run: Run | None, path: Path) -> None:
    """Write a run, or the bundled reader, as a page: Draw, Inside, Kernels and Errors.

    Raises:
        RunError: it has no network yet.
        WriteError: the file can't be written.
    """
    write_result(path, inlined("index.html", "digitscope", _content(run)))


def _content(run: Run | None) -> dict[str, Any]:
    """What `api` finds in the page instead of asking a server, in the same JSON values."""
    try:
        found = contents.errors(run)
    except RunError:  # not judged yet, as the bundled reader never is: the page says so
        found = contents.Errors((), [])
    shown = [row[0] for row in sorted(found.errors, key=lambda row: -row[3])[:ERRORS]]
    some = replace(found, errors=[row for row in found.errors if row[0] in set(shown)])
    about = contents.about(run)
    return {
        "list": {"served": about.name, "runs": []},
        "run": to_jsonable_python(about),
        "weights": _base64(contents.weights(run)),
        "errors": to_jsonable_python(some),
        "test": {"indices": shown, "content": _base64(contents.digits(run, "test", shown, 0))},
        "validation": {"content": _base64(contents.digits(run, "validation", None, VALIDATION))},
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
