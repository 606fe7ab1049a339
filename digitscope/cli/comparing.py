"""The command `compare`."""

from pathlib import Path
from typing import Annotated

import typer

from digitscope.cli.console import answer, one_form, result
from digitscope.cli.flags import RUNS, Json, RunsDir
from digitscope.runs.files import check_output, write_result


def compare(
    run: Annotated[list[str], typer.Argument(metavar="RUN RUN...", help="Two runs or more.")],
    picture: Annotated[
        Path | None,
        typer.Option(help="Write the digits only one of two got wrong to a PNG.", metavar="FILE"),
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Json = False,
) -> None:
    """Compare runs, each with the first: by how much it reads better, and whether that is luck.

    One run each compares models. Several seeds of each setting compare the settings themselves.
    """
    from digitscope.environment import require
    from digitscope.runs.folder import find_run

    one_form(as_csv, as_json)
    require("compare")
    from digitscope.cli.text import comparison
    from digitscope.judging.compare import compare as compare_runs

    compared = [find_run(name, runs_dir) for name in run]
    if picture:
        check_output(picture, [place for one in compared for place in one.inputs])
    found = compare_runs(compared)
    if picture:
        if len(found.groups) != 2:
            raise typer.BadParameter("--picture shows two, not more; name two runs or settings")
        from digitscope.judging.figures import only_wrong_figure, png

        write_result(picture, png(only_wrong_figure(found, compared[0].load_data())))
    if as_csv:
        result(found.as_csv(), end="")
    else:
        answer(found.as_json(), as_json, comparison(found))
