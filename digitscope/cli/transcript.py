"""What was read, as text for the terminal and as CSV."""

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from digitscope.cli.console import table
from digitscope.reading.reader import Prediction, shown

if TYPE_CHECKING:  # `predict` does without it
    from digitscope.cli.sheets import Sheet

Said = Sequence[tuple[str, Prediction]]  # the name of a picture, and what was read


def predictions(said: Said) -> str:
    """What was read in pictures, as a table."""
    rows: list[Sequence[Any]] = [("picture", "digit", "confidence", "")]
    for name, one in said:
        digit = "-" if one.digit is None else one.text
        status = "" if one.status == "digit" else one.status.replace("_", " ")
        sure = shown(one.confidence) if one.probabilities is not None else "-"
        rows.append((name, digit, sure, ": ".join(filter(None, (status, one.reason)))))
    return table(rows, left=(0, 3))


def predictions_csv(said: Said) -> str:
    """What was read in pictures, as CSV: file, digit, status, confidence, reason."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file", "digit", "status", "confidence", "reason"])
    for name, one in said:
        writer.writerow([name, one.digit, one.status, f"{one.confidence:.6f}", one.reason])
    return text.getvalue()


def readings(sheets: Sequence["Sheet"]) -> str:
    """What was read: a line for each row; in columns, where it is a table or of several sheets."""
    if len(sheets) > 1:
        rows = [[sheet.name, *row] for sheet in sheets for row in _texts(sheet)]
        wide = max(map(len, rows), default=0)
        return table([row + [""] * (wide - len(row)) for row in rows]) if rows else ""
    rows, said = _texts(sheets[0]), sheets[0].reading
    is_table = said is not None and said.is_table
    return table(rows, left=()) if is_table else "\n".join(" ".join(row) for row in rows)


def _texts(sheet: "Sheet") -> list[list[str]]:
    rows = sheet.reading.rows if sheet.reading else []
    return [[number.text if number else "" for number in row] for row in rows]


def readings_csv(sheets: Sequence["Sheet"]) -> str:
    """The same as CSV; an empty place of a table is an empty field.

    Of several sheets each line begins with the file, and the page where the file has several.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for sheet in sheets:
        where = [sheet.file, sheet.page or ""] if len(sheets) > 1 else []
        writer.writerows([*where, *row] for row in _texts(sheet))
    return text.getvalue()


def readings_json(sheets: Sequence["Sheet"]) -> Any:
    """The same as JSON values: of one sheet what it says, of several a list."""
    if len(sheets) == 1:
        return sheets[0].reading and sheets[0].reading.as_json()
    return [
        {"file": sheet.file, "page": sheet.page, **sheet.reading.as_json()}
        for sheet in sheets
        if sheet.reading
    ]
