"""The commands `runs`, `runs show` and `runs delete`."""

from typing import Annotated

import typer

from digitscope.cli.console import Command, answer, say
from digitscope.cli.flags import RUNS, Json, RunName, RunsDir

runs = typer.Typer(help="List the runs, or show or delete some.", rich_markup_mode=None)


@runs.callback()
def list_them(
    context: typer.Context,
    where: Annotated[
        list[str] | None,
        typer.Option(
            help="Only runs with NAME=VALUE (or != > >= < <=); may be repeated.",
            metavar="CONDITION",
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(help="The largest of this column last, such as accuracy.", metavar="COLUMN"),
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_json: Json = False,
) -> None:
    """List the runs, or show or delete some."""
    if context.invoked_subcommand:
        if where or sort or as_json or runs_dir != RUNS:
            raise typer.BadParameter(f"write options after {context.invoked_subcommand!r}")
        return
    from digitscope.cli.text import run_table
    from digitscope.runs.folder import list_runs
    from digitscope.runs.listing import select

    found = select(list_runs(runs_dir), where or [], sort)
    if not found and not as_json:
        say(f"No {'such ' if where else ''}runs in {runs_dir.absolute()}.")
        return
    answer([line.as_json() for line in found], as_json, run_table(found) if found else "")


@runs.command("show", cls=Command)
def show_run(run: RunName = "latest", runs_dir: RunsDir = RUNS, as_json: Json = False) -> None:
    """Show a run: its settings, where they differ from the recipe, its epochs, its accuracy."""
    from digitscope.cli.text import run_details
    from digitscope.runs.folder import find_run
    from digitscope.runs.listing import details

    found = details(find_run(run, runs_dir))
    answer(found.as_json(), as_json, run_details(found))


@runs.command("delete", cls=Command)
def delete_runs(
    run: Annotated[list[str], typer.Argument(metavar="RUN...", help="Names of runs.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    runs_dir: RunsDir = RUNS,
) -> None:
    """Delete runs with everything in their folders. What is no run of --runs-dir is not touched."""
    from digitscope.runs.folder import find_run_inside

    named = [find_run_inside(name, runs_dir) for name in run]
    found = list({one.path.resolve(): one for one in named}.values())  # each once
    for one in found:
        one.check_deletable()
    names = ", ".join(str(one.path) for one in found)
    if not yes and not typer.confirm(f"Delete {names}?", err=True):
        raise typer.Exit(1)
    for one in found:
        one.delete()
        say(f"Deleted {one.path}.")
