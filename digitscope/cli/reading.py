"""The commands that read: `predict` and `read`."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from digitscope.cli.console import answer, say
from digitscope.cli.flags import RUNS, Json, RunsDir
from digitscope.runs.files import write_result

if TYPE_CHECKING:
    from PIL import Image


Csv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
Network = Annotated[
    str | None, typer.Option(help="Read with this run's network, not the bundled one.")
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
    from digitscope.reading.reader import find_pictures, load, read_file

    _check_form(as_csv, as_json)
    reader, rows, ways = load(run, runs_dir), [], []
    files = find_pictures(pictures)
    for name in files:
        try:
            seen, said = read_file(reader, name)
        except PictureError as error:
            say(f"digitscope: {error}")
            continue
        rows.append((name, said))
        ways += [(name, seen, said)] if show else []
    if show and ways:
        from digitscope.reading.drawing import film

        _save(film(ways), show)
    if as_csv:
        print(predictions_csv(rows), end="")
    elif rows or as_json:
        answer([{"file": n, **said.as_json()} for n, said in rows], as_json, predictions(rows))
    if len(rows) < len(files):
        raise typer.Exit(1)


def read(
    photo: Annotated[str, typer.Argument(metavar="PHOTO", help="A picture; - is stdin.")],
    run: Network = None,
    overlay: Annotated[
        Path | None,
        typer.Option(help="Draw what was read, where it was read, into a PNG.", metavar="FILE"),
    ] = None,
    runs_dir: RunsDir = RUNS,
    as_csv: Csv = False,
    as_json: Json = False,
) -> None:
    """Read rows of numbers, or a table, off a photo.

    An uncertain digit has a question mark behind it; where there is no guess, ? stands alone.
    """
    from digitscope.cli.transcript import reading, reading_csv
    from digitscope.pictures.picture import open_picture
    from digitscope.reading.read import read as read_photo
    from digitscope.reading.reader import content_of, load

    _check_form(as_csv, as_json)
    image = open_picture(content_of(photo))
    found = read_photo(load(run, runs_dir), image)
    if overlay:
        from digitscope.reading.drawing import overlay as draw

        _save(draw(image, found), overlay)
    if as_csv:
        print(reading_csv(found), end="")
    elif found.rows or as_json:
        answer(found.as_json(), as_json, reading(found))
    if not found.rows:
        say("There are no digits in the photo.")


def _check_form(as_csv: bool, as_json: bool) -> None:
    if as_csv and as_json:
        raise typer.BadParameter("choose one of them", param_hint="--csv --json")


def _save(picture: "Image.Image", path: Path) -> None:
    content = io.BytesIO()
    picture.save(content, "PNG")
    write_result(path, content.getvalue())
