"""The commands that read: `predict` and `read`."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitscope.cli.console import answer, one_form, result, say, saying
from digitscope.cli.flags import RUNS, Json, RunsDir
from digitscope.runs.files import check_output

if TYPE_CHECKING:
    from digitscope.cli.sheets import Sheet
    from digitscope.pictures.preprocess import Preprocessed
    from digitscope.reading.reader import Prediction, Reader

MOST_SHOWN = 100  # pictures; a PNG of 27,000 rows
SIDEWAYS = 45  # degrees: a page that is turned by more is said to be

Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Network = Annotated[
    str | None,
    typer.Option(help="Read with this run's network, not the bundled one.", metavar="RUN"),
]


def predict(
    pictures: Annotated[
        list[str],
        typer.Argument(metavar="FILE...", help="Pictures, folders or patterns; - is stdin."),
    ],
    run: Network = None,
    show: Annotated[
        Path | None,
        typer.Option(help="Draw each picture's way to 28x28 into a PNG.", metavar="FILE"),
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Read the one digit in each picture: a drawing, a scan, a photo, dark on light or not.

    What is no digit, or too uncertain, is said to be so.
    """
    from digitscope.cli.transcript import predictions, predictions_csv
    from digitscope.errors import PictureError
    from digitscope.pictures.picture import FirstPageWarning
    from digitscope.reading.reader import find_pictures, load, read_file

    one_form(as_csv, as_json)
    files, rows, lines = find_pictures(pictures), [], []
    if show:
        if len(files) > MOST_SHOWN:
            raise typer.BadParameter(
                f"--show draws at most {MOST_SHOWN} pictures, and these are {len(files)}; name "
                "fewer, or leave it out"
            )
        check_output(show, [*files, *_network(run, runs_dir)])
    reader = load(run, runs_dir)
    for name in files:
        try:
            with saying(FirstPageWarning):
                seen, said = read_file(reader, name)
        except PictureError as error:
            say(f"digitscope: {error}")
            continue
        said = _pointing_to_read(reader, seen, said)
        rows.append((name, said))
        if show:
            from digitscope.reading.drawing import line_of

            lines.append(line_of(name, seen, said))  # small: the pictures may be large
    if show and lines:
        from digitscope.cli.sheets import save
        from digitscope.reading.drawing import film

        save(film(lines), show)
    if as_csv:
        result(predictions_csv(rows), end="")
    elif rows or as_json:
        answer([{"file": n, **said.as_json()} for n, said in rows], as_json, predictions(rows))
    if len(rows) < len(files):
        raise typer.Exit(1)


def read(
    photos: Annotated[
        list[str],
        typer.Argument(metavar="PHOTO...", help="Pictures, folders or patterns; - is stdin."),
    ],
    run: Network = None,
    overlay: Annotated[
        Path | None,
        typer.Option(help="Draw what was read, where it was read, into a PNG.", metavar="FILE"),
    ] = None,
    runs_dir: RunsDir = RUNS,
    region: Annotated[
        int | None,
        typer.Option(metavar="N", min=1, help="Only the N-th table or block of a page, from 1."),
    ] = None,
    as_csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Read rows of numbers, or tables, off each photo and each page of a PDF or TIFF file.

    An uncertain digit has a question mark behind it; where there is no guess, ? stands alone. As
    CSV a page's largest region is written, if no other is asked for.
    """
    from digitscope.cli.sheets import sheets_of
    from digitscope.cli.transcript import readings, readings_csv, readings_json
    from digitscope.reading.reader import find_pictures, load

    one_form(as_csv, as_json)
    files = find_pictures(photos)
    if overlay:
        if len(files) > 1:
            raise typer.BadParameter(f"--overlay draws one photo, and these are {len(files)}")
        check_output(overlay, [*files, *_network(run, runs_dir)])
    sheets = list(sheets_of(load(run, runs_dir), files, overlay))
    if region:
        sheets = [sheet.only(region) for sheet in sheets]
    are_read = [sheet.reading is not None for sheet in sheets]
    if as_csv:
        result(readings_csv(sheets), end="")
    elif as_json and (any(are_read) or len(sheets) > 1):
        result(readings_json(sheets))
    elif text := readings(sheets):
        result(text)
    for sheet in sheets:
        _remark(sheet, "the photo" if len(sheets) == 1 else sheet.name, region)
    if not all(are_read):
        raise typer.Exit(1)


def _remark(sheet: "Sheet", name: str, region: int | None) -> None:
    """What the rows of a sheet don't show."""
    if not sheet.reading:
        return  # which was said when it was tried
    if not sheet.reading.rows:
        say(f"There {f'is no region {region}' if region else 'are no digits'} in {name}.")
    elif abs(sheet.reading.turned) > SIDEWAYS:
        side = "clockwise" if sheet.reading.turned > 0 else "anticlockwise"
        say(f"The page in {name} is turned by {abs(sheet.reading.turned):.0f} degrees {side}.")


def _pointing_to_read(reader: "Reader", seen: "Preprocessed", said: "Prediction") -> "Prediction":
    """The same, but where a picture shows several digits its reason names the command for them."""
    if said.status not in ("several_digits", "not_a_digit"):
        return said
    from digitscope.reading.read import read as read_photo

    found = read_photo(reader, seen.stages["picture"]).digits
    if sum(digit.digit is not None for digit in found) < 2:
        return said
    return replace(said, reason=f"{said.reason}; `digitscope read` finds several digits in it")


def _network(run: str | None, runs_dir: Path) -> list[Path]:
    """The folder of the run that is to read; the bundled network has none."""
    from digitscope.runs.folder import find_run

    return [] if run is None else [find_run(run, runs_dir).path]
