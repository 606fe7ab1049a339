"""How commands answer: results on stdout, the rest on stderr."""

import json
import os
import sys
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperCommand

from digitscope.errors import DigitscopeError, ResultError


class Command(TyperCommand):
    """A command whose help shows its arguments as we name them, without Python's types."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What follows the command's name in the line that says how it is used."""
        arguments = [one for one in self.params if one.param_type_name == "argument"]
        return ["[OPTIONS]", *(_shown(one) for one in arguments)]

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """The arguments, then the options, with what each is."""
        for title, kind in (("Arguments", "argument"), ("Options", "option")):
            rows = []
            for one in self.get_params(ctx):
                record = one.get_help_record(ctx) if one.param_type_name == kind else None
                if record:
                    rows.append((_shown(one), record[1]) if kind == "argument" else record)
            if rows:
                with formatter.section(title):
                    formatter.write_dl(rows)


def _shown(argument: Any) -> str:
    return str(argument.metavar) if argument.required else f"[{argument.metavar}]"


def say(text: str) -> None:
    """What is not a result: a remark, an error."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def saying(kind: type[Warning]) -> Iterator[None]:
    """Within, warnings of a kind are remarks on stderr, each of them."""

    def show(message: Warning | str, category: type[Warning], *rest: Any) -> None:
        if issubclass(category, kind):
            say(f"digitscope: {message}")
        else:
            before(message, category, *rest)

    with warnings.catch_warnings():
        warnings.simplefilter("always", kind)
        before = warnings.showwarning
        warnings.showwarning = show  # type: ignore[assignment]  # it takes any others
        yield


def answer(value: Any, as_json: bool, text: str) -> None:
    """A result, as JSON or as text."""
    result(json.dumps(value, indent=1) if as_json else text)


def result(text: str, end: str = "\n") -> None:
    """What a command was asked for, on standard output.

    Raises:
        ResultError: not all of it has got out, as on a full disk.
    """
    try:
        print(text, end=end, flush=True)  # else Python finds out at its end, and says little
    except BrokenPipeError:
        raise  # whoever reads it has enough, as `head` has; Typer ends quietly
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        raise ResultError(f"The result can't be written: {error.strerror}.") from error


def one_form(as_csv: bool, as_json: bool) -> None:
    """Refuse two forms of one answer."""
    if as_csv and as_json:
        raise typer.BadParameter("choose one of them", param_hint="--csv --json")


def table(rows: Sequence[Sequence[Any]], left: Collection[int] = (0,)) -> str:
    """Rows of cells in columns; those numbered in `left` are aligned left, the others right."""
    cells = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = (
        "  ".join(
            cell.ljust(width) if i in left else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    )
    return "\n".join(line.rstrip() for line in lines)


def sentence_of(error: Exception) -> str:
    """What a person must know of an error; what is of no class of ours is a fault of ours."""
    if isinstance(error, DigitscopeError):
        return str(error)
    return (
        f"This is a fault of digitscope: {type(error).__name__}: {error}; please report it with "
        "what --debug prints."
    )


def open_closed_streams() -> None:
    """Lead standard streams that are closed (`2>&-`) to nowhere.

    Else the next file that is opened takes the place of the stream, and what is said goes into it.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        if getattr(sys, name) is None:
            descriptor = os.open(os.devnull, os.O_RDWR)
            if descriptor != number:
                os.dup2(descriptor, number)
                os.close(descriptor)
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
