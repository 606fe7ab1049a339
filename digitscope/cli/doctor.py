"""diagnose: what is installed, which engine, what this machine can do, what each command lacks."""

from dataclasses import dataclass
from typing import Any

from pydantic_core import to_jsonable_python

from digitscope import mnist
from digitscope.environment import (
    ENGINES,
    NEEDS,
    Environment,
    environment,
    fast_bfloat16,
    install_line,
    missing,
)
from digitscope.errors import DataError, MissingError


@dataclass(frozen=True)
class Lack:
    """What a command lacks.

    Attributes:
        missing: the modules, or why no module can help; empty where it is ready.
        install: the line that installs them; empty where none does, or none is needed.
    """

    missing: tuple[str, ...]
    install: str


@dataclass(frozen=True)
class Findings:
    """What the doctor finds.

    Attributes:
        environment: this machine, and what is installed.
        fast_bfloat16: whether the processor multiplies bfloat16; None: it doesn't tell.
        data: `ok`, or what is wrong with the bundled digits.
        commands: name -> what it lacks, of every command.
    """

    environment: Environment
    fast_bfloat16: bool | None
    data: str
    commands: dict[str, Lack]

    def as_json(self) -> dict[str, Any]:
        """The same in JSON values."""
        values: dict[str, Any] = to_jsonable_python(self)
        return values


def diagnose() -> Findings:
    """Look at this machine, the bundled digits, and what every command needs."""
    return Findings(
        environment=environment(),
        fast_bfloat16=fast_bfloat16(),
        data=_data(),
        commands={command: _lack(command) for command in NEEDS},
    )


def _data() -> str:
    try:
        mnist.load_data()  # checks the file's sum
    except DataError as error:
        return str(error)
    return "ok"


def _lack(command: str) -> Lack:
    try:
        names, extra = missing(command)
    except MissingError as error:
        return Lack((str(error),), "")
    return Lack(tuple(names), install_line(extra) if names else "")


def report(findings: Findings) -> str:
    """What `diagnose` found, as text."""
    here = findings.environment
    fast = {True: "yes", False: "no", None: "unknown"}[findings.fast_bfloat16]
    lines = [
        f"Python {here.python} on {here.platform}",
        f"processor: {here.processor}, {here.cores} cores, fast bfloat16: {fast}",
        "installed: " + ", ".join(f"{name} {v}" for name, v in here.packages.items()),
        f"engine: {here.engine} (KERAS_BACKEND chooses among {', '.join(ENGINES)})",
        f"bundled digits: {findings.data}",
    ]
    for command, lack in findings.commands.items():
        lacks = f"lacks {', '.join(lack.missing)}: {lack.install}"
        lines.append(f"digitscope {command}: {lacks if lack.missing else 'ready'}")
    return "\n".join(lines)
