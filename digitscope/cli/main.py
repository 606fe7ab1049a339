"""The command line: arguments -> one call -> print. Results on stdout, the rest on stderr."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from digitscope import __version__
from digitscope.cli.comparing import compare
from digitscope.cli.console import Command, answer, open_closed_streams, result, say, sentence_of
from digitscope.cli.flags import RUNS, ConfigFile, Json, RecipeName, RunName, RunsDir, with_settings
from digitscope.cli.reading import predict, read
from digitscope.cli.runs import runs
from digitscope.cli.serving import export, serve
from digitscope.errors import Interrupted
from digitscope.runs.files import write_atomically
from digitscope.settings.recipes import configure

app = typer.Typer(
    name="digitscope",
    help="Train small networks that read handwritten digits, and know how good they really are.",
    epilog="--debug, anywhere on the line, shows where an error came up.",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line; an error is one sentence on stderr, a traceback only with --debug."""
    open_closed_streams()
    arguments = [word for word in sys.argv[1:] if word != "--debug"]
    try:
        app(arguments, prog_name="digitscope")
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        say(f"digitscope: {sentence_of(error)}")
        raise SystemExit(getattr(error, "exit_code", 1)) from None


def _show_version(wanted: bool) -> None:
    if wanted:
        result(f"digitscope {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_show_version)
    ] = False,
) -> None:
    """Options of every command; their callbacks act on them."""


@app.command(cls=Command, short_help="Train a network and judge it.")
@with_settings
def train(
    *,
    recipe: RecipeName = None,
    config: ConfigFile = None,
    resume: Annotated[
        str | None, typer.Option(help="Go on with an interrupted run.", metavar="RUN")
    ] = None,
    print_config: Annotated[
        bool, typer.Option("--print-config", help="Print the settings as JSON and stop.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Send one batch through everything; keep nothing.")
    ] = False,
    target_accuracy: Annotated[
        float | None,
        typer.Option(
            min=0,
            max=1,
            help="Exit with 1 if the test accuracy is below, as 0.985.",
            metavar="NUMBER",
        ),
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Train a network, judge it on the test images, and keep all in a new folder runs/NNNN-RECIPE.

    Settings: defaults, then --recipe, then --config, then flags; the later wins.
    """
    from digitscope.runs.folder import find_run

    given = {name: value for name, value in settings.items() if value is not None}
    run = None if resume is None else find_run(resume, runs_dir)
    if run and not (recipe or config or given):
        wanted = run.config  # also where its recipe is nobody's here
    else:
        wanted = configure(recipe, config or (run.path / "config.json" if run else None), **given)
    if print_config and (dry_run or target_accuracy is not None):
        raise typer.BadParameter("--print-config trains nothing: leave the other out")
    if print_config:
        result(wanted.model_dump_json(indent=1))
        return
    from digitscope.cli.training import train_and_judge, try_out

    if dry_run:
        if run or target_accuracy is not None:
            raise typer.BadParameter("--dry-run takes settings, not --resume or --target-accuracy")
        tried = try_out(wanted)
        answer(tried.as_json(), as_json, tried.summary)
        return
    trained = train_and_judge(wanted, run, runs_dir)
    answer(trained.as_json(), as_json, trained.summary)
    if target_accuracy is not None and trained.metrics.accuracy < target_accuracy:
        say(f"The accuracy is below the target of {100 * target_accuracy:g}%.")
        raise typer.Exit(1)


@app.command(cls=Command, short_help="Judge a run on the test images.")
def evaluate(
    run: RunName = "latest",
    robustness: Annotated[
        bool, typer.Option("--robustness", help="On spoilt digits too, which takes a while.")
    ] = False,
    runs_dir: RunsDir = RUNS,
    as_json: Json = False,
) -> None:
    """Judge a run on the test images: accuracy, classes, confusion matrix, calibration, errors."""
    from digitscope.environment import require
    from digitscope.runs.folder import find_run
    from digitscope.runs.run import JUDGEMENT

    found = find_run(run, runs_dir)
    require("evaluate")
    from digitscope.cli.text import judgement, robustness_card
    from digitscope.judging.evaluate import evaluate as judge_run

    metrics = judge_run(found, figures=True)
    values, text = metrics.as_json(), judgement(metrics)
    if robustness:
        from digitscope.judging.figures import png, robustness_figure
        from digitscope.judging.robustness import robustness as examine

        card = examine(found)
        write_atomically(found.path / "robustness.png", png(robustness_figure(card, found.name)))
        values["robustness"] = card.as_json()
        text += f"\n\n{robustness_card(card)}"
    answer(values, as_json, text)
    written = [name for name in JUDGEMENT if (found.path / name).exists()]
    say(f"\nIn {found.path}: {', '.join(written)}")


@app.command(cls=Command, short_help="A run as a page to open in the browser.")
def report(run: RunName = "latest", runs_dir: RunsDir = RUNS, as_json: Json = False) -> None:
    """Write a run's report.html: curves, errors, robustness, and what the network sees."""
    from digitscope.environment import require
    from digitscope.runs.folder import find_run

    found = find_run(run, runs_dir)
    require("report")
    from digitscope.exporting.report import report as write_report

    path = write_report(found)
    answer({"report": str(path)}, as_json, str(path))


app.command(cls=Command, short_help="Which run reads better, and is it more than luck?")(compare)


@app.command(cls=Command, short_help="Try many settings: what helps, and by how much?")
@with_settings
def explore(
    *,
    vary: Annotated[
        list[str],
        typer.Option(
            help="A setting's values, as filters=16,32 (or filters=32;6,16 for lists), or with "
            "--search also a range, as dropout=0..0.5; may be repeated.",
            metavar="NAME=VALUES",
        ),
    ],
    seeds: Annotated[
        int, typer.Option(min=1, help="Train each setting with so many.", metavar="INT")
    ] = 1,
    search: Annotated[
        bool, typer.Option("--search", help="Try what looks promising, not the whole grid.")
    ] = False,
    trials: Annotated[
        int | None, typer.Option(min=1, help="How many to search for [40].", metavar="INT")
    ] = None,
    minutes: Annotated[
        float | None, typer.Option(min=0, help="Begin no trial after so many.", metavar="NUMBER")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Trainings at once [1; on a cluster one a core].", metavar="INT"),
    ] = None,
    address: Annotated[
        str | None, typer.Option(help="Of a Ray cluster to train on.", metavar="HOST:PORT")
    ] = None,
    study: Annotated[
        Path | None,
        typer.Option(help="The study's file [explore.db in --runs-dir].", metavar="FILE"),
    ] = None,
    recipe: RecipeName = None,
    config: ConfigFile = None,
    runs_dir: RunsDir = RUNS,
    as_json: Json = False,
    **settings: Any,
) -> None:
    """Train every combination of the values, or search among them, and say what helps.

    Every trial is an ordinary run. The same command goes on after any interruption. Validation
    accuracy ranks; the test images are used for the table at the end.
    """
    from digitscope.environment import require

    require("explore")
    from digitscope.exploring.question import Question
    from digitscope.exploring.space import parse

    given = {name: value for name, value in settings.items() if value is not None}
    base = configure(recipe, config, **given)
    if search and seeds > 1:
        raise typer.BadParameter("--seeds is for a grid: a search trains each setting once")
    if trials and not search:
        raise typer.BadParameter("--trials is for a search: add --search, or leave it out")
    question = Question(base, parse(vary), seeds, (trials or 40) if search else None)
    from digitscope.cli.leaderboard import LeaderBoard
    from digitscope.cli.text import ranking
    from digitscope.exploring.explore import explore as do_explore

    try:
        with LeaderBoard() as board:
            found = do_explore(question, runs_dir, study, workers, address, minutes, board.hear)
    except KeyboardInterrupt:
        say("Interrupted: what is done is kept. The same command goes on.")
        raise typer.Exit(Interrupted.exit_code) from None
    answer(found.as_json(), as_json, ranking(found))


@app.command(cls=Command, short_help="What is installed, what is missing.")
def doctor(as_json: Json = False) -> None:
    """Say what is installed, what this machine can do, and what each command lacks."""
    from digitscope.cli.doctor import diagnose, report

    findings = diagnose()
    answer(findings.as_json(), as_json, report(findings))


app.command(cls=Command, short_help="Read pictures of digits.")(predict)
app.command(cls=Command, short_help="Read all digits in a photo of a page or form.")(read)
app.command(cls=Command, short_help="See inside a network, in the browser.")(serve)
app.command(cls=Command, short_help="Write a run as a page to take home.")(export)
app.add_typer(runs, name="runs", invoke_without_command=True)
