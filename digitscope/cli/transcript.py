"""What was read, as text for the terminal and as CSV."""

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from digitscope.cli.console import table
from digitscope.reading.reader import Prediction, shown

if TYPE_CHECKING:  # `predict` does without them
    from digitscope.cli.sheets import Sheet
    from digitscope.reading.read import Region

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
    """What was read: a line for each row, an empty one between regions, a table in columns.

    Of several sheets one table, each row with the sheet's name.
    """
    if len(sheets) > 1:
        rows = [
            [sheet.name, *row]
            for sheet in sheets
            for region in sheet.regions
            for row in _texts(region)
        ]
        wide = max(map(len, rows), default=0)
        return table([row + [""] * (wide - len(row)) for row in rows]) if rows else ""
    return "\n\n".join(_region(region) for region in sheets[0].regions)


def _region(region: "Region") -> str:
    rows = _texts(region)
    return table(rows, left=()) if region.is_table else "\n".join(" ".join(row) for row in rows)


def _texts(region: "Region") -> list[list[str]]:
    return [[number.text if number else "" for number in row] for row in region.rows]


def readings_csv(sheets: Sequence["Sheet"]) -> str:
    """The largest region as CSV; an empty place of a table is an empty field.

    Of several sheets each line begins with the file, and the page where the file has several.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    for sheet in sheets:
        where = [sheet.file, sheet.page or ""] if len(sheets) > 1 else []
        rows = _texts(sheet.reading.largest) if sheet.reading else []
        writer.writerows([*where, *row] for row in rows)
    return text.getvalue()


def readings_json(sheets: Sequence["Sheet"]) -> str:
    """All that was read as JSON: of one sheet what it says, of several a list."""
    said = [(sheet, sheet.reading.as_json()) for sheet in sheets if sheet.reading]
    if len(sheets) == 1:
        return json.dumps(said[0][1], indent=1)
    named = [{"file": sheet.file, "page": sheet.page, **values} for sheet, values in said]
    return json.dumps(named, indent=1)
