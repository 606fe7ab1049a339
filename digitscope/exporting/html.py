"""export_html: a run as one page that opens from a disk, without a server.

The page is the one that `serve` shows, with network, weights, errors and some digits inside it. A
browser loads no module from a disk, so each becomes a data: URL under a name of its own.
"""

import base64
import json
import re
from pathlib import Path
from typing import Any

from digitscope.errors import RunError
from digitscope.exporting import contents
from digitscope.runs.files import write_result
from digitscope.runs.run import Run

ERRORS, VALIDATION = 200, 200  # digits that go with the page
IMPORT = re.compile(r'(from\s+|import\s+)"\./(\w+)\.js"')


def export_html(run: Run | None, path: Path) -> None:
    """Write a run, or the bundled reader, as a page: Draw, Inside, Kernels and Errors.

    Raises:
        RunError: it has no network yet.
        WriteError: the file can't be written.
    """
    page = (contents.WEB / "index.html").read_text("utf-8")
    style = (contents.WEB / "style.css").read_text("utf-8")
    content = json.dumps(_content(run)).replace("<", "\\u003c")
    modules = {file.stem: file.read_text("utf-8") for file in sorted(contents.WEB.glob("*.js"))}
    imports = {f"digitscope/{name}": _as_url(text) for name, text in modules.items()}
    parts = {
        '<link rel="stylesheet" href="web/style.css">': f"<style>\n{style}</style>",
        '<script type="module" src="web/main.js"></script>': (
            f'<script type="application/json" id="exported">{content}</script>\n'
            f'<script type="importmap">{json.dumps({"imports": imports})}</script>\n'
            '<script type="module">import "digitscope/main";</script>'
        ),
    }
    for written, inlined in parts.items():
        assert written in page
        page = page.replace(written, inlined)
    write_result(path, page)


def _as_url(module: str) -> str:
    named = IMPORT.sub(r'\1"digitscope/\2"', module)
    return "data:text/javascript;base64," + _base64(named.encode())


def _content(run: Run | None) -> dict[str, Any]:
    """What `api` finds in the page instead of asking a server."""
    try:
        found = contents.errors(run)
    except RunError:  # not judged yet, as the bundled reader never is: the page says so
        found = {"confusion": [], "errors": []}
    shown = [row[0] for row in sorted(found["errors"], key=lambda row: -row[3])[:ERRORS]]
    found["errors"] = [row for row in found["errors"] if row[0] in set(shown)]
    about = contents.about(run)
    return {
        "list": {"served": about["name"], "runs": []},
        "run": about,
        "weights": _base64(contents.weights(run)),
        "errors": found,
        "test": {"indices": shown, "content": _base64(contents.digits(run, "test", shown, 0))},
        "validation": {"content": _base64(contents.digits(run, "validation", None, VALIDATION))},
    }


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
