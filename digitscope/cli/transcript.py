"""What was read, as text for the terminal and as CSV."""

import csv
import io
from collections.abc import Sequence
from typing import Any

from digitscope.cli.console import table
from digitscope.reading.read import Reading
from digitscope.reading.reader import Prediction, shown

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


def reading(found: Reading) -> str:
    """What was read in a photo: a line for each row; a table in columns."""
    rows = [[number.text if number else "" for number in row] for row in found.rows]
    return table(rows, left=()) if found.is_table else "\n".join(" ".join(row) for row in rows)


def reading_csv(found: Reading) -> str:
    """The same as CSV; an empty place of a table is an empty field."""
    text = io.StringIO()
    rows = ([number.text if number else "" for number in row] for row in found.rows)
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
