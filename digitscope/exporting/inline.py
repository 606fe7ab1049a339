"""inline: a page of web/ and all that it loads -> one text that opens from a disk.

A browser loads no module from a disk, so each becomes a data: URL under a name of its own.
"""

import base64
import html
import json
import posixpath
import re
from pathlib import Path
from typing import Any

WEB = Path(__file__).parent.parent / "web"
LOADED = re.compile(
    r'<title>.*?</title>|<link rel="stylesheet" href="web/(?P<style>[^"]+)" />'
    r'|<script type="module" src="web/(?P<script>[^"]+)\.js"></script>'
)
IMPORT = re.compile(r'^(?P<names>import |(?:import |\} ).*from )"(?P<path>[^"]+)\.js";$', re.M)


def inlined(page: str, title: str, content: Any) -> str:
    """A page with its styles, its modules and what it shows.

    Args:
        page: its name in web/.
        title: of the browser's tab.
        content: JSON values, which the page's modules find in its element `content`.
    """

    def inside(loaded: re.Match[str]) -> str:
        if loaded["style"]:
            return f"<style>\n{(WEB / loaded['style']).read_text('utf-8')}</style>"
        if loaded["script"]:
            return _scripts(loaded["script"], content)
        return f"<title>{html.escape(title)}</title>"

    return LOADED.sub(inside, (WEB / page).read_text("utf-8"))


def _scripts(first: str, content: Any) -> str:
    """What a page shows, its modules, and the start of the first of them."""
    addresses = {_name(path): _address(path, text) for path, text in _modules(first).items()}
    return (
        f'<script type="application/json" id="content">{_json(content)}</script>\n'
        f'<script type="importmap">{_json({"imports": addresses})}</script>\n'
        f'<script type="module">import "{_name(first)}";</script>'
    )


def _json(values: Any) -> str:
    """JSON in which no text can end the script that it stands in, or begin another one."""
    return json.dumps(values, separators=(",", ":")).replace("<", "\\u003c")


def _modules(first: str) -> dict[str, str]:
    """A module and all that it imports: path in web/, without .js -> text."""
    found: dict[str, str] = {}
    wanted = [first]
    while wanted:
        path = wanted.pop()
        if path not in found:
            found[path] = (WEB / f"{path}.js").read_text("utf-8")
            wanted += [_path(path, one["path"]) for one in IMPORT.finditer(found[path])]
    return found


def _path(module: str, imported: str) -> str:
    """The path of a module that another one imports."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(module), imported))


def _name(path: str) -> str:
    return f"digitscope/{path}"


def _address(path: str, text: str) -> str:
    named = IMPORT.sub(lambda one: f'{one["names"]}"{_name(_path(path, one["path"]))}";', text)
    return "data:text/javascript;base64," + base64.b64encode(named.encode()).decode()
