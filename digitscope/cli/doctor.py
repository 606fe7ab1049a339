"""diagnose: what is installed, which engine, what this machine can do, what each command lacks."""

from typing import Any

from digitscope import mnist
from digitscope.environment import ENGINES, NEEDS, environment, fast_bfloat16, install_line, missing
from digitscope.errors import MissingError


def diagnose() -> dict[str, Any]:
    """As JSON values: `environment`, `fast_bfloat16` (None = unknown), `data`, `commands`.

    `data` is `ok` or what is wrong with the bundled digits. `commands` holds for each command what
    it lacks and the line that installs it (empty = ready).
    """
    return {
        "environment": environment().as_json(),
        "fast_bfloat16": fast_bfloat16(),
        "data": _data(),
        "commands": {command: _command(command) for command in NEEDS},
    }


def _data() -> str:
    try:
        mnist.load_data()  # checks the file's sum
    except mnist.DataError as error:
        return str(error)
    return "ok"


def _command(command: str) -> dict[str, Any]:
    try:
        names, extra = missing(command)
    except MissingError as error:
        return {"missing": [str(error)], "install": ""}
    return {"missing": names, "install": install_line(extra) if names else ""}


def report(findings: dict[str, Any]) -> str:
    """What `diagnose` found, as text."""
    here = findings["environment"]
    fast = {True: "yes", False: "no", None: "unknown"}[findings["fast_bfloat16"]]
    lines = [
        f"Python {here['python']} on {here['platform']}",
        f"processor: {here['processor']}, {here['cores']} cores, fast bfloat16: {fast}",
        "installed: " + ", ".join(f"{name} {v}" for name, v in here["packages"].items()),
        f"engine: {here['engine']} (KERAS_BACKEND chooses among {', '.join(ENGINES)})",
        f"bundled digits: {findings['data']}",
    ]
    for command, state in findings["commands"].items():
        lacks = f"lacks {', '.join(state['missing'])}: {state['install']}"
        lines.append(f"digitscope {command}: {lacks if state['missing'] else 'ready'}")
    return "\n".join(lines)
